"""The public pages over HTTP, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest_asyncio

from forms.public.app import public_app
from forms.settings import WebSettings
from store import policies
from store.database import Database
from store.keys import Keyring
from tests.web.public.resident import ORIGIN, Resident

SETTINGS = WebSettings(
    public_url=ORIGIN,
    desk_url="http://desk.test",
    temporal_ui_url="http://temporal.test",
    temporal_namespace="default",
    local_sign_in=False,
)


@pytest_asyncio.fixture
async def resident(db: Database, keyring: Keyring) -> AsyncIterator[Resident]:
    """Somebody with a browser."""
    transport = httpx.ASGITransport(app=public_app(db, keyring, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield Resident(http)


@pytest_asyncio.fixture
async def more_wijken(db: Database) -> str:
    """A municipality with nine wijken."""
    async with db.transaction() as conn:
        found = await policies.current(conn, "aalsmeer")
        assert found
        wijken = [f"Wijk {number}" for number in range(1, 10)]
        policy = found[0].model_copy(update={"slug": "negenwijk", "wijken": wijken, "budgets": []})
        await policies.apply(conn, policy, "engine", date(2026, 11, 23))
    return policy.slug
