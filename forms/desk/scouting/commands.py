"""The commands of a round: start it, end it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from forms.desk import later
from forms.desk.commands import Command
from schemas.scouting import EndRound, RoundOrder, RoundState
from schemas.steps import QUEUE

Starting: TypeAlias = "Callable[[later.Client], Awaitable[None]]"


def start(order: RoundOrder) -> Starting:
    """Start a round; the form's id is the round's, so a double click starts one."""

    async def send(client: "later.Client") -> None:
        operation = later.WithStartWorkflowOperation(
            later.ScoutingWorkflow.run,
            RoundState.fresh(order),
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=later.WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=later.WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=f"Talentenjacht in {order.wijk}",
            search_attributes=later.attributes(order.municipality, "scouting", order.wijk),
        )
        try:
            _ = await client.execute_update_with_start_workflow(
                later.ScoutingWorkflow.ready,
                start_workflow_operation=later.answered_by_update(operation),
                id=str(order.round),
            )
        except later.WorkflowAlreadyStartedError:
            return

    return send


def end(workflow_id: str, ending: EndRound, form: UUID) -> Command:
    """End a round before its date."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.ScoutingWorkflow.run, workflow_id)
        _ = await handle.execute_update(later.ScoutingWorkflow.end, ending, id=str(form))

    return send
