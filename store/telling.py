"""What other systems may know: streets without people, and totals. Nothing personal."""

from dataclasses import dataclass
from datetime import date

import asyncpg

from schemas.calendar import start_of
from schemas.refs import Slug
from store.database import Connection
from store.queries import queries

SQL = queries("clients")


@dataclass(frozen=True)
class Asked:
    """Which streets; ``after`` is the slug of the last one that was told."""

    phase: str | None = None
    wijk: str | None = None
    after: Slug | None = None


@dataclass(frozen=True)
class Potjes:
    """The potjes of a year: how many, and euro cents."""

    granted: int
    granted_cents: int
    paid: int
    paid_cents: int


async def streets(conn: Connection, municipality: Slug, asked: Asked, most: int) -> list[asyncpg.Record]:
    """A page of the streets, by slug."""
    rows: list[asyncpg.Record] = await conn.fetch(
        SQL["streets"], municipality, asked.phase, asked.wijk, asked.after, None, most
    )
    return rows


async def street(conn: Connection, municipality: Slug, slug: Slug) -> asyncpg.Record | None:
    """One street, or None."""
    return await conn.fetchrow(SQL["streets"], municipality, None, None, None, slug, 1)


async def phases(conn: Connection, municipality: Slug) -> dict[str, int]:
    """How many streets are in each phase now."""
    return {row["phase"]: row["streets"] for row in await conn.fetch(SQL["phases"], municipality)}


async def signups(conn: Connection, municipality: Slug, year: int) -> int:
    """How many sign-ups came in during a year, as the Dutch calendar has it."""
    first, next_first = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    return int(await conn.fetchval(SQL["signups"], municipality, first, next_first))


async def potjes(conn: Connection, municipality: Slug, year: int) -> Potjes:
    """The potjes of a year."""
    return Potjes(**dict(await conn.fetchrow(SQL["potjes"], municipality, year)))
