"""The operators' page: what is stuck is there with its age and what to do; nobody's data is."""

import re
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from schemas.facts import Fact
from store import registry
from store.database import Database
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.test_desk_pages import text_of

HERE = "/den-haag/beheer"
INSIDE = "geheime-inhoud"
SENT = """
    insert into post.submission (id, kind, municipality, payload, received_at, relayed_at, refused)
    values ($1, $2, $3, $4::text::jsonb, now() - interval '2 hours', $5, $6)
"""
MAILED = """
    insert into post.mail (id, key, municipality, person, template, language, message_id, state, created_at,
        last_code, sealed)
    values ($1, $2, $3, $4, $5, 'nl', 'm', $6, now() - interval '2 days', $7, '\\x00')
"""


async def parked(conn: asyncpg.Connection, municipality: str = "den-haag", code: str = "malformed") -> UUID:
    submission = uuid4()
    now = await conn.fetchval("select now()")
    await conn.execute(SENT, submission, "signup", municipality, f'{{"x": "{INSIDE}"}}', now, code)
    return submission


@pytest.fixture
async def stuck(rows: Database, owner_conn: asyncpg.Connection) -> Database:
    """Something of each kind, here and elsewhere."""
    await parked(owner_conn)
    await parked(owner_conn, code="workflow_gone")
    await parked(owner_conn, "rotterdam")
    await owner_conn.execute(SENT, uuid4(), "pick", "den-haag", f'{{"x": "{INSIDE}"}}', None, None)
    for state, template in (("failed", "welcome"), ("queued", "confirm_signup"), ("dropped", "door_code")):
        await owner_conn.execute(MAILED, uuid4(), str(uuid4()), "den-haag", uuid4(), template, state, "550")
    return rows


async def test_what_is_stuck_is_told_with_its_age_and_what_to_do(seat: Seat, stuck: Database) -> None:
    assert stuck
    answer = await (await seat("operator-1")).get(HERE)
    page = text_of(answer)
    assert "Geweigerde inzendingen (2)" in page
    for told in ("keuze van een moment 1 2 uur te lang", "malformed", "workflow_gone", "2 dagen", "550"):
        assert told in page, told
    for told in ("welcome", "confirm_signup", "mislukt", "kon niet worden gelezen", "was al klaar"):
        assert told in page, told
    assert "door_code" not in page
    assert INSIDE not in answer.text
    assert "@" not in page
    assert "Temporal antwoordt Wacht" in page


async def test_an_operator_has_it_brought_again_and_that_is_in_the_log(
    seat: Seat, rows: Database, owner_conn: asyncpg.Connection
) -> None:
    assert rows
    submission = await parked(owner_conn)
    browser = await seat("operator-1")
    heard: list[str] = []
    await owner_conn.add_listener("inbox", lambda *_: heard.append("rung"))
    answer = await browser.post(f"{HERE}/{submission}", data={"form": str(uuid4())})
    assert answer.headers["location"] == f"{HERE}?gedaan=bring"
    row = await owner_conn.fetchrow("select * from post.submission where id = $1", submission)
    assert (row["relayed_at"], row["refused"], row["attempts"]) == (None, None, 0)
    assert heard
    fact = await owner_conn.fetchrow("select * from registry.fact where name = 'inbox.again'")
    assert (fact["actor"], fact["subject"]) == ("den-haag:operator-1", f"submission/{submission}")
    # A second click finds it gone; nothing is brought twice.
    again = await browser.post(f"{HERE}/{submission}", data={"form": str(uuid4())})
    assert again.status_code == 422
    assert "staat hier niet (meer)" in again.text
    assert 'href="#geweigerd"' in again.text
    assert await owner_conn.fetchval("select count(*) from registry.fact where name = 'inbox.again'") == 1


async def test_another_municipality_s_is_not_brought(
    seat: Seat, rows: Database, owner_conn: asyncpg.Connection
) -> None:
    assert rows
    submission = await parked(owner_conn, "rotterdam")
    browser = await seat("operator-1")
    assert (await browser.post(f"{HERE}/{submission}", data={"form": str(uuid4())})).status_code == 422
    assert await owner_conn.fetchval("select refused from post.submission where id = $1", submission)


async def test_a_lead_looks_and_touches_nothing(seat: Seat, stuck: Database) -> None:
    assert stuck
    page = await (await seat("lead-1")).get(HERE)
    assert page.status_code == 200
    assert "Breng opnieuw" not in page.text


async def test_a_temporal_that_is_away_is_told(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.reachable = False
    page = await (await seat("operator-1")).get(HERE)
    assert page.status_code == 200
    assert "antwoordt niet" in page.text
    assert "wachten veilig in de inbox" in page.text


@pytest.mark.parametrize(
    ("name", "told"), [("ledger.head", "alles klopt"), ("ledger.broken", "klopt iets niet")]
)
async def test_when_the_books_were_looked_at(seat: Seat, rows: Database, name: str, told: str) -> None:
    async with rows.transaction() as conn:
        await registry.enter(conn, Fact(key="k", name=name, municipality="den-haag", subject="ledger"))
    assert told in (await (await seat("operator-1")).get(HERE)).text


async def test_the_lists_of_temporal_are_there_in_both_languages(seat: Seat) -> None:
    browser = await seat("operator-1")
    page = await browser.get(HERE)
    links = [httpx.URL(each) for each in re.findall(r'href="(http://127.0.0.1:8602/[^"]*)"', page.text)]
    assert any(link.path.endswith("/schedules") for link in links)
    queries = [link.params.get("query", "") for link in links]
    assert 'Municipality="den-haag" and ExecutionStatus="Failed"' in queries
    assert "Is everything moving?" in (await browser.get(f"{HERE}?taal=en")).text
