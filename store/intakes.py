"""Intakes: moments in the agenda of coordinators, which of them were offered, and which was picked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

import asyncpg

from schemas.facts import StarterSnapshot
from schemas.person import Place
from schemas.refs import Slug, StaffRef
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries
from store.vault import Vault

SQL = queries("intakes")
PICKS = UUID("b2d1c9d4-6f0e-5b0a-8f39-7a5e3f3c2d11")

AHEAD = timedelta(hours=1)
"""Nobody can be expected to come at once."""

SHOWN = 60


@dataclass(frozen=True)
class Slot:
    """A moment that somebody can."""

    id: UUID
    at: datetime
    place: str


async def add(
    conn: Connection, vault: Vault, municipality: Slug, coordinator: StaffRef, slots: Sequence[Slot]
) -> int:
    """Write moments; one that is there already stays as it is. Gives how many are new."""
    made = 0
    for slot in slots:
        place = await vault.put(conn, municipality, Place(text=slot.place))
        if await conn.fetchval(SQL["add"], slot.id, municipality, coordinator, slot.at, place):
            made += 1
        else:
            await vault.erase(conn, [place], "intake.slot_twice")
    return made


async def own(
    conn: Connection, municipality: Slug, coordinator: StaffRef, after: datetime
) -> list[asyncpg.Record]:
    """Somebody's moments to come, the first one first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["own"], municipality, coordinator, after, SHOWN)
    return rows


async def withdraw(
    conn: Connection, vault: Vault, municipality: Slug, coordinator: StaffRef, slot: UUID
) -> bool:
    """Take a free moment of one's own away. False: it was picked meanwhile, or is gone already."""
    place = await conn.fetchval(SQL["withdraw"], slot, municipality, coordinator)
    if place is None:
        return False
    await vault.erase(conn, [place], "intake.slot_withdrawn")
    return True


async def free(
    conn: Connection, municipality: Slug, coordinator: StaffRef, after: datetime, most: int
) -> list[asyncpg.Record]:
    """Moments that can be proposed, those of who asks first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["free"], municipality, coordinator, after, most)
    return rows


async def lock(conn: Connection, workflow_id: str) -> None:
    """Offering, picking and planning of one intake wait for each other."""
    await conn.execute(SQL["lock"], workflow_id)


async def offer(
    conn: Connection, municipality: Slug, workflow_id: str, number: int, slots: Sequence[UUID]
) -> bool:
    """Write an offer. False: one of its moments is not free any more, and nothing was written."""
    held = await conn.fetch(SQL["hold"], municipality, list(slots))
    if len(held) < len(slots):
        return False
    await conn.execute(SQL["offer"], workflow_id, number, list(slots))
    return True


async def offered(conn: Connection, workflow_id: str) -> list[asyncpg.Record]:
    """The moments of the latest offer that can still be picked."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["offered"], workflow_id, datetime.now(UTC) + AHEAD)
    return rows


async def picked(conn: Connection, workflow_id: str) -> datetime | None:
    """The moment that was picked, if one was."""
    at: datetime | None = await conn.fetchval(SQL["picked"], workflow_id)
    return at


async def pick(conn: Connection, token: str, workflow_id: str, slot: UUID) -> bool:
    """Take a moment, for all gangmakers of the intake. False: somebody was first.

    The caller holds the lock of the intake and has found the link open.
    """
    row = await conn.fetchrow(SQL["take"], workflow_id, slot)
    if row is None:
        return False
    plan = {
        "at": row["at"].isoformat(),
        "place": str(row["place"]),
        "coordinator": row["coordinator"],
        "slot": str(row["id"]),
    }
    await _answer(conn, token, plan)
    await conn.execute(SQL["close_others"], workflow_id)
    return True


async def none_suits(conn: Connection, token: str) -> None:
    """A gangmaker can at none of these moments; the others may still pick one."""
    await _answer(conn, token, None)


async def _answer(conn: Connection, token: str, plan: dict[str, str] | None) -> None:
    token_hash = sha256(token.encode()).digest()
    row = await conn.fetchrow(SQL["close_link"], token_hash, plan is not None)
    if row is None:
        raise LookupError("the link was open a moment ago, and its intake is locked")
    payload = {
        "workflow_id": row["workflow_id"],
        "person": str(row["person"]),
        "number": await conn.fetchval(SQL["number"], row["workflow_id"]),
        "plan": plan,
    }
    submission = uuid5(PICKS, token_hash.hex())
    await receive(conn, Submission(submission, "pick", row["municipality"], payload))


async def end_offers(conn: Connection, workflow_id: str, kept: UUID | None) -> None:
    """Something is planned: no link picks any more, and only the moment that is kept stays taken."""
    await conn.execute(SQL["end_offers"], workflow_id)
    await conn.execute(SQL["give_back"], workflow_id, kept)


async def close_offers(conn: Connection, workflow_id: str) -> None:
    """The conversation was held, or is not wanted: links end, and a moment to come is free for another."""
    await conn.execute(SQL["end_offers"], workflow_id)
    await conn.execute(SQL["free_again"], workflow_id)


async def not_of_moments(conn: Connection, refs: Sequence[UUID]) -> list[UUID]:
    """Those that no moment in an agenda needs."""
    return [row["ref"] for row in await conn.fetch(SQL["not_of_moments"], list(refs))]


async def write_starter(conn: Connection, s: StarterSnapshot) -> None:
    """Where a starter package is."""
    await conn.execute(SQL["write_starter"], s.municipality, s.street, s.status, s.revision)


async def starter(conn: Connection, municipality: Slug, street: Slug) -> asyncpg.Record | None:
    """A street's starter package, or None."""
    return await conn.fetchrow(SQL["starter"], municipality, street)
