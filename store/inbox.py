"""The inbox: a submission is safe from its commit on; the relay brings it to its workflow later."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.facts import Doubt
from schemas.refs import new_receipt
from store import origin
from store.database import Connection
from store.origin import Taken
from store.queries import queries

SQL = queries("inbox")


@dataclass(frozen=True)
class Submission:
    """One line of the inbox; the payload carries references only."""

    id: UUID
    kind: str
    municipality: str
    payload: dict[str, Any]
    doubt: Doubt | None = None
    trace: str | None = None
    """The trace that it came in with."""


async def claim(conn: Connection, submission: UUID) -> str | None:
    """The receipt this submission was given before, if it was."""
    receipt: str | None = await conn.fetchval(SQL["receipt_of"], submission)
    return receipt


async def payload(conn: Connection, submission: UUID) -> dict[str, Any]:
    """What a submission that was taken in said: references only."""
    found: dict[str, Any] = await conn.fetchval(SQL["payload_of"], submission)
    return found


async def receive(conn: Connection, submission: Submission) -> str | None:
    """Take a submission in and give its receipt. None: it was there already."""
    receipt: str | None = await conn.fetchval(
        SQL["receive"],
        submission.id,
        submission.kind,
        submission.municipality,
        new_receipt(),
        submission.payload,
        submission.doubt,
        origin.traceparent(),
    )
    if receipt:
        origin.took(Taken(submission.id, submission.kind, submission.municipality, receipt))
    return receipt


async def known_receipt(conn: Connection, municipality: str, receipt: str) -> bool:
    """Whether this municipality gave this receipt."""
    return await conn.fetchrow(SQL["known_receipt"], municipality, receipt) is not None


async def take(conn: Connection, most: int) -> list[Submission]:
    """What is due, concerns first and those in doubt last, locked for this transaction only."""
    rows = await conn.fetch(SQL["next"], most)
    return [
        Submission(row["id"], row["kind"], row["municipality"], row["payload"], trace=row["trace"])
        for row in rows
    ]


async def relayed(conn: Connection, *brought: tuple[UUID, str | None]) -> None:
    """They reached their workflow (or a code says why one never will)."""
    if brought:
        await conn.executemany(SQL["relayed"], brought)


async def later(conn: Connection, submission: UUID) -> None:
    """Its workflow could not be reached: try again, at most half a minute from now."""
    await conn.execute(SQL["later"], submission)


async def seconds_to_next(conn: Connection) -> float | None:
    """Until the next one is due; None when the inbox is empty."""
    seconds: float | None = await conn.fetchval(SQL["soonest"])
    return seconds
