"""Webhooks: where a municipality has its events sent, and what became of each.

waiting ── sending ── delivered
   │  ▲       │
   │  └───────┤       anything but a 2xx, or its sender was given up: tried again, later each time
   └── again ─┴ dead  after the last step; somebody can have it sent again
"""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from schemas.events import CloudEvent, Kind, source_of
from schemas.facts import Fact
from schemas.refs import ENGINE, Slug, StaffRef
from schemas.webhook import MOST_WEBHOOKS, OVERLAP, DeliveryState, WebhookForm
from store import registry
from store.database import Connection
from store.events import event_of
from store.keys import KEY_BYTES, Keyring
from store.queries import queries

SQL = queries("webhooks")
PREFIX = "whsec_"
PAGE = 50


class TooMany(Exception):
    """The municipality has as many webhooks as it may have."""


@dataclass(frozen=True)
class Due:
    """A delivery that is this worker's until its lease ends."""

    webhook: UUID
    nr: int
    event: CloudEvent
    attempts: int
    url: str
    sealed: Sequence[tuple[int, bytes]] = field(repr=False)
    """The secrets that sign: the present one, and the former while it counts."""


@dataclass(frozen=True)
class Stuck:
    """What needs somebody: given up, late, webhooks that fail, and those whose receiver is gone."""

    dead: int
    late: int
    failing: int
    gone: int


def _new_secret() -> tuple[bytes, str]:
    raw = os.urandom(KEY_BYTES)
    return raw, PREFIX + base64.b64encode(raw).decode()


def opened(keyring: Keyring, webhook: UUID, sealed: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """The secrets that sign; raises ``InvalidTag`` or ``KeyError`` under another key file."""
    return [keyring.unwrap(key_id, secret, webhook.bytes) for key_id, secret in sealed]


async def make(
    conn: Connection, keyring: Keyring, municipality: Slug, form: UUID, given: WebhookForm, by: StaffRef
) -> str | None:
    """Begin to send there; gives the secret, to be shown once. None: this form was sent before.

    Raises :class:`TooMany`.
    """
    await conn.execute(SQL["lock"], municipality)
    if await conn.fetchval(SQL["count"], municipality) >= MOST_WEBHOOKS:
        raise TooMany
    raw, secret = _new_secret()
    key_id, sealed = keyring.wrap(raw, form.bytes)
    kinds = [str(kind) for kind in given.kinds]
    made = await conn.fetchval(
        SQL["make"], form, municipality, given.name, given.url, kinds, key_id, sealed, by
    )
    if made is None:
        return None
    await _note(conn, municipality, form, "made", by)
    return secret


async def change(
    conn: Connection, municipality: Slug, webhook: UUID, given: WebhookForm, by: StaffRef
) -> None:
    """Another name, address or choice; what waits goes to the new address."""
    kinds = [str(kind) for kind in given.kinds]
    if await conn.fetchval(SQL["change"], municipality, webhook, given.name, given.url, kinds):
        await _note(conn, municipality, webhook, "changed", by)


async def pause(conn: Connection, municipality: Slug, webhook: UUID, by: StaffRef) -> None:
    """Let its events wait."""
    if await conn.fetchval(SQL["pause"], municipality, webhook):
        await _note(conn, municipality, webhook, "paused", by)


async def resume(conn: Connection, municipality: Slug, webhook: UUID, by: StaffRef) -> None:
    """Send what waited, and go on."""
    if await conn.fetchval(SQL["resume"], municipality, webhook):
        await conn.execute(SQL["ring"])
        await _note(conn, municipality, webhook, "resumed", by)


async def end(conn: Connection, municipality: Slug, webhook: UUID, by: StaffRef) -> None:
    """For good: what waits is not sent any more."""
    if await stop(conn, municipality, webhook):
        await _note(conn, municipality, webhook, "ended", by)


async def stop(conn: Connection, municipality: Slug, webhook: UUID) -> bool:
    """The same without a line. False: it had ended, or never was."""
    if not await conn.fetchval(SQL["end"], municipality, webhook):
        return False
    await conn.execute(SQL["drop_waiting"], webhook)
    return True


async def rotate(
    conn: Connection, keyring: Keyring, municipality: Slug, webhook: UUID, form: UUID, by: StaffRef
) -> str | None:
    """A new secret, to be shown once; the former signs along for a day. None: sent before, or not there."""
    if not await _note(conn, municipality, webhook, "rotated", by, form):
        return None
    raw, secret = _new_secret()
    sealed = keyring.wrap(raw, webhook.bytes)
    return secret if await conn.fetchval(SQL["rotate"], municipality, webhook, *sealed, OVERLAP) else None


async def ping(
    conn: Connection, municipality: Slug, webhook: UUID, form: UUID, oin: str | None, by: StaffRef
) -> None:
    """Send one event that says nothing, to see whether it arrives; once a form."""
    source, data = source_of(municipality, oin), json.dumps({"ping": True})
    if nr := await conn.fetchval(SQL["ping"], form, municipality, Kind.PING, "ping", data, source):
        await conn.execute(SQL["ping_delivery"], nr, webhook)
        await _note(conn, municipality, webhook, "tested", by)


async def again(conn: Connection, municipality: Slug, webhook: UUID, event: int | None, by: StaffRef) -> int:
    """Send what was given up once more, one event or all of them; how many."""
    rows = await conn.fetch(SQL["again"], municipality, webhook, event)
    if rows:
        await conn.execute(SQL["ring"])
        await _note(conn, municipality, webhook, "replayed", by)
    return len(rows)


async def _note(
    conn: Connection, municipality: Slug, webhook: UUID, what: str, by: StaffRef, once: UUID | None = None
) -> bool:
    """The line in the journal; never an address or a secret."""
    fact = Fact(
        key=f"webhook/{webhook}/{what}/{once or uuid4()}",
        name=f"webhook.{what}",
        municipality=municipality,
        subject=f"webhook/{webhook}",
        actor=by,
    )
    return await registry.enter(conn, fact)


async def webhooks(conn: Connection, municipality: Slug, webhook: UUID | None = None) -> list[asyncpg.Record]:
    """Those of a municipality with their health, by name; or one of them."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["webhooks"], municipality, webhook)
    return rows


async def deliveries(
    conn: Connection, webhook: UUID, state: DeliveryState | None = None, page: int = 1
) -> list[asyncpg.Record]:
    """What became of each event for a webhook, the latest first; each row knows the total."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["deliveries"], webhook, state, PAGE, (page - 1) * PAGE)
    return rows


async def stuck(conn: Connection, municipality: Slug) -> Stuck:
    """What needs somebody in a municipality."""
    return Stuck(**dict(await conn.fetchrow(SQL["stuck"], municipality)))


async def claim(conn: Connection, most: int, each: int, lease: timedelta) -> list[Due]:
    """What is due, at most so many and so many a webhook, for this worker alone until the lease ends."""
    return [_due(row) for row in await conn.fetch(SQL["claim"], each, most, lease)]


def _due(row: asyncpg.Record) -> Due:
    sealed = [(row["key_id"], row["secret"])]
    if row["two_secrets"]:
        sealed.append((row["old_key_id"], row["old_secret"]))
    return Due(row["webhook"], row["event"], event_of(row), row["attempts"], row["url"], sealed)


async def seconds_to_next(conn: Connection) -> float | None:
    """Until one comes due that is not due now; None when there is none.

    In the transaction of :func:`claim` both look at the same moment: none comes due between them.
    """
    seconds: float | None = await conn.fetchval(SQL["soonest"])
    return seconds


async def delivered(conn: Connection, due: Due, code: str) -> None:
    """The receiver has it."""
    await conn.execute(SQL["hold"], due.webhook)
    await conn.execute(SQL["delivered"], due.nr, due.webhook, code)
    await conn.execute(SQL["well"], due.webhook, code)


async def failed(conn: Connection, due: Due, code: str, wait: timedelta | None) -> None:
    """Try again after so long; None gives it up. ``code`` is a status code or a kind of error."""
    await conn.execute(SQL["hold"], due.webhook)
    await conn.execute(SQL["failed"], due.nr, due.webhook, due.attempts, wait, code)
    await conn.execute(SQL["ill"], due.webhook, code)


async def gone(conn: Connection, due: Due, code: str) -> None:
    """The receiver wants nothing any more: its events wait until somebody has looked."""
    await conn.execute(SQL["hold"], due.webhook)
    await conn.execute(SQL["put_back"], due.nr, due.webhook, due.attempts, code)
    municipality = await conn.fetchval(SQL["gone"], due.webhook, code)
    if municipality is not None:
        await _note(conn, municipality, due.webhook, "gone", ENGINE)
