"""The API over HTTP, behind the same front as the public pages, on a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from forms.public.app import public_app
from schemas.client import Scope, new_key
from store import clients
from store.clients import NewClient
from store.database import Database
from store.keys import Keyring
from tests.today import today
from tests.web.public.conftest import SETTINGS

API = f"{SETTINGS.public_url}/api/v1"
LEAD = "rotterdam:lead-1"
KeyFor: TypeAlias = "Callable[..., Awaitable[str]]"


def submission(**changes: Any) -> dict[str, Any]:
    """A sign-up that is well."""
    return {
        "id": str(uuid4()),
        "street": "Rozenlaan",
        "wijk": "Noord",
        "gangmaker": {"name": "Aïsha de Boer", "email": "aisha@voorbeeld.nl", "phone": "06 12345678"},
    } | changes


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def app(db: Database, keyring: Keyring) -> FastAPI:
    return public_app(db, keyring, SETTINGS)


@pytest_asyncio.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A system of somebody else, without a key of its own."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=API) as client:
        yield client


@pytest.fixture
def key_for(db: Database) -> KeyFor:
    """Makes a client, and gives its key."""

    async def made(
        scopes: Iterable[Scope] = tuple(Scope), municipality: str = "rotterdam", days: int = 30
    ) -> str:
        key = new_key()
        client = NewClient(uuid4(), municipality, "Zaaksysteem", scopes, today() + timedelta(days=days))
        async with db.transaction() as conn:
            assert await clients.make(conn, client, key, LEAD)
        return key

    return made


@pytest_asyncio.fixture
async def client(http: httpx.AsyncClient, key_for: KeyFor) -> httpx.AsyncClient:
    """A system that may do everything, in Rotterdam."""
    http.headers["Authorization"] = f"Bearer {await key_for()}"
    return http
