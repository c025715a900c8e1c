"""Who gets in, for how long, and what they may see."""

from hashlib import sha256
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from forms.desk.app import desk_app
from forms.desk.staff import SEATS, Role
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.desk.colleagues import seated
from tests.web.desk.conftest import Seat, browser_of, settings
from tests.web.desk.fakes import FakeTemporal

TODAY = "/den-haag/vandaag"
PAGES = ["/den-haag", TODAY, "/den-haag/straten", "/den-haag/straten/acacialaan", "/nergens/vandaag"]
NOOR = {"municipality": "den-haag", "seat": "coordinator-1"}


async def test_a_stranger_sees_who_can_sit_here(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/")
    assert page.status_code == 200
    assert page.text.count('name="seat"') == 3 * len(SEATS)
    assert "Noor" in page.text
    assert "Den Haag" in page.text


async def test_a_stranger_is_sent_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    for page in PAGES:
        answer = await stranger.get(page)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/")
        assert "Anna" not in answer.text


async def test_after_the_sign_in_comes_the_page_that_was_asked(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/den-haag/straten/acacialaan")
    assert answer.headers["location"] == "/?naar=/den-haag/straten/acacialaan"
    asked = {**NOOR, "naar": "/den-haag/straten/acacialaan"}
    assert (await stranger.post("/", data=asked)).headers["location"] == asked["naar"]


async def test_the_sign_in_leads_nowhere_else(stranger: httpx.AsyncClient) -> None:
    for elsewhere in ("//evil.example/x", "https://evil.example", "/rotterdam/vandaag", "/den-haag/\r\nx"):
        answer = await stranger.post("/", data={**NOOR, "naar": elsewhere})
        assert answer.headers["location"] == TODAY


async def test_nobody_else_can_sit_here(stranger: httpx.AsyncClient) -> None:
    half = {"municipality": "den-haag"}
    for wrong in ({}, half, {**NOOR, "seat": "burgemeester"}, {**NOOR, "municipality": "x"}):
        answer = await stranger.post("/", data=wrong)
        assert answer.status_code in (400, 422)
        assert "set-cookie" not in answer.headers
        assert answer.status_code == 400 or '<a href="#wie">Kies hieronder wie u bent.' in answer.text


async def test_where_the_sign_in_is_not_local_nobody_gets_in(
    seat: Seat, rows: Database, keyring: Keyring, temporal: FakeTemporal
) -> None:
    stolen = dict((await seat()).cookies)
    elsewhere = desk_app(rows, keyring, temporal, settings(local=False))
    async with browser_of(elsewhere) as browser:
        assert "nog niet ingesteld" in (await browser.get("/")).text
        assert "set-cookie" not in (await browser.post("/", data=NOOR)).headers
        browser.cookies.update(stolen)
        assert (await browser.get(TODAY)).status_code == 303


async def test_the_cookie_is_ours_alone(
    stranger: httpx.AsyncClient, rows: Database, keyring: Keyring, temporal: FakeTemporal
) -> None:
    local = (await stranger.post("/", data=NOOR)).headers["set-cookie"]
    assert local.startswith("straat-8601=")
    assert "HttpOnly" in local
    assert "SameSite=lax" in local
    safe = "https://bureau.example"
    token = await seated(rows, Vault(keyring), Role.TREASURER, Role.LEAD)
    async with browser_of(
        desk_app(rows, keyring, temporal, settings(url=safe, local=False)), safe
    ) as browser:
        browser.cookies.set("__Host-straat", token)
        answer = await browser.post("/den-haag/mijn-aanmelding/plek", data={"seat": "den-haag/lead"})
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.startswith("__Host-straat=")
    assert token not in cookie
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "host", ["bureau.example", "192.168.1.4:8601", "localhost.evil.example", "127.0.0.1.evil"]
)
async def test_the_local_sign_in_is_for_this_machine_only(
    seat: Seat, app: FastAPI, rows: Database, host: str
) -> None:
    """Whatever the settings say, a request that came for another host does not get it."""
    local = dict((await seat()).cookies)
    async with browser_of(app, f"http://{host}") as browser:
        assert 'name="seat"' not in (await browser.get("/")).text
        assert "set-cookie" not in (await browser.post("/", data=NOOR)).headers
        browser.cookies.update(local)
        assert (await browser.get(TODAY)).status_code == 303
    for here in ("localhost:8601", "[::1]:8601"):
        async with browser_of(app, f"http://{here}") as browser:
            assert 'name="seat"' in (await browser.get("/")).text


async def test_only_a_hash_of_the_token_is_kept(seat: Seat, rows: Database) -> None:
    token = (await seat()).cookies["straat-8601"]
    assert len(token) >= 43
    async with rows.connection() as conn:
        kept = await conn.fetchval("select token_hash from registry.session")
    assert kept == sha256(token.encode()).digest()


async def test_signing_out_ends_the_session_for_whoever_has_the_cookie(seat: Seat) -> None:
    browser = await seat()
    token = browser.cookies["straat-8601"]
    assert (await browser.post("/uit")).headers["location"] == "/"
    browser.cookies.set("straat-8601", token)
    assert (await browser.get(TODAY)).status_code == 303


async def test_signing_in_again_ends_the_session_before(seat: Seat, app: FastAPI) -> None:
    browser = await seat()
    first = browser.cookies["straat-8601"]
    await browser.post("/", data={**NOOR, "seat": "treasurer-1"})
    async with browser_of(app) as other:
        other.cookies.set("straat-8601", first)
        assert (await other.get(TODAY)).status_code == 303


@pytest.mark.parametrize(
    "time_passes",
    [
        "update registry.session set expires_at = now() - interval '1 second'",
        "update registry.session set seen_at = now() - interval '61 minutes'",
    ],
)
async def test_a_session_ends_by_itself(seat: Seat, rows: Database, time_passes: str) -> None:
    browser = await seat()
    assert (await browser.get(TODAY)).status_code == 200
    async with rows.connection() as conn:
        await conn.execute(time_passes)
    assert (await browser.get(TODAY)).status_code == 303


async def test_a_session_in_use_goes_on(seat: Seat, rows: Database) -> None:
    browser = await seat()
    async with rows.connection() as conn:
        await conn.execute("update registry.session set seen_at = now() - interval '59 minutes'")
    assert (await browser.get(TODAY)).status_code == 200
    async with rows.connection() as conn:
        assert await conn.fetchval("select seen_at > now() - interval '1 minute' from registry.session")


async def test_another_municipality_is_not_there(seat: Seat) -> None:
    browser = await seat()
    elsewhere = ("/rotterdam/vandaag", "/rotterdam/straten", "/rotterdam/straten/rozenlaan")
    for page in (*elsewhere, "/den-haag/straten/rozenlaan"):
        answer = await browser.get(page)
        assert answer.status_code == 404
        assert "Deze pagina is er niet" in answer.text
        assert "Anna" not in answer.text


async def test_a_form_from_another_site_is_refused(
    seat: Seat, stranger: httpx.AsyncClient, temporal: FakeTemporal
) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert (await stranger.post("/", data=NOOR, headers=foreign)).status_code == 403
    browser = await seat("treasurer-1")
    address = "/den-haag/potjes/potje-den-haag-fuchsiastraat-2026/approve"
    answer = await browser.post(address, data={"form": str(uuid4())}, headers=foreign)
    assert answer.status_code == 403
    assert temporal.sent == []
