"""Every address of every app, from the apps themselves: what each answers with, and what none lets happen."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

import forms
from forms.site.security import OWN, POLICY
from tests.web.addresses import Address, addresses
from tests.web.house import DESK, PUBLIC, House, browser_of, settings, sit_down

ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
ANSWERED = ("GET", "HEAD", "POST")
KEPT = re.compile(r"/static/.+|.*/gezicht\.css|.*/logo\.\w+|/bureau\.css|.*/verhalen\.atom")
"""Files that are the same for everybody, and that a browser may keep."""

MACHINES = ("/gezond", "/static")
SIGN_IN = frozenset({"/", "/uit", "/gezond", "/bureau.css"})
"""All of the desk that answers a stranger, with faces, logos and files."""
WAYS_IN = ("/aanmelden/", "/uitnodiging/", "/passkey")
"""Where a stranger becomes a colleague: by their provider, an invitation or a passkey, and nothing less."""

NONSENSE = (
    "x" * 3000,
    "Ünïcödé-🌷-\u202e",
    "%00",
    "..",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "9" * 30,
    "'; drop table post.mail; --",
    "a%0d%0aSet-Cookie:%20x=1",
    str(uuid4()),
)
TOLD = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""What every answer says, besides what it may load."""

INSIDES = ("Traceback", 'File "', "asyncpg", "pydantic", "starlette", "/site-packages/")
QUERY = {
    "pagina": "-1",
    "jaar": "x" * 40,
    "stand": "\x00",
    "wijk": "'",
    "zoek": "%\\",
    "van": "1",
    "taal": "xx",
}


def apps(house: House, *, secure: bool = False) -> list[tuple[str, str, FastAPI]]:
    """Name, address in a browser, app."""
    web = settings(secure=secure)
    return [
        ("public", web.public_url, house.public(secure=secure)),
        ("desk", web.desk_url, house.desk(secure=secure)),
    ]


def wrong_headers(answer: httpx.Response, *, secure: bool = False) -> list[str]:
    """What an answer lacks, or says too much."""
    headers, wrong = answer.headers, []
    wrong += [
        f"{name}: {headers.get(name)}" for name, said in TOLD.items() if said not in headers.get(name, "")
    ]
    if headers.get("content-security-policy") not in (POLICY, *OWN):
        wrong.append(f"content-security-policy: {headers.get('content-security-policy')}")
    if secure != ("strict-transport-security" in headers):
        wrong.append("strict-transport-security")
    kept = answer.status_code == 200 and KEPT.fullmatch(answer.request.url.path)
    if ("no-store" not in headers.get("cache-control", "")) != bool(kept):
        wrong.append(f"cache-control: {headers.get('cache-control')}")
    wrong += [f"{name}: {headers[name]}" for name in ("server", "x-powered-by", "via") if name in headers]
    return wrong + [f"cookie: {line}" for line in headers.get_list("set-cookie") if not is_safe(line, secure)]


def is_safe(cookie: str, secure: bool) -> bool:
    """Out of reach of scripts and of other sites; over https only, where there is https."""
    said = cookie.lower()
    well = "httponly" in said and ("samesite=lax" in said or "samesite=strict" in said)
    if not secure:
        return well
    hosted = not cookie.startswith("__Host-") or ("path=/;" in f"{said};" and "domain=" not in said)
    return well and "secure" in said and hosted


async def each(
    house: House, *, secure: bool = False
) -> AsyncIterator[tuple[str, httpx.AsyncClient, Address]]:
    """Every address of both apps, with a browser that is nobody's."""
    for name, url, app in apps(house, secure=secure):
        async with browser_of(app, url) as browser:
            for address in addresses(app):
                yield name, browser, address


def test_the_policy_for_pages_lets_nothing_in() -> None:
    for policy in (POLICY, *OWN):
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "http" not in policy
    assert "frame-ancestors 'none'" in POLICY
    assert "base-uri 'none'" in POLICY


def test_an_app_that_is_mounted_is_found_by_itself() -> None:
    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("hier")

    inner = FastAPI(openapi_url=None, routes=[Route("/streets/{street}", page)])
    app = FastAPI(
        openapi_url=None, routes=[Mount("/api/v1", inner), Mount("/x", Router([Route("/y", page)]))]
    )
    assert {each.path for each in addresses(app)} == {"/api/v1/streets/{street}", "/x/y"}


async def test_every_answer_has_its_headers(house: House) -> None:
    wrong, asked = [], 0
    for secure in (False, True):
        async for name, browser, address in each(house, secure=secure):
            for path in {house.real(address), address.filled(lambda _: "nergens")}:
                answer = await browser.get(path)
                asked += 1
                wrong += [f"{name} {path}: {each}" for each in wrong_headers(answer, secure=secure)]
    assert wrong == []
    assert asked > 300


SCRIPT = re.compile(r"<script|\son[a-z]+\s*=|javascript:|\sstyle\s*=", re.IGNORECASE)


async def test_no_public_page_has_a_script(house: House) -> None:
    """Nor a handler, nor a style inside an element; a form with mistakes has none either."""
    _, url, app = apps(house)[0]
    async with browser_of(app, url) as browser:
        for address in addresses(app):
            for method in address.methods - {"HEAD"}:
                answer = await browser.request(method, house.real(address), data={"form": str(uuid4())})
                if "html" in answer.headers.get("content-type", ""):
                    assert not SCRIPT.search(re.sub(r">[^<]*<", "><", answer.text)), (method, address.path)


async def test_every_method_is_answered_and_none_breaks(house: House) -> None:
    wrong = []
    async for name, browser, address in each(house):
        path = address.filled(lambda _: "nergens")
        for method in ALL_METHODS:
            answer = await browser.request(method, path)
            if answer.status_code >= 500 or (
                answer.status_code == 200 and method not in ("GET", "HEAD", "POST")
            ):
                wrong.append(f"{name} {method} {path}: {answer.status_code}")
            wrong += [f"{name} {method} {path}: {each}" for each in wrong_headers(answer)]
            assert method not in ("TRACE", "BREW") or answer.status_code in (404, 405)
    assert wrong == []


async def test_no_form_of_another_site_is_taken(house: House) -> None:
    """Also with the session of somebody who is signed in: that is whom such a form is after."""
    for name, url, app in apps(house):
        async with browser_of(app, url) as browser:
            if name == "desk":
                await sit_down(browser, "treasurer-1")
            for address in addresses(app):
                for method in {"POST", "PUT", "PATCH", "DELETE"} & {*address.methods, "POST"}:
                    if address.under and not address.under.startswith("/static"):
                        continue  # An API has no cookies, so nobody's browser speaks for them.
                    for said in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
                        answer = await browser.request(method, house.real(address), headers=said)
                        assert answer.status_code == 403, (name, method, address.path, said)
                        assert "set-cookie" not in answer.headers


def is_a_file(address: Address) -> bool:
    return address.under == "/static" or KEPT.fullmatch(address.filled(lambda place: place)) is not None


async def test_a_stranger_gets_nothing_of_the_desk(house: House) -> None:
    """The sign-in, and what it looks like."""
    for secure in (False, True):
        _, url, app = apps(house, secure=secure)[1]
        async with browser_of(app, url) as stranger:
            stranger.cookies.set("__Host-straat" if secure else "straat-8601", "verzonnen")
            for address in addresses(app):
                if address.path in SIGN_IN or is_a_file(address):
                    continue
                for method in sorted(address.methods - {"HEAD"}):
                    path = house.real(address)
                    answer = await stranger.request(method, path, data={"form": str(uuid4())})
                    if path.startswith(WAYS_IN):
                        assert answer.status_code in (303, 400, 403, 404, 405), (method, path)
                        assert "straat-8601=" not in answer.headers.get("set-cookie", ""), path
                        continue
                    assert answer.status_code == 303, (method, path, answer.status_code)
                    assert answer.headers["location"].partition("?")[0] == "/", path
                    assert answer.content == b""


@pytest.mark.parametrize("who", ["nobody", "coordinator-1"])
async def test_nonsense_in_an_address_breaks_nothing(house: House, who: str) -> None:
    """Each place of each address with each of it; the others hold what exists."""
    for name, url, app in apps(house):
        async with browser_of(app, url) as browser:
            if name == "desk" and who != "nobody":
                await sit_down(browser, who)
            elif who != "nobody":
                continue
            await _feed(house, browser, addresses(app), name)


async def _feed(house: House, browser: httpx.AsyncClient, found: list[Address], name: str) -> None:
    for address in found:
        for place in dict.fromkeys(address.places):
            for nonsense in NONSENSE:
                path = nonsense_in(house, address, place, nonsense)
                for method in address.methods - {"HEAD"}:
                    form = {"data": {"form": str(uuid4())}} if method != "GET" else {}
                    answer = await browser.request(method, path, **form)
                    said = (name, method, path[:120], answer.status_code)
                    assert answer.status_code in (200, 303, 307, 400, 403, 404, 405, 410, 422, 429), said
                    assert not [word for word in INSIDES if word in answer.text], said
                    assert "set-cookie" not in answer.headers or "x=1" not in answer.headers["set-cookie"]


def nonsense_in(house: House, address: Address, place: str, nonsense: str) -> str:
    """The address with nonsense in one place, and what exists in the others."""
    marked = Address(
        address.path.replace("{" + place + "}", "\0").replace("{" + place + ":path}", "\0"), frozenset()
    )
    return house.real(marked).replace("\0", nonsense)


@pytest.mark.parametrize("seat", ["coordinator-1", "treasurer-1"])
async def test_nonsense_behind_an_address_breaks_nothing(house: House, seat: str) -> None:
    for name, url, app in apps(house):
        async with browser_of(app, url) as browser:
            if name == "desk":
                await sit_down(browser, seat)
            for address in addresses(app):
                if "GET" in address.methods:
                    answer = await browser.get(house.real(address), params=QUERY)
                    assert answer.status_code < 500, (name, address.path)
                    assert not [word for word in INSIDES if word in answer.text], address.path


FIELD = re.compile(r'(?:name="|(?:field|radios|choose|amount)\("?)([a-z_-]+)')
FIELDS = sorted(
    {
        name
        for template in Path(forms.__file__).parent.rglob("*.html")
        for name in FIELD.findall(template.read_text("utf-8"))
    }
    - {"form"}
)
"""What the forms of all pages call their fields."""


@pytest.mark.parametrize("typed", ["a\x00b", "x" * 900, "-1", "🌷\u202e", "' or 1=1 --"], ids=ascii)
async def test_nonsense_in_every_field_breaks_nothing(house: House, typed: str) -> None:
    assert len(FIELDS) > 40
    for name, url, app in apps(house):
        async with browser_of(app, url) as browser:
            if name == "desk":
                await sit_down(browser, "coordinator-1")
            for address in addresses(app):
                if "POST" not in address.methods or address.path in SIGN_IN:
                    continue
                for some in (FIELDS[:45], FIELDS[45:]):
                    form = {"form": str(uuid4()), **dict.fromkeys(some, typed)}
                    answer = await browser.post(house.real(address), data=form)
                    assert answer.status_code < 500, (name, address.path)
                    assert not [word for word in INSIDES if word in answer.text], address.path


@pytest.mark.parametrize("host", ["elders.example", "127.0.0.1:8600@elders.example"])
async def test_another_host_name_goes_into_no_page_and_no_address(house: House, host: str) -> None:
    """Links come from the settings: nobody's mail or page leads to where a request says we are."""
    for name, url, app in apps(house):
        async with browser_of(app, url) as browser:
            said = {"Host": host, "X-Forwarded-Host": "elders.example", "Forwarded": "host=elders.example"}
            if name == "desk":
                await sit_down(browser, "coordinator-1")
            for address in addresses(app):
                if "GET" in address.methods:
                    answer = await browser.get(house.real(address), headers=said)
                    assert "elders.example" not in answer.text, (name, address.path)
                    assert "elders.example" not in str(answer.headers), (name, address.path)
                    assert answer.status_code < 500


@pytest.mark.parametrize("url", [PUBLIC, DESK])
async def test_a_host_name_opens_no_gate(house: House, url: str) -> None:
    """An old browser says only its Origin: that is held against our own address, not against the Host."""
    app = house.public() if url == PUBLIC else house.desk()
    async with browser_of(app, url) as browser:
        del browser.headers["sec-fetch-site"]
        said = {"Host": "elders.example", "Origin": "http://elders.example"}
        assert (await browser.post("/uit", headers=said)).status_code == 403


OUTSIDE = (
    "//elders.example",
    "https://elders.example",
    "/\\elders.example",
    "/den-haag//elders.example",
    "/den-haag/../../elders.example",
    "javascript:alert(1)",
    "/den-haag/vandaag\r\nSet-Cookie: x=1",
    "/aalsmeer/vandaag",
)


@pytest.mark.parametrize("asked", OUTSIDE)
async def test_the_sign_in_leads_to_our_own_pages_only(house: House, asked: str) -> None:
    async with browser_of(house.desk(), DESK) as browser:
        form = {"municipality": "den-haag", "seat": "coordinator-1", "naar": asked}
        answer = await browser.post("/", data=form)
        assert answer.headers["location"] == "/den-haag/vandaag"
        page = await browser.get("/", params={"naar": asked})
        rest = re.sub(r'href="\?[^"]*"', "", page.text)
        assert "elders.example" not in rest, "but to choose a language"


@pytest.mark.parametrize(
    "path", ["//elders.example/", "/\\elders.example/", "/%2felders.example/", "//elders.example/%2f.."]
)
async def test_a_slash_too_many_leads_to_our_own_pages_only(house: House, path: str) -> None:
    for _, url, app in apps(house):
        async with browser_of(app, url) as browser:
            answer = await browser.get(url + path)
            led = answer.headers.get("location", "/")
            assert re.match(r"/[^/\\]|/$", led), led
