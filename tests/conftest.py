"""Real servers, started once a run; every test gets a fresh database."""

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.local.postgres import Postgres
from schemas.policy import read_policy
from store import policies
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.migrate import migrate
from store.vault import Vault

MUNICIPALITIES = sorted((Path(__file__).parents[1] / "deploy" / "municipalities").glob("*.toml"))
TODAY = date(2026, 11, 23)

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")  # a first input may read a library, and the machine may be full


MEMORY = Path("/dev/shm")  # noqa: S108 - a place of the machine, and a fresh folder inside it
ROOM = 4 * 1024**3


def quick_place() -> Path | None:
    """Memory for the databases of a run, where the machine has enough: a copy of one takes 18 ms, not 140."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


TOGETHER = {
    "bench": "house",
    "chaos": "house",
    "docs": "house",
    "e2e": "house",
    "local": "house",
    "privacy": "house",
    "replay": "engine",
    "workflow": "engine",
}
"""Tests that share a whole stack, or a Temporal server, stay in one process; of the others each file does."""


class Sharing(LoadScopeScheduling):
    """Spreads a run over processes by what tests share."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return TOGETHER.get(path.split("/")[1], path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Where a run is spread over processes."""
    return Sharing(config, log)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _other(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


@dataclass(frozen=True)
class Urls:
    """One test's own database."""

    admin_url: str
    app_url: str


@pytest.fixture(scope="session")
def run_dir() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can reach."""
    path = Path(tempfile.mkdtemp(prefix="straat-test-", dir=quick_place()))
    path.chmod(0o755)
    yield path
    if not os.environ.get("STRAAT_KEEP_TEST_FILES"):
        shutil.rmtree(path, ignore_errors=True)


@pytest_asyncio.fixture(scope="session")
async def postgres(run_dir: Path) -> AsyncIterator[Postgres]:
    """One server, with a template that is migrated and has the example municipalities."""
    async with Postgres(run_dir, free_port()) as server:
        await migrate(server.admin_url)
        db = Database(server.app_url)
        async with db.transaction() as conn:
            for path in MUNICIPALITIES:
                await policies.apply(conn, read_policy(path), "engine", TODAY)
            await conn.execute("update post.submission set relayed_at = now()")
        await db.close()
        yield server


@pytest_asyncio.fixture
async def database(postgres: Postgres) -> AsyncIterator[Urls]:
    """A fresh, migrated database."""
    name = f"t_{uuid4().hex}"
    server = await asyncpg.connect(_other(postgres.admin_url, "postgres"))
    try:
        await server.execute(f"create database {name} template straat")
        yield Urls(_other(postgres.admin_url, name), _other(postgres.app_url, name))
        await server.execute(f"drop database {name} with (force)")
    finally:
        await server.close()


@pytest_asyncio.fixture
async def db(database: Urls) -> AsyncIterator[Database]:
    """The pool of the application's own role."""
    db = Database(database.app_url)
    yield db
    await db.close()


@pytest_asyncio.fixture
async def app_conn(database: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection of the application's own role."""
    conn = await asyncpg.connect(database.app_url)
    yield conn
    await conn.close()


@pytest_asyncio.fixture
async def owner_conn(database: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection of the superuser."""
    conn = await asyncpg.connect(database.admin_url)
    yield conn
    await conn.close()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """A master key of this run."""
    return Keyring({1: os.urandom(KEY_BYTES)})


@pytest.fixture
def vault(keyring: Keyring) -> Vault:
    """The vault under that key."""
    return Vault(keyring)
