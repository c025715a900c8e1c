"""Many at once from one address, and the field that nobody sees: nobody is lost, no concern is refused."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from forms.public import crowd
from forms.public.app import public_app
from store import limits
from store.database import Database
from store.keys import Keyring
from tests.web.public.conftest import SETTINGS
from tests.web.public.resident import ALONE, ORIGIN, Resident, form_of, text_of
from tests.web.public.test_concern import FORM, sent

LIBRARY = "203.0.113.9"
HOME = "198.51.100.20"
MENDED = {"name": "Aïsha de Boer", "email": "anders@voorbeeld.nl", "phone": ""}
MINE = "/rotterdam/mijn-gegevens"
BEHIND_A_PROXY = replace(SETTINGS, trusted_proxies=(ip_network("127.0.0.1/32"),))


@pytest.fixture
def app(db: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The pages behind a proxy that tells who asks, with limits that a test can reach: two of each."""
    for name in ("SIGNUPS", "LINKS", "ANSWERS", "CODES", "CONCERN_CODES", "CONCERNS"):
        few = replace(getattr(crowd, name), most=2)
        monkeypatch.setattr(crowd, name, few)
        for module in ("app", "concern.routes", "door.routes", "mine.routes"):
            monkeypatch.setattr(f"forms.public.{module}.{name}", few, raising=False)
    return public_app(db, keyring, BEHIND_A_PROXY)


@asynccontextmanager
async def at(app: FastAPI, address: str) -> AsyncIterator[Resident]:
    """Somebody at an address."""
    said = {"X-Forwarded-For": address}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=ORIGIN, headers=said
    ) as browser:
        yield Resident(browser)


@pytest_asyncio.fixture
async def reader(app: FastAPI) -> AsyncIterator[Resident]:
    """Somebody in the library."""
    async with at(app, LIBRARY) as resident:
        yield resident


async def count(db: Database, sql: str) -> int:
    async with db.connection() as conn:
        return int(await conn.fetchval(sql))


async def signed_up(app: FastAPI, address: str) -> httpx.Response:
    """A sign-up in a fresh browser."""
    async with at(app, address) as resident:
        return await resident.send(await resident.fill_in(ALONE))


async def test_who_shares_a_busy_address_waits_and_loses_nothing(app: FastAPI, db: Database) -> None:
    for _ in range(2):
        assert (await signed_up(app, LIBRARY)).status_code == 303
    async with at(app, LIBRARY) as resident:
        page = await resident.fill_in(ALONE)
        refused = await resident.send(page)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        told = text_of(refused)
        assert "Daar kunt u niets aan doen" in told
        assert "minuten opnieuw" in told
        assert "tel:" in refused.text, "and whom to call"
        assert form_of(refused) == form_of(page), "the button sends the same once more"
        assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 2
        async with db.transaction() as conn:
            await conn.execute("update post.attempt set at = at - interval '61 minutes'")
        again = await resident.send(refused)
    assert again.status_code == 303
    assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 3


async def test_another_address_is_not_bothered(app: FastAPI) -> None:
    for _ in range(3):
        await signed_up(app, LIBRARY)
    assert (await signed_up(app, HOME)).status_code == 303
    assert (await signed_up(app, f"{HOME}, {LIBRARY}")).status_code == 429, "what was sent along is no excuse"


async def test_the_address_itself_is_kept_nowhere(app: FastAPI, db: Database) -> None:
    await signed_up(app, LIBRARY)
    async with db.connection() as conn:
        keys = [row["key"] for row in await conn.fetch("select key from post.attempt")]
    assert [re.sub(r"[0-9a-f]{32}$", "…", key) for key in keys] == ["visitor_signup/…"]


LIMITED = [
    (MINE, {"email": "iemand@voorbeeld.nl"}),
    (f"{MINE}/code", {"code": "123456"}),
    (f"{MINE}/verzonnen", {"a": "b"}),
    ("/rotterdam/mijn-straat/code", {"code": "123456"}),
    ("/rotterdam/mijn-straat/code/opnieuw", {"a": "b"}),
    ("/rotterdam/mijn-straat/verzonnen", {"a": "b"}),
    ("/rotterdam/melding/code", {"code": "123456"}),
    ("/rotterdam/melding/verzonnen", {"a": "b"}),
    ("/rotterdam/antwoord/verzonnen", {"answer": "yes"}),
    ("/rotterdam/gesprek/verzonnen", {"moment": "1"}),
    ("/rotterdam/verder/verzonnen", {"choice": "yes"}),
]


@pytest.mark.parametrize(("path", "form"), LIMITED)
async def test_links_answers_and_codes_are_limited(reader: Resident, path: str, form: dict[str, str]) -> None:
    statuses = [(await reader.post(path, form)).status_code for _ in range(3)]
    assert 429 not in statuses[:2]
    refused = await reader.post(path, form)
    assert (statuses[2], refused.status_code) == (429, 429)
    for name, value in form.items():
        assert f'name="{name}" value="{value}"' in refused.text
    english = await reader.post(f"{path}?taal=en", form)
    assert "Much came in at once" in english.text


async def test_looking_is_never_counted(reader: Resident, db: Database) -> None:
    for path in ("/rotterdam", FORM, MINE, "/rotterdam/antwoord/verzonnen"):
        await reader.get(path)
    assert await count(db, "select count(*) from post.attempt") == 0


async def test_a_form_that_is_none_is_not_counted(reader: Resident, db: Database) -> None:
    assert (await reader.http.post(MINE, content=b"x")).status_code == 400
    assert await count(db, "select count(*) from post.attempt") == 0


async def test_a_concern_above_the_limit_is_taken_in_with_doubt(reader: Resident, db: Database) -> None:
    for _ in range(4):
        answer = await reader.post(FORM, sent())
        assert answer.status_code == 303
        assert "Dank u wel, we kijken ernaar" in text_of(await reader.get(answer.headers["location"]))
    async with db.connection() as conn:
        rows = await conn.fetch(
            """select s.doubt, s.payload ->> 'doubt' as told, c.doubt as shown
               from post.submission s join concern.concern c using (id) order by s.received_at"""
        )
    assert [tuple(row) for row in rows] == [(None,) * 3] * 2 + [("many",) * 3] * 2


async def test_a_concern_with_the_trap_filled_in_is_taken_in_with_doubt(
    reader: Resident, db: Database
) -> None:
    answer = await reader.post(FORM, sent(website="https://koop.example"))
    assert answer.status_code == 303
    assert "Dank u wel, we kijken ernaar" in text_of(await reader.get(answer.headers["location"]))
    assert await count(db, "select count(*) from post.submission where doubt = 'trap'") == 1
    assert await count(db, "select count(*) from post.attempt") == 0, "it takes nobody else's turn"


async def test_help_first_forgets_the_trap_and_keeps_the_rest(reader: Resident) -> None:
    page = await reader.post(FORM, sent(step="help", website="x"))
    assert 'name="website"' not in page.text


async def test_a_sign_up_with_the_trap_filled_in_asks_once_more(reader: Resident, db: Database) -> None:
    page = await reader.fill_in(ALONE)
    caught = await reader.post(
        "/rotterdam/aanmelden/controleer", {"form": form_of(page), "website": "https://koop.example"}
    )
    assert caught.status_code == 422
    assert "Er was een veld ingevuld dat leeg moet blijven." in text_of(caught)
    assert "koop.example" not in caught.text
    assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 0
    assert (await reader.send(caught)).status_code == 303, "a person whose browser did it is not lost"
    assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 1


async def test_my_data_with_the_trap_filled_in_asks_once_more(reader: Resident, db: Database) -> None:
    form = {"email": "iemand@voorbeeld.nl"}
    caught = await reader.post(MINE, form | {"website": "x"})
    assert caught.status_code == 422
    assert 'value="iemand@voorbeeld.nl"' in caught.text
    assert await count(db, "select count(*) from post.submission where kind = 'person_link'") == 0
    assert (await reader.post(MINE, form)).status_code == 303


async def test_the_trap_stands_where_no_person_comes(reader: Resident) -> None:
    await reader.fill_in(ALONE)
    for path in (FORM, MINE, "/rotterdam/aanmelden/controleer"):
        page = await reader.get(path)
        (found,) = re.findall(r'<div class="trap" aria-hidden="true">.*?</div>', page.text, re.DOTALL)
        assert 'tabindex="-1"' in found
        assert 'autocomplete="off"' in found
        assert "Laat dit veld leeg" in found
        assert "style=" not in found


async def test_who_shares_an_address_does_not_wait_for_the_others(app: FastAPI, db: Database) -> None:
    """The count is committed before the form is taken in: no lock outlives it."""
    async with db.transaction() as conn:
        assert await limits.attempt(conn, crowd.SIGNUPS, "somebody else")
        answers = await asyncio.wait_for(
            asyncio.gather(*(signed_up(app, f"198.51.100.{number}") for number in range(4))), 10
        )
    assert {answer.status_code for answer in answers} == {303}


async def test_other_answers_under_the_same_form_are_no_silent_yes(resident: Resident, db: Database) -> None:
    """The first answer of ours got lost on the way; the reader mends their address and sends again."""
    page = await resident.fill_in(ALONE)
    async with httpx.AsyncClient(
        transport=resident.http._transport, base_url=ORIGIN, cookies=resident.http.cookies
    ) as lost:
        assert (await Resident(lost).send(page)).status_code == 303
    assert (await resident.http.post("/rotterdam/aanmelden/u", data=MENDED)).status_code == 303
    changed = await resident.get("/rotterdam/aanmelden/controleer")
    told = await resident.send(changed)
    assert told.status_code == 422
    assert "U stuurde deze aanmelding al, met andere antwoorden." in text_of(told)
    assert "anders@voorbeeld.nl" in told.text
    assert form_of(told) != form_of(page)
    assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 1
    assert (await resident.send(told)).status_code == 303
    assert await count(db, "select count(*) from post.submission where kind = 'signup'") == 2


async def test_the_same_answers_once_more_are_the_same_receipt(resident: Resident) -> None:
    page = await resident.fill_in(ALONE)
    async with httpx.AsyncClient(
        transport=resident.http._transport, base_url=ORIGIN, cookies=resident.http.cookies
    ) as lost:
        first = await Resident(lost).send(page)
    assert (await resident.send(page)).headers["location"] == first.headers["location"]
