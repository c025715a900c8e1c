"""The way to one's own data: by address, a mailed link, a code typed in the browser that asked for it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from schemas.person import Person
from schemas.refs import Slug, VaultRef
from store import limits
from store.database import Connection
from store.entry import ASK_AGAIN, CODE_LIFE, Counting, Opening, Outcome, hashed, kept, new_code, weigh
from store.inbox import Submission, receive
from store.keys import Keyring
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("people")
COUNTING = Counting(SQL["wrong_code"], SQL["use_code"])

LINKS = limits.Limit("my_data", 3)
"""Mails with a link to one address in an hour, whether somebody is known by it or not."""
CODES = limits.Limit("my_data_code", 5)

LINK_LIFE = timedelta(days=1)
IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=2)


class Opens(StrEnum):
    """What a code is for."""

    DATA = "data"
    ADDRESS = "address"


@dataclass(frozen=True)
class CodeOrder:
    """A code that is to be mailed, and to whom."""

    municipality: Slug
    reader: VaultRef
    opens: Opens
    subject: str


def subject_of(code: UUID) -> str:
    """What a code of this door is derived from."""
    return f"person/{code}"


async def ask_link(conn: Connection, vault: Vault, municipality: Slug, address: str) -> None:
    """Have a link mailed to who is known by an address; the same is written for who is not."""
    if not await limits.attempt(conn, LINKS, vault.digests(municipality, address)):
        return
    found = await vault.of_address(conn, municipality, address)
    request = uuid4()
    payload = {
        "request": str(request),
        "municipality": municipality,
        "person": str(found[-1]) if found else None,
    }
    await receive(conn, Submission(request, "person_link", municipality, payload))


async def records(conn: Connection, vault: Vault, municipality: Slug, person: VaultRef) -> list[VaultRef]:
    """All records with the address of this one; none once it was erased."""
    try:
        own = await vault.get(conn, person, Person)
    except Erased:
        return []
    found = await vault.of_address(conn, municipality, own.email)
    return found if person in found else []


async def ask_code(
    conn: Connection,
    municipality: Slug,
    person: VaultRef,
    *,
    reader: VaultRef | None = None,
    opens: Opens = Opens.DATA,
) -> str | None:
    """Have a code mailed; gives what the browser keeps until it is typed. None: asked too often."""
    if not await limits.attempt(conn, CODES, str(person)):
        return None
    code = new_code()
    await conn.execute(
        SQL["put_code"], code.id, municipality, person, reader or person, opens, code.browser, CODE_LIFE
    )
    await receive(conn, Submission(code.id, "person_code", municipality, {"code": str(code.id)}))
    return code.cookie


async def asked(
    conn: Connection, municipality: Slug, cookie: str, opens: Opens = Opens.DATA
) -> VaultRef | None:
    """Who asked for a code in this browser lately."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["asked"], code[0], municipality, code[1], opens, ASK_AGAIN)
    return row["person"] if row else None


async def code_to_send(conn: Connection, code: UUID) -> CodeOrder | None:
    """The letter a code needs; None when it is of no use any more."""
    row = await conn.fetchrow(SQL["code_to_send"], code)
    if row is None:
        return None
    return CodeOrder(row["municipality"], row["reader"], Opens(row["opens"]), subject_of(code))


async def open_with(
    conn: Connection, keyring: Keyring, municipality: Slug, cookie: str, typed: str
) -> Opening:
    """Let somebody in with a code. A wrong one counts: commit, whatever came of it."""
    opening, _reader, person = await _weighed(conn, keyring, municipality, cookie, typed, Opens.DATA)
    if opening.outcome is Outcome.OPEN and person is not None:
        await conn.execute(SQL["sweep"])
        await conn.execute(SQL["stale_codes"], ASK_AGAIN)
        await conn.execute(SQL["open"], hashed(opening.token), municipality, person, IDLE)
    return opening


async def confirm_address(
    conn: Connection, keyring: Keyring, municipality: Slug, cookie: str, typed: str, person: VaultRef
) -> tuple[Opening, VaultRef | None]:
    """Whether the code from a new mailbox was typed by its owner, and the sealed record of that address."""
    opening, reader, owner = await _weighed(conn, keyring, municipality, cookie, typed, Opens.ADDRESS)
    if owner != person:
        return Opening(Outcome.UNKNOWN), None
    return opening, reader if opening.outcome is Outcome.OPEN else None


async def _weighed(
    conn: Connection, keyring: Keyring, municipality: Slug, cookie: str, typed: str, opens: Opens
) -> tuple[Opening, VaultRef | None, VaultRef | None]:
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["lock_code"], code[0], municipality, code[1], opens)
    if not code or not row:
        return Opening(Outcome.UNKNOWN), None, None
    opening = await weigh(conn, keyring, COUNTING, code[0], row, subject_of(code[0]), typed)
    return opening, row["reader"], row["person"]


async def forget_unconfirmed(conn: Connection, vault: Vault) -> None:
    """Erase the new addresses that nobody confirmed, and codes that nobody typed."""
    await conn.execute(SQL["stale_codes"], ASK_AGAIN)
    stale = [row["reader"] for row in await conn.fetch(SQL["stale_addresses"], ASK_AGAIN)]
    if stale:
        await vault.erase(conn, stale, "person.unconfirmed")


async def touch(conn: Connection, municipality: Slug, token: str) -> VaultRef | None:
    """Who is inside, and their half hour begins again. None: forged, signed out, too late, or erased."""
    row = await conn.fetchrow(SQL["touch"], hashed(token), municipality, IDLE, LIFE)
    return row["person"] if row else None


async def close(conn: Connection, token: str) -> None:
    """Sign out: from now on the token is worth nothing."""
    await conn.execute(SQL["close"], hashed(token))


async def shut_out(conn: Connection, refs: list[VaultRef]) -> None:
    """Nobody is inside as these people any more, and no code of theirs opens anything."""
    await conn.execute(SQL["close_all"], refs)
    await conn.execute(SQL["end_codes"], refs)
