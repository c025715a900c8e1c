"""What the doctor reads of a database: on connections on which nothing can be written."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from schemas.refs import Slug
from store.database import Connection, Database
from store.migrate import MIGRATIONS
from store.queries import queries
from store.safekeeping import RESTORED, SETTLED

SQL = queries("doctor")
WATCHING, VAULT = queries("watching"), queries("vault")

ONLY_READING = {
    "application_name": "straat doctor",
    "default_transaction_read_only": "on",
    "statement_timeout": "8000",
    "lock_timeout": "1000",
}


@dataclass(frozen=True)
class Sealed:
    """One row of the vault, still sealed."""

    ref: UUID
    wrapped_key: bytes
    sealed: bytes


def opened(url: str) -> Database:
    """A pool on whose connections PostgreSQL refuses every change, and every question that takes long."""
    return Database(url, size=5, told=ONLY_READING)


async def server(conn: Connection) -> asyncpg.Record:
    """Version, time zone, what it logs, its address (none: a socket), whether by TLS, and connections."""
    return await conn.fetchrow(SQL["server"])


async def now(conn: Connection) -> datetime:
    """What time it is there, at this very moment."""
    moment: datetime = await conn.fetchval(SQL["now"])
    return moment


async def role(conn: Connection) -> asyncpg.Record:
    """Who we are there: by name, whether we may more than others, and whether we can be the owner."""
    return await conn.fetchrow(SQL["role"])


async def too_much(conn: Connection) -> list[str]:
    """What our role may change although it was written for good."""
    return [row["may"] for row in await conn.fetch(SQL["too_much"])]


async def too_little(conn: Connection) -> list[str]:
    """The tables that our role cannot even read."""
    return [row["place"] for row in await conn.fetch(SQL["too_little"])]


async def apart(conn: Connection) -> tuple[list[str], list[str]]:
    """The migrations that this database lacks, and those it had of a later release than ours."""
    ours = {path.name for path in MIGRATIONS.glob("*.sql")}
    applied = {row["name"] for row in await conn.fetch(WATCHING["applied"])}
    return sorted(ours - applied), sorted(applied - ours)


async def sealed_by(conn: Connection, key_id: int) -> Sealed | None:
    """Something that was sealed under this master key."""
    row = await conn.fetchrow(SQL["sealed_by"], key_id)
    return Sealed(**row) if row else None


async def latest_backup(conn: Connection) -> asyncpg.Record | None:
    """When the latest whole backup was made, and by which way."""
    return await conn.fetchrow(SQL["latest_backup"])


async def books(conn: Connection) -> list[asyncpg.Record]:
    """Of each municipality, when its books were last recomputed and what was found."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["books"])
    return rows


async def restored(conn: Connection) -> tuple[dict[Slug, datetime], datetime | None]:
    """Where payments are held since a restore, and since when; when one was last settled elsewhere."""
    rows = await conn.fetch(SQL["restored"])
    held = {row["municipality"]: row["recorded_at"] for row in rows if row["name"] == RESTORED}
    settled = [row["recorded_at"] for row in rows if row["name"] == SETTLED]
    return held, max(settled, default=None)


async def erasures(conn: Connection) -> list[asyncpg.Record]:
    """Who was erased, by reference, and when."""
    rows: list[asyncpg.Record] = await conn.fetch(VAULT["erasures"])
    return rows
