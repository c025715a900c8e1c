"""What workflows remember: every step of their histories, with what went in and came out."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from schemas.concern import Asked
from schemas.facts import Booked, Booking, Fact, Lapsed
from schemas.intake import Offered
from schemas.potje import ApprovedInBulk, PotjeMoved
from schemas.potje_letters import Deciding, Proposal
from schemas.renewal import LateAnswers, RenewalOrder
from schemas.renewal_facts import asked_fact
from schemas.steps import ASK_PAGE, BEGIN_POTJE, STEPS

AT_ONCE = 8
ONE_OF_A_PAGE = f"{ASK_PAGE.name}, one street"
"""What a question remembers of the page that it was asked in: done again, it is a fact by itself."""
TAKES = {step.name: step for step in STEPS}
OURS = ("Signup", "Street", "Intake", "Potje", "Payout", "Payee", "Renewal", "Escalation", "Scouting")
POTJE_HEARS: dict[str, type[PotjeMoved | ApprovedInBulk]] = {
    "payment": PotjeMoved,
    "approved_in_bulk": ApprovedInBulk,
}
KINDS = (*(f"{each}Workflow" for each in OURS), "ApprovalsWorkflow", "RenewalRoundWorkflow")


@dataclass(frozen=True)
class Done:
    """A step that a workflow saw end."""

    name: str
    arg: BaseModel
    result: Any
    at: datetime

    @property
    def fact(self) -> Fact | None:
        """The fact that it wrote; None when it writes none, or when it was answered otherwise."""
        if isinstance(self.arg, Fact):
            return self.arg
        if isinstance(self.arg, Booking) and isinstance(self.result, Booked):
            if self.result.short:
                return self.arg.otherwise
            return None if self.result.late else self.arg.fact
        if self._wrote_nothing:
            return None
        fact = getattr(self.arg, "fact", None)
        return fact if isinstance(fact, Fact) else None

    @property
    def _wrote_nothing(self) -> bool:
        """Whether it found, and said, that there was nothing to write."""
        match self.result:
            case Lapsed(answered=True) | Asked(gone=True) | Offered(free=False) | LateAnswers(people=[_, *_]):
                return True
        return False


@dataclass
class Recorded:
    """One workflow: its present run, and what every run of it that is kept had done."""

    workflow_id: str
    kind: str
    running: bool
    busy: bool = False
    """A step is under way: what it will write is not written yet."""
    start: list[Any] = field(default_factory=list)
    steps: list[Done] = field(default_factory=list)
    heard: list[PotjeMoved] = field(default_factory=list)
    """What a statement did to a potje, as its workflow heard it."""
    approved: list[ApprovedInBulk] = field(default_factory=list)
    """The same of an approval together with others: not every potje has a letter about it."""
    revision: int = 0
    """The last that it heard of itself."""


async def recorded(client: Client) -> list[Recorded]:
    """Every workflow of ours that Temporal keeps, in the order of their ids."""
    found: dict[str, Recorded] = {}
    gate = asyncio.Semaphore(AT_ONCE)
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    runs = [run async for run in client.list_workflows(f"WorkflowType in ({kinds})")]
    runs.sort(key=lambda run: run.start_time)
    read = await asyncio.gather(*(_read(client, run, gate) for run in runs))
    for run, told in zip(runs, read, strict=True):
        one = found.setdefault(run.id, Recorded(run.id, run.workflow_type, running=False))
        one.running = run.status is WorkflowExecutionStatus.RUNNING
        one.busy, one.start = told.busy, told.start
        one.heard += told.heard
        one.approved += told.approved
        one.revision = max(one.revision, told.revision)
        for done in told.steps:
            _whose(found, one, done).steps.append(done)
    return [found[key] for key in sorted(found)]


def _whose(found: dict[str, Recorded], one: Recorded, done: Done) -> Recorded:
    """What a street did to begin its potje is the potje's."""
    if not isinstance(done.arg, Proposal):
        return one
    order = done.arg.order
    start = [order.model_dump(mode="json")]
    return found.setdefault(
        order.workflow_id, Recorded(order.workflow_id, "PotjeWorkflow", running=False, start=start)
    )


async def present(client: Client, workflow_ids: Collection[str]) -> dict[str, Recorded]:
    """The last run of each of these as it is now, asked by its id: a list may lag. Without who is gone."""
    gate = asyncio.Semaphore(AT_ONCE)
    read = await asyncio.gather(*(_present(client, each, gate) for each in workflow_ids))
    return {one.workflow_id: one for one in read if one}


async def is_running(client: Client, workflow_id: str) -> bool:
    """Whether a workflow is there and goes on."""
    run = await _described(client, workflow_id)
    return run is not None and run.status is WorkflowExecutionStatus.RUNNING


async def _present(client: Client, workflow_id: str, gate: asyncio.Semaphore) -> Recorded | None:
    run = await _described(client, workflow_id)
    if run is None:
        return None
    told = await _read(client, run, gate)
    told.running = run.status is WorkflowExecutionStatus.RUNNING
    return told


async def _described(client: Client, workflow_id: str) -> WorkflowExecution | None:
    try:
        return await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _read(client: Client, run: WorkflowExecution, gate: asyncio.Semaphore) -> Recorded:
    told = Recorded(run.id, run.workflow_type, running=False)
    async with gate:
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        scheduled: dict[int, HistoryEvent] = {}
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                payloads = event.workflow_execution_started_event_attributes.input.payloads
                told.start = await client.data_converter.decode(payloads)
                told.steps += _asked_before(run.workflow_type, told.start)
            elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                await _hear(client, event, told)
            elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled[event.event_id] = event
            elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                asked = scheduled.pop(event.activity_task_completed_event_attributes.scheduled_event_id)
                told.steps += [done async for done in _done(client, asked, event)]
        told.busy = bool(scheduled) and run.status is WorkflowExecutionStatus.RUNNING
    return told


def _asked_before(kind: str, start: list[Any]) -> list[Done]:
    """A yearly question was written before its workflow began, with others of its page."""
    if kind != "RenewalWorkflow":
        return []
    order = RenewalOrder.model_validate(start[0])
    return [Done(ONE_OF_A_PAGE, asked_fact(order), None, order.asked_at)]


async def _hear(client: Client, event: HistoryEvent, told: Recorded) -> None:
    """What was done elsewhere, and told to a potje."""
    signal = event.workflow_execution_signaled_event_attributes
    kind = POTJE_HEARS.get(signal.signal_name) if told.kind == "PotjeWorkflow" else None
    if kind is None:
        return
    (moved,) = await client.data_converter.decode(signal.input.payloads, [kind])
    told.revision = max(told.revision, moved.revision)
    if isinstance(moved, PotjeMoved):
        told.heard.append(moved)
    else:
        told.approved.append(moved)


async def _done(client: Client, asked: HistoryEvent, event: HistoryEvent) -> AsyncIterator[Done]:
    """A step of ours, read as what it was; one that is not known any more is none."""
    what = asked.activity_task_scheduled_event_attributes
    step = TAKES.get(what.activity_type.name)
    if step is None or not issubclass(step.takes, BaseModel):
        return
    (arg,) = await client.data_converter.decode(what.input.payloads, [step.takes])
    result = None
    if step.gives is not type(None):
        payloads = event.activity_task_completed_event_attributes.result.payloads
        (result,) = await client.data_converter.decode(payloads, [step.gives])
    at = event.event_time.ToDatetime(UTC)
    if isinstance(arg, Deciding) and arg.proposal:
        yield Done(step.name, arg.model_copy(update={"proposal": None}), None, at)
        yield Done(BEGIN_POTJE.name, arg.proposal, result, at)
    else:
        yield Done(step.name, arg, result, at)
