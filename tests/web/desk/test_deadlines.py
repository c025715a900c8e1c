"""Deadlines on *today*: with their date, the nearest first, each for who can do it."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from schemas.policy import Policy, read_policy
from schemas.scouting import RoundOrder
from store import ledger
from store.database import Database
from store.deadlines import Due, nearest, next_turn
from store.vault import Vault
from tests.conftest import MUNICIPALITIES
from tests.web.desk.conftest import Seat
from tests.web.desk.test_concern_pages import put as concern
from tests.web.desk.test_desk_pages import text_of
from tests.web.desk.test_renewals_pages import asked

TODAY = "/den-haag/vandaag"
RELEASED = """
    insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents,
        execution_date, frozen_by, frozen_at, document, released_by, released_at)
    values ($1, 'den-haag', 2026, 7, $2, 'released', 1, 100, '2026-11-23', 'a', now(), $1, 'b', $3)
"""


@pytest.fixture
def policy() -> Policy:
    return next(each for each in map(read_policy, MUNICIPALITIES) if each.slug == "den-haag")


@pytest.fixture
async def due(
    rows: Database, vault: Vault, found: RoundOrder, owner_conn: asyncpg.Connection, policy: Policy
) -> Database:
    """One of each, a day apart; and some that are not due yet."""
    renew = await asked(rows, "iepenlaan", "to_call")
    ends = {
        "intake": (
            "update registry.street set opened_at = $1 where slug = 'acacialaan'",
            policy.intake.plan_within,
        ),
        "call": ("update registry.renewal set asked_at = $1", policy.renewal.sleep_after),
        "round": ("update scouting.round set until = $1", timedelta(0)),
    }
    now = datetime.now(UTC)
    for day, (sql, span) in enumerate(ends.values(), start=-1):
        await owner_conn.execute(sql, now + timedelta(days=day) - span)
    await concern(rows, vault, due_at=now - timedelta(days=2))
    await concern(rows, vault, due_at=now + timedelta(days=30))
    batch = uuid4()
    await owner_conn.execute(RELEASED, batch, str(batch), now - timedelta(days=1))
    assert renew
    assert found
    return rows


async def test_the_nearest_first_and_what_is_late_says_so(seat: Seat, due: Database) -> None:
    assert due
    page = text_of(await (await seat()).get(TODAY))
    told = page.partition("Termijnen")[2]
    order = [
        "Een zorg wacht",
        "Intake plannen Acacialaan",
        "Bellen, anders slaapt",
        "Ronde van de talentenjacht",
    ]
    assert [told.index(words) for words in order] == sorted(told.index(words) for words in order)
    assert told.partition("Ronde van")[0].count("te laat") >= 2
    assert "Bankafschrift" not in told.partition("Straten")[0]
    english = text_of(await (await seat()).get(f"{TODAY}?taal=en"))
    assert "Deadlines" in english
    assert "Plan the intake" in english


async def test_a_treasurer_sees_those_of_the_money(seat: Seat, due: Database) -> None:
    assert due
    answer = await (await seat("treasurer-1")).get(TODAY)
    told = text_of(answer).partition("Termijnen")[2]
    assert "Bankafschrift inlezen voor betaalbestand 2026-7" in told
    assert "Een zorg wacht" not in told
    assert re.search(r'href="/den-haag/betalen/[0-9a-f-]{36}"', answer.text)


async def test_what_follows_from_the_calendar(rows: Database, policy: Policy) -> None:
    year, month, day = 2027, policy.renewal.month, policy.renewal.day
    kinds = (Due.RENEWAL, Due.BOOKS)
    async with rows.transaction() as conn:
        await ledger.open_year(conn, "den-haag", 2025)
        soon = datetime(year, month, day, tzinfo=UTC) - timedelta(days=5)
        found = [(each.kind, each.key) for each in await nearest(conn, policy, kinds, soon)]
        assert found[0] == (Due.BOOKS, "2025")
        assert found[-1] == (Due.RENEWAL, str(year))
        later = await nearest(conn, policy, kinds, soon + timedelta(days=60))
        assert Due.RENEWAL not in [each.kind for each in later]


def test_the_next_turn_is_this_year_s_or_next_year_s(policy: Policy) -> None:
    day = date(2026, policy.renewal.month, policy.renewal.day)
    assert next_turn(policy, day) == day
    assert next_turn(policy, day + timedelta(days=1)) == day.replace(year=2027)
