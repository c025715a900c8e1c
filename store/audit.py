"""Who did what: the journal of a municipality, a page of it or all of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from schemas.audit import Line
from schemas.refs import Slug
from store.database import Connection
from store.queries import queries

SQL = queries("audit")
PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """What one looks for; ``concerns``: also what happened to concerns. ``until`` is not in it any more."""

    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    concerns: bool = False
    page: int = 1


@dataclass(frozen=True)
class Found:
    """One page."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // PAGE))


async def page(conn: Connection, municipality: Slug, wanted: Wanted) -> Found:
    """The latest first."""
    rows = await conn.fetch(
        SQL["page"],
        municipality,
        wanted.actor,
        wanted.subject,
        wanted.since,
        wanted.until,
        wanted.concerns,
        PAGE,
        (wanted.page - 1) * PAGE,
    )
    return Found(rows, rows[0]["total"] if rows else 0)


async def bounds(
    conn: Connection, municipality: Slug, since: datetime | None, until: datetime | None
) -> range:
    """The numbers of a period's first line up to its last; empty when there is none.

    What lies between them belongs to the file, also a line that was written a moment late.
    """
    row = await conn.fetchrow(SQL["bounds"], municipality, since, until)
    return range(0) if row["first"] is None else range(row["first"], row["last"] + 1)


async def every_line(conn: Connection, municipality: Slug) -> AsyncIterator[Line]:
    """All of it, in its order, some at a time; the caller holds a snapshot."""
    async for row in conn.cursor(SQL["all"], municipality, prefetch=1000):
        yield Line.model_validate(dict(row))
