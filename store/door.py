"""The street's door: a code by mail, typed in the browser that asked for it, opens it for half an hour."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg

from schemas.door import Gangmaker
from schemas.refs import VaultRef
from store import limits
from store.codes import is_code
from store.database import Connection
from store.inbox import Submission, receive
from store.keys import Keyring
from store.queries import queries

SQL = queries("door")
TOKEN_BYTES = 32

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
CODES = limits.Limit("code", 5)
"""Codes a person may ask for in an hour."""

ASK_AGAIN = timedelta(hours=1)
"""How long a browser that asked for a code may ask for the next without the mailed link."""

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=8)


class Outcome(StrEnum):
    """What came of typing a code."""

    OPEN = "open"
    WRONG = "wrong"
    WORN_OUT = "worn_out"
    """Typed wrong too often."""
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Not asked for in this browser, or by somebody who is no gangmaker any more."""


@dataclass(frozen=True)
class Opening:
    """``token`` goes into the cookie and nowhere else; ``left``: the tries there are after a wrong code."""

    outcome: Outcome
    token: str = ""
    left: int = 0


@dataclass(frozen=True)
class CodeOrder:
    """A code that is to be mailed; its subject says which one to :mod:`store.codes`."""

    who: Gangmaker
    subject: str


def subject_of(code: UUID) -> str:
    """What a door code is derived from."""
    return f"door/{code}"


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _title(row: asyncpg.Record) -> str:
    return f"{row['name']} ({row['part']})" if row["part"] else str(row["name"])


async def gangmaker(conn: Connection, municipality: str, street: str, person: VaultRef) -> Gangmaker | None:
    """Who has this street's door; None for who is not, or no longer, its gangmaker."""
    row = await conn.fetchrow(SQL["gangmaker"], municipality, street, person)
    if row is None:
        return None
    return Gangmaker(municipality=municipality, street=street, person=person, title=_title(row))


async def ask_code(conn: Connection, who: Gangmaker) -> str | None:
    """Have a code mailed; gives what the browser keeps until it is typed. None: asked too often."""
    if not await limits.attempt(conn, CODES, str(who.person)):
        return None
    code, secret = uuid4(), secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(
        SQL["put_code"], code, who.municipality, who.street, who.person, _hash(secret), CODE_LIFE
    )
    await receive(conn, Submission(code, "code", who.municipality, {"code": str(code)}))
    return f"{code}.{secret}"


def _kept(cookie: str) -> tuple[UUID, bytes] | None:
    code, _, secret = cookie.partition(".")
    try:
        return UUID(code), _hash(secret)
    except ValueError:
        return None


async def asked(conn: Connection, municipality: str, cookie: str) -> Gangmaker | None:
    """Who asked for a code in this browser lately."""
    kept = _kept(cookie)
    row = kept and await conn.fetchrow(SQL["asked"], kept[0], municipality, kept[1], ASK_AGAIN)
    return await gangmaker(conn, municipality, row["street"], row["person"]) if row else None


async def open_with(
    conn: Connection, keyring: Keyring, municipality: str, cookie: str, typed: str
) -> Opening:
    """Open the door with a code. A wrong one counts: commit, whatever came of it."""
    kept = _kept(cookie)
    row = kept and await conn.fetchrow(SQL["lock_code"], kept[0], municipality, kept[1])
    if not kept or not row:
        return Opening(Outcome.UNKNOWN)
    who = await gangmaker(conn, municipality, row["street"], row["person"])
    if who is None:
        return Opening(Outcome.UNKNOWN)
    if useless := _useless(row):
        return Opening(useless)
    if not is_code(keyring, subject_of(kept[0]), typed):
        await conn.execute(SQL["wrong_code"], kept[0])
        left = TRIES - row["wrong"] - 1
        return Opening(Outcome.WRONG, left=left) if left else Opening(Outcome.WORN_OUT)
    await conn.execute(SQL["use_code"], kept[0])
    return Opening(Outcome.OPEN, token=await _open(conn, who))


def _useless(row: asyncpg.Record) -> Outcome | None:
    if row["used"]:
        return Outcome.USED
    if row["wrong"] >= TRIES:
        return Outcome.WORN_OUT
    return Outcome.EXPIRED if row["expired"] else None


async def _open(conn: Connection, who: Gangmaker) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(SQL["sweep"])
    await conn.execute(SQL["open"], _hash(token), who.municipality, who.street, who.person, IDLE)
    return token


async def touch(conn: Connection, municipality: str, token: str) -> Gangmaker | None:
    """Who is inside, and their half hour begins again. None: forged, signed out, too late, or they left."""
    row = await conn.fetchrow(SQL["touch"], _hash(token), municipality, IDLE, LIFE)
    if row is None:
        return None
    return Gangmaker(municipality=municipality, street=row["street"], person=row["person"], title=_title(row))


async def close(conn: Connection, token: str) -> None:
    """Sign out: from now on the token is worth nothing."""
    await conn.execute(SQL["close"], _hash(token))


async def code_to_send(conn: Connection, code: UUID) -> CodeOrder | None:
    """The letter a code needs; None when it is of no use any more."""
    row = await conn.fetchrow(SQL["code_to_send"], code)
    if row is None:
        return None
    who = Gangmaker(
        municipality=row["municipality"], street=row["street"], person=row["person"], title=_title(row)
    )
    return CodeOrder(who, subject_of(code))
