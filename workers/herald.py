"""The herald: gives events their place in the line, and brings them to the webhooks.

Each delivery is claimed for a while before it is sent, in a transaction that ends there. Who is killed after
the receiver said yes and before that was noted leaves a claim that runs out: the event comes once more, with
the same ``webhook-id``. Better an event that comes twice than one that never comes.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import structlog
from cryptography.exceptions import InvalidTag
from standardwebhooks import Webhook

from deploy.stopping import GRACE
from schemas.webhook import wait_after
from store import events, webhooks
from store.database import LOST, Database
from store.keys import Keyring
from store.webhooks import Due
from workers.courier import Courier, Trouble
from workers.loops import Loop
from workers.watching.pulse import PULSE

log = structlog.get_logger("herald")

EACH = 4
"""Deliveries under way to one webhook, so that a slow one leaves room for the others."""

SLOTS = 200
"""Deliveries under way in one worker."""

LEASE = timedelta(seconds=60)
"""How long a claim lasts: well over what a delivery may take."""

NOTES = 3
"""Connections that write down what came of deliveries: the rest of the pool is for everybody else."""

TIDY_SECONDS = 3600.0
MEDIA_TYPE = "application/cloudevents+json"
GONE = "410"


class Herald:
    """``work`` is what :class:`~workers.loops.Loop` calls; what it sends out flies on by itself."""

    def __init__(self, db: Database, keyring: Keyring, courier: Courier, api: str) -> None:
        """``api``: the address of the API with its version, where a receiver reads more."""
        self._db = db
        self._keyring = keyring
        self._courier = courier
        self._api = api
        self._flying: set[asyncio.Task[None]] = set()
        self._notes = asyncio.Semaphore(NOTES)
        self._tidied = 0.0
        self._loop = Loop(db, "events", self.work)

    async def run(self) -> None:
        """Until cancelled; what is under way then runs out of its lease and is sent again."""
        try:
            await self._loop.run()
        finally:
            if self._flying:
                await asyncio.wait(self._flying, timeout=GRACE)
            for task in self._flying:
                task.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)
            await self._courier.close()

    async def work(self) -> float | None:
        """Places for what is new, and off with what is due; the seconds until the next."""
        await self._give_places()
        PULSE.beat("events")
        await self._tidy()
        async with self._db.transaction() as conn:
            found = await webhooks.claim(conn, SLOTS - len(self._flying), EACH, LEASE)
            soonest = await webhooks.seconds_to_next(conn)
        for due in found:
            task = asyncio.create_task(self._deliver(due))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return soonest

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._loop.ring()
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery failed", exception_type=type(error).__name__)

    async def _give_places(self) -> None:
        while True:
            async with self._db.transaction() as conn:
                if await events.give_places(conn, self._api) < events.CHUNK:
                    return

    async def _tidy(self) -> None:
        if self._tidied and time.monotonic() - self._tidied < TIDY_SECONDS:
            return
        gone = True
        while gone:
            async with self._db.transaction() as conn:
                gone = len(await events.forget(conn)) == events.CHUNK
        self._tidied = time.monotonic()

    async def _deliver(self, due: Due) -> None:
        """One delivery and its note. What cannot be noted now is sent again when its lease is over."""
        code = await self._send(due)
        log.info("event", state="sent", code=code)
        try:
            await self._note(due, code)
        except LOST as error:
            log.warning("waits for PostgreSQL", process="herald", exception_type=type(error).__name__)

    async def _send(self, due: Due) -> str:
        try:
            secrets = webhooks.opened(self._keyring, due.webhook, due.sealed)
        except (InvalidTag, KeyError):
            return Trouble.SEALED
        body = due.event.document()
        return await self._courier.bring(due.url, body, signed(str(due.event.id), body, secrets))

    async def _note(self, due: Due, code: str) -> None:
        async with self._notes, self._db.transaction() as conn:
            if code.isdigit() and code.startswith("2"):
                await webhooks.delivered(conn, due, code)
            elif code == GONE:
                await webhooks.gone(conn, due, code)
            else:
                await webhooks.failed(conn, due, code, wait_after(due.attempts))


def signed(webhook_id: str, body: str, secrets: list[bytes]) -> dict[str, str]:
    """The headers of Standard Webhooks: one signature by each secret that counts."""
    now = datetime.now(UTC)
    signatures = [Webhook(secret).sign(webhook_id, now, body) for secret in secrets]
    return {
        "content-type": MEDIA_TYPE,
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
