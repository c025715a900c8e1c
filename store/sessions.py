"""Sessions of the desk, one municipality each. The cookie holds a random token, the table only its hash."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from schemas.refs import Slug, StaffRef
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
    """Who is signed in, where, and as what."""

    staff: StaffRef
    municipality: Slug
    role: str


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def begin(conn: Connection, session: Session) -> str:
    """Begin a session; the token goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(SQL["begin"], _hash(token), session.staff, session.municipality, session.role, LIFE)
    return token


async def touch(conn: Connection, token: str) -> Session | None:
    """The session of a token, and its idle time begins again. None: forged, revoked, too old or idle."""
    row = await conn.fetchrow(SQL["touch"], _hash(token), IDLE)
    return Session(**row) if row else None


async def revoke(conn: Connection, token: str) -> None:
    """Sign out: from now on the token is worth nothing."""
    await conn.execute(SQL["revoke"], _hash(token))
