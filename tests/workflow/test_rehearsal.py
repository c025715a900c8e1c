"""A deploy, rehearsed: another build of the street beside the first, promoted, poked, and taken back."""

import json
import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from temporalio.client import Client

from activities.context import Tools
from schemas.calendar import dutch_date
from schemas.intake import Outcome
from schemas.renewal import RenewalOutcome
from schemas.signup import SignupOrder
from schemas.street import StreetStart
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import Urls, free_port
from tests.replay.mutants import built
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file
from tests.workflow.rehearsing import (
    BAD,
    CHANGED,
    Processes,
    RehearsalTemporal,
    builds_of_streets,
    decided,
    until,
)
from tests.workflow.servers import skipper_of
from tests.workflow.test_street_life import decides, leaves, until_fact
from tests.workflow.town import BO, Town, potje_of
from workers.relay import Relay
from workflows.potje import PotjeWorkflow

__all__ = ["key_file"]

PAGE = (Path(__file__).parents[2] / "docs" / "deploys.md").read_text("utf-8")
EVERYBODY = "select * from registry.street order by municipality, slug"


@pytest_asyncio.fixture
async def processes(
    run_dir: Path, database: Urls, key_file: Path, tmp_path: Path
) -> AsyncIterator[Processes]:
    """No build yet, on a Temporal server of its own."""
    home = run_dir / "rehearsal"
    home.mkdir(mode=0o755)
    async with RehearsalTemporal(home, free_port()) as temporal:
        builds = Processes(database, key_file, temporal.address, tmp_path)
        yield builds
        await builds.stop_all()


@pytest_asyncio.fixture
async def rehearsal(processes: Processes, db: Database, key_file: Path) -> Town:
    """A town whose work is done by whatever builds run."""
    temporal = RehearsalTemporal(key_file.parent, int(processes.address.rpartition(":")[2]))
    skipper = await skipper_of(temporal)
    keyring = Keyring.read(key_file)
    tools = Tools(
        db, keyring, Vault(keyring), "http://some.test", "http://some.test", "noreply@straat.example"
    )

    async def connected() -> Client:
        return skipper.client

    year = dutch_date(datetime.now(UTC)).year
    town = Town(
        db, skipper.client, skipper, year, tools.vault, Relay(tools, connected), tools, uuid4().hex[:8]
    )
    await town.decree("aalsmeer", potje=potje_of(bank=100))
    for municipality in ("rotterdam", "aalsmeer"):
        await town.grant(10_000, municipality)
    return town


@dataclass
class Streets:
    """Streets of every phase, and what they wait for."""

    intake: SignupOrder
    proposed: SignupOrder
    paid: SignupOrder
    paused: SignupOrder
    asleep: SignupOrder
    declined: SignupOrder
    nobody: SignupOrder

    @classmethod
    async def live_in(cls, town: Town) -> "Streets":
        """One of each, as far as a rest."""
        names = ("anjerhof", "berkenlaan", "dahliapad", "elzenhof", "fresiapad", "goudsbloem")
        intake = await town.begins(street=names[0])
        proposed, paid, asleep = [await town.accepted(street=name) for name in names[1:4]]
        paused = await town.accepted("aalsmeer", second=BO)
        declined, nobody = [await town.begins(street=name) for name in names[4:]]
        await town.act(paid, PotjeWorkflow.approve)
        await town.pays(paid)
        await leaves(town, paused, paused.gangmaker)
        await decides(town, asleep, RenewalOutcome.SILENT)
        await town.until_phase(town.street(asleep), "sleeping")
        for order in (declined, nobody):
            await decided(town, order, Outcome.DECLINED)
            await town.until_phase(town.street(order), "ended")
        await town.later(town.street(nobody), days=29)
        await until_fact(town, "street.forgotten")
        await town.later(town.street(asleep), days=100)
        everybody = cls(intake, proposed, paid, paused, asleep, declined, nobody)
        for order in vars(everybody).values():
            await town.at_rest(town.street(order))
        return everybody


async def started(town: Town, order: SignupOrder) -> StreetStart:
    """What the present run of a street began with."""
    history = await town.street(order).fetch_history()
    (payload,) = history.events[0].workflow_execution_started_event_attributes.input.payloads
    return StreetStart.model_validate_json(payload.data)


async def steps_of(town: Town, order: SignupOrder) -> list[str]:
    """What the present run of a street did."""
    history = await town.street(order).fetch_history()
    done = [each.activity_task_scheduled_event_attributes for each in history.events]
    return [each.activity_type.name for each in done if each.activity_type.name]


def commands(heading: str) -> list[list[str]]:
    """The commands under a heading of the page, as an operator types them."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert part, heading
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.strip().splitlines()]


async def follow(shell: Inside, heading: str) -> list[str]:
    """Type them, one after the other; all end well."""
    told = []
    for words in commands(heading):
        ended = await shell.run(*words)
        assert ended.code == 0, (words, ended)
        told.append(ended.out)
    return told


def row_of(table: str, build: str) -> list[str]:
    """What the table of `straat deploy status` says of a build."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]
    (found,) = [cells for name, *cells in rows if name == build]
    return found


async def known(shell: Inside, build: str) -> None:
    """Until a build's workers ask for work."""

    async def there() -> bool:
        told = json.loads((await shell.run("deploy", "status", "--json")).out)
        return any(each["name"] == build and each["workers"] for each in told["builds"])

    await until(there)


async def all_on(town: Town, build: str) -> None:
    """Every street that lives is on this build."""
    found = await builds_of_streets(town.client)
    assert len(found) > 6
    assert set(found.values()) == {build}, found


async def test_a_deploy_and_the_way_back(rehearsal: Town, processes: Processes, tmp_path: Path) -> None:
    town, shell = rehearsal, Inside(processes.environment)
    await processes.start("1")
    streets = await Streets.live_in(town)
    await all_on(town, "1")
    before = [dict(row) for row in await town.rows(EVERYBODY)]

    await processes.start("2", built(tmp_path / "2", *CHANGED))
    await known(shell, "2")
    receipt = await town.signs_up(street="hortensia")
    looked, promoted, poked, after = await follow(shell, "A rollout")
    assert row_of(looked, "2") == ["new", "1", "0"]
    assert "Build 2 is current now" in promoted
    assert "Every street is on build 2." in poked
    assert row_of(after, "1")[0] in ("draining", "drained")
    assert row_of(after, "2") == ["current", "1", "7"]
    await all_on(town, "2")
    assert [dict(row) for row in await town.rows(EVERYBODY)] == before

    await nothing_is_lost(town, streets)
    await town.mailed(receipt.gangmaker, "confirm_signup")
    await town.confirm(receipt)
    await town.signup(receipt).result()
    assert (await steps_of(town, receipt))[0] == "read_terms", "what is new begins on 2"

    await a_bad_build_is_taken_back(town, processes, shell, tmp_path)
    await town.until("select not exists (select from post.submission where relayed_at is null)")
    assert await town.value("select count(*) from post.submission where refused is not null") == 0
    ended = 'ExecutionStatus IN ("Failed", "Terminated", "TimedOut", "Canceled")'
    assert [each.id async for each in town.client.list_workflows(ended)] == []


async def nothing_is_lost(town: Town, streets: Streets) -> None:
    """States came along, timers ring when they would have, and potjes go on."""
    for order in vars(streets).values():
        start = await started(town, order)
        people = "select gangmakers from registry.street where slug = $1"
        assert start.state.gangmakers == await town.value(people, order.street)
    assert [each.person for each in (await started(town, streets.paused)).state.leavers] == [
        streets.paused.gangmaker
    ]

    await decided(town, streets.intake)
    await town.until_phase(town.potje(streets.intake), "potje_to_approve")
    assert await steps_of(town, streets.intake) == ["read_terms", "decide_street"], "the way of 2"
    await town.act(streets.proposed, PotjeWorkflow.approve)
    assert (await town.settles(streets.paid)).cents > 0

    await town.later(town.street(streets.paused), days=29)
    await until_fact(town, "street.released")
    await forgotten_on_time(town, streets.asleep)
    await forgotten_on_time(town, streets.declined)


async def forgotten_on_time(town: Town, order: SignupOrder) -> None:
    """At the moment that the first run set, and not later because there is another run."""
    until_then = (await started(town, order)).state.kept_until
    assert until_then
    gone = "select exists (select from registry.fact where name = 'street.forgotten' and subject = $1)"
    await town.later_until(town.street(order), until_then - timedelta(minutes=1))
    assert not await town.value(gone, order.street)
    await town.later_until(town.street(order), until_then + timedelta(minutes=1))
    await town.until(gone, order.street)


async def a_bad_build_is_taken_back(town: Town, processes: Processes, shell: Inside, tmp_path: Path) -> None:
    """What reached the bad build stands still, and goes on where it was once the former one is current."""
    await processes.stop("1")
    await processes.start("3", built(tmp_path / "3", *BAD))
    await known(shell, "3")
    ramping, looked, over = await follow(shell, "First a part")
    assert "Build 3 gets 10 % now" in ramping
    assert row_of(looked, "3")[0] == "ramping 10 %"
    assert over == "Build 2 gets everything again; 3 gets no part any more.\n"
    refused = await shell.run("deploy", "promote", "4")
    assert (refused.code, refused.err) == (1, "There is no build 4. Known: 1, 2, 3.\n")
    assert (await shell.run("deploy", "promote", "3")).code == 0
    assert (await shell.run("deploy", "poke", "--wait", "1")).code == 1
    assert row_of((await shell.run("deploy", "status")).out, "3") == ["current", "1", "0"], (
        "nobody could begin"
    )
    order = await town.sign_up(street="irispad")
    await town.confirm(order)
    await town.until_there(town.street(order).id)
    before = [dict(row) for row in await town.rows(EVERYBODY)]
    told = await follow(shell, "The way back")
    assert "Build 2 is current now" in told[0]
    await town.signup(order).result()
    await town.until_there(town.intake(order).id)
    await all_on(town, "2")
    slugs = [row["slug"] for row in before]
    now = [dict(row) for row in await town.rows(EVERYBODY)]
    assert [row for row in now if row["slug"] in slugs] == before
