"""PostgreSQL away behind the door: the page says so, and offers what was typed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from forms.public import site
from forms.public.app import public_app
from store.database import Database
from store.keys import Keyring
from tests.today import today
from tests.web.public.conftest import SETTINGS
from tests.web.public.doorstep import HOME, Doorstep
from tests.web.public.resident import ORIGIN, Resident, form_of, text_of
from tests.web.public.test_public_lost_database import Fragile


@asynccontextmanager
async def _gone(fragile: Fragile) -> AsyncIterator[None]:
    fragile.away = True
    yield
    fragile.away = False


@pytest_asyncio.fixture
async def fragile(db: Database) -> Fragile:
    return Fragile(db._url)


@pytest_asyncio.fixture
async def visitor(
    fragile: Fragile, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Resident]:
    monkeypatch.setattr(site, "FRESH_SECONDS", 0.0)
    transport = httpx.ASGITransport(app=public_app(fragile, keyring, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield Resident(http)
    await fragile.close()


@pytest_asyncio.fixture
async def doorstep(db: Database, keyring: Keyring) -> Doorstep:
    step = Doorstep(db, keyring)
    await step.settle("Anna")
    return step


FORMS = [
    ("attentie", {"day": "{today:%d-%m-%Y}", "occasion": "birth", "amount": "5"}, "ledger.transfer"),
    ("verhaal", {"text": "Een <soep>", "share": "no"}, "registry.story"),
]


@pytest.mark.parametrize(("page", "answers", "table"), FORMS)
async def test_what_was_typed_is_offered_again(
    visitor: Resident, fragile: Fragile, doorstep: Doorstep, page: str, answers: dict[str, str], table: str
) -> None:
    await doorstep.let_in(visitor, "Anna")
    path = f"{HOME}/{page}"
    answers = {name: value.format(today=today()) for name, value in answers.items()}
    before = await doorstep.count(table)
    form = form_of(await visitor.get(path))
    async with _gone(fragile):
        lost = await visitor.post(path, {"form": form, **answers})
    assert lost.status_code == 503
    assert f'action="{path}"' in lost.text
    assert form_of(lost) == form
    for name, value in answers.items():
        escaped = value.replace("<", "&lt;").replace(">", "&gt;")
        assert f'name="{name}" value="{escaped}"' in lost.text
    assert await doorstep.count(table) == before
    assert (await visitor.post(path, {"form": form, **answers})).status_code == 303
    assert await doorstep.count(table) == before + 1


async def test_the_door_says_so_and_counts_nothing(
    visitor: Resident, fragile: Fragile, doorstep: Doorstep
) -> None:
    link = await doorstep.link("Anna")
    await visitor.get(link)
    async with _gone(fragile):
        for path in (link, f"{HOME}/code", f"{HOME}/code/opnieuw"):
            lost = await visitor.post(path, {"code": "123456"})
            assert lost.status_code == 503
            assert "We zijn heel even niet bereikbaar" in text_of(lost)
    assert await doorstep.count("post.code") == 0


async def test_a_checked_account_number_is_still_there(
    visitor: Resident, fragile: Fragile, doorstep: Doorstep
) -> None:
    await doorstep.let_in(visitor, "Anna")
    await visitor.post(f"{HOME}/rekening", {"holder": "Anna", "iban": "NL91ABNA0417164300"})
    check = f"{HOME}/rekening/controleer"
    form = form_of(await visitor.get(check))
    async with _gone(fragile):
        assert (await visitor.post(check, {"form": form})).status_code == 503
    assert (await visitor.post(check, {"form": form})).status_code == 303
    assert await doorstep.count("money.payee") == 1
