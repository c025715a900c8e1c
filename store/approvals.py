"""Bulk approval, set by set: journal, registry, ledger, and the news for each potje, in one transaction."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from schemas.calendar import dutch_date
from schemas.events import Kind, approved_together
from schemas.facts import Fact
from schemas.ledger import Leg, LegKind, transfer_id
from schemas.policy import PayoutKind
from schemas.potje import ApprovalChunk, ChunkApproved, PotjeMoney, resolve_legs
from store import ledger, registry
from store.database import Connection
from store.queries import queries

SQL = queries("approvals")

CHUNK = 1000
"""Potjes a transaction: long enough to be fast, short enough that a killed worker loses a moment."""


async def approve_chunk(conn: Connection, chunk: ApprovalChunk) -> ChunkApproved:
    """Approve the next potjes of somebody's choice; zero of them means that it is done.

    Own proposals, and what somebody else decided meanwhile, are passed over. A chunk that is asked
    again gives its first result.
    """
    key = f"{chunk.workflow_id}/chunk-{chunk.number}"
    await conn.execute(SQL["lock_approvals"], chunk.workflow_id)
    if earlier := await conn.fetchval(SQL["chunk_result"], key):
        return ChunkApproved.model_validate(earlier)
    begun = chunk.begun or (await conn.fetchval(SQL["now"])).isoformat()
    rows = await conn.fetch(
        SQL["next_to_approve"],
        chunk.municipality,
        chunk.year,
        chunk.by,
        chunk.potjes,
        datetime.fromisoformat(begun),
        CHUNK,
    )
    done = ChunkApproved(potjes=len(rows), cents=sum(row["cents"] for row in rows), begun=begun)
    if rows:
        await _approve(conn, chunk, rows, transfer_id(key))
    fact = Fact(
        key=key,
        name="approvals.chunk",
        municipality=chunk.municipality,
        subject=str(chunk.year),
        actor=chunk.by,
    )
    await registry.enter(conn, fact, done.model_dump(mode="json"))
    return done


async def _approve(conn: Connection, chunk: ApprovalChunk, rows: list[asyncpg.Record], group: UUID) -> None:
    ids = [row["workflow_id"] for row in rows]
    told = json.dumps(approved_together(chunk.year))
    approving = asyncio.create_task(conn.execute(SQL["approve"], ids, chunk.by, Kind.POTJE_APPROVED, told))
    try:
        # PostgreSQL has the statement now; what comes next is made while it works.
        await asyncio.sleep(0)
        news = [transfer_id("approval", row["workflow_id"], str(row["attempt"])) for row in rows]
        legs = ledger.written([leg for row in rows for leg in _legs(chunk, row)])
    finally:
        await approving
    await conn.execute(SQL["tell"], ids, news, chunk.municipality, chunk.by)
    today = dutch_date(datetime.now(UTC))
    await ledger.book(conn, legs, actor=chunk.by, group_id=group, booked_on=today)


def _legs(chunk: ApprovalChunk, row: asyncpg.Record) -> list[Leg]:
    """The same as a single approval's."""
    money = PotjeMoney(
        workflow_id=row["workflow_id"],
        municipality=chunk.municipality,
        year=chunk.year,
        parts=[(PayoutKind(kind), cents) for kind, cents in row["parts"]],
    )
    return resolve_legs(money, row["attempt"], LegKind.POST)
