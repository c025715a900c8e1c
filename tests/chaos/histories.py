"""What Temporal tells of every workflow: how it stands, and its timers with what followed from them."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from workers.reconciling.recorded import KINDS

AT_ONCE = 8


@dataclass
class Timer:
    """A timer of a workflow. Moments on the workflow's own clock, which may have been moved."""

    started: datetime
    due: datetime
    fired: datetime | None = None
    heeded: datetime | None = None
    """When the workflow had decided what follows from it."""
    done: datetime | None = None
    """When the first step that follows from it was done."""


@dataclass
class Told:
    """The last run of a workflow, and its timers."""

    workflow_id: str
    kind: str
    status: WorkflowExecutionStatus
    skipped: bool = False
    """Whether its clock was moved."""
    open_timers: list[Timer] = field(default_factory=list)
    fired: list[Timer] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    """Who said something to it, by reference."""
    children: int = 0
    task_attempts: int = 0
    activity_attempts: int = 0


async def of_temporal(client: Client) -> dict[str, Told]:
    """Every workflow of ours that Temporal keeps, by id."""
    gate, found = asyncio.Semaphore(AT_ONCE), {}
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    runs = [run async for run in client.list_workflows(f"WorkflowType in ({kinds})")]
    runs.sort(key=lambda run: run.start_time)
    for told in await asyncio.gather(*(_told(client, run, gate) for run in runs)):
        earlier = found.get(told.workflow_id)
        told.fired = [*(earlier.fired if earlier else []), *told.fired]
        found[told.workflow_id] = told
    return found


async def _told(client: Client, run: WorkflowExecution, gate: asyncio.Semaphore) -> Told:
    async with gate:
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        description = await handle.describe()
        assert description.status is not None
        told = Told(run.id, run.workflow_type, description.status)
        raw = description.raw_description
        told.children = len(raw.pending_children)
        told.task_attempts = raw.pending_workflow_task.attempt if raw.HasField("pending_workflow_task") else 0
        told.activity_attempts = max((each.attempt for each in raw.pending_activities), default=0)
        _read(told, [event async for event in handle.fetch_history_events()])
    return told


class _Reader:
    """Reads one history, event by event."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.timers: dict[int, Timer] = {}
        self._steps: dict[int, Timer] = {}
        self._follows: list[Timer] = []

    def take(self, event: HistoryEvent) -> None:
        """The next one."""
        at = event.event_time.ToDatetime(UTC)
        match event.event_type:
            case EventType.EVENT_TYPE_TIMER_STARTED:
                span = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
                self.timers[event.event_id] = Timer(at, at + span)
            case EventType.EVENT_TYPE_TIMER_FIRED:
                self._fired(event.timer_fired_event_attributes.started_event_id, at)
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                self.timers.pop(event.timer_canceled_event_attributes.started_event_id)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED:
                self.told.skipped = True
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                said = event.workflow_execution_signaled_event_attributes.input.payloads
                self.told.heard |= {person for each in said if (person := _person_in(each.data))}
            case _:
                self._follow(event, at)

    def _fired(self, started: int, at: datetime) -> None:
        timer = self.timers.pop(started)
        timer.fired = at
        self.told.fired.append(timer)
        self._follows.append(timer)

    def _follow(self, event: HistoryEvent, at: datetime) -> None:
        """What a workflow does after a timer: it decides, and perhaps has a step done."""
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                for timer in self._follows:
                    timer.heeded = timer.heeded or at
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED if self._follows:
                self._steps[event.event_id] = self._follows.pop()
                self._follows.clear()
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                scheduled = event.activity_task_completed_event_attributes.scheduled_event_id
                if followed := self._steps.pop(scheduled, None):
                    followed.done = at


def _person_in(payload: bytes) -> str:
    """Whose words a signal brings, where it says so."""
    said = json.loads(payload)
    return str(said.get("person", "")) if isinstance(said, dict) else ""


def _read(told: Told, events: Iterable[HistoryEvent]) -> None:
    reader = _Reader(told)
    for event in events:
        reader.take(event)
    if told.status is WorkflowExecutionStatus.RUNNING:
        told.open_timers = list(reader.timers.values())
