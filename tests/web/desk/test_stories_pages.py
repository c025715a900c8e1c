"""Stories on the desk: nothing is on the website before a coordinator read it, and it can be turned round."""

from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from store import stories
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of
from tests.web.public.storytelling import Storytelling

ROOM = "/den-haag/verhalen"


@pytest.fixture
def telling(rows: Database, keyring: Keyring) -> Storytelling:
    return Storytelling(rows, Vault(keyring))


@pytest_asyncio.fixture
async def told(telling: Storytelling) -> UUID:
    """A story of a street of Den Haag that may be shared and that nobody read."""
    await telling.streets(1, "den-haag")
    return await telling.tell("De soep was voor\n\nde hele trap.", municipality="den-haag", state="unread")


async def on_the_website(telling: Storytelling) -> list[str]:
    async with telling.db.connection() as conn:
        return [each.text for each in await stories.shared(conn, telling.vault, "den-haag", 20)]


async def facts(telling: Storytelling) -> list[tuple[str, str, str]]:
    async with telling.db.connection() as conn:
        rows = await conn.fetch(
            "select name, subject, actor from registry.fact where name like 'street.story%' order by seq"
        )
    return [tuple(row) for row in rows]


async def say(
    browser: httpx.AsyncClient, story: UUID, answer: str, form: UUID | None = None
) -> httpx.Response:
    return await browser.post(f"{ROOM}/{story}", data={"form": str(form or uuid4()), "answer": answer})


async def test_nothing_is_public_before_it_is_read(seat: Seat, telling: Storytelling, told: UUID) -> None:
    coordinator = await seat()
    assert "Verhalen om te lezen" in text_of(await coordinator.get("/den-haag/vandaag"))
    assert await on_the_website(telling) == []
    page = text_of(await coordinator.get(ROOM))
    assert "De soep was voor" in page
    assert "Laan active 1" in page
    form = uuid4()
    for _ in range(2):
        answer = await say(coordinator, told, "show", form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOM}?gedaan=story")
    assert await on_the_website(telling) == ["De soep was voor\n\nde hele trap."]
    assert await facts(telling) == [("street.story_shown", "active-1", "den-haag:coordinator-1")]
    page = text_of(await coordinator.get(answer.headers["location"]))
    assert "Er ligt geen verhaal om te lezen." in page
    assert "Haal van de website" in page
    assert "Verhalen om te lezen" not in text_of(await coordinator.get("/den-haag/vandaag"))


async def test_it_can_be_turned_round(seat: Seat, telling: Storytelling, told: UUID) -> None:
    coordinator = await seat()
    for answer, there in (("hide", 0), ("show", 1), ("hide", 0)):
        assert (await say(coordinator, told, answer)).status_code == 303
        assert len(await on_the_website(telling)) == there
    assert [name for name, _, _ in await facts(telling)] == [
        "street.story_not_shown",
        "street.story_shown",
        "street.story_not_shown",
    ]


async def test_what_may_not_be_shared_is_neither_read_nor_shown(seat: Seat, telling: Storytelling) -> None:
    await telling.streets(1, "den-haag")
    coordinator = await seat()
    kept = await telling.tell("GEHEIM", municipality="den-haag", state="unshared")
    gone = await telling.tell("GEHEIM", municipality="den-haag", state="unread")
    elsewhere = await telling.tell("GEHEIM", state="unread")
    await telling.take_back(gone)
    assert "GEHEIM" not in (await coordinator.get(ROOM)).text
    for story in (kept, gone, elsewhere, uuid4()):
        answer = await say(coordinator, story, "show")
        assert answer.status_code == 422
        assert "Dit verhaal is er niet meer." in text_of(answer)
    assert await on_the_website(telling) == []
    async with telling.db.connection() as conn:
        assert await stories.shared(conn, telling.vault, "rotterdam", 20) == []


async def test_reading_is_logged(seat: Seat, telling: Storytelling, told: UUID) -> None:
    assert told
    await (await seat()).get(ROOM)
    async with telling.db.connection() as conn:
        rows = await conn.fetch("select staff from vault.look where purpose = 'story'")
    assert [row["staff"] for row in rows] == ["den-haag:coordinator-1"]


async def test_an_answer_that_is_none(seat: Seat, telling: Storytelling, told: UUID) -> None:
    assert (await say(await seat(), told, "misschien")).status_code == 400
    assert await facts(telling) == []
