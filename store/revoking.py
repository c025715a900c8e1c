"""Access that was taken away stays away: a restored backup that gives it back has it taken again.

The journal tells what was taken. Its lines stand in the log of erasures too, which is kept apart; whichever
the journal of a restored database lacks came after the backup.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from schemas.facts import Fact
from schemas.refs import Slug, StaffRef
from schemas.staff import Role
from store import clients, passkeys, registry, staff, webhooks
from store.database import Connection
from store.queries import queries

SQL = queries("revoking")


@dataclass(frozen=True)
class Revoked:
    """A line of the journal by which somebody, or a system, lost access. Nothing in it is about anybody."""

    key: str
    name: str
    municipality: Slug
    subject: str
    actor: StaffRef
    passkey: str | None
    at: datetime


@dataclass(frozen=True)
class Opens:
    """What lets somebody in now; told after a restore, as numbers."""

    colleagues: int
    passkeys: int
    clients: int
    webhooks: int


async def told(conn: Connection) -> list[asyncpg.Record]:
    """Everything that was taken away, oldest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["told"])
    return rows


async def opens(conn: Connection) -> Opens:
    """How much lets somebody in."""
    row = await conn.fetchrow(SQL["opens"])
    return Opens(**row) if row else Opens(0, 0, 0, 0)


async def replay(conn: Connection, log: Sequence[Revoked]) -> int:
    """Take away again what the journal does not know was taken. Gives how much had come back.

    A role or a desk that was given again after the backup is gone as well: it has to be given once more.
    """
    lacking = await conn.fetch(SQL["lacking"], [line.key for line in log])
    keys = {row["key"] for row in lacking}
    back = 0
    for line in log:
        if line.key in keys:
            back += await ACTS[line.name](conn, line)
            fact = Fact(
                key=line.key,
                name=line.name,
                municipality=line.municipality,
                subject=line.subject,
                actor=line.actor,
            )
            await registry.enter(conn, fact, {"passkey": line.passkey} if line.passkey else None)
    return back


async def _colleague(conn: Connection, line: Revoked) -> bool:
    who = await staff.member(conn, line.municipality, line.subject)
    return who is not None and await staff.out(conn, who)


async def _role(conn: Connection, line: Revoked) -> bool:
    ref, _, role = line.subject.rpartition("/")
    who = await staff.member(conn, line.municipality, ref)
    return who is not None and await staff.lose(conn, who, Role(role))


async def _passkey(conn: Connection, line: Revoked) -> bool:
    return line.passkey is not None and await passkeys.forget(conn, UUID(line.passkey))


async def _client(conn: Connection, line: Revoked) -> bool:
    return await clients.end(conn, UUID(line.subject.rpartition("/")[2]), line.actor)


async def _webhook(conn: Connection, line: Revoked) -> bool:
    return await webhooks.stop(conn, line.municipality, UUID(line.subject.rpartition("/")[2]))


ACTS: dict[str, Callable[[Connection, Revoked], Awaitable[bool]]] = {
    "staff.ended": _colleague,
    "staff.role_ended": _role,
    "staff.passkey_removed": _passkey,
    "client.ended": _client,
    "webhook.ended": _webhook,
}
