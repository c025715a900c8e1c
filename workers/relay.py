"""The relay: brings every submission from the inbox to its workflow, once, however often it tries.

The workflow's id comes from the submission, so a relay that died between start and note starts nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.context import Tools
from store import inbox
from store.inbox import Submission
from workers.deliveries import Deliveries

log = structlog.get_logger("relay")

BATCH = 20
MALFORMED = "malformed"


class Relay:
    """Takes from the inbox and starts or signals; ``work`` is what :class:`~workers.loops.Loop` calls."""

    def __init__(self, tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> None:
        self._db = tools.db
        self._temporal = temporal
        self._deliveries = Deliveries(tools)

    async def work(self) -> float | None:
        """Everything that is due; the seconds until the next."""
        while await self._batch() == BATCH:
            pass
        async with self._db.connection() as conn:
            return await inbox.seconds_to_next(conn)

    async def _batch(self) -> int:
        async with self._db.transaction() as conn:
            submissions = await inbox.take(conn, BATCH)
            outcomes = await asyncio.gather(*(self._bring(submission) for submission in submissions))
            for submission, (reached, refused) in zip(submissions, outcomes, strict=True):
                if reached:
                    await inbox.relayed(conn, submission.id, refused)
                else:
                    await inbox.later(conn, submission.id)
            return len(submissions)

    async def _bring(self, submission: Submission) -> tuple[bool, str | None]:
        """Whether it got there; and the code that says why it never will."""
        try:
            if mail := self._deliveries.mails.get(submission.kind):
                await mail(submission.payload)
                return True, None
            client = await self._temporal()
            return True, await self._dispatch(client, submission)
        except ValidationError:
            # Parked, not lost: its line stays, and stays readable, until somebody mends it.
            log.error("cannot be read", kind=submission.kind, submission=str(submission.id))  # noqa: TRY400
            return True, MALFORMED
        except (RPCError, RuntimeError, OSError) as error:
            log.warning("waits for Temporal", kind=submission.kind, exception_type=type(error).__name__)
            return False, None

    async def _dispatch(self, client: Client, submission: Submission) -> str | None:
        return await self._deliveries.by_kind[submission.kind](client, submission.payload)
