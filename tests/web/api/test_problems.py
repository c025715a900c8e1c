"""Whatever goes wrong is told as a problem, with the version, and never as a page of HTML."""

from collections.abc import AsyncIterator

import httpx
import pytest

from forms.api.app import ApiFirst, api_app
from forms.api.guard import VERSION
from forms.site.security import HEADERS, MAX_BODY_BYTES
from schemas.client import Scope
from store.database import Database
from store.keys import Keyring
from store.limits import Limit
from tests.conftest import free_port
from tests.web.api.conftest import API, KeyFor, bearer, submission
from tests.web.public.conftest import SETTINGS

JSON = {"Content-Type": "application/json"}


def is_problem(answer: httpx.Response, status: int) -> bool:
    """Whether an answer is a whole problem, with all that every answer has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["api-version"] == VERSION
    assert answer.headers["cache-control"] == "no-store"
    assert all(answer.headers[name] == value for name, value in HEADERS.items())
    assert "set-cookie" not in answer.headers
    told = answer.json()
    assert told["status"] == status
    return (
        {"type", "status", "title", "detail"} <= set(told) <= {"type", "status", "title", "detail", "errors"}
    )


@pytest.mark.parametrize(
    "path",
    ["/streets/", "/nothing", "/", "", "/openapi.json/", "/submissions", "/streets/a/b", "/../v2/streets"],
)
async def test_what_does_not_exist_is_404_also_with_a_slash_too_many(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(f"{API}{path}" if path else API)
    assert is_problem(answer, 405 if path == "/submissions" else 404)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/streets", "/api/v10/streets"])
async def test_all_that_begins_as_the_api_is_the_api(client: httpx.AsyncClient, path: str) -> None:
    assert is_problem(await client.get(f"{SETTINGS.public_url}{path}"), 404)


async def test_the_pages_beside_it_are_pages_still(client: httpx.AsyncClient) -> None:
    page = await client.get(f"{SETTINGS.public_url}/apiculture")
    assert page.headers["content-type"].startswith("text/html")
    assert "api-version" not in page.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "OPTIONS", "TRACE"])
async def test_another_method_is_405_and_says_which_there_are(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/streets")
    assert is_problem(answer, 405)
    assert "GET" in answer.headers["allow"]


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    got, head = await client.get("/streets"), await client.head("/streets")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "application/json;q=0", "image/*, text/*;q=0.5"]
)
async def test_who_cannot_read_json_is_told(client: httpx.AsyncClient, accept: str) -> None:
    assert is_problem(await client.get("/streets", headers={"Accept": accept}), 406)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, application/*;q=0.1", ""])
async def test_who_reads_json_is_answered(client: httpx.AsyncClient, accept: str) -> None:
    assert (await client.get("/streets", headers={"Accept": accept})).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
async def test_what_is_no_json_is_not_read(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/submissions", content=b"{}", headers={"Content-Type": kind})
    assert is_problem(answer, 415)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 20_000,
        b"nul",
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": "\\ud800"}',
        b"[]",
        b'"x"',
        b"1",
    ],
    ids=range(10),
)
async def test_what_cannot_be_read_is_400(client: httpx.AsyncClient, content: bytes) -> None:
    for path in ("/submissions", "/open-forms-submissions"):
        assert is_problem(await client.post(path, content=content, headers=JSON), 400)


async def test_half_a_character_in_a_form_is_400(client: httpx.AsyncClient) -> None:
    values = b'{"straat": "\\ud800", "wijk": "Noord", "naam": "a", "email": "a@b.nl"}'
    content = b'{"values": ' + values + b', "metadata": {"public_reference": "\\udfff"}}'
    answer = await client.post("/open-forms-submissions", content=content, headers=JSON)
    assert is_problem(answer, 400)
    assert {each["field"] for each in answer.json()["errors"]} == {
        "values.straat",
        "metadata.public_reference",
    }


async def test_too_much_is_413_announced_or_not(client: httpx.AsyncClient) -> None:
    assert is_problem(
        await client.post("/submissions", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON), 413
    )

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    assert is_problem(await client.post("/submissions", content=pieces(), headers=JSON), 413)


async def test_another_site_s_page_gets_no_leave_to_read(client: httpx.AsyncClient) -> None:
    """A key needs no gate against forged forms: no browser sends it by itself. CORS stays shut."""
    headers = {"Origin": "https://elders.example", "Sec-Fetch-Site": "cross-site"}
    answer = await client.post("/submissions", json=submission(), headers=headers)
    assert answer.status_code == 201
    assert "access-control-allow-origin" not in answer.headers


async def test_who_asks_too_much_waits(db: Database, keyring: Keyring, key_for: KeyFor) -> None:
    api = api_app(db, keyring, SETTINGS, Limit("api", 3))
    transport = httpx.ASGITransport(ApiFirst(api, api=api))
    first, second = bearer(await key_for()), bearer(await key_for([Scope.TOTALS_READ]))
    async with httpx.AsyncClient(transport=transport, base_url=API) as http:
        for left in (2, 1, 0):
            answer = await http.get("/streets", headers=first)
            assert answer.headers["ratelimit-policy"] == '"client";q=3;w=3600'
            assert answer.headers["ratelimit"].startswith(f'"client";r={left};t=')
        refused = await http.get("/streets", headers=first)
        assert is_problem(refused, 429)
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit"].startswith('"client";r=0;')
        assert is_problem(await http.get("/streets", headers=second), 403), (
            "everybody has a count of their own"
        )
        assert (await http.get("/openapi.json")).status_code == 200


async def test_a_lost_database_is_503(keyring: Keyring, key_for: KeyFor) -> None:
    nowhere = Database(f"postgresql://x@127.0.0.1:{free_port()}/x")
    api = api_app(nowhere, keyring, SETTINGS)
    transport = httpx.ASGITransport(ApiFirst(api, api=api))
    async with httpx.AsyncClient(transport=transport, base_url=API, headers=bearer(await key_for())) as http:
        answer = await http.post("/submissions", json=submission())
        assert is_problem(answer, 503)
        assert answer.headers["retry-after"] == "60"
        assert (await http.get("/openapi.json")).status_code == 200


async def test_what_nobody_foresaw_is_500_and_says_nothing(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("Kanarievogel")

    monkeypatch.setattr("store.telling.streets", broken)
    answer = await client.get("/streets")
    assert is_problem(answer, 500)
    assert "Kanarie" not in answer.text + caplog.text


async def test_problems_are_told_in_dutch_or_english(client: httpx.AsyncClient) -> None:
    for asked, language, title in (
        ("", "nl", "Niet gevonden"),
        ("fr, en;q=0.5", "en", "Not found"),
        ("nl-NL, en", "nl", "Niet gevonden"),
    ):
        answer = await client.get("/streets/nergens", headers={"Accept-Language": asked})
        assert (answer.json()["title"], answer.headers["content-language"]) == (title, language)
        assert answer.headers["vary"] == "Accept-Language"
