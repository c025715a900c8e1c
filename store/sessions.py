"""Sessions of the desk, one municipality and one role each. The cookie holds a token, the table its hash."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg

from schemas.refs import Slug, StaffRef
from schemas.staff import How
from store.database import Connection
from store.queries import queries

SQL = queries("sessions")
TOKEN_BYTES = 32

LIFE = timedelta(hours=8)
"""A working day, however busy."""

IDLE = timedelta(minutes=60)
"""A desk that was left alone signs out by itself."""


@dataclass(frozen=True)
class Session:
    """Who is signed in, where, as what, and how they came in."""

    staff: StaffRef
    municipality: Slug
    role: str
    how: str = How.LOCAL
    id: UUID | None = None
    """Names the session without opening it; None before it began."""
    browser: str = "other"
    expires_at: datetime | None = None
    """The end of a session that takes over from another; None for a whole new day."""


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def begin(conn: Connection, session: Session) -> str:
    """Begin a session; the token goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(
        SQL["begin"],
        _hash(token),
        session.staff,
        session.municipality,
        session.role,
        session.how,
        session.browser,
        session.expires_at,
        LIFE,
    )
    return token


async def touch(conn: Connection, token: str) -> Session | None:
    """The session of a token, and its idle time begins again.

    None: forged, revoked, too old or idle; or somebody who left, or who has the role no more.
    """
    row = await conn.fetchrow(SQL["touch"], _hash(token), IDLE)
    return Session(**row) if row else None


async def revoke(conn: Connection, token: str) -> None:
    """Sign out: from now on the token is worth nothing."""
    await conn.execute(SQL["revoke"], _hash(token))


async def of_staff(conn: Connection, refs: Sequence[StaffRef]) -> list[asyncpg.Record]:
    """The sessions that are open, the latest used first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["of_staff"], list(refs), IDLE)
    return rows


async def end_one(conn: Connection, refs: Sequence[StaffRef], session: UUID) -> bool:
    """End one of somebody's sessions. False: it is not theirs, or it ended before."""
    return await conn.fetchval(SQL["end_one"], session, list(refs)) is not None


async def end_all(conn: Connection, refs: Sequence[StaffRef]) -> None:
    """End every session of somebody."""
    await conn.execute(SQL["end_all"], list(refs))


async def end_role(conn: Connection, ref: StaffRef, role: str) -> None:
    """End the sessions in a role that somebody has no more."""
    await conn.execute(SQL["end_role"], ref, role)


async def end_by_passkey(conn: Connection, person: UUID) -> None:
    """End what somebody opened with a passkey, wherever it is."""
    await conn.execute(SQL["end_by_passkey"], person)
