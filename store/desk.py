"""What the desk reads: what waits for whom, the streets, one street and its story. Nothing personal."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from schemas.ledger import Balance
from schemas.refs import Slug, StaffRef
from store.database import Connection, Database
from store.queries import queries

SQL = queries("desk")

AT_ONCE = 3
"""Connections that look for what waits."""

WAITING_SHOWN = 12
"""Lines of one kind on *today*; the count tells of the rest."""

PAGE = 50
STORY_LINES = 200
STORIES = 20


class Waiting(StrEnum):
    """The kinds of things that wait; each is a query of the same name."""

    CONCERNS_TO_TAKE = "concerns_to_take"
    CONCERNS_LATE = "concerns_late"
    INTAKES_OVERDUE = "intakes_overdue"
    INTAKES_OPEN = "intakes_open"
    INTAKES_TO_RECORD = "intakes_to_record"
    INTAKES_COMPLETE_AGAIN = "intakes_complete_again"
    RENEWALS_TO_CALL = "renewals_to_call"
    STARTERS_TO_SEND = "starters_to_send"
    POTJES_TO_APPROVE = "potjes_to_approve"
    POTJES_TO_HAND_OVER = "potjes_to_hand_over"
    BATCHES_TO_RELEASE = "batches_to_release"
    STATEMENTS_AWAITED = "statements_awaited"
    SUSPENSE_OPEN = "suspense_open"
    PAYMENTS_FAILED = "payments_failed"
    POTJES_TO_PAY = "potjes_to_pay"
    STORIES_TO_READ = "stories_to_read"
    SCOUTING_DUE = "scouting_due"
    INTAKES_PROPOSED = "intakes_proposed"
    INTAKES_UPCOMING = "intakes_upcoming"
    STARTERS_UNDERWAY = "starters_underway"
    POTJES_PROPOSED = "potjes_proposed"
    BATCHES_FROZEN = "batches_frozen"
    POTJES_HANDED_OVER = "potjes_handed_over"
    POTJES_WITHOUT_ACCOUNT = "potjes_without_account"
    POTJES_WITHOUT_BUDGET = "potjes_without_budget"


@dataclass(frozen=True)
class Pile:
    """The oldest things of one kind, and how many there are in all."""

    kind: Waiting
    rows: list[asyncpg.Record]
    total: int


@dataclass(frozen=True)
class Filter:
    """Which streets. ``text`` is a piece of a slug, without its hyphens: "rozen laan" finds the Rozenlaan."""

    phase: str | None = None
    wijk: str | None = None
    text: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Streets:
    """One page of the list, and how many streets fit the filter."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages the whole list has; an empty one has one."""
        return max(1, -(-self.total // PAGE))


async def today(
    db: Database, municipality: Slug, staff: StaffRef, day_ends: datetime, released_before: datetime
) -> dict[Waiting, Pile]:
    """What waits in a municipality; conversations of before ``day_ends`` can be recorded.

    A batch that was ``released_before`` should have had its statement by now.
    """
    further: dict[Waiting, datetime | str] = {
        Waiting.INTAKES_TO_RECORD: day_ends,
        Waiting.INTAKES_UPCOMING: day_ends,
        Waiting.POTJES_TO_APPROVE: staff,
        Waiting.POTJES_PROPOSED: staff,
        Waiting.BATCHES_TO_RELEASE: staff,
        Waiting.BATCHES_FROZEN: staff,
        Waiting.STATEMENTS_AWAITED: released_before,
    }
    kinds, piles = iter(Waiting), {}

    async def one_after_another() -> None:
        async with db.connection() as conn:
            for kind in kinds:
                more = [further[kind]] if kind in further else []
                rows = await conn.fetch(SQL[kind], municipality, WAITING_SHOWN, *more)
                piles[kind] = Pile(kind, rows, rows[0]["total"] if rows else 0)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return {kind: piles[kind] for kind in Waiting}


async def streets(conn: Connection, municipality: Slug, wanted: Filter) -> Streets:
    """A page of the streets of a municipality, in the order of their names."""
    start = (wanted.page - 1) * PAGE
    rows = await conn.fetch(SQL["streets"], municipality, wanted.phase, wanted.wijk, wanted.text, PAGE, start)
    return Streets(rows, rows[0]["total"] if rows else 0)


async def other_active(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The other streets that are active, in the order of their names."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["other_active"], municipality, street)
    return rows


async def wijken(conn: Connection, municipality: Slug) -> list[str]:
    """The wijken that have a street."""
    return [row["wijk"] for row in await conn.fetch(SQL["wijken"], municipality)]


async def intakes_of(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The intakes of a street, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["intakes_of"], municipality, street)
    return rows


async def potjes_of(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The potjes of a street, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["potjes_of"], municipality, street)
    return rows


async def workflows_of(conn: Connection, municipality: Slug, street: Slug) -> list[str]:
    """The ids of the workflows behind a street that somebody may want to see: the latest of each kind."""
    return [row["id"] for row in await conn.fetch(SQL["workflows_of"], municipality, street)]


async def story_of(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """What happened in a street, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["story_of"], municipality, street, STORY_LINES)
    return rows


async def has_account(conn: Connection, municipality: Slug, street: Slug) -> bool:
    """Whether a street can be paid by bank: an account of its own is in force."""
    return bool(await conn.fetchval(SQL["has_account"], municipality, street))


async def pending_account(conn: Connection, municipality: Slug, street: Slug) -> asyncpg.Record | None:
    """Another account that wants to become the street's, if there is one."""
    return await conn.fetchrow(SQL["pending_account"], municipality, street)


async def street_of_account(conn: Connection, municipality: Slug, ref: UUID) -> Slug | None:
    """Whose account a reference stands for; None when this municipality has no such account."""
    street: Slug | None = await conn.fetchval(SQL["street_of_account"], municipality, ref)
    return street


async def stories_of(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The stories that a street shares, the latest first; their words are in the vault."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["stories_of"], municipality, street, STORIES)
    return rows


async def intake(conn: Connection, municipality: Slug, workflow_id: str) -> asyncpg.Record | None:
    """An intake of this municipality, or None."""
    return await conn.fetchrow(SQL["intake"], municipality, workflow_id)


async def potje(conn: Connection, municipality: Slug, workflow_id: str) -> asyncpg.Record | None:
    """A potje of this municipality, or None."""
    return await conn.fetchrow(SQL["potje"], municipality, workflow_id)


async def balances(conn: Connection, codes: Sequence[str]) -> dict[str, Balance]:
    """The balances of those accounts that are open already, by code."""
    rows = await conn.fetch(SQL["balances"], list(codes))
    return {row["account"]: Balance.of(row) for row in rows}
