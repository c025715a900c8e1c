"""The numbers: what the rows say is what the page says, and nothing of it is about somebody."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.street import Phase
from store.database import Database
from store.numbers import numbers
from tests.today import this_year, today
from tests.web.desk.conftest import Seat
from tests.web.desk.rows import ANNA
from tests.web.desk.test_desk_pages import text_of

HERE = "/den-haag/cijfers"

TURNED = """
    insert into registry.turn (municipality, street, phase, was, at) values ($1, $2, $3, $4, $5)
"""
SIGNED = """
    insert into registry.signup (submission, municipality, street, status, revision, updated_at)
    values ($1, 'den-haag', $2, $3, 1, $4)
"""
CONCERN = """
    insert into concern.concern (id, workflow_id, municipality, wijk, topic, urgency, status, holder,
        raised_at, knows, may_call, revision)
    values ($1, $2, 'den-haag', 'Centrum', 'x', 'week', 'closed', 'team', $3, 'no', false, 1)
"""


def at(month: int, day: int = 15, *, ago: int = 0) -> datetime:
    """So many years ago."""
    return datetime(this_year() - ago, month, day, 12, tzinfo=UTC)


@pytest.fixture
async def past(rows: Database, owner_conn: asyncpg.Connection) -> Database:
    """Two streets with a history of years; the others began today."""
    for phase, was, moment in (
        ("intake", None, at(1, ago=1)),
        ("active", "intake", at(3, ago=1)),
        ("sleeping", "active", at(2)),
        ("active", "sleeping", at(4)),
    ):
        await owner_conn.execute(TURNED, "aalsmeer", "oude-laan", phase, was, moment)
    await owner_conn.execute(TURNED, "aalsmeer", "korte-laan", "active", None, at(4, 30))
    return rows


async def test_each_month_has_the_streets_that_stood_at_its_end(past: Database) -> None:
    async with past.connection() as conn:
        found = await numbers(conn, "aalsmeer", this_year(), datetime(this_year(), 5, 20, tzinfo=UTC).date())
    active = [month.counts[Phase.ACTIVE] for month in found.before + found.months]
    assert active == [0, 0, *[1] * 10, 1, 0, 0, 2, 2]
    asleep = [month.counts[Phase.SLEEPING] for month in found.months]
    assert asleep == [0, 1, 1, 0, 0]


async def test_whatever_writes_a_street_its_turns_are_kept(rows: Database) -> None:
    async with rows.transaction() as conn:
        await conn.execute("update registry.street set phase = 'sleeping' where slug = 'lindelaan'")
        await conn.execute("update registry.street set wijk = 'Laak' where slug = 'lindelaan'")
        turns = await conn.fetch(
            "select phase, was from registry.turn where street = 'lindelaan' order by id"
        )
        found = await numbers(conn, "den-haag", this_year(), today())
    assert [tuple(row) for row in turns] == [("active", None), ("sleeping", "active")]
    assert found.months[-1].counts == found.now
    assert found.now == {Phase.INTAKE: 5, Phase.ACTIVE: 6, Phase.SLEEPING: 1, Phase.ENDED: 1}
    assert sum(sum(counts.values()) for counts in found.wijken.values()) == 13


async def test_from_sign_up_to_active_and_how_long_it_took(
    rows: Database, owner_conn: asyncpg.Connection
) -> None:
    streets = ["fuchsiastraat", "goudenregenstraat", "hazelaarplein", "iepenlaan", "kastanjestraat"]
    await owner_conn.execute("update registry.street set since = $2 where slug = any ($1)", streets, today())
    await owner_conn.execute("update registry.intake set at = $1", at(6, 25))
    for day, street in enumerate(streets, start=1):
        await owner_conn.execute(SIGNED, uuid4(), street, "confirmed", at(6, day))
    await owner_conn.execute(SIGNED, uuid4(), "nergenslaan", "expired", at(6))
    await owner_conn.execute(SIGNED, uuid4(), "lindelaan", "confirmed", at(6, ago=1))
    async with rows.connection() as conn:
        found = await numbers(conn, "den-haag", this_year(), today())
    assert tuple(found.funnel.model_dump().values()) == (6, 5, 5, 5, 5)
    assert (found.to_intake.days, found.to_intake.of) == (22.0, 5)
    # Nobody of them was paid a potje.
    assert (found.to_potje.days, found.to_potje.of) == (None, 0)


async def test_few_concerns_are_not_told(seat: Seat, owner_conn: asyncpg.Connection) -> None:
    for number in range(13):
        moment = at(2) if number < 6 else at(5) if number < 12 else at(8)
        await owner_conn.execute(CONCERN, uuid4(), f"c{number}", moment)
    page = text_of(await (await seat("lead-1")).get(f"{HERE}?jaar={this_year()}"))
    told = page.partition("Zorgen die gemeld zijn")[2]
    # One in summer and none in autumn: a third quarter hides so that the two are not known.
    assert told.count("te weinig om te tonen") == 3
    assert re.search(r"Samen 13 ", told)


async def test_it_is_the_home_of_the_lead_and_names_nobody(seat: Seat) -> None:
    browser = await seat("lead-1")
    assert (await browser.get("/den-haag")).headers["location"] == HERE
    for language in ("nl", "en"):
        page = await browser.get(f"{HERE}?taal={language}")
        assert page.status_code == 200
        assert ANNA.name not in page.text
        assert "/straten/" not in page.text
        assert page.text.count("<title") == page.text.count("<desc") + 1
    assert "How is the programme going?" in page.text


@pytest.mark.parametrize("asked", ["1999", "x", "{next}", "{last}"])
async def test_any_year_that_is_asked_has_an_answer(seat: Seat, asked: str) -> None:
    browser: httpx.AsyncClient = await seat("treasurer-1")
    year = asked.format(next=this_year() + 1, last=this_year() - 1)
    assert (await browser.get(f"{HERE}?jaar={year}")).status_code == 200
