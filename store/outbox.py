"""The outbox: mail in its final bytes, written with the fact it tells of, sent once by the postman.

queued ── sending ── accepted
   │         ├────── unknown   the server may have it: sent again under the same Message-ID
   │         └────── failed    the server said no for good, or it stayed unknown
   └──────────────── dropped   its reader was erased before it left
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from schemas.refs import Slug, VaultRef
from store import origin
from store.database import Connection
from store.queries import queries

SQL = queries("outbox")


class MailState(StrEnum):
    """See the drawing above."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Mail:
    """A mail to be queued; ``sealed`` are its final bytes under its reader's key."""

    id: UUID
    key: str
    municipality: Slug
    person: VaultRef
    template: str
    language: str
    message_id: str
    sealed: bytes


@dataclass(frozen=True)
class Due:
    """A mail whose turn it is."""

    id: UUID
    person: VaultRef
    message_id: str
    sealed: bytes
    state: MailState
    attempts: int
    workflow_id: str | None = None
    """Who wrote it."""
    trace: str | None = None


async def put(conn: Connection, *mails: Mail) -> None:
    """Queue mails; the same key is queued once."""
    written_by = (origin.workflow_id(), origin.traceparent())
    await conn.executemany(SQL["put"], [(*_told(mail), mail.sealed, *written_by) for mail in mails])


async def put_sent(conn: Connection, *mails: Mail) -> None:
    """Note mails that left before the database was put back to an earlier moment."""
    await conn.executemany(SQL["put_sent"], [_told(mail) for mail in mails])


def _told(mail: Mail) -> tuple[object, ...]:
    """What both keep of a mail, in their order."""
    of_it = (mail.id, mail.key, mail.municipality, mail.person, mail.template, mail.language)
    return (*of_it, mail.message_id)


async def take(conn: Connection, most: int) -> list[Due]:
    """Mails whose turn it is, marked as being sent: who crashes now leaves them *sending*, not *queued*."""
    rows = await conn.fetch(SQL["next"], most)
    if rows:
        await conn.execute(SQL["sending"], [row["id"] for row in rows])
    return [
        Due(
            row["id"],
            row["person"],
            row["message_id"],
            row["sealed"],
            MailState(row["state"]),
            row["attempts"],
            row["workflow_id"],
            row["trace"],
        )
        for row in rows
    ]


async def accepted(conn: Connection, mail: UUID) -> None:
    """The server has it; our copy goes."""
    await conn.execute(SQL["accepted"], mail)


async def again(conn: Connection, mail: UUID, state: MailState, code: str) -> None:
    """Try again later, at most a quarter of an hour from now. ``code`` is a reply code, never a text."""
    await conn.execute(SQL["again"], mail, state, code)


async def ended(conn: Connection, mail: UUID, state: MailState, code: str) -> None:
    """It will not be sent (any more)."""
    await conn.execute(SQL["ended"], mail, state, code)


async def recover(conn: Connection) -> None:
    """What a crashed postman left *sending* is unknown now."""
    await conn.execute(SQL["orphans"])


async def seconds_to_next(conn: Connection) -> float | None:
    """Until the next one is due; None when the outbox is empty."""
    seconds: float | None = await conn.fetchval(SQL["soonest"])
    return seconds


async def become_the_postman(conn: Connection) -> None:
    """Wait until no other postman works for this database; the turn ends with the connection."""
    await conn.execute(SQL["only_postman"], timeout=None)
