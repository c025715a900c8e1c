"""What the desk reads in its money rooms: potjes that wait, bank statements, and lines without a place."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from schemas.refs import Slug, StaffRef
from store.database import Connection
from store.queries import queries

SQL = queries("desk_money")

PAGE = 50
QUEUE_SHOWN = 50


@dataclass(frozen=True)
class Wanted:
    """Which potjes somebody looks at; ``staff`` is who looks."""

    municipality: Slug
    year: int
    staff: StaffRef
    wijk: str | None = None
    page: int = 1


@dataclass(frozen=True)
class ToApprove:
    """A page of the potjes to approve; ``mine`` are those this reader may approve. Amounts in cents."""

    rows: list[asyncpg.Record]
    potjes: int
    cents: int
    mine: int
    mine_cents: int

    @property
    def pages(self) -> int:
        """How many pages the whole list has; an empty one has one."""
        return max(1, -(-self.potjes // PAGE))


@dataclass(frozen=True)
class Queue:
    """The potjes that wait for budget, the first in line first, and what they need together in cents."""

    rows: list[asyncpg.Record]
    potjes: int
    cents: int


async def to_approve(conn: Connection, wanted: Wanted) -> ToApprove:
    """A page of what waits for approval, the oldest first."""
    where = (wanted.municipality, wanted.year, wanted.wijk)
    rows = await conn.fetch(SQL["to_approve"], *where, PAGE, (wanted.page - 1) * PAGE)
    sums = await conn.fetchrow(SQL["to_approve_sums"], *where, wanted.staff)
    return ToApprove(rows, **dict(sums))


async def ids_to_approve(conn: Connection, wanted: Wanted) -> list[str]:
    """All that this reader may approve in a wijk."""
    args = (wanted.municipality, wanted.year, wanted.wijk, wanted.staff)
    return [row["workflow_id"] for row in await conn.fetch(SQL["to_approve_ids"], *args)]


async def wijken_to_approve(conn: Connection, municipality: Slug, year: int) -> list[str]:
    """The wijken where something waits for approval."""
    return [row["wijk"] for row in await conn.fetch(SQL["to_approve_wijken"], municipality, year)]


async def waiting_for_budget(conn: Connection, municipality: Slug, year: int) -> Queue:
    """The line of potjes that money would move."""
    rows = await conn.fetch(SQL["waiting_for_budget"], municipality, year, QUEUE_SHOWN)
    return Queue(rows, rows[0]["total"] if rows else 0, rows[0]["total_cents"] if rows else 0)


async def other_years(conn: Connection, municipality: Slug, year: int) -> list[int]:
    """Other years in which a potje is not settled."""
    return [row["year"] for row in await conn.fetch(SQL["years_with_potjes"], municipality, year)]


@dataclass(frozen=True)
class Statements:
    """A page of the bank statements that were uploaded, the latest first."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages the whole list has; an empty one has one."""
        return max(1, -(-self.total // PAGE))


async def statements(conn: Connection, municipality: Slug, page: int) -> Statements:
    """The statements as they came, the refused ones too."""
    rows = await conn.fetch(SQL["statements"], municipality, None, PAGE, (page - 1) * PAGE)
    return Statements(rows, rows[0]["total"] if rows else 0)


async def statement(conn: Connection, municipality: Slug, statement_id: UUID) -> asyncpg.Record | None:
    """One of them; None when this municipality has no such statement."""
    return await conn.fetchrow(SQL["statements"], municipality, statement_id, 1, 0)


async def movements(conn: Connection, municipality: Slug, statement_id: UUID) -> list[asyncpg.Record]:
    """What a statement told, line by line, and what became of it. Amounts in cents, below zero went out."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["movements"], municipality, statement_id)
    return rows


async def unplaced(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The movements that wait for a place, the oldest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["suspense"], municipality, None)
    return rows


async def suspended(conn: Connection, municipality: Slug, transfer: UUID) -> asyncpg.Record | None:
    """One movement that had no place at first; None when this municipality has no such movement."""
    return await conn.fetchrow(SQL["suspense"], municipality, transfer)


async def streets_with_money(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The streets that can have had a potje, by name."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["active_streets"], municipality)
    return rows
