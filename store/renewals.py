"""The yearly questions: whom to ask, what was answered, and how a round stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID, uuid5

import asyncpg

from schemas.refs import Slug, VaultRef, street_id
from schemas.renewal import Choice
from schemas.renewal_facts import RenewalEnd
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries

SQL = queries("renewals")
ANSWERS = UUID("6d2c2f0a-7d8e-5b57-9a53-2f1a4b7c9e10")
NEWS = UUID("c1f5c7c2-0d0b-5f0e-8a4e-3c7f5b9d2a64")
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


async def hold_rounds(conn: Connection, municipality: Slug) -> datetime:
    """Let nobody else ask streets of a municipality until the transaction ends; gives its moment."""
    await conn.execute(SQL["hold_rounds"], municipality)
    moment: datetime = await conn.fetchval(SQL["now"])
    return moment


async def to_ask(
    conn: Connection, municipality: Slug, year: int, after: Slug, began_by: date, most: int
) -> list[asyncpg.Record]:
    """The next streets to ask about a year, in the order of their slugs, and those whose question is open."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["to_ask"], municipality, year, after, began_by, most)
    return rows


async def close(conn: Connection, workflow_id: str, silent: Sequence[VaultRef]) -> list[VaultRef]:
    """Void the links of who did not answer; if some just did, gives who, and every link stays as it is."""
    rows = await conn.fetch(SQL["hold_links"], workflow_id, silent)
    if late := {row["person"] for row in rows if row["answered"]}:
        return [person for person in silent if person in late]
    await conn.execute(SQL["void"], workflow_id, silent)
    return []


async def tell(conn: Connection, end: RenewalEnd) -> None:
    """The decision, for the street and for the round that asked it; the relay brings it."""
    city, street, key = end.fact.municipality, end.fact.subject, end.fact.key
    said = {"workflow_id": street_id(city, street), "municipality": city, "street": street}
    said |= end.decision.model_dump(mode="json")
    await receive(conn, Submission(uuid5(NEWS, key), "renewal_decided", city, said))
    if end.round is not None:
        counted = {"workflow_id": end.round, "street": street, "outcome": end.decision.outcome}
        await receive(conn, Submission(uuid5(NEWS, f"{key}/{end.round}"), "round_decided", city, counted))


async def is_open(conn: Connection, workflow_id: str) -> bool:
    """Whether a question was asked and is not decided."""
    return bool(await conn.fetchval(SQL["is_open"], workflow_id))


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
