"""What a backup says of a database, and what a restored one needs before anybody is let in."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import asyncpg

from schemas.facts import Fact
from schemas.my_data import OPERATOR
from schemas.refs import Slug
from store import policies, registry
from store.database import Connection
from store.queries import queries

SQL = queries("safekeeping")
RESTORED = "backup.restored"
SETTLED = "reconcile.settled"


@dataclass(frozen=True)
class Ended:
    """What a restore ended: sessions and codes of before, and mails of which nobody knows."""

    sessions: int
    codes: int
    mails: int


@asynccontextmanager
async def standing_still(admin_url: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A connection on which the database stands still, and the name under which others see the same."""
    conn = await asyncpg.connect(admin_url, timeout=10)
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            yield conn, await conn.fetchval(SQL["snapshot"])
    finally:
        await conn.close()


async def server(conn: Connection) -> int:
    """The major version of PostgreSQL."""
    return int(await conn.fetchval(SQL["server"]))


async def migrations(conn: Connection) -> dict[str, str]:
    """What was migrated, by name, with the digest of each."""
    return {row["name"]: row["digest"] for row in await conn.fetch(SQL["migrations"])}


async def counted(conn: Connection) -> dict[str, int]:
    """How many rows every table has."""
    return {row["place"]: row["items"] for row in await conn.fetch(SQL["counted"])}


async def key_ids(conn: Connection) -> list[int]:
    """The master keys that something in the vault is wrapped by."""
    return [row["key_id"] for row in await conn.fetch(SQL["key_ids"])]


async def is_empty(conn: Connection) -> bool:
    """Whether there is no table at all."""
    return not await conn.fetchval(SQL["tables"])


async def exists(conn: Connection, name: str) -> bool:
    """Whether the server has a database of this name."""
    return bool(await conn.fetchval(SQL["exists"], name))


async def connected(conn: Connection, name: str) -> int:
    """How many others use a database."""
    return int(await conn.fetchval(SQL["connected"], name))


async def make_roles(conn: Connection) -> None:
    """The roles that a dump names, on a server that never had us."""
    await conn.execute(SQL["make_roles"])


async def make(conn: Connection, name: str) -> None:
    """An empty database."""
    await conn.execute(SQL["make"].format(name=_quoted(name)))


async def drop(conn: Connection, name: str) -> None:
    """A database that is in nobody's way any more."""
    await conn.execute(SQL["drop"].format(name=_quoted(name)))


async def doors(conn: Connection, name: str) -> set[tuple[str, str]]:
    """Which role may do what with a database, where that was ever chosen; the role as SQL writes it."""
    return {(row["who"], row["what"]) for row in await conn.fetch(SQL["doors"], name)}


async def same_doors(conn: Connection, name: str, other: str) -> None:
    """Let the same roles into another database as into the one of this name, which may be gone."""
    chosen = await doors(conn, name)
    if chosen:
        await conn.execute(SQL["shut"].format(name=_quoted(other)))
    for who, what in sorted(chosen):
        await conn.execute(SQL["open"].format(name=_quoted(other), what=what, who=who))


async def rename(conn: Connection, name: str, other: str) -> None:
    """Another name; refused by the server while anybody uses it."""
    await conn.execute(SQL["rename"].format(name=_quoted(name), other=_quoted(other)))


async def end_what_was(conn: Connection) -> Ended:
    """Sessions and codes of before end; mails that had not left are in doubt.

    New events get places beyond any that a reader of the feed can have seen since the backup.
    """
    await conn.execute(SQL["skip_places"])
    return Ended(
        sessions=await conn.fetchval(SQL["end_sessions"]),
        codes=await conn.fetchval(SQL["end_codes"]),
        mails=await conn.fetchval(SQL["doubt_mails"]),
    )


async def note_restored(conn: Connection, backup: str, made_at: datetime) -> None:
    """A line in the journal of every municipality: from here on it is another database."""
    restore = uuid4()
    for policy in await policies.all_current(conn):
        fact = Fact(
            key=f"restored/{restore}/{policy.slug}",
            name=RESTORED,
            municipality=policy.slug,
            subject="backup",
            actor=OPERATOR,
        )
        await registry.enter(conn, fact, {"backup": backup, "made_at": made_at.isoformat()})


async def paying_waits(conn: Connection, municipality: Slug) -> bool:
    """Whether a backup was put back, and nobody has seen yet that nothing of since is at the bank."""
    return bool(await conn.fetchval(SQL["paying_waits"], municipality))


async def settle(conn: Connection, apart: Collection[Slug]) -> list[Slug]:
    """Payments go on where nothing is apart any more; gives where they had waited."""
    waited = [
        policy.slug
        for policy in await policies.all_current(conn)
        if policy.slug not in apart and await paying_waits(conn, policy.slug)
    ]
    for slug in waited:
        fact = Fact(
            key=f"settled/{uuid4()}", name=SETTLED, municipality=slug, subject="backup", actor=OPERATOR
        )
        await registry.enter(conn, fact)
    return waited


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
