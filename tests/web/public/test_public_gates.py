"""What every page answers with, and what none accepts: headers, other sites' posts, big and odd bodies."""

from collections.abc import AsyncIterator

import httpx
import pytest

from forms.site.security import MAX_BODY_BYTES
from tests.web.public.resident import FROM_HERE, ORIGIN, STREET, Resident, text_of

FORM = "/rotterdam/aanmelden/straat"
EVERYWHERE = [
    ("GET", "/", 200),
    ("GET", "/gezond", 200),
    ("GET", "/static/site.css", 200),
    ("GET", "/static/nergens.css", 404),
    ("GET", "/rotterdam", 200),
    ("HEAD", "/rotterdam", 200),
    ("GET", "/rotterdam/", 307),
    ("GET", "/rotterdam/gezicht.css", 200),
    ("GET", "/rotterdam/privacy", 200),
    ("GET", "/rotterdam/aanmelden", 303),
    ("GET", FORM, 200),
    ("GET", "/rotterdam/aanmelden/nergens", 404),
    ("POST", "/rotterdam/aanmelden/nergens", 404),
    ("GET", "/rotterdam/aanmelden/controleer", 303),
    ("GET", "/rotterdam/aanmelden/ontvangen/AAAA-BBBB", 404),
    ("GET", "/rotterdam/antwoord/vals", 404),
    ("GET", "/atlantis", 404),
    ("GET", "/atlantis/aanmelden/straat", 404),
    ("GET", "/openapi.json", 404),
    ("DELETE", "/rotterdam", 405),
    ("PUT", FORM, 405),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERYWHERE)
async def test_headers_on_every_route(resident: Resident, method: str, path: str, status: int) -> None:
    answer = await resident.http.request(method, path, headers=FROM_HERE)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    kept = path in ("/static/site.css", "/rotterdam/gezicht.css")
    assert answer.headers["cache-control"] == ("public, max-age=31536000, immutable" if kept else "no-store")
    if "html" in answer.headers.get("content-type", "") and method != "HEAD":
        assert 'style="' not in answer.text
        assert "<script" not in answer.text


async def test_an_unknown_municipality_is_told_kindly_in_both_languages(resident: Resident) -> None:
    assert "Deze pagina is er niet" in (await resident.get("/atlantis")).text
    page = await resident.get("/atlantis?taal=en")
    assert page.status_code == 404
    assert "This page is not here" in page.text


async def test_a_slash_too_many_is_forgiven(resident: Resident) -> None:
    answer = await resident.http.get("/rotterdam/?campagne=flyer")
    assert answer.headers["location"] == "/rotterdam?campagne=flyer"
    outside = await resident.http.get("//elders.example/")
    assert outside.headers.get("location", "/").count("//") == 0


REFUSED = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    {"Origin": "https://elders.example"},
    {"Origin": "null"},
]
WELCOME = [
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": ORIGIN},
    {},
]


@pytest.mark.parametrize("headers", REFUSED)
async def test_another_site_cannot_post(resident: Resident, headers: dict[str, str]) -> None:
    refused = await resident.http.post(FORM, data=STREET, headers=headers)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert "van een andere website" in text_of(refused)


@pytest.mark.parametrize("headers", WELCOME)
async def test_our_own_pages_can(resident: Resident, headers: dict[str, str]) -> None:
    assert (await resident.http.post(FORM, data=STREET, headers=headers)).status_code == 303


async def test_a_body_too_big_is_refused(resident: Resident) -> None:
    big = {**STREET, "street": "a" * MAX_BODY_BYTES}
    refused = await resident.post(FORM, big)
    assert refused.status_code == 413
    assert "Dat is te veel tekst" in refused.text


async def test_a_body_too_big_is_refused_unannounced(resident: Resident) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"street=" + b"a" * 8000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = await resident.http.post(FORM, content=pieces(), headers=FROM_HERE | kind)
    assert refused.status_code == 413


UNREADABLE = [
    ("application/json", b'{"street": "Rozenlaan"}'),
    ("text/plain", b"street=Rozenlaan"),
    ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b"geen formulier"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n',
    ),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(60))),
]


@pytest.mark.parametrize(("kind", "body"), UNREADABLE)
async def test_what_is_no_form_is_refused(resident: Resident, kind: str, body: bytes) -> None:
    refused = await resident.http.post(FORM, content=body, headers=FROM_HERE | {"Content-Type": kind})
    assert refused.status_code == 400
    assert "Dit formulier kwam niet goed binnen" in refused.text


async def test_bytes_that_are_no_text_are_a_mistake_like_any_other(resident: Resident) -> None:
    answered = await resident.http.post(
        FORM,
        content=b"street=%ff%fe%00&wijk=Noord",
        headers=FROM_HERE | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    page = await resident.get(answered.headers["location"])
    assert "Vul alleen de naam van een straat in" in page.text


async def test_the_language_is_remembered(resident: Resident) -> None:
    chosen = await resident.http.get("/rotterdam?taal=en")
    assert "HttpOnly" in chosen.headers["set-cookie"]
    assert "The spelregels" in (await resident.get("/rotterdam")).text
    assert '<html lang="en">' in (await resident.get("/rotterdam?taal=xx")).text
    assert '<a href="?taal=nl" lang="nl" hreflang="nl">Nederlands</a>' in chosen.text


async def test_an_exception_is_a_kind_page(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("Aïsha de Boer")

    monkeypatch.setattr("store.inbox.known_receipt", broken)
    page = await resident.get("/rotterdam/aanmelden/ontvangen/AAAA-BBBB")
    assert page.status_code == 500
    assert "Dit ligt niet aan u." in text_of(page)
    assert "Aïsha" not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_the_face_follows_the_policy(resident: Resident) -> None:
    page = await resident.get("/aalsmeer")
    assert "/aalsmeer/gezicht.css?v=" in page.text
    css = await resident.get("/aalsmeer/gezicht.css")
    assert css.headers["content-type"].startswith("text/css")
    assert "#8a1c5c" in css.text


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("rotterdam", ["€ 150", "in uw eentje beginnen"]),
        ("den-haag", ["€ 100", "€ 75 contant", "€ 25 als waardebon", "ten minste 2 gangmakers"]),
        ("aalsmeer", ["€ 100", "Bonnetjes bewaren hoeft niet"]),
    ],
)
async def test_each_municipality_tells_its_own(resident: Resident, place: str, told: list[str]) -> None:
    text = text_of(await resident.get(f"/{place}"))
    for words in told:
        assert words in text


async def test_all_municipalities_are_on_the_first_page(resident: Resident) -> None:
    page = await resident.get("/")
    places = [page.text.index(f'href="/{slug}"') for slug in ("aalsmeer", "den-haag", "rotterdam")]
    assert places == sorted(places)
    assert isinstance(page, httpx.Response)
