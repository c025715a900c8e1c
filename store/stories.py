"""What everybody may read of a municipality: its shared stories, and how many streets there are."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from schemas.calendar import dutch_date
from schemas.facts import Fact
from schemas.person import Story
from schemas.refs import Slug, StaffRef
from schemas.suppression import SMALLEST_SHOWN
from store import registry
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("stories")
PAGE = 20


@dataclass(frozen=True)
class Shared:
    """A story without its teller and its day. ``street`` is None where a street could point at somebody."""

    id: UUID
    text: str
    street: str | None
    month: date


async def shared(
    conn: Connection, vault: Vault, municipality: Slug, most: int, skip: int = 0
) -> list[Shared]:
    """The latest first; what nobody read yet, or was taken back or erased, is not among them."""
    named = await registry.count_active(conn, municipality) >= SMALLEST_SHOWN
    rows = await conn.fetch(SQL["shared"], municipality, most, skip)
    found = [await _opened(conn, vault, row, named=named) for row in rows]
    return [story for story in found if story]


async def _opened(conn: Connection, vault: Vault, row: asyncpg.Record, *, named: bool) -> Shared | None:
    try:
        words = await vault.get(conn, row["words"], Story)
    except Erased:
        return None
    month = dutch_date(row["told_at"]).replace(day=1)
    return Shared(row["id"], words.text, row["street"] if named else None, month)


async def how_many(conn: Connection, municipality: Slug) -> int:
    """How many stories everybody may read."""
    return int(await conn.fetchval(SQL["how_many"], municipality))


@dataclass(frozen=True)
class Offered:
    """One page of the stories that their tellers want to share, and how many there are."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // PAGE))


async def offered(conn: Connection, municipality: Slug, *, unread: bool, page: int = 1) -> Offered:
    """What may be shared: still to read, the oldest first; or read, the latest first."""
    rows = await conn.fetch(SQL["offered"], municipality, unread, PAGE, (page - 1) * PAGE)
    return Offered(rows, rows[0]["total"] if rows else 0)


async def judge(
    conn: Connection, municipality: Slug, story: UUID, *, shown: bool, staff: StaffRef, form: UUID
) -> bool:
    """Put a story on the website, or keep it off. False: it was taken back, or may not be shared.

    The same form twice is one deed.
    """
    street = await conn.fetchval(SQL["judge"], story, municipality, staff, shown)
    if street is None:
        return False
    name = "street.story_shown" if shown else "street.story_not_shown"
    fact = Fact(key=f"story-read/{form}", name=name, municipality=municipality, subject=street, actor=staff)
    await registry.enter(conn, fact)
    return True


async def active_streets(conn: Connection) -> dict[Slug, int]:
    """By municipality; one with fewer than may be told is not among them."""
    rows = await conn.fetch(SQL["active_streets"], SMALLEST_SHOWN)
    return {row["municipality"]: row["streets"] for row in rows}
