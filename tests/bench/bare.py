"""A first year in bare SDK code: as many workflows, steps, timers and messages as ours; nothing to decide.

The steps do nothing unless they are told what to write: then they write the same rows as ours, by the same
functions of the store.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from workflows.engine import MUNICIPALITY, PHASE

QUEUE = "bare"
SHORT, LONG = timedelta(days=3), timedelta(days=300)
START = timedelta(seconds=30)


async def written(name: str, told: str) -> Any:
    """A step that writes a fact."""
    return await workflow.execute_activity(
        "bare_step", args=[name, told], start_to_close_timeout=START, summary=name
    )


async def queued(name: str, *told: str) -> Any:
    """A step over the queue."""
    return await workflow.execute_activity(name, args=told, start_to_close_timeout=START, summary=name)


def shown(phase: str) -> None:
    """What operators see."""
    workflow.upsert_search_attributes([MUNICIPALITY.value_set("rotterdam"), PHASE.value_set(phase)])
    workflow.set_current_details(f"**Phase:** {phase}")


class Heard:
    """What somebody said."""

    def __init__(self) -> None:
        self.count = 0

    async def until(self, count: int, *, timeout: timedelta | None) -> None:  # noqa: ASYNC109
        """Wait for so much of it, with a timer beside."""
        await workflow.wait_condition(lambda: self.count >= count, timeout=timeout)


@workflow.defn
class BareSignup:
    """Ask, wait for an answer, join."""

    def __init__(self) -> None:
        self._heard = Heard()

    @workflow.signal
    def answer(self) -> None:
        """Yes."""
        self._heard.count += 1

    @workflow.run
    async def run(self, street: str) -> None:
        """One step at once, one over the queue."""
        await written("ask_confirmation", street)
        await self._heard.until(1, timeout=SHORT)
        await queued("bare_join", street)


@workflow.defn
class BareStreet:
    """Joined by an update; intake and potje, which steps of it start; a timer until next year."""

    @workflow.init
    def __init__(self, street: str, *, idle: bool = False) -> None:
        self._decided = self._pokes = 0
        self._idle = idle

    @workflow.update
    async def join(self, street: str) -> None:
        """Open the street."""
        await queued("bare_open", street)

    @workflow.signal
    def intake_decided(self) -> None:
        """By the step that recorded it."""
        self._decided += 1

    @workflow.signal
    def poke(self) -> None:
        """Counted."""
        self._pokes += 1

    @workflow.run
    async def run(self, street: str, *, idle: bool = False) -> None:
        """The year."""
        if not idle:
            await workflow.wait_condition(lambda: self._decided > 0)
            await queued("bare_decide", street)
            shown("active")
        await workflow.wait_condition(lambda: self._pokes > 1_000_000, timeout=LONG)


@workflow.defn
class BareIntake:
    """Two updates, each with a step; two timers."""

    def __init__(self) -> None:
        self._heard = Heard()

    @workflow.update
    async def plan(self, street: str) -> None:
        """The conversation is planned."""
        await written("plan_intake", street)
        shown("intake_planned")
        self._heard.count += 1

    @workflow.update
    async def record(self, street: str) -> None:
        """The outcome."""
        await queued("bare_record", street)
        shown("intake_accepted")
        self._heard.count += 1

    @workflow.run
    async def run(self, street: str) -> None:
        """Until both came."""
        await self._heard.until(1, timeout=SHORT)
        await self._heard.until(2, timeout=SHORT)
        await workflow.wait_condition(workflow.all_handlers_finished)


@workflow.defn
class BarePotje:
    """Approved by an update, paid by a signal; a last timer runs on."""

    def __init__(self) -> None:
        self._heard = Heard()

    @workflow.update
    async def approve(self, street: str) -> None:
        """Money is set apart for the street."""
        await written("approve_potje", street)
        shown("potje_approved")
        self._heard.count += 1

    @workflow.signal
    def payment(self) -> None:
        """The bank paid."""
        self._heard.count += 1

    @workflow.run
    async def run(self, street: str) -> None:
        """Until the bank can send nothing back."""
        await self._heard.until(1, timeout=None)
        await self._heard.until(2, timeout=SHORT)
        shown("potje_paid")
        await self._heard.until(3, timeout=SHORT)


WORKFLOWS = [BareSignup, BareStreet, BareIntake, BarePotje]
Writes = Callable[[str, str], Any]


def activities(client: Client, writes: Writes | None = None) -> list[Callable[..., Any]]:
    """The steps; ``writes`` gets the name of a step and the street."""

    @activity.defn
    async def bare_step(name: str, street: str) -> None:
        if writes is not None:
            await writes(name, street)

    @activity.defn
    async def bare_join(street: str) -> None:
        start = WithStartWorkflowOperation(
            BareStreet.run,
            street,
            id=f"bare-street-{street}",
            task_queue=activity.info().task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await client.execute_update_with_start_workflow(
            BareStreet.join, street, start_workflow_operation=start
        )

    async def begins(kind: Any, name: str, street: str) -> None:
        queue = activity.info().task_queue
        await client.start_workflow(kind.run, street, id=f"bare-{name}-{street}", task_queue=queue)

    @activity.defn
    async def bare_open(street: str) -> None:
        await bare_step("open_street", street)
        await begins(BareIntake, "intake", street)

    @activity.defn
    async def bare_decide(street: str) -> None:
        await bare_step("decide_street", street)
        await bare_step("begin_potje", street)
        await begins(BarePotje, "potje", street)

    @activity.defn
    async def bare_record(street: str) -> None:
        await bare_step("record_intake", street)
        await client.get_workflow_handle(f"bare-street-{street}").signal(BareStreet.intake_decided)

    return [bare_step, bare_join, bare_open, bare_decide, bare_record]


async def start_idle(client: Client, name: str, *, queue: str = QUEUE) -> None:
    """A bare workflow that waits for a signal and for a timer."""
    await client.start_workflow(BareIdle.run, id=name, task_queue=queue)


@workflow.defn
class BareIdle:
    """Waits for a signal and for a timer, for a year."""

    def __init__(self) -> None:
        self._pokes = 0

    @workflow.signal
    def poke(self) -> None:
        """Counted."""
        self._pokes += 1

    @workflow.run
    async def run(self) -> int:
        """Until the year is over."""
        try:
            await workflow.wait_condition(lambda: self._pokes > 1_000_000, timeout=LONG)
        except TimeoutError:
            return self._pokes
        return 0


WORKFLOWS.append(BareIdle)
