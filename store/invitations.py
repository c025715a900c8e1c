"""The way in for a colleague who was invited: a mailed link, a code, and time to make a passkey."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from schemas.facts import LinkPurpose
from schemas.refs import Slug, VaultRef
from store import limits, links, staff
from store.database import Connection
from store.entry import ASK_AGAIN, CODE_LIFE, Counting, Opening, Outcome, hashed, kept, new_code, weigh
from store.inbox import Submission, receive
from store.keys import Keyring
from store.links import LinkState
from store.queries import queries
from store.staff import Member

SQL = queries("invitations")
COUNTING = Counting(SQL["wrong_code"], SQL["use_code"])

CODES = limits.Limit("staff_code", 5)
"""Codes a colleague may ask for in an hour."""

INSIDE = timedelta(minutes=15)
"""What making a passkey may take."""


@dataclass(frozen=True)
class CodeOrder:
    """A code that is to be mailed, and to whom."""

    municipality: Slug
    ref: str
    reader: VaultRef
    subject: str


def subject_of(code: UUID) -> str:
    """What a code of this door is derived from."""
    return f"staff/{code}"


async def behind(conn: Connection, municipality: Slug, token: str) -> tuple[bool, Member | None]:
    """Whether a mailed link is one of ours, and who it is for; nobody once it is used, old or ended."""
    link = await links.find(conn, municipality, token)
    if link is None or link.purpose is not LinkPurpose.STAFF_INVITATION:
        return False, None
    if link.state is not LinkState.OPEN:
        return True, None
    who = await staff.of_contact(conn, municipality, link.person)
    return True, who if who and who.ended_at is None else None


async def ask_code(conn: Connection, who: Member) -> str | None:
    """Have a code mailed; gives what the browser keeps until it is typed. None: asked too often."""
    if not await limits.attempt(conn, CODES, who.ref):
        return None
    code = new_code()
    await conn.execute(SQL["put_code"], code.id, who.municipality, who.ref, code.browser, CODE_LIFE)
    await receive(conn, Submission(code.id, "staff_code", who.municipality, {"code": str(code.id)}))
    return code.cookie


async def asked(conn: Connection, municipality: Slug, cookie: str) -> Member | None:
    """Who asked for a code in this browser lately."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["asked"], code[0], municipality, code[1], ASK_AGAIN)
    return await _working(conn, municipality, row["ref"]) if row else None


async def _working(conn: Connection, municipality: Slug, ref: str) -> Member | None:
    who = await staff.member(conn, municipality, ref)
    return who if who and who.ended_at is None else None


async def code_to_send(conn: Connection, code: UUID) -> CodeOrder | None:
    """The letter a code needs; None when it is of no use any more."""
    row = await conn.fetchrow(SQL["code_to_send"], code)
    who = await _working(conn, row["municipality"], row["ref"]) if row else None
    return CodeOrder(who.municipality, who.ref, who.contact, subject_of(code)) if who else None


async def open_with(
    conn: Connection, keyring: Keyring, municipality: Slug, cookie: str, typed: str
) -> Opening:
    """Let somebody make a passkey. A wrong code counts: commit, whatever came of it."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["lock_code"], code[0], municipality, code[1])
    if not code or not row or not await _working(conn, municipality, row["ref"]):
        return Opening(Outcome.UNKNOWN)
    opening = await weigh(conn, keyring, COUNTING, code[0], row, subject_of(code[0]), typed)
    if opening.outcome is Outcome.OPEN:
        await conn.execute(SQL["sweep"])
        await conn.execute(SQL["stale_codes"], ASK_AGAIN)
        await conn.execute(SQL["enter"], hashed(opening.token), municipality, row["ref"], INSIDE)
    return opening


async def inside(conn: Connection, municipality: Slug, token: str) -> Member | None:
    """Who may make a passkey in this browser now."""
    row = await conn.fetchrow(SQL["inside"], hashed(token), municipality)
    return await _working(conn, municipality, row["ref"]) if row else None


async def accepted(conn: Connection, who: Member) -> None:
    """They have their way in: link, codes and entrances were for once."""
    await staff.shut_out(conn, who)
    await links.lapse(conn, who.workflow_id, who.contact)
    await staff.joins(conn, who)
