"""Concerns on the desk: states and deadlines, words only for who holds them, small numbers for nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.concern import concern_id, reference
from schemas.facts import ConcernSnapshot, ConcernStatus, Fact
from schemas.person import Concern
from store import registry
from store.database import Database
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/zorgen"
WORDS = "Kanarie 8f2e: de gordijnen zijn al een week dicht."


async def put(db: Database, vault: Vault, **changes: Any) -> UUID:
    """A concern as its workflow writes it."""
    concern, now = uuid4(), datetime.now(UTC)
    async with db.transaction() as conn:
        text = await vault.put(conn, "den-haag", Concern(text=WORDS))
        snapshot = ConcernSnapshot(
            id=concern,
            workflow_id=concern_id(concern),
            municipality="den-haag",
            wijk="Laak",
            topic="money",
            urgency="week",
            status=ConcernStatus.WAITING,
            holder="wijkteam",
            due_at=now + timedelta(days=1),
            raised_at=now - timedelta(hours=3),
            knows="not",
            text=text,
            revision=1,
        ).model_copy(update=changes)
        fact = Fact(
            key=str(uuid4()),
            name="concern.asked",
            municipality="den-haag",
            subject="concern",
            concern=snapshot,
        )
        await registry.enter(conn, fact)
    return concern


async def test_coordinators_see_states_and_deadlines_not_words(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    concern = await put(rows, vault)
    browser = await seat()
    for path in (ROOM, f"{ROOM}/{concern}", "/den-haag/vandaag"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "gordijnen" not in page.text
    told = text_of(await browser.get(ROOM))
    assert reference(concern) in told
    assert "Zorgen over geld" in told
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.look") == 0


async def test_at_the_end_of_the_ladder_the_office_reads_it_and_the_look_is_logged(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    concern = await put(rows, vault, holder="coordinator")
    browser = await seat()
    assert "Zorgen die nog niemand heeft" in text_of(await browser.get("/den-haag/vandaag"))
    assert WORDS in (await browser.get(f"{ROOM}/{concern}")).text
    officer = await seat("privacy-1")
    log = text_of(await officer.get("/den-haag/inzage"))
    assert "Noor" in log
    assert reference(concern) in log
    assert "gordijnen" not in log


async def test_the_office_hands_on_picks_up_and_closes(seat: Seat, rows: Database, vault: Vault) -> None:
    concern = await put(rows, vault, holder="lead")
    browser = await seat()
    for act, fields in (
        ("pick-up", {}),
        ("hand-on", {"to": "ggd", "sure": "yes"}),
        ("close", {"outcome": "known", "sure": "yes"}),
    ):
        answer = await browser.post(f"{ROOM}/{concern}/{act}", data={"form": str(uuid4()), **fields})
        assert answer.status_code == 303
    async with rows.connection() as conn:
        found = await conn.fetch(
            "select payload from post.submission where kind = 'concern_act' order by received_at"
        )
    assert [(row["payload"]["kind"], row["payload"]["by"], row["payload"]["actor"]) for row in found] == [
        (kind, "lead", "den-haag:coordinator-1") for kind in ("pick-up", "hand-on", "close")
    ]
    wrong = await browser.post(f"{ROOM}/{concern}/close", data={"form": str(uuid4())})
    assert "Kies hoe het is afgelopen." in text_of(wrong)


async def test_what_is_with_a_professional_stays_with_them(seat: Seat, rows: Database, vault: Vault) -> None:
    concern = await put(rows, vault)
    answer = await (await seat()).post(f"{ROOM}/{concern}/pick-up", data={"form": str(uuid4())})
    assert answer.status_code == 422
    assert "niet meer bij het bureau" in text_of(answer)
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from post.submission where kind = 'concern_act'") == 0


async def test_a_coordinator_chooses_another_way_without_reading(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    concern = await put(rows, vault)
    browser = await seat()
    answer = await browser.post(
        f"{ROOM}/{concern}/hand-on", data={"form": str(uuid4()), "to": "ggd", "sure": "yes"}
    )
    assert answer.status_code == 303
    async with rows.connection() as conn:
        payload = await conn.fetchval("select payload from post.submission where kind = 'concern_act'")
        assert (payload["by"], payload["to"]) == ("wijkteam", "ggd")
        assert await conn.fetchval("select count(*) from vault.look") == 0
    closed = await put(rows, vault, status=ConcernStatus.CLOSED)
    late = await browser.post(
        f"{ROOM}/{closed}/hand-on", data={"form": str(uuid4()), "to": "ggd", "sure": "yes"}
    )
    assert late.status_code == 422


async def test_what_is_late_comes_first_and_stands_on_today(seat: Seat, rows: Database, vault: Vault) -> None:
    fine = await put(rows, vault, urgency="today")
    late = await put(rows, vault, missed=1, due_at=datetime.now(UTC) - timedelta(hours=1))
    browser = await seat()
    page = await browser.get(ROOM)
    assert page.text.index(str(late)) < page.text.index(str(fine))
    assert "1 te laat" in text_of(page)
    assert "Zorgen met een gemiste termijn" in text_of(await browser.get("/den-haag/vandaag"))
    only = await browser.get(f"{ROOM}?stand=picked_up")
    assert str(fine) not in only.text


async def test_small_numbers_are_shown_to_nobody(seat: Seat, rows: Database, vault: Vault) -> None:
    raised = datetime.now(UTC) - timedelta(hours=3)
    for number in range(9):
        topic = "money" if number < 6 else "care"
        await put(
            rows,
            vault,
            topic=topic,
            status=ConcernStatus.CLOSED,
            outcome="helped",
            raised_at=raised,
            picked_up_at=raised + timedelta(minutes=10 * (number + 1)),
            closed_at=datetime.now(UTC),
            wijk="Laak" if number < 8 else "Centrum",
        )
    told = text_of(await (await seat()).get(ROOM))
    topics = told.partition("Per onderwerp")[2].partition("Hoe het afliep")[0]
    assert "te weinig om te tonen" in topics
    assert "3" not in topics
    assert "50 minuten" in told, "half of them within"
    assert "86 minuten" in told, "the 95th percentile"


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        ("treasurer-1", ROOM, 403),
        ("scout-1", ROOM, 403),
        ("privacy-1", ROOM, 403),
        ("privacy-1", "/den-haag/straten", 403),
        ("privacy-1", "/den-haag/aan-de-deur", 403),
        ("coordinator-1", "/den-haag/inzage", 403),
        ("treasurer-1", "/den-haag/inzage", 403),
        ("scout-1", "/den-haag/inzage", 403),
        ("privacy-1", "/den-haag/inzage", 200),
    ],
)
async def test_who_may_see_what(seat: Seat, key: str, path: str, status: int) -> None:
    assert (await (await seat(key)).get(path)).status_code == status


async def test_another_municipality_is_not_found(seat: Seat, rows: Database, vault: Vault) -> None:
    concern = await put(rows, vault, holder="coordinator")
    browser = await seat("coordinator-1", "rotterdam")
    assert (await browser.get(f"/rotterdam/zorgen/{concern}")).status_code == 404
    answer = await browser.post(f"/rotterdam/zorgen/{concern}/pick-up", data={"form": str(uuid4())})
    assert answer.status_code == 404
    officer = await seat("privacy-1", "rotterdam")
    assert reference(concern) not in (await officer.get("/rotterdam/inzage")).text


async def test_a_privacy_officer_begins_in_their_own_room(seat: Seat) -> None:
    browser = await seat("privacy-1")
    answer = await browser.get("/den-haag/vandaag")
    assert answer.headers["location"] == "/den-haag/inzage"
