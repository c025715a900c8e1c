"""The yearly questions: whom to ask, what was answered, and how a round stands."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID, uuid5

import asyncpg

from schemas.refs import Slug, VaultRef
from schemas.renewal import Choice
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries

SQL = queries("renewals")
ANSWERS = UUID("6d2c2f0a-7d8e-5b57-9a53-2f1a4b7c9e10")
PAGE = 50


@dataclass(frozen=True)
class Asked:
    """One page of the streets of a year."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // PAGE))


async def to_ask(
    conn: Connection, municipality: Slug, year: int, after: Slug, began_by: date
) -> list[asyncpg.Record]:
    """The next page of streets to ask about a year, in the order of their slugs."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["to_ask"], municipality, year, after, began_by, PAGE)
    return rows


async def answer(conn: Connection, token: str, choice: Choice, words: VaultRef | None) -> bool:
    """Answer once; it goes to the inbox in the same transaction. False: it was not open any more."""
    token_hash = sha256(token.encode()).digest()
    row = await conn.fetchrow(SQL["answer"], token_hash, choice is not Choice.STOP)
    if row is None:
        return False
    payload = {
        "workflow_id": row["workflow_id"],
        "person": str(row["person"]),
        "choice": choice,
        "words": str(words) if words else None,
    }
    submission = uuid5(ANSWERS, token_hash.hex())
    await receive(conn, Submission(submission, "renewal", row["municipality"], payload))
    return True


async def years(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """How each year stands, by outcome, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["years"], municipality)
    return rows


async def of_year(
    conn: Connection, municipality: Slug, year: int, standing: str | None = None, page: int = 1
) -> Asked:
    """The streets that were asked about a year; those to call first."""
    rows = await conn.fetch(SQL["of_year"], municipality, year, standing, PAGE, (page - 1) * PAGE)
    return Asked(rows, rows[0]["total"] if rows else 0)


async def one(conn: Connection, municipality: Slug, workflow_id: str) -> asyncpg.Record | None:
    """One question, or None."""
    return await conn.fetchrow(SQL["one"], municipality, workflow_id)
