"""What every door behind a mailed code shares: a code for one browser, its tries, and a token once it opens.

Each door keeps its own table and says by its own queries how a code of it is counted and used.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg

from store.codes import is_code
from store.database import Connection
from store.keys import Keyring

TOKEN_BYTES = 32
CODE_LIFE = timedelta(minutes=10)
TRIES = 5
ASK_AGAIN = timedelta(hours=1)
"""How long a browser that asked for a code may ask for the next without the mailed link."""


class Outcome(StrEnum):
    """What came of typing a code."""

    OPEN = "open"
    WRONG = "wrong"
    WORN_OUT = "worn_out"
    """Typed wrong too often."""
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Not asked for in this browser, or by somebody who may not come in any more."""


@dataclass(frozen=True)
class Opening:
    """``token`` goes into the cookie and nowhere else; ``left``: the tries there are after a wrong code."""

    outcome: Outcome
    token: str = ""
    left: int = 0


@dataclass(frozen=True)
class Asked:
    """A code that is made: its id, and the secret of the browser that asked for it."""

    id: UUID
    secret: str

    @property
    def cookie(self) -> str:
        """What the browser keeps until the code is typed."""
        return f"{self.id}.{self.secret}"

    @property
    def browser(self) -> bytes:
        """What we keep of the browser."""
        return hashed(self.secret)


def new_code() -> Asked:
    """A code for the browser that asks."""
    return Asked(uuid4(), secrets.token_urlsafe(TOKEN_BYTES))


def new_token() -> str:
    """A token for who came in."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hashed(token: str) -> bytes:
    """All that is stored of a token or a secret."""
    return sha256(token.encode()).digest()


def kept(cookie: str) -> tuple[UUID, bytes] | None:
    """The code that a cookie names and the hash of its secret; None for what is no such cookie."""
    code, _, secret = cookie.partition(".")
    try:
        return UUID(code), hashed(secret)
    except ValueError:
        return None


@dataclass(frozen=True)
class Counting:
    """The queries of one table of codes: both take the id of a code."""

    wrong: str
    use: str


async def weigh(
    conn: Connection,
    keyring: Keyring,
    counting: Counting,
    code: UUID,
    row: asyncpg.Record,
    subject: str,
    typed: str,
) -> Opening:
    """Whether a code opens. ``row`` is its locked line: wrong, used, expired. A wrong one is counted."""
    if useless := _useless(row):
        return Opening(useless)
    if not is_code(keyring, subject, typed):
        await conn.execute(counting.wrong, code)
        left = TRIES - row["wrong"] - 1
        return Opening(Outcome.WRONG, left=left) if left else Opening(Outcome.WORN_OUT)
    await conn.execute(counting.use, code)
    return Opening(Outcome.OPEN, token=new_token())


def _useless(row: asyncpg.Record) -> Outcome | None:
    if row["used"]:
        return Outcome.USED
    if row["wrong"] >= TRIES:
        return Outcome.WORN_OUT
    return Outcome.EXPIRED if row["expired"] else None
