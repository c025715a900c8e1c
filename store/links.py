"""Links in mails: each opens a page with one question. Reading changes nothing; answering does, once."""

import base64
import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid5

from schemas.facts import LinkOrder, LinkPurpose
from schemas.refs import VaultRef
from store.database import Connection
from store.inbox import Submission, receive
from store.keys import Keyring
from store.queries import queries

SQL = queries("links")
ANSWERS = UUID("3a0f5a3e-92a6-5f0c-8d3c-64f1c1b1a9d2")
TOKEN_BYTES = 16


class LinkState(StrEnum):
    """What a link can be when it is opened."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Link:
    """A link that was mailed, and where it stands; ``answer`` is there once it was answered."""

    purpose: LinkPurpose
    state: LinkState
    answer: bool | None
    workflow_id: str
    person: VaultRef
    street: str


@dataclass(frozen=True)
class NewLink:
    """A link that is about to be mailed."""

    token: str
    order: LinkOrder
    municipality: str
    person: VaultRef
    street: str

    def row(self) -> tuple[object, ...]:
        """As it is kept: who reads the database cannot open it."""
        order = self.order
        told = (order.purpose, order.workflow_id, self.municipality, self.person, self.street)
        return (_hash(self.token), *told, order.expires_at)


def token_of(keyring: Keyring, order: LinkOrder, person: VaultRef) -> str:
    """128 bits that only we can make; the same for every mail that asks the same question."""
    return _tokens(keyring, order, person)[0]


async def token_for(conn: Connection, keyring: Keyring, order: LinkOrder, person: VaultRef) -> str:
    """The same; one that was mailed under an older master key goes along in the reminder, too."""
    tokens = _tokens(keyring, order, person)
    if len(tokens) > 1:
        made = await conn.fetchval(SQL["made"], [_hash(token) for token in tokens])
        return next((token for token in tokens if _hash(token) == made), tokens[0])
    return tokens[0]


def _tokens(keyring: Keyring, order: LinkOrder, person: VaultRef) -> list[str]:
    """One a master key, that of the active one first."""
    question = f"{order.purpose}|{order.workflow_id}|{person}"
    if order.number > 1:
        question += f"|{order.number}"
    digests = [
        hmac.digest(key, question.encode(), sha256) for key in keyring.derived_by_each("link").values()
    ]
    return [base64.b32encode(digest[:TOKEN_BYTES]).decode().rstrip("=").lower() for digest in digests]


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def make(conn: Connection, *links: NewLink) -> None:
    """Make links, or find them made: a reminder carries the same one.

    One with a later number ends the others.
    """
    for each in links:
        if each.order.number > 1:
            await conn.execute(SQL["void_older"], each.order.workflow_id, each.person, _hash(each.token))
    if links:
        await conn.executemany(SQL["make"], [each.row() for each in links])


async def find(conn: Connection, municipality: str, token: str) -> Link | None:
    """The link of a token; None for a forged one, or one of another municipality."""
    row = await conn.fetchrow(SQL["find"], _hash(token), municipality)
    if row is None:
        return None
    state = LinkState.EXPIRED if row["expired"] else LinkState.OPEN
    if row["answered_at"] is not None:
        state = LinkState.ANSWERED
    return Link(
        LinkPurpose(row["purpose"]),
        state,
        row["answer"],
        row["workflow_id"],
        row["person"],
        row["street"],
    )


async def answer(conn: Connection, token: str, *, yes: bool) -> bool:
    """Answer once; the answer goes to the inbox in the same transaction. False: it was not open."""
    row = await conn.fetchrow(SQL["answer"], _hash(token), yes)
    if row is None:
        return False
    payload = {"workflow_id": row["workflow_id"], "person": str(row["person"]), "yes": yes}
    payload["purpose"] = row["purpose"]
    submission = uuid5(ANSWERS, _hash(token).hex())
    await receive(conn, Submission(submission, "answer", row["municipality"], payload))
    return True


async def lapse(conn: Connection, workflow_id: str, person: VaultRef) -> bool:
    """Void a question's links, unless one was answered. True: it was, so the answer counts."""
    rows = await conn.fetch(SQL["lock_open"], workflow_id, person)
    if any(row["answered"] for row in rows):
        return True
    await conn.execute(SQL["void"], workflow_id, person)
    return False
