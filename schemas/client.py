"""Clients: other systems that may ask something of the API, each with a key of its own."""

import re
import secrets
from base64 import b32encode
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID
from zlib import crc32

from schemas.model import Model
from schemas.refs import Slug, StaffRef

PREFIX = "straat_"
"""How every key begins, so that scanners of code and logs recognise one."""

KEY_BYTES = 25
KEY = re.compile(PREFIX + r"([a-z2-7]{40})([a-z2-7]{7})")
HINT_LETTERS = len(PREFIX) + 4

CLIENT = "client:"
"""How the ref of a client begins, where it did something."""


class Scope(StrEnum):
    """What a client may do."""

    SUBMISSIONS_WRITE = "submissions:write"
    STREETS_READ = "streets:read"
    TOTALS_READ = "totals:read"
    EVENTS_READ = "events:read"


class Client(Model):
    """A client as the API knows it."""

    id: UUID
    municipality: Slug
    name: str
    scopes: list[Scope]
    expires_on: date
    """The last day on which the key counts."""

    @property
    def ref(self) -> StaffRef:
        """How journal and workflows call it."""
        return client_ref(self.id)


def client_ref(client: UUID) -> StaffRef:
    """How journal and workflows call a client."""
    return f"{CLIENT}{client}"


def new_key() -> str:
    """A key: the prefix, 200 random bits, and a checksum over both."""
    body = _letters(secrets.token_bytes(KEY_BYTES))
    return PREFIX + body + _checksum(body)


def is_key(text: str) -> bool:
    """Whether this can be a key at all: one that was mistyped or made up never reaches the database."""
    found = KEY.fullmatch(text)
    return found is not None and secrets.compare_digest(_checksum(found[1]), found[2])


def hash_of(key: str) -> bytes:
    """What is kept of a key. So many random bits need no slow hash."""
    return sha256(key.encode()).digest()


def hint_of(key: str) -> str:
    """The beginning of a key, to tell it from others; the rest stays unguessable."""
    return key[:HINT_LETTERS]


def ordered(scopes: Iterable[Scope]) -> list[Scope]:
    """Scopes once each, in the order in which they are told."""
    wanted = set(scopes)
    return [scope for scope in Scope if scope in wanted]


def _checksum(body: str) -> str:
    return _letters(crc32((PREFIX + body).encode()).to_bytes(4, "big"))


def _letters(content: bytes) -> str:
    return b32encode(content).decode().rstrip("=").lower()
