"""The relay: brings every submission from the inbox to its workflow, once, however often it tries.

The workflow's id comes from the submission, so a relay that died between start and note starts nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from schemas.refs import Slug, signup_id
from schemas.signup import Answer, SignupOrder
from schemas.steps import QUEUE
from store import inbox, registry
from store.database import Database
from store.inbox import Submission
from workflows.engine import MUNICIPALITY, WIJK
from workflows.potje import PotjeWorkflow
from workflows.signup import SignupWorkflow

log = structlog.get_logger("relay")

BATCH = 20
GONE = "workflow_gone"
MALFORMED = "malformed"


class AnswerBrought(Answer):
    """An answer, and the workflow that asked."""

    workflow_id: str


class MoneyBrought(BaseModel):
    """A budget that grew."""

    municipality: Slug
    year: int


class Relay:
    """Takes from the inbox and starts or signals; ``work`` is what :class:`~workers.loops.Loop` calls."""

    def __init__(self, db: Database, temporal: Callable[[], Awaitable[Client]]) -> None:
        self._db = db
        self._temporal = temporal

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
        by_kind = {"signup": self._start_signup, "answer": self._answer, "money": self._money}
        return await by_kind[submission.kind](client, submission.payload)

    async def _start_signup(self, client: Client, payload: dict[str, Any]) -> None:
        order = SignupOrder.model_validate(payload)
        attributes = [
            SearchAttributePair(MUNICIPALITY, order.municipality),
            SearchAttributePair(WIJK, order.wijk),
        ]
        try:
            await client.start_workflow(
                SignupWorkflow.run,
                order,
                id=signup_id(order.submission),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"Aanmelding voor {order.street_name}",
                search_attributes=TypedSearchAttributes(attributes),
            )
        except WorkflowAlreadyStartedError:
            log.info("was started before", kind="signup")

    async def _answer(self, client: Client, payload: dict[str, Any]) -> str | None:
        """Sign-ups and potjes both take an ``answer``; the link says whose it is."""
        brought = AnswerBrought.model_validate(payload)
        handle = client.get_workflow_handle(brought.workflow_id)
        return await _signal(handle.signal("answer", Answer(person=brought.person, yes=brought.yes)))

    async def _money(self, client: Client, payload: dict[str, Any]) -> None:
        """Wake the potjes that wait, in the order in which they came."""
        brought = MoneyBrought.model_validate(payload)
        async with self._db.connection() as conn:
            waiting = await registry.potjes_waiting(conn, brought.municipality, brought.year)
        for workflow_id in waiting:
            handle = client.get_workflow_handle_for(PotjeWorkflow.run, workflow_id)
            await _signal(handle.signal(PotjeWorkflow.money_came))


async def _signal(signalling: Awaitable[None]) -> str | None:
    """A workflow that has ended does not need the signal any more."""
    try:
        await signalling
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or _namespace_is_missing(error):
            raise
        return GONE
    return None


def _namespace_is_missing(error: RPCError) -> bool:
    """A missing namespace is a setting to mend: it says nothing about the workflow."""
    details = error.grpc_status.details if error.grpc_status else ()
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
