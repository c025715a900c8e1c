"""Migrations: each once, all or nothing, never changed afterwards."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from store import migrate as module
from store.migrate import ChangedMigration, migrate


@pytest_asyncio.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    server = await asyncpg.connect(postgres.admin_url)
    name = f"e_{uuid4().hex}"
    await server.execute(f"create database {name}")
    yield f"{postgres.admin_url.rpartition('/')[0]}/{name}"
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our migrations that a test may change."""
    copy = tmp_path / "migrations"
    shutil.copytree(module.MIGRATIONS, copy)
    monkeypatch.setattr(module, "MIGRATIONS", copy)
    return copy


def names() -> list[str]:
    """Our migrations, in order."""
    return sorted(path.name for path in module.MIGRATIONS.glob("*.sql"))


async def value(url: str, sql: str) -> object:
    """One value, on a connection of its own."""
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def test_the_second_time_there_is_nothing_to_do(empty: str) -> None:
    assert await migrate(empty) == names()
    assert await migrate(empty) == []
    assert await value(empty, "select count(*) from public.migration") == len(names())


async def test_at_once_each_is_applied_once(empty: str) -> None:
    applied = await asyncio.gather(*(migrate(empty) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], names()]


async def test_a_new_one_is_applied_alone(empty: str, folder: Path) -> None:
    await migrate(empty)
    (folder / "9999_more.sql").write_text("create table public.more (n int)")
    assert await migrate(empty) == ["9999_more.sql"]
    assert await value(empty, "select count(*) from public.more") == 0


async def test_one_that_fails_leaves_nothing_of_any(empty: str, folder: Path) -> None:
    (folder / "9999_wrong.sql").write_text("create table public.more (n int); select 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty)
    assert await value(empty, "select count(*) from pg_tables where schemaname in ('public', 'vault')") == 0
    (folder / "9999_wrong.sql").unlink()
    assert await migrate(empty) == names()


async def test_a_changed_one_is_refused_by_name(empty: str, folder: Path) -> None:
    await migrate(empty)
    path = folder / names()[0]
    path.write_text(path.read_text() + "\n-- a thought that came later\n")
    (folder / "9999_more.sql").write_text("create table public.more (n int)")
    with pytest.raises(ChangedMigration, match=names()[0]):
        await migrate(empty)
    assert await value(empty, "select to_regclass('public.more')") is None
