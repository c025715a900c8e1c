"""The commands of a round: start it, end it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from forms.desk.commands import Command
from schemas.scouting import EndRound, RoundOrder, RoundState
from schemas.steps import QUEUE
from workflows.engine import attributes
from workflows.scouting import ScoutingWorkflow
from workflows.with_start import answered_by_update

Starting: TypeAlias = "Callable[[Client], Awaitable[None]]"


def start(order: RoundOrder) -> Starting:
    """Start a round; the form's id is the round's, so a double click starts one."""

    async def send(client: Client) -> None:
        operation = WithStartWorkflowOperation(
            ScoutingWorkflow.run,
            RoundState.fresh(order),
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=f"Talentenjacht in {order.wijk}",
            search_attributes=attributes(order.municipality, "scouting", order.wijk),
        )
        try:
            _ = await client.execute_update_with_start_workflow(
                ScoutingWorkflow.ready,
                start_workflow_operation=answered_by_update(operation),
                id=str(order.round),
            )
        except WorkflowAlreadyStartedError:
            return

    return send


def end(workflow_id: str, ending: EndRound, form: UUID) -> Command:
    """End a round before its date."""

    async def send(client: Client) -> None:
        handle = client.get_workflow_handle_for(ScoutingWorkflow.run, workflow_id)
        _ = await handle.execute_update(ScoutingWorkflow.end, ending, id=str(form))

    return send
