"""Finding one resident by their whole mail address: never a list, never a part, and each look is logged."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from schemas.refs import Slug, StaffRef, VaultRef
from store import limits
from store.database import Connection
from store.queries import queries
from store.vault import Vault

SQL = queries("finding")

PURPOSE = "find_person"
TRIES = limits.Limit("find_person", 20)
"""Addresses that a member of staff may try in an hour, found or not: enough to help, too few to guess."""


@dataclass(frozen=True)
class Known:
    """What one form made known of somebody, and where it led."""

    ref: VaultRef
    name: str
    since: datetime
    carries: list[asyncpg.Record]
    asked: list[asyncpg.Record]


async def waits(conn: Connection, municipality: Slug, workflow_id: str) -> bool:
    """Whether a sign-up of this municipality still waits for somebody's yes."""
    return bool(await conn.fetchval(SQL["waits"], municipality, workflow_id))


class TriedTooOften(Exception):
    """Somebody of the office has tried enough addresses for now."""


async def find(
    conn: Connection, vault: Vault, municipality: Slug, address: str, staff: StaffRef
) -> list[Known]:
    """Who is known by an address, oldest first; who looked is written beside what was looked at.

    Raises :class:`TriedTooOften`, also for an address that nobody has. The caller's transaction must be kept.
    """
    if not await limits.attempt(conn, TRIES, staff):
        raise TriedTooOften
    refs = await vault.of_address(conn, municipality, address)
    people = await vault.look(conn, refs, staff, PURPOSE)
    since = {row["ref"]: row["created_at"] for row in await conn.fetch(SQL["since"], refs)}
    carries = await conn.fetch(SQL["carries"], municipality, refs)
    asked = await conn.fetch(SQL["asked"], municipality, refs)
    return [
        Known(
            ref=ref,
            name=people[ref].name,
            since=since[ref],
            carries=[row for row in carries if row["ref"] == ref],
            asked=[row for row in asked if row["ref"] == ref],
        )
        for ref in refs
        if ref in people
    ]
