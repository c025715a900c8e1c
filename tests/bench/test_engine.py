"""The benches of the engine still do what they time, at a size of a few; nothing here looks at a clock."""

from typing import Any

import asyncpg
from pydantic import BaseModel

from schemas.steps import STEPS
from tests.bench.form import form
from tests.bench.idle import idle
from tests.bench.lifecycle import lifecycle
from tests.bench.replay import replay
from tests.bench.rounds import rounds
from tests.bench.row import Row
from tests.bench.rows import Rows, Template
from tests.bench.starting import starting
from tests.bench.units import units
from tests.bench.worker import tools_on
from tests.conftest import Urls
from tests.replay.strict import HISTORIES, read

PORTS = 9660
TAKES: dict[str, Any] = {step.name: step.takes for step in STEPS}


def measured(rows: list[Row], *targets: str) -> None:
    """Every figure was found, and these rows have a target that can be missed."""
    assert all(row.ours > 0 and (row.theirs is None or row.theirs > 0) for row in rows)
    assert [row.what for row in rows if row.target] == list(targets)
    for row in rows:
        assert row.target is None or not row.target.holds(0.0 if row.target.least else 1e12)


async def test_years_are_lived_beside_bare_ones() -> None:
    rows = await lifecycle(2, 1, with_dbos=False)
    measured(rows, *["first years, sign-up to paid potje"] * 2)
    assert len({row.beside for row in rows}) == 2


async def test_a_year_is_read_again_beside_as_many_events() -> None:
    rows = await replay(2, 1)
    (row,) = rows
    events = int(row.what.split()[-2])
    measured(rows, f"replay of a year of {events} events")
    # Otherwise it is no comparison: bare workflows do as much as ours. Two signals may share a task, or not.
    assert abs(int(row.beside.split()[-2]) - events) <= events // 10


async def test_a_round_asks_everybody_beside_signals() -> None:
    measured(await rounds(3, 1), "renewal round of 3 streets")


async def test_streets_wait_beside_bare_workflows() -> None:
    rows = await idle(4, 1)
    measured(rows, "4 idle streets: database", "4 idle streets: memory of server and worker")


async def test_forms_are_answered_and_their_workflows_begin() -> None:
    rows = await form(3, 1)
    told = [
        "form to started workflow, 20 a second",
        "form answered",
        "form answered while Temporal is stopped",
    ]
    measured(rows, *(f"{each}: p99" for each in told))


async def test_a_stack_starts_beside_its_servers() -> None:
    rows = await starting(PORTS, 1)
    measured(rows, "local stack, a second start")
    assert {row.what for row in rows[1:]} >= {"start of worker", "start of web", "start of postgres"}


async def test_a_year_is_weighed_by_process() -> None:
    rows = await units(2, 1)
    assert {row.what.rpartition(": ")[0] for row in rows[:-1]} == {"a first year", "at rest"}
    assert all(row.ours > 0 for row in rows if row.unit in {"KB", "mails", "MB"})


async def test_a_peer_writes_the_same_rows_for_another_street(
    database: Urls, owner_conn: asyncpg.Connection
) -> None:
    """What DBOS and bare code write is what our own year wrote, under another street's name."""
    rows = Rows(_template(), tools_on(database.app_url))
    await rows.begin("peerlaan")
    for step in ("ask_confirmation", "open_street", "plan_intake", "record_intake", "decide_street"):
        await rows.write(step, "peerlaan")
        await rows.write(step, "peerlaan")
    await rows.tools.db.close()
    facts = await owner_conn.fetch("select name, subject from registry.fact order by seq")
    assert {row["subject"] for row in facts} == {"peerlaan"}
    assert [row["name"] for row in facts] == [
        *("signup.confirm_signup", "street.joined", "intake.planned", "intake.recorded", "street.decided")
    ]
    assert await owner_conn.fetchval("select count(*) from post.mail") == 4


def _template() -> Template:
    """The year of the recorded journey."""
    asked: dict[str, Any] = {}
    for kind in ("signup", "street", "intake", "potje"):
        for event in read(HISTORIES / f"{kind}-a-whole-year.json").events:
            step = event.activity_task_scheduled_event_attributes
            if (name := step.activity_type.name) in TAKES and issubclass(TAKES[name], BaseModel):
                asked[name] = TAKES[name].model_validate_json(step.input.payloads[0].data)
    opened, planned = asked["open_street"], asked["plan_intake"]
    return Template.of(opened.fact.subject, opened.fact.letters[0].to, planned.fact.intake.place, asked)
