"""PostgreSQL away in the middle of a sign-up: the page says so, and nothing that was typed is lost."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from forms.public import site
from forms.public.app import public_app
from store.database import Database
from store.keys import Keyring
from tests.web.public.conftest import SETTINGS
from tests.web.public.resident import ALONE, FROM_HERE, ORIGIN, STREET, YOU, Resident, form_of, text_of


class Fragile(Database):
    """The real pool, which can be told to find no server."""

    away = False

    async def pool(self) -> asyncpg.Pool:
        """The pool, unless away."""
        if self.away:
            raise ConnectionRefusedError
        return await super().pool()


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


async def test_sending_waits_for_the_database(visitor: Resident, fragile: Fragile) -> None:
    page = await visitor.fill_in()
    fragile.away = True
    refused = await visitor.send(page)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "60"
    assert "Wat u typte is bewaard op dit apparaat." in text_of(refused)
    assert form_of(refused) == form_of(page)
    english = await visitor.http.post(
        "/rotterdam/aanmelden/controleer?taal=en", data={"form": form_of(page)}, headers=FROM_HERE
    )
    assert "What you typed is kept on this device." in text_of(english)

    fragile.away = False
    sent = await visitor.send(refused)
    assert sent.status_code == 303
    assert (await visitor.get(sent.headers["location"])).status_code == 200


async def test_the_form_can_be_filled_in_meanwhile(visitor: Resident, fragile: Fragile) -> None:
    await visitor.get("/rotterdam/aanmelden")
    fragile.away = True
    await visitor.step("straat", STREET)
    await visitor.step("u", YOU)
    page = await visitor.step("samen", ALONE)
    assert page.url.path == "/rotterdam/aanmelden/controleer"
    assert (await visitor.get("/rotterdam")).status_code == 200


async def test_a_fresh_server_offers_what_was_typed_again(visitor: Resident, fragile: Fragile) -> None:
    fragile.away = True
    refused = await visitor.post("/rotterdam/aanmelden/straat", {**STREET, "street": "<Laan>"})
    assert refused.status_code == 503
    assert '<input type="hidden" name="street" value="&lt;Laan&gt;">' in refused.text
    assert 'action="/rotterdam/aanmelden/straat"' in refused.text


async def test_an_answer_is_offered_again(visitor: Resident, fragile: Fragile) -> None:
    await visitor.get("/rotterdam")
    fragile.away = True
    path = "/rotterdam/antwoord/abc"
    assert (await visitor.get(path)).status_code == 503
    refused = await visitor.post(path, {"answer": "yes"})
    assert '<input type="hidden" name="answer" value="yes">' in refused.text


async def test_health_says_what_is_missing(visitor: Resident, fragile: Fragile) -> None:
    assert (await visitor.get("/gezond")).json() == {"status": "ok"}
    fragile.away = True
    answer = await visitor.get("/gezond")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "reason": "postgres"})
