"""The street's door: a code by mail, typed in the browser that asked for it, opens it for half an hour."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from schemas.door import Gangmaker
from schemas.refs import VaultRef
from store import limits
from store.database import Connection
from store.entry import ASK_AGAIN, CODE_LIFE, Counting, Opening, Outcome, hashed, kept, new_code, weigh
from store.inbox import Submission, receive
from store.keys import Keyring
from store.queries import queries

SQL = queries("door")
COUNTING = Counting(SQL["wrong_code"], SQL["use_code"])

CODES = limits.Limit("code", 5)
"""Codes a person may ask for in an hour."""

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=8)


@dataclass(frozen=True)
class CodeOrder:
    """A code that is to be mailed; its subject says which one to :mod:`store.codes`."""

    who: Gangmaker
    subject: str


def subject_of(code: UUID) -> str:
    """What a door code is derived from."""
    return f"door/{code}"


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
    code = new_code()
    await conn.execute(
        SQL["put_code"], code.id, who.municipality, who.street, who.person, code.browser, CODE_LIFE
    )
    await receive(conn, Submission(code.id, "code", who.municipality, {"code": str(code.id)}))
    return code.cookie


async def asked(conn: Connection, municipality: str, cookie: str) -> Gangmaker | None:
    """Who asked for a code in this browser lately."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["asked"], code[0], municipality, code[1], ASK_AGAIN)
    return await gangmaker(conn, municipality, row["street"], row["person"]) if row else None


async def open_with(
    conn: Connection, keyring: Keyring, municipality: str, cookie: str, typed: str
) -> Opening:
    """Open the door with a code. A wrong one counts: commit, whatever came of it."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["lock_code"], code[0], municipality, code[1])
    if not code or not row:
        return Opening(Outcome.UNKNOWN)
    who = await gangmaker(conn, municipality, row["street"], row["person"])
    if who is None:
        return Opening(Outcome.UNKNOWN)
    opening = await weigh(conn, keyring, COUNTING, code[0], row, subject_of(code[0]), typed)
    if opening.outcome is Outcome.OPEN:
        await _open(conn, who, opening.token)
    return opening


async def _open(conn: Connection, who: Gangmaker, token: str) -> None:
    await conn.execute(SQL["sweep"])
    await conn.execute(SQL["open"], hashed(token), who.municipality, who.street, who.person, IDLE)


async def touch(conn: Connection, municipality: str, token: str) -> Gangmaker | None:
    """Who is inside, and their half hour begins again. None: forged, signed out, too late, or they left."""
    row = await conn.fetchrow(SQL["touch"], hashed(token), municipality, IDLE, LIFE)
    if row is None:
        return None
    return Gangmaker(municipality=municipality, street=row["street"], person=row["person"], title=_title(row))


async def close(conn: Connection, token: str) -> None:
    """Sign out: from now on the token is worth nothing."""
    await conn.execute(SQL["close"], hashed(token))


async def code_to_send(conn: Connection, code: UUID) -> CodeOrder | None:
    """The letter a code needs; None when it is of no use any more."""
    row = await conn.fetchrow(SQL["code_to_send"], code)
    if row is None:
        return None
    who = Gangmaker(
        municipality=row["municipality"], street=row["street"], person=row["person"], title=_title(row)
    )
    return CodeOrder(who, subject_of(code))
