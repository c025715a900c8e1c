"""The relay: brings every submission from the inbox to its workflow, once, however often it tries.

The workflow's id comes from the submission, so a relay that died between start and note starts nothing twice.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import TypeAlias
from weakref import WeakValueDictionary

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError

from activities.context import Tools
from store import inbox, origin
from store.database import Connection
from store.inbox import Submission
from store.origin import CURRENT, Origin
from workers.deliveries import Deliveries
from workers.watching import traces
from workers.watching.pulse import PULSE

log = structlog.get_logger("relay")

BATCH = 20
HANDS = 3
"""Batches at the same time: a form does not wait until Temporal has answered about the one before it."""

Outcome: TypeAlias = tuple[bool, str | None]
Brought: TypeAlias = list[tuple[Submission, Outcome]]
MALFORMED = "malformed"


class Relay:
    """Takes from the inbox and starts or signals; ``work`` is what :class:`~workers.loops.Loop` calls."""

    def __init__(self, tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> None:
        self._db = tools.db
        self._temporal = temporal
        self._deliveries = Deliveries(tools)
        self._busy = 0
        self._taking = asyncio.Lock()
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def work(self) -> float | None:
        """Everything that is due; the seconds until the next, from the last hand that is busy."""
        self._busy += 1
        try:
            while await self._batch() == BATCH:
                pass
        finally:
            self._busy -= 1
        if self._busy:
            return None
        async with self._db.connection() as conn:
            return await inbox.seconds_to_next(conn)

    async def _batch(self) -> int:
        PULSE.beat("inbox")
        async with self._db.transaction() as conn:
            outcomes = list(chain.from_iterable(await asyncio.gather(*await self._take_up(conn))))
            brought = [(submission.id, refused) for submission, (reached, refused) in outcomes if reached]
            await inbox.relayed(conn, *brought)
            for submission, (reached, _) in outcomes:
                if not reached:
                    await inbox.later(conn, submission.id)
            return len(outcomes)

    async def _take_up(self, conn: Connection) -> Sequence[Awaitable[Brought]]:
        """What is due, each workflow's behind what another hand has for it: they began in this order."""
        async with self._taking:
            found = of_one_workflow(await inbox.take(conn, BATCH))
            return [asyncio.ensure_future(self._in_turn(name, each)) for name, each in found.items()]

    async def _in_turn(self, workflow: str, submissions: list[Submission]) -> Brought:
        """One after the other: who picks up and then closes did so in that order."""
        async with self._lines.setdefault(workflow, asyncio.Lock()):
            return [(submission, await self._traced(submission)) for submission in submissions]

    async def _traced(self, submission: Submission) -> Outcome:
        with traces.carried("relay", submission.trace, kind=submission.kind, submission=str(submission.id)):
            token = CURRENT.set(Origin())
            try:
                return await self._bring(submission)
            finally:
                CURRENT.reset(token)

    async def _bring(self, submission: Submission) -> Outcome:
        """Whether it got there; and the code that says why it never will."""
        try:
            if mail := self._deliveries.mails.get(submission.kind):
                await mail(submission.payload)
                self._tell(submission)
                return True, None
            if submission.kind not in self._deliveries.by_kind:
                log.warning("of another build", kind=submission.kind, submission=str(submission.id))
                return False, None  # a newer worker beside this one brings it
            client = await self._temporal()
            refused = await self._dispatch(client, submission)
        except ValidationError:
            # Parked, not lost: its line stays, and stays readable, until somebody mends it.
            log.error("cannot be read", kind=submission.kind, submission=str(submission.id))  # noqa: TRY400
            return True, MALFORMED
        except (RPCError, RuntimeError, OSError) as error:
            log.warning("waits for Temporal", kind=submission.kind, exception_type=type(error).__name__)
            return False, None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go on
            log.warning("could not be brought", kind=submission.kind, exception_type=type(error).__name__)
            return False, None
        self._tell(submission, refused)
        return True, refused

    def _tell(self, submission: Submission, refused: str | None = None) -> None:
        """The line that leads from a submission to its workflow."""
        workflow_id = origin.workflow_id()
        log.info(
            "brought",
            submission=str(submission.id),
            kind=submission.kind,
            workflow_id=workflow_id,
            code=refused,
        )

    async def _dispatch(self, client: Client, submission: Submission) -> str | None:
        return await self._deliveries.by_kind[submission.kind](client, submission.payload)


def of_one_workflow(submissions: Sequence[Submission]) -> dict[str, list[Submission]]:
    """Submissions by the workflow they go to, each in the order of coming in; a new one is alone."""
    by_workflow: defaultdict[str, list[Submission]] = defaultdict(list)
    for submission in submissions:
        payload: object = submission.payload  # an unreadable one may be anything
        known = payload.get("workflow_id") if isinstance(payload, dict) else None
        by_workflow[str(known or submission.id)].append(submission)
    return by_workflow
