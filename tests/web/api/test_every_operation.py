"""Every operation for every scope, municipality and kind of key: one table, without a hole."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from forms.api.app import ROUTERS, api_app
from forms.api.document import described
from schemas.client import Scope, new_key
from schemas.street import Phase
from store import clients
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.api.conftest import LEAD, KeyFor, bearer, submission
from tests.web.api.test_open_forms import dump
from tests.web.desk.rows import Town
from tests.web.public.conftest import SETTINGS

W, S, T, E = (Scope.SUBMISSIONS_WRITE, Scope.STREETS_READ, Scope.TOTALS_READ, Scope.EVENTS_READ)
SENT = str(uuid4())
"""A submission of Rotterdam."""

TABLE: dict[str, Scope] = {
    "POST /submissions": W,
    "GET /submissions/{id}": W,
    "POST /open-forms-submissions": W,
    "GET /streets": S,
    "GET /streets/{slug}": S,
    "GET /totals": T,
    "GET /events": E,
}
"""Each operation, and the one scope that opens it."""

OF_ONE_MUNICIPALITY = ("GET /submissions/{id}", "GET /streets/{slug}")
"""What names something: for a key of another municipality it does not exist."""


def body_of(operation: str) -> dict[str, Any] | None:
    """What a POST sends; new each time."""
    return {"POST /submissions": submission, "POST /open-forms-submissions": dump}.get(
        operation, lambda: None
    )()


async def ask(http: httpx.AsyncClient, operation: str, key: str | None) -> httpx.Response:
    method, _, path = operation.partition(" ")
    path = path.replace("{id}", SENT).replace("{slug}", "rozenlaan")
    return await http.request(method, path, json=body_of(operation), headers=bearer(key) if key else {})


@pytest_asyncio.fixture
async def town(http: httpx.AsyncClient, key_for: KeyFor, db: Database, vault: Vault) -> None:
    """Rotterdam has a street, and a submission that came in by the API."""
    async with db.transaction() as conn:
        await Town(conn, vault, "rotterdam").street("rozenlaan", "Rozenlaan", Phase.ACTIVE, wijk="Noord")
    sent = await http.post("/submissions", json=submission(id=SENT), headers=bearer(await key_for()))
    assert sent.status_code == 201


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route


def test_the_table_has_no_hole(db: Database, keyring: Keyring) -> None:
    """Routes, document and table name the same operations, and each asks for the scope that stands here."""
    found = {f"{next(iter(route.methods))} {route.path}": getattr(route, "needs", None) for route in routes()}
    assert found == TABLE
    paths = described(api_app(db, keyring, SETTINGS))["paths"]
    told = {f"{method.upper()} {path}" for path, each in paths.items() for method in each}
    assert told == set(TABLE)
    assert all(each["security"] == [{"sleutel": []}] for path in paths.values() for each in path.values())


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("municipality", ["rotterdam", "den-haag"])
async def test_who_may_and_who_may_not(http: httpx.AsyncClient, key_for: KeyFor, municipality: str) -> None:
    for scope in Scope:
        key = await key_for([scope], municipality)
        for operation, needs in TABLE.items():
            answer = await ask(http, operation, key)
            if scope is not needs:
                assert answer.status_code == 403, (operation, scope, answer.status_code)
                assert needs in answer.headers["www-authenticate"]
            elif municipality != "rotterdam" and operation in OF_ONE_MUNICIPALITY:
                assert answer.status_code == 404, (operation, answer.status_code)
            elif municipality != "rotterdam" and operation.startswith("POST"):
                assert answer.status_code == 400, "the wijk is one of Rotterdam"
            else:
                assert answer.status_code in (200, 201), (operation, scope, answer.text)


@pytest.mark.usefixtures("town")
async def test_a_key_that_does_not_count_opens_nothing(
    http: httpx.AsyncClient, key_for: KeyFor, db: Database
) -> None:
    revoked = await key_for()
    async with db.transaction() as conn:
        (row,) = [row for row in await clients.all_of(conn, "rotterdam") if revoked.startswith(row["hint"])]
        assert await clients.end(conn, row["id"], LEAD)
    good = await key_for()
    keys = {
        "none": None,
        "made up": new_key(),
        "no key": "x",
        "mistyped": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "expired": await key_for(days=-1),
        "revoked": revoked,
    }
    for operation in TABLE:
        for kind, key in keys.items():
            answer = await ask(http, operation, key)
            assert answer.status_code == 401, (operation, kind, answer.status_code)
            assert answer.headers["www-authenticate"].startswith("Bearer"), (operation, kind)
        assert (await ask(http, operation, good)).status_code in (200, 201), operation
        assert (await ask(http, operation, await key_for(days=0))).status_code in (200, 201), "its last day"


@pytest.mark.usefixtures("town")
async def test_a_key_goes_in_its_header_only(http: httpx.AsyncClient, key_for: KeyFor) -> None:
    key = await key_for()
    for headers in ({"Cookie": f"key={key}"}, {"Authorization": key}, {"Authorization": f"Basic {key}"}):
        assert (await http.get("/streets", headers=headers)).status_code == 401, headers
    assert (await http.get(f"/streets?key={key}")).status_code == 401
    assert (await http.get("/streets", headers={"Authorization": f"bearer {key}"})).status_code == 200


async def test_a_revoked_key_is_gone_at_once_and_use_is_noted_to_the_day(
    http: httpx.AsyncClient, key_for: KeyFor, db: Database
) -> None:
    key = await key_for()
    async with db.connection() as conn:
        (row,) = await clients.all_of(conn, "rotterdam")
        assert row["last_used_on"] is None
    assert (await http.get("/streets", headers=bearer(key))).status_code == 200
    async with db.transaction() as conn:
        (row,) = await clients.all_of(conn, "rotterdam")
        assert row["last_used_on"] is not None
        assert await clients.end(conn, UUID(str(row["id"])), LEAD)
        assert not await clients.end(conn, row["id"], LEAD)
    assert (await http.get("/streets", headers=bearer(key))).status_code == 401


async def test_only_a_hash_of_a_key_is_kept(key_for: KeyFor, db: Database) -> None:
    key = await key_for()
    async with db.connection() as conn:
        rows = await conn.fetch("select client::text from client.client")
    assert all(key not in row[0] and key[11:] not in row[0] for row in rows)
