"""A story behind the door: told with or without leave to share it, sealed, and taken back."""

import re
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from schemas.person import Story
from store import trust
from store.database import Database
from store.keys import Keyring
from store.vault import Erased, Vault
from tests.web.public.doorstep import HOME, Doorstep, browser
from tests.web.public.resident import Resident, form_of, text_of

FORM = f"{HOME}/verhaal"
TEXT = "De soep was voor de hele trap.\r\n\r\nIedereen <kwam>."
GOOD = {"text": TEXT, "share": "yes"}


@pytest_asyncio.fixture
async def doorstep(db: Database, keyring: Keyring) -> Doorstep:
    step = Doorstep(db, keyring)
    await step.settle("Anna", "Bram")
    return step


@pytest_asyncio.fixture
async def inside(resident: Resident, doorstep: Doorstep) -> Resident:
    """Anna, behind the door."""
    await doorstep.let_in(resident, "Anna")
    return resident


async def send(inside: Resident, **answers: str) -> httpx.Response:
    page = await inside.get(FORM)
    return await inside.post(FORM, {"form": form_of(page), **GOOD, **answers})


async def kept(doorstep: Doorstep) -> list[asyncpg.Record]:
    return await doorstep.rows("select * from registry.story order by told_at")


@pytest.mark.parametrize(("share", "said"), [("yes", "We mogen dit delen"), ("no", "We delen dit niet")])
async def test_a_story_is_sealed(
    inside: Resident, doorstep: Doorstep, vault: Vault, share: str, said: str
) -> None:
    form = await inside.get(FORM)
    assert "checked" not in form.text
    sent = await send(inside, share=share)
    assert sent.headers["location"] == f"{HOME}?klaar=verhaal"
    page = await inside.get(sent.headers["location"])
    assert "De soep was voor de hele trap.\n\nIedereen &lt;kwam&gt;." in page.text
    assert said in page.text

    (row,) = await kept(doorstep)
    assert (row["street"], row["person"], row["share"]) == (
        "rozenlaan",
        doorstep.people["Anna"],
        share == "yes",
    )
    async with doorstep.db.connection() as conn:
        words = await vault.get(conn, row["words"], Story)
    assert words.text == "De soep was voor de hele trap.\n\nIedereen <kwam>."
    (fact,) = await doorstep.rows("select * from registry.fact where name = 'street.story'")
    assert (fact["subject"], fact["actor"]) == ("rozenlaan", f"gangmaker:{doorstep.people['Anna']}")


async def test_a_form_is_kept_once(inside: Resident, doorstep: Doorstep) -> None:
    answers = {"form": form_of(await inside.get(FORM)), **GOOD}
    for _ in range(2):
        assert (await inside.post(FORM, answers)).status_code == 303
    assert len(await kept(doorstep)) == 1
    page = await inside.post(FORM, answers | {"share": "no"})
    assert page.status_code == 422
    assert "U had dit formulier al verstuurd" in page.text
    assert form_of(page) != answers["form"]
    assert [row["share"] for row in await kept(doorstep)] == [True]
    assert len(await doorstep.rows("select from vault.item where kind = 'story'")) == 1


MISTAKES = [
    ("text", "", "Schrijf uw verhaal op."),
    ("text", " \r\n ", "Schrijf uw verhaal op."),
    ("text", "\u200b", "Schrijf uw verhaal op."),
    ("text", "a" * 2001, "Uw verhaal is te lang voor dit vak."),
    ("share", "", "Kies of we uw verhaal mogen delen."),
    ("share", "misschien", "Kies of we uw verhaal mogen delen."),
]


@pytest.mark.parametrize(("field", "typed", "said"), MISTAKES)
async def test_a_mistake_is_said_and_nothing_is_kept(
    inside: Resident, doorstep: Doorstep, field: str, typed: str, said: str
) -> None:
    page = await send(inside, **{field: typed})
    assert page.status_code == 422
    assert said in text_of(page)
    assert "<title>Fout:" in page.text
    assert f'<a href="#{field}">' in page.text
    if field == "share":
        assert "De soep was voor de hele trap." in page.text
    assert await kept(doorstep) == []
    assert await doorstep.rows("select from vault.item where kind = 'story'") == []


async def test_two_thousand_letters_fit(inside: Resident, doorstep: Doorstep) -> None:
    lines = "\r\n".join(["é" * 99] * 20)
    assert (await send(inside, text=lines)).status_code == 303
    assert len(await kept(doorstep)) == 1


async def way_back(inside: Resident) -> str:
    found = re.search(r'href="([^"]+/terug)"', (await inside.get(HOME)).text)
    assert found
    return found[1]


async def test_taken_back_is_erased(inside: Resident, doorstep: Doorstep, vault: Vault) -> None:
    await send(inside)
    path = await way_back(inside)
    assert "Dit verhaal terugnemen?" in (await inside.get(path)).text
    assert (await kept(doorstep))[0]["withdrawn_at"] is None
    for _ in range(2):
        gone = await inside.post(path, {"go": "1"})
        assert gone.headers["location"] == f"{HOME}?klaar=teruggenomen"
    (row,) = await kept(doorstep)
    assert row["withdrawn_at"] is not None
    async with doorstep.db.connection() as conn:
        with pytest.raises(Erased):
            await vault.get(conn, row["words"], Story)
    assert len(await doorstep.rows("select from registry.fact where name = 'street.story_withdrawn'")) == 1
    page = await inside.get(path)
    assert page.url.path == HOME
    assert "De soep" not in page.text


async def test_a_story_is_its_teller_s(
    inside: Resident, doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    await send(inside)
    path = await way_back(inside)
    async with browser(db, keyring) as bram:
        await doorstep.let_in(bram, "Bram")
        assert "De soep" not in (await bram.get(HOME)).text
        assert "De soep" not in (await bram.get(path)).text
        await bram.post(path, {"go": "1"})
    assert (await kept(doorstep))[0]["withdrawn_at"] is None


@pytest.mark.parametrize("which", ["x", str(UUID(int=1))])
async def test_a_story_that_is_none(inside: Resident, which: str) -> None:
    answer = await inside.http.get(f"{FORM}/{which}/terug")
    assert answer.status_code == (404 if which == "x" else 303)


async def test_a_machine_is_slowed_down(inside: Resident, doorstep: Doorstep, db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute(
            "insert into post.attempt (key) select 'entry/rotterdam/rozenlaan' from generate_series(1, $1)",
            trust.ENTRIES.most,
        )
    page = await send(inside)
    assert page.status_code == 422
    assert "heel veel achter elkaar" in page.text
    assert await kept(doorstep) == []
