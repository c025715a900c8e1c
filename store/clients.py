"""Clients of the API: their keys (only hashes), and what came in by them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from schemas.client import Client, Scope, client_ref, hash_of, hint_of, is_key, ordered
from schemas.facts import Fact
from schemas.refs import Slug, StaffRef
from store import registry
from store.database import Connection
from store.queries import queries

SQL = queries("clients")

DIGEST_KEPT = timedelta(days=7)
"""How long a client may send the same submission again and get the same answer."""


@dataclass(frozen=True)
class NewClient:
    """A client to be made; ``id`` comes from the form, so a double click makes one."""

    id: UUID
    municipality: Slug
    name: str
    scopes: Iterable[Scope]
    expires_on: date


async def make(conn: Connection, client: NewClient, key: str, by: StaffRef) -> bool:
    """Make a client with a key. False: it was made before, with a key that nobody can show again."""
    made = await conn.fetchval(
        SQL["make"],
        client.id,
        client.municipality,
        client.name,
        hash_of(key),
        hint_of(key),
        ordered(client.scopes),
        client.expires_on,
        by,
    )
    if made is None:
        return False
    await _note(conn, client.municipality, client.id, "made", by)
    return True


async def end(conn: Connection, client: UUID, by: StaffRef) -> bool:
    """End a client: from the commit on its key opens nothing. False: it had ended, or never was."""
    municipality = await conn.fetchval(SQL["end"], client, by)
    if municipality is None:
        return False
    await _note(conn, municipality, client, "ended", by)
    return True


async def all_of(conn: Connection, municipality: Slug | None) -> list[asyncpg.Record]:
    """The clients of a municipality, or of all; those that ended come last."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["all_of"], municipality)
    return rows


async def one(conn: Connection, client: UUID, municipality: Slug | None = None) -> asyncpg.Record | None:
    """One client, or None."""
    return await conn.fetchrow(SQL["one"], client, municipality)


async def names(conn: Connection, municipality: Slug) -> dict[StaffRef, str]:
    """The names of a municipality's clients, also of those that ended, by ref."""
    return {client_ref(row["id"]): row["name"] for row in await conn.fetch(SQL["names"], municipality)}


async def known_by(conn: Connection, key: str, today: date) -> Client | None:
    """Whose key this is, and it counts as used today. None: forged, ended or expired."""
    if not is_key(key):
        return None
    row = await conn.fetchrow(SQL["known_by"], hash_of(key), today)
    if row is None:
        return None
    if row["last_used_on"] != today:
        await conn.execute(SQL["used"], row["id"], today)
    return Client.model_validate(dict(row))


@dataclass(frozen=True)
class Before:
    """What is known of a submission that came in before; the digest goes after :data:`DIGEST_KEPT`."""

    municipality: Slug
    digest: bytes | None


async def put_submission(conn: Connection, client: Client, submission: UUID, digest: bytes) -> None:
    """Note that a submission in the inbox came from a client."""
    await forget_digests(conn)
    await conn.execute(SQL["put_submission"], submission, client.municipality, client.id, digest)


async def before(conn: Connection, submission: UUID) -> Before | None:
    """What came in before under this id, or None."""
    row = await conn.fetchrow(SQL["digest"], submission)
    return Before(row["municipality"], row["digest"]) if row else None


async def submission(conn: Connection, municipality: Slug, submission: UUID) -> asyncpg.Record | None:
    """Where a submission stands that came to a municipality by the API, or None."""
    return await conn.fetchrow(SQL["submission"], municipality, submission)


async def _note(conn: Connection, municipality: Slug, client: UUID, what: str, by: StaffRef) -> None:
    fact = Fact(
        key=f"client/{client}/{what}",
        name=f"client.{what}",
        municipality=municipality,
        subject=f"client/{client}",
        actor=by,
    )
    await registry.enter(conn, fact)


async def forget_digests(conn: Connection) -> None:
    """Of what no client tries again any more."""
    await conn.execute(SQL["forget_digests"], DIGEST_KEPT)
