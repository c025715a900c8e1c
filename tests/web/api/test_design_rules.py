"""The NLGov REST API Design Rules 2.1, one test a rule, by its official id and in our own words.

What a machine cannot decide (nouns, Dutch, a policy) is decided by a list that a person keeps. The modules
for geography, signing and encryption do not apply here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from forms.api.app import PREFIX, api_app
from forms.api.guard import VERSION
from forms.api.open_forms import OpenFormsSubmission
from forms.api.submissions import NewSubmission
from forms.settings import WebSettings
from store.database import Database
from store.keys import Keyring
from tests.web.api.conftest import API, submission
from tests.web.public.conftest import SETTINGS

ROOT = Path(__file__).parents[3]
METHODS = {"get", "post", "put", "patch", "delete"}
COLLECTIONS = {"submissions", "open-forms-submissions", "streets", "totals", "events"}
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@pytest_asyncio.fixture
async def document(http: httpx.AsyncClient) -> dict[str, Any]:
    """The document, as anybody gets it."""
    answer = await http.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def answers(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where, which status, and the answer itself."""
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            name = answer.get("$ref", "").rpartition("/")[2]
            yield f"{method} {path}", status, document["components"]["responses"][name] if name else answer


def properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in document["components"]["schemas"].values():
        yield from schema.get("properties", {}).items()


def test_core_naming_resources_and_naming_collections(document: dict[str, Any]) -> None:
    """/core/naming-resources, /core/naming-collections: nouns, and in the plural."""
    assert {path.split("/")[1] for path in document["paths"]} == COLLECTIONS
    assert all(name.endswith("s") for name in COLLECTIONS)


async def test_core_no_trailing_slash(document: dict[str, Any], client: httpx.AsyncClient) -> None:
    """/core/no-trailing-slash: no address ends in a slash, and one that does is 404, not led elsewhere."""
    for path in document["paths"]:
        assert not path.endswith("/")
        assert (await client.get(f"{API}{path}/")).status_code == 404


def test_core_path_segments_kebab_case(document: dict[str, Any]) -> None:
    """/core/path-segments-kebab-case: small letters, digits and single hyphens between words."""
    for path in document["paths"]:
        for segment in path.strip("/").split("/"):
            assert re.fullmatch(r"\{\w+\}|[a-z0-9]+(-[a-z0-9]+)*", segment), path


def test_core_query_keys_camel_case(document: dict[str, Any]) -> None:
    """/core/query-keys-camel-case: and the names in bodies follow, as far as they are ours."""
    of_open_forms = {"values_schema", "metadata_schema", "public_reference", "language_code", "_links"}
    keys = [each["name"] for _, _, op in operations(document) for each in op.get("parameters", [])]
    names = {name for name, _ in properties(document)} - of_open_forms
    assert keys
    assert [key for key in [*keys, *names] if not re.fullmatch(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*", key)] == []


async def test_core_hide_implementation(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    """/core/hide-implementation: neither headers nor document say what we are made with."""
    told = json.dumps(document).lower() + str((await client.get("/streets")).headers).lower()
    assert [
        each for each in ("fastapi", "pydantic", "postgres", "temporal", "uvicorn", "python") if each in told
    ] == []


def test_core_date_time_format(document: dict[str, Any]) -> None:
    """/core/date-time/format, /core/date-time/date-omit-time-portion.

    Moments and days each say which they are.
    """
    known = {"receivedAt", "since", "time"}
    formats = {name: json.dumps(each) for name, each in properties(document) if name in known}
    assert set(formats) == known
    assert '"format": "date-time"' in formats["time"]
    assert '"format": "date-time"' in formats["receivedAt"]
    assert '"format": "date"' in formats["since"]
    every = {name for name, each in properties(document) if '"format": "date' in json.dumps(each)}
    assert every == set(formats), "a new date gets its place in this test"


async def test_core_date_time_timezone(client: httpx.AsyncClient) -> None:
    """/core/date-time/timezone: answers are in UTC."""
    told = (await client.post("/submissions", json=submission())).json()["receivedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", told)


def test_core_http_methods_and_safety(document: dict[str, Any]) -> None:
    """/core/http-methods, /core/http-safety.

    Reading is GET; what sends something in is POST, with an id of its own.
    """
    assert {method for _, method, _ in operations(document)} <= METHODS
    for path, method, operation in operations(document):
        assert (method == "get") == ("requestBody" not in operation), path


def test_core_http_response_code(document: dict[str, Any]) -> None:
    """/core/http-response-code: each operation says what can go wrong; 422 is none of it."""
    for path, method, operation in operations(document):
        found = set(operation["responses"])
        assert {"401", "403", "406", "429", "500", "503"} <= found, path
        assert "422" not in found, path
        assert ("404" in found) == ("{" in path), path
        assert ({"201", "200", "409", "413", "415"} <= found) == (method == "post"), path


async def test_core_stateless(client: httpx.AsyncClient) -> None:
    """/core/stateless: no answer sets a cookie."""
    for path in ("/streets", "/totals", "/nothing"):
        assert "set-cookie" not in (await client.get(path)).headers


def test_core_nested_child_and_resource_operations(document: dict[str, Any]) -> None:
    """/core/nested-child, /core/resource-operations.

    Nothing here lives inside something else; no verb is an address.
    """
    assert all(len(path.strip("/").split("/")) <= 2 for path in document["paths"])


def test_core_error_handling_problem_details(document: dict[str, Any]) -> None:
    """/core/error-handling/problem-details: every error is a problem with status, title and detail."""
    assert {"status", "title", "detail"} <= set(document["components"]["schemas"]["Problem"]["required"])
    for where, status, answer in answers(document):
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"], (where, status)
            assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")


async def test_core_error_handling_invalid_input_and_all_errors(
    document: dict[str, Any], client: httpx.AsyncClient
) -> None:
    """/core/error-handling/invalid-input, /core/error-handling/all-errors.

    400, and all that is wrong at once.
    """
    for path, method, operation in operations(document):
        assert ("400" in operation["responses"]) == (method == "post" or "parameters" in operation), path
    answer = await client.get("/streets?pageSize=0&phase=x&cursor=!")
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 3


def test_core_doc_openapi(document: dict[str, Any]) -> None:
    """/core/doc-openapi.

    OpenAPI 3, every reference leads somewhere, and everything is explained, with an example.
    """
    assert document["openapi"].startswith("3.")
    for ref in set(re.findall(r'"#/([^"]+)"', json.dumps(document))):
        found: Any = document
        for step in ref.split("/"):
            found = found[step]
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["operationId"], path
        assert all("examples" in each["schema"] for each in operation.get("parameters", [])), path
    for model in (NewSubmission, OpenFormsSubmission):
        examples = document["components"]["schemas"][model.__name__]["examples"]
        assert [model.model_validate(example) for example in examples]


def test_core_doc_openapi_contact(document: dict[str, Any]) -> None:
    """/core/doc-openapi-contact: whom to ask; and under which licence it is."""
    assert set(document["info"]["contact"]) == {"name", "url", "email"}
    assert document["info"]["contact"]["email"] == SETTINGS.api_contact
    assert document["info"]["license"]["identifier"] == "EUPL-1.2"


def test_core_doc_language_and_interface_language(document: dict[str, Any]) -> None:
    """/core/doc-language.

    Explained in Dutch. /core/interface-language: names are those of the programme's code.
    """
    words = [operation["description"] for _, _, operation in operations(document)]
    words += [each["description"] for _, each in properties(document) if "description" in each]
    english = re.compile(r"\b(the|and|which|with|of this)\b")
    assert [text for text in words if english.search(text)] == []


async def test_core_publish_openapi(http: httpx.AsyncClient) -> None:
    """/core/publish-openapi: at /openapi.json, without a key, readable from any website."""
    answer = await http.get("/openapi.json", headers={"Origin": "https://elders.example"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_core_deprecation_transition_and_changelog() -> None:
    """/core/deprecation-schedule, /core/transition-period, /core/changelog: they are written down."""
    told = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert "## Versions" in told
    assert "Deprecation" in told
    assert "six months" in told
    assert f"### {VERSION}" in told, "what this version changed"


def test_core_uri_version_and_semver(document: dict[str, Any]) -> None:
    """/core/uri-version, /core/semver: the whole version in the document, its first number in the address."""
    version = document["info"]["version"]
    found = SEMVER.fullmatch(version)
    assert found
    assert version == VERSION
    assert [server["url"] for server in document["servers"]] == [API]
    assert API.endswith(f"/v{found[1]}")
    assert PREFIX.endswith(f"/v{found[1]}")


async def test_core_version_header(document: dict[str, Any], client: httpx.AsyncClient) -> None:
    """/core/version-header: on every answer, also on errors, and the document says so."""
    for path in ("/streets", "/openapi.json", "/nothing", "/streets/", "/streets?pageSize=0"):
        assert (await client.get(path)).headers["api-version"] == VERSION, path
    assert [where for where in answers(document) if "API-Version" not in where[2]["headers"]] == []


async def test_core_transport_tls(db: Database, keyring: Keyring) -> None:
    """/core/transport/tls: on https every answer says to stay there; the certificate is the proxy's."""
    settings = WebSettings(
        "https://straten.example", "https://b", "https://c", "default", local_sign_in=False
    )
    transport = httpx.ASGITransport(api_app(db, keyring, settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://straten.example") as http:
        answer = await http.get("/openapi.json")
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.json()["servers"][0]["url"].startswith("https://")


def test_core_transport_no_sensitive_uris(document: dict[str, Any]) -> None:
    """/core/transport/no-sensitive-uris: what can stand in an address is about streets, or a random id."""
    names = {each["name"] for _, _, op in operations(document) for each in op.get("parameters", [])}
    assert names == {"id", "slug", "phase", "wijk", "pageSize", "cursor", "year", "after"}
    assert [each["in"] for each in document["components"]["securitySchemes"].values() if "in" in each] == []


async def test_core_transport_security_headers_and_cors(client: httpx.AsyncClient) -> None:
    """/core/transport/security-headers, /core/transport/cors.

    On every answer; other websites read the document only.
    """
    for path in ("/streets", "/openapi.json", "/nothing"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-type"].endswith("json")
        assert ("access-control-allow-origin" in headers) == (path == "/openapi.json")


def test_every_rule_of_this_version_is_here() -> None:
    """The list of ids of 2.1, less the three modules that do not apply."""
    told = Path(__file__).read_text("utf-8")
    areas = {
        "": "naming-resources naming-collections interface-language no-trailing-slash "
        "path-segments-kebab-case query-keys-camel-case hide-implementation http-methods http-safety "
        "http-response-code stateless nested-child resource-operations doc-openapi doc-openapi-contact "
        "doc-language publish-openapi deprecation-schedule transition-period uri-version changelog semver "
        "version-header",
        "date-time/": "format timezone date-omit-time-portion",
        "error-handling/": "problem-details invalid-input all-errors",
        "transport/": "tls no-sensitive-uris security-headers cors",
    }
    ids = [f"/core/{area}{name}" for area, names in areas.items() for name in names.split()]
    assert len(ids) == 33
    assert [each for each in ids if each not in told] == []


async def test_there_is_no_page_with_scripts_from_elsewhere(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc"):
        assert (await client.get(path)).status_code == 404
