"""The way through the door: a link, a code, one browser; and everybody it stays shut for."""

import asyncio
import re
from dataclasses import replace

import asyncpg
import httpx
import pytest
import pytest_asyncio

from forms.public.app import public_app
from schemas.facts import LinkPurpose
from store import door, entry
from store.database import Database
from store.keys import Keyring
from tests.web.public.conftest import SETTINGS
from tests.web.public.doorstep import HOME, Doorstep, browser
from tests.web.public.resident import Resident, cookie_of, text_of


@pytest_asyncio.fixture
async def doorstep(db: Database, keyring: Keyring) -> Doorstep:
    step = Doorstep(db, keyring)
    await step.settle("Anna", "Bram")
    return step


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_way_in_and_out(resident: Resident, doorstep: Doorstep) -> None:
    page = await resident.get(await doorstep.link("Anna"))
    assert "<strong>Rozenlaan (oost)</strong>" in page.text
    assert "Stuur mij een code" in page.text
    assert "Anna" not in page.text

    asked = await resident.post(str(page.url), {"go": "1"})
    assert asked.headers["location"] == f"{HOME}/code"
    assert re.search("httponly", cookie_of(asked, "deur-code-80"), re.IGNORECASE)
    page = await resident.get(asked.headers["location"])
    assert 'autocomplete="one-time-code" inputmode="numeric"' in page.text
    assert await doorstep.code() not in page.text

    digits = await doorstep.code()
    opened = await resident.post(f"{HOME}/code", {"code": f" {digits[:3]} {digits[3:]} "})
    assert opened.headers["location"] == HOME
    line = cookie_of(opened, "deur-80").lower()
    assert "httponly" in line
    assert "samesite=lax" in line
    assert "Het potje van uw straat" in (await resident.get(HOME)).text

    out = await resident.post(f"{HOME}/uit", {"go": "1"})
    assert "U bent afgemeld." in (await resident.get(out.headers["location"])).text
    assert (await resident.get(HOME)).status_code == 403
    assert await doorstep.count("registry.door") == 0


async def test_looking_asks_for_nothing(resident: Resident, doorstep: Doorstep) -> None:
    link = await doorstep.link("Anna")
    for look in (resident.http.get, resident.http.head, resident.http.get):
        assert (await look(link)).status_code == 200
    assert await doorstep.count("post.code") == 0
    assert await doorstep.count("post.attempt") == 0
    assert await doorstep.rows("select from post.submission where kind = 'code'") == []


async def test_asking_leaves_an_order_for_the_mail(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.ask(resident, "Anna")
    (code,) = await doorstep.rows("select id, person from post.code")
    (line,) = await doorstep.rows("select id, payload from post.submission where kind = 'code'")
    assert (line["id"], line["payload"]) == (code["id"], {"code": str(code["id"])})
    assert code["person"] == doorstep.people["Anna"]


async def test_no_token_after_the_first_page(resident: Resident, doorstep: Doorstep) -> None:
    token = (await doorstep.link("Anna")).rpartition("/")[2]
    page = await doorstep.ask(resident, "Anna")
    assert token not in page.text
    assert token not in (await doorstep.let_in(resident, "Anna")).text


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12345٣", "1" * 5000])
async def test_what_are_not_six_digits_is_no_try(resident: Resident, doorstep: Doorstep, typed: str) -> None:
    await doorstep.ask(resident, "Anna")
    page = await resident.post(f"{HOME}/code", {"code": typed})
    assert page.status_code == 422
    assert "Vul de zes cijfers uit de mail in." in page.text
    assert "<title>Fout:" in page.text
    assert 'href="#code"' in page.text
    assert (await doorstep.rows("select wrong from post.code"))[0]["wrong"] == 0


async def test_five_tries(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.ask(resident, "Anna")
    code = await doorstep.code()
    said = []
    for _ in range(entry.TRIES):
        page = await resident.post(f"{HOME}/code", {"code": wrong(code)})
        assert page.status_code == 422
        said.append(text_of(page))
    assert "U kunt het nog 4 keer proberen." in said[0]
    assert "U kunt het nog één keer proberen." in said[3]
    assert "te vaak verkeerd ingevuld" in said[4]
    page = await resident.post(f"{HOME}/code", {"code": code})
    assert "te vaak verkeerd ingevuld" in text_of(page)
    assert await doorstep.count("registry.door") == 0


async def test_a_code_opens_once(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.ask(resident, "Anna")
    code, kept = await doorstep.code(), dict(resident.http.cookies)
    both = await asyncio.gather(*(resident.post(f"{HOME}/code", {"code": code}) for _ in range(2)))
    assert sorted(page.status_code for page in both) == [303, 422]
    assert await doorstep.count("registry.door") == 1
    resident.http.cookies.clear()
    resident.http.cookies.update(kept)
    page = await resident.post(f"{HOME}/code", {"code": code})
    assert "Deze code is al gebruikt." in page.text


async def test_of_two_at_the_same_moment_one_opens(
    resident: Resident, doorstep: Doorstep, db: Database, keyring: Keyring, owner_conn: asyncpg.Connection
) -> None:
    await doorstep.ask(resident, "Anna")
    cookie, digits = resident.http.cookies["deur-code-80"], await doorstep.code()

    async def other() -> entry.Opening:
        async with db.transaction() as conn:
            return await door.open_with(conn, keyring, "rotterdam", cookie, digits)

    async with db.transaction() as conn:
        first = await door.open_with(conn, keyring, "rotterdam", cookie, digits)
        second = asyncio.create_task(other())
        while not await owner_conn.fetchval("select exists (select from pg_locks where not granted)"):
            assert not second.done()
            await asyncio.sleep(0.01)
    assert (first.outcome, (await second).outcome) == (entry.Outcome.OPEN, entry.Outcome.USED)
    assert await doorstep.count("registry.door") == 1


async def test_ten_minutes(resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection) -> None:
    await doorstep.ask(resident, "Anna")
    await owner_conn.execute("update post.code set expires_at = now()")
    page = await resident.post(f"{HOME}/code", {"code": await doorstep.code()})
    assert "Deze code is te oud." in page.text

    again = await resident.post(f"{HOME}/code/opnieuw", {"go": "1"})
    assert again.headers["location"] == f"{HOME}/code"
    opened = await resident.post(f"{HOME}/code", {"code": await doorstep.code()})
    assert opened.headers["location"] == HOME


async def test_after_an_hour_only_the_link_asks_again(
    resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection
) -> None:
    await doorstep.ask(resident, "Anna")
    await owner_conn.execute("update post.code set created_at = created_at - interval '1 hour'")
    page = await resident.post(f"{HOME}/code/opnieuw", {"go": "1"})
    assert page.status_code == 403
    assert await doorstep.count("post.code") == 1


async def test_five_codes_an_hour(
    resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection
) -> None:
    for _ in range(3):
        await doorstep.ask(resident, "Anna")
    for _ in range(2):
        assert (await resident.post(f"{HOME}/code/opnieuw", {"go": "1"})).status_code == 303
    for path in (await doorstep.link("Anna"), f"{HOME}/code/opnieuw"):
        page = await resident.post(path, {"go": "1"})
        assert page.status_code == 429
        assert "niet meer dan vijf in een uur" in page.text
    assert await doorstep.count("post.code") == 5
    assert (await resident.post(await doorstep.link("Bram"), {"go": "1"})).status_code == 303

    await owner_conn.execute("update post.attempt set at = at - interval '1 hour'")
    assert (await resident.post(await doorstep.link("Anna"), {"go": "1"})).status_code == 303


async def test_another_browser_stays_out(
    resident: Resident, doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    await doorstep.ask(resident, "Anna")
    async with browser(db, keyring) as stranger:
        page = await stranger.post(f"{HOME}/code", {"code": await doorstep.code()})
        assert page.status_code == 403
        assert "De deur is dicht" in page.text
        assert (await stranger.get(f"{HOME}/code")).status_code == 403
        assert (await stranger.post(f"{HOME}/code/opnieuw", {"go": "1"})).status_code == 403
    assert await doorstep.count("registry.door") == 0


FORGED = ["", "x", "{id}", "{id}.", "{id}.AAAA", "00000000-0000-0000-0000-000000000000.AAAA"]


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_browser_stays_out(resident: Resident, doorstep: Doorstep, forged: str) -> None:
    await doorstep.ask(resident, "Anna")
    (row,) = await doorstep.rows("select id from post.code")
    resident.http.cookies.clear()
    cookie = f"deur-code-80={forged.format(id=row['id'])}"
    page = await resident.post(f"{HOME}/code", {"code": await doorstep.code()}, Cookie=cookie)
    assert page.status_code == 403


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "%00", "' or 1=1 --"])
async def test_a_forged_session_stays_out(resident: Resident, doorstep: Doorstep, token: str) -> None:
    await doorstep.let_in(resident, "Anna")
    resident.http.cookies.clear()
    page = await resident.http.get(HOME, headers={"Cookie": f"deur-80={token}"})
    assert page.status_code == 403
    assert "De deur is dicht" in page.text


@pytest.mark.parametrize("token", ["a", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "%00", "é" * 300])
async def test_a_forged_link_is_not_found(resident: Resident, doorstep: Doorstep, token: str) -> None:
    assert (await resident.get(f"{HOME}/{token}")).status_code == 404
    assert (await resident.post(f"{HOME}/{token}", {"go": "1"})).status_code == 404


async def test_a_question_is_no_door_and_a_door_no_question(resident: Resident, doorstep: Doorstep) -> None:
    question = await doorstep.link("Anna", LinkPurpose.CONFIRM_RECEIPT)
    assert (await resident.get(question)).status_code == 404
    assert (await resident.post(question, {"go": "1"})).status_code == 404
    answer = (await doorstep.link("Anna")).replace("mijn-straat", "antwoord")
    assert (await resident.get(answer)).status_code == 404
    assert (await resident.post(answer, {"answer": "yes"})).status_code == 404
    assert await doorstep.rows("select from post.submission where kind in ('answer', 'code')") == []


async def test_a_door_belongs_to_its_municipality(resident: Resident, doorstep: Doorstep) -> None:
    elsewhere = (await doorstep.link("Anna")).replace("rotterdam", "den-haag")
    assert (await resident.get(elsewhere)).status_code == 404
    await doorstep.ask(resident, "Anna")
    page = await resident.post("/den-haag/mijn-straat/code", {"code": await doorstep.code()})
    assert page.status_code == 403
    await doorstep.let_in(resident, "Anna")
    for path in ("", "/attentie", "/verhaal", "/rekening"):
        assert (await resident.get(f"/den-haag/mijn-straat{path}")).status_code == 403
    assert (await resident.get(HOME)).status_code == 200


async def test_who_left_is_out_at_once(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.let_in(resident, "Anna")
    await doorstep.settle("Bram")
    assert (await resident.get(HOME)).status_code == 403
    assert (await resident.post(f"{HOME}/verhaal", {"form": "x"})).status_code == 403
    page = await resident.get(await doorstep.link("Anna"))
    assert page.status_code == 410
    assert "niet meer als gangmaker" in page.text
    assert (await resident.post(await doorstep.link("Anna"), {"go": "1"})).status_code == 410


async def test_who_left_between_mail_and_code_is_out(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.ask(resident, "Anna")
    await doorstep.settle("Bram")
    code = await doorstep.code()
    assert (await resident.post(f"{HOME}/code", {"code": code})).status_code == 403
    assert (await resident.post(f"{HOME}/code/opnieuw", {"go": "1"})).status_code == 403
    assert await doorstep.count("registry.door") == 0


async def test_half_an_hour_and_no_longer(
    resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection
) -> None:
    await doorstep.let_in(resident, "Anna")
    await owner_conn.execute("update registry.door set expires_at = now() + interval '1 second'")
    assert (await resident.get(HOME)).status_code == 200
    (left,) = await doorstep.rows(
        "select expires_at - now() > interval '29 minutes' as long from registry.door"
    )
    assert left["long"]
    await owner_conn.execute("update registry.door set opened_at = opened_at - interval '7 hours 50 minutes'")
    assert (await resident.get(HOME)).status_code == 200
    (left,) = await doorstep.rows(
        "select expires_at - now() < interval '11 minutes' as short from registry.door"
    )
    assert left["short"]
    await owner_conn.execute("update registry.door set expires_at = now()")
    assert (await resident.get(HOME)).status_code == 403


async def test_a_story_is_not_lost_when_the_door_shuts(
    resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection
) -> None:
    await doorstep.let_in(resident, "Anna")
    await owner_conn.execute("delete from registry.door")
    page = await resident.post(f"{HOME}/verhaal", {"form": "x", "text": "De <taart> was op."})
    assert page.status_code == 403
    assert "De &lt;taart&gt; was op." in page.text


async def test_the_tables_tell_no_secret(resident: Resident, doorstep: Doorstep) -> None:
    await doorstep.ask(resident, "Anna")
    asked = dict(resident.http.cookies)["deur-code-80"].partition(".")[2]
    await doorstep.let_in(resident, "Anna")
    inside = dict(resident.http.cookies)["deur-80"]
    rows = await doorstep.rows(
        "select to_json(c)::text as t from post.code c union all select to_json(d)::text from registry.door d"
    )
    held = " ".join(row["t"] for row in rows)
    assert asked not in held
    assert inside not in held


@pytest.mark.parametrize("page", ["", "/attentie", "/verhaal", "/rekening", "/rekening/controleer"])
async def test_strangers_hear_how_to_get_in(resident: Resident, doorstep: Doorstep, page: str) -> None:
    shut = await resident.get(HOME + page)
    assert shut.status_code == 403
    assert "Open de link in onze mail" in shut.text
    english = await resident.get(f"{HOME}{page}?taal=en")
    assert "The door is shut" in english.text


async def test_on_https_the_cookies_are_this_host_s_only(
    doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    settings = replace(SETTINGS, public_url="https://public.test")
    transport = httpx.ASGITransport(app=public_app(db, keyring, settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://public.test") as http:
        visitor = Resident(http)
        asked = await visitor.post(await doorstep.link("Anna"), {"go": "1"})
        opened = await visitor.post(f"{HOME}/code", {"code": await doorstep.code()})
        assert (await visitor.get(HOME)).status_code == 200
    for answer, name in ((asked, "__Host-deur-code"), (opened, "__Host-deur")):
        line = cookie_of(answer, name).lower()
        assert "; secure" in line
        assert "; path=/;" in line
        assert "domain" not in line
