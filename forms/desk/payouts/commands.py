"""The money rooms' commands: a bulk approval, and a payment batch from its freeze to its release."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from forms.desk import later
from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.payment import Approvals, ApprovalsOrder, BatchAct, PayoutOrder, payout_id
from schemas.payout import Frozen
from schemas.steps import QUEUE

Approving: TypeAlias = "Callable[[later.Client], Awaitable[Approvals]]"
Freezing: TypeAlias = "Callable[[later.Client], Awaitable[Frozen | None]]"

SOMEBODY_WAITS = 1
"""Before what hundreds of potjes have to do after an earlier approval: the desk waits for seconds only."""

BATCH_UPDATES = {
    Act.RELEASE: lambda: later.PayoutWorkflow.release,
    Act.CANCEL: lambda: later.PayoutWorkflow.cancel,
}


def approve(order: ApprovalsOrder, form: UUID) -> Approving:
    """Approve many. The workflow's id holds the form's, so a double click gets the same answer."""

    async def send(client: "later.Client") -> Approvals:
        start = later.WithStartWorkflowOperation(
            later.ApprovalsWorkflow.run,
            order,
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=later.WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=later.WorkflowIDReusePolicy.REJECT_DUPLICATE,
            priority=later.Priority(priority_key=SOMEBODY_WAITS),
            static_summary=f"Potjes van {order.year} goedkeuren",
            search_attributes=later.attributes(order.municipality, "approving"),
        )
        try:
            return await client.execute_update_with_start_workflow(
                later.ApprovalsWorkflow.done,  # type: ignore[arg-type]  # a description hides what it gives
                start_workflow_operation=later.answered_by_update(start),
                id=str(form),
            )
        except later.WorkflowAlreadyStartedError:
            handle = client.get_workflow_handle_for(later.ApprovalsWorkflow.run, order.workflow_id)
            return await handle.result()

    return send


def freeze(order: PayoutOrder) -> Freezing:
    """Freeze what is ready in a batch. None: this form was sent before, and its workflow is over."""

    async def send(client: "later.Client") -> Frozen | None:
        start = later.WithStartWorkflowOperation(
            later.PayoutWorkflow.run,
            order,
            id=payout_id(order.municipality, order.batch),
            task_queue=QUEUE,
            id_conflict_policy=later.WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=later.WorkflowIDReusePolicy.REJECT_DUPLICATE,
            priority=later.Priority(priority_key=SOMEBODY_WAITS),
            static_summary=f"Betaalbestand voor de potjes van {order.year}",
            search_attributes=later.attributes(order.municipality, "freezing"),
        )
        try:
            return await client.execute_update_with_start_workflow(
                later.PayoutWorkflow.begun,  # type: ignore[arg-type]
                start_workflow_operation=later.answered_by_update(start),
                id=str(order.batch),
            )
        except later.WorkflowAlreadyStartedError:
            return None

    return send


def batch(act: Act, workflow_id: str, order: BatchAct, form: UUID) -> Command:
    """Release a batch, or cancel it."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.PayoutWorkflow.run, workflow_id)
        _ = await handle.execute_update(BATCH_UPDATES[act](), order, id=str(form))

    return send
