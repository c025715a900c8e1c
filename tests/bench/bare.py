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
from temporalio.workflow import ParentClosePolicy

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
    """Joined by an update, two children, a timer until next year."""

    @workflow.init
    def __init__(self, street: str, *, idle: bool = False) -> None:
        self._joined = self._pokes = 0
        self._idle = idle

    @workflow.update
    async def join(self, street: str) -> None:
        """Open the street."""
        self._joined += 1
        await written("open_street", street)

    @workflow.signal
    def poke(self) -> None:
        """Counted."""
        self._pokes += 1

    @workflow.run
    async def run(self, street: str, *, idle: bool = False) -> None:
        """The year."""
        if not idle:
            await workflow.wait_condition(lambda: self._joined > 0)
            await self._child(BareIntake, "intake", street)
            await written("decide_street", street)
            shown("active")
            potje = await workflow.start_child_workflow(
                BarePotje.run,
                street,
                id=f"bare-potje-{street}",
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
            await workflow.wait_condition(lambda: self._pokes > 1_000_000, timeout=LONG)
            await potje
        await workflow.wait_condition(lambda: self._pokes > 1_000_000, timeout=LONG)

    async def _child(self, kind: Any, name: str, street: str) -> None:
        await workflow.execute_child_workflow(
            kind.run, street, id=f"bare-{name}-{street}", parent_close_policy=ParentClosePolicy.ABANDON
        )


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
        await written("record_intake", street)
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
    """Reserved, approved by an update, paid by a signal; a last timer runs on."""

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
        await written("reserve_potje", street)
        shown("potje_to_approve")
        await self._heard.until(1, timeout=None)
        await self._heard.until(2, timeout=SHORT)
        await written("note_paid", street)
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

    return [bare_step, bare_join]


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
