"""One furnished house for all tests of a module that only look at it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest_asyncio

from deploy.local.postgres import Postgres
from store.database import Database
from store.keys import Keyring
from tests.conftest import _other
from tests.web.house import House, furnish


@pytest_asyncio.fixture(scope="module")
async def house(postgres: Postgres, keyring: Keyring) -> AsyncIterator[House]:
    """Both apps, with something in every room."""
    name = f"t_{uuid4().hex}"
    server = await asyncpg.connect(_other(postgres.admin_url, "postgres"))
    await server.execute(f"create database {name} template straat")
    db = Database(_other(postgres.app_url, name))
    try:
        yield await furnish(db, keyring)
    finally:
        await db.close()
        await server.execute(f"drop database {name} with (force)")
        await server.close()
