"""Migrations: numbered ``.sql`` files, each applied once, each in a transaction, never changed afterwards."""

from hashlib import sha256
from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).parent / "migrations"

LEDGER_OF_MIGRATIONS = """
create table if not exists public.migration (
    name text primary key,
    digest text not null,
    applied_at timestamptz not null default now()
)
"""


class ChangedMigration(Exception):
    """A migration that was applied has other contents now."""


async def migrate(admin_url: str) -> list[str]:
    """Bring a database to today's shape; returns the names applied. Safe to run twice and at once."""
    conn = await asyncpg.connect(admin_url)
    try:
        async with conn.transaction():
            await conn.execute("select pg_advisory_xact_lock(8601)")
            await conn.execute(LEDGER_OF_MIGRATIONS)
            done = {row["name"]: row["digest"] for row in await conn.fetch("select * from public.migration")}
            return [path.name for path in sorted(MIGRATIONS.glob("*.sql")) if await _apply(conn, path, done)]
    finally:
        await conn.close()


async def _apply(conn: asyncpg.Connection, path: Path, done: dict[str, str]) -> bool:
    text = path.read_text("utf-8")  # noqa: ASYNC240 - a command of its own, nothing else waits
    digest = sha256(text.encode()).hexdigest()
    if path.name in done:
        if done[path.name] != digest:
            raise ChangedMigration(f"{path.name} was applied before with other contents; add a new migration")
        return False
    await conn.execute(text)
    await conn.execute("reset role")
    await conn.execute("insert into public.migration (name, digest) values ($1, $2)", path.name, digest)
    return True
