"""Events for other systems: written in their fact's transaction, told in one line, kept for a while.

An event gets its place in the line after its transaction, from whoever holds the lock on places. Ids that are
given out inside a transaction can be committed in another order, and who follows the line would then miss the
late one; a place is only ever given to what is committed, so it never comes behind one that was read.
"""

import json
from dataclasses import dataclass

import asyncpg

from schemas.events import (
    BY_WHAT_WAS,
    KEPT_DAYS,
    CloudEvent,
    Told,
    dataref_of,
    source_of,
    told,
    type_of,
)
from schemas.facts import Fact
from schemas.refs import Slug
from store.database import Connection
from store.queries import queries

SQL = queries("events")
CHUNK = 500
"""Events that get a place, or are forgotten, in one transaction."""

MOST = 100
"""Events a reader of the feed gets at once."""


async def of(conn: Connection, fact: Fact) -> Told | None:
    """What others hear of a fact, if anything; before the fact's snapshots are written."""
    was_paused = fact.name in BY_WHAT_WAS and bool(
        await conn.fetchval(SQL["was_paused"], fact.municipality, fact.subject)
    )
    return told(fact, was_paused=was_paused)


async def give_places(conn: Connection, api: str) -> int:
    """Give the next events their place, and each webhook its own; how many. ``api``: where streets are read.

    Owns the places until the transaction ends: two at once would give them in two orders.
    """
    await conn.execute(SQL["own_places"])
    rows = await conn.fetch(SQL["unplaced"], CHUNK)
    if not rows:
        return 0
    placed = [
        (row["nr"], source_of(row["municipality"], row["oin"]), dataref_of(api, row["subject"]))
        for row in rows
    ]
    await conn.executemany(SQL["place"], placed)
    await conn.execute(SQL["spread"], [row["nr"] for row in rows])
    return len(rows)


def event_of(row: asyncpg.Record) -> CloudEvent:
    """A row as others see it."""
    return CloudEvent(
        id=row["id"],
        source=row["source"],
        type=type_of(row["kind"]),
        subject=row["subject"],
        time=row["told_at"],
        dataref=row["dataref"],
        data=json.loads(row["data"]),
    )


@dataclass(frozen=True)
class Page:
    """A piece of the feed, and the cursor to go on from: the same again when nothing was new."""

    events: list[CloudEvent]
    cursor: int


async def after(conn: Connection, municipality: Slug, cursor: int = 0, limit: int = MOST) -> Page:
    """The events of a municipality after a cursor, in the order of the line; 0 is the beginning."""
    rows = await conn.fetch(SQL["after"], municipality, cursor, min(limit, MOST))
    return Page([event_of(row) for row in rows], rows[-1]["place"] if rows else cursor)


async def forget(conn: Connection) -> list[int]:
    """Remove some of what has been kept long enough; which. Nothing when all of it is gone."""
    return [row["nr"] for row in await conn.fetch(SQL["forget"], KEPT_DAYS, CHUNK)]
