"""The money rooms' commands: a bulk approval, and a payment batch from its freeze to its release."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.payment import Approvals, ApprovalsOrder, BatchAct, PayoutOrder, payout_id
from schemas.payout import Frozen
from schemas.steps import QUEUE
from workflows.approvals import ApprovalsWorkflow
from workflows.engine import attributes
from workflows.payout import PayoutWorkflow
from workflows.with_start import answered_by_update

Approving: TypeAlias = "Callable[[Client], Awaitable[Approvals]]"
Freezing: TypeAlias = "Callable[[Client], Awaitable[Frozen | None]]"

SOMEBODY_WAITS = Priority(priority_key=1)
"""Before what hundreds of potjes have to do after an earlier approval: the desk waits for seconds only."""

BATCH_UPDATES = {Act.RELEASE: PayoutWorkflow.release, Act.CANCEL: PayoutWorkflow.cancel}


def approve(order: ApprovalsOrder, form: UUID) -> Approving:
    """Approve many. The workflow's id holds the form's, so a double click gets the same answer."""

    async def send(client: Client) -> Approvals:
        start = WithStartWorkflowOperation(
            ApprovalsWorkflow.run,
            order,
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            priority=SOMEBODY_WAITS,
            static_summary=f"Potjes van {order.year} goedkeuren",
            search_attributes=attributes(order.municipality, "approving"),
        )
        try:
            return await client.execute_update_with_start_workflow(
                ApprovalsWorkflow.done,  # type: ignore[arg-type]  # a description hides what it gives
                start_workflow_operation=answered_by_update(start),
                id=str(form),
            )
        except WorkflowAlreadyStartedError:
            handle = client.get_workflow_handle_for(ApprovalsWorkflow.run, order.workflow_id)
            return await handle.result()

    return send


def freeze(order: PayoutOrder) -> Freezing:
    """Freeze what is ready in a batch. None: this form was sent before, and its workflow is over."""

    async def send(client: Client) -> Frozen | None:
        start = WithStartWorkflowOperation(
            PayoutWorkflow.run,
            order,
            id=payout_id(order.municipality, order.batch),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            priority=SOMEBODY_WAITS,
            static_summary=f"Betaalbestand voor de potjes van {order.year}",
            search_attributes=attributes(order.municipality, "freezing"),
        )
        try:
            return await client.execute_update_with_start_workflow(
                PayoutWorkflow.begun,  # type: ignore[arg-type]
                start_workflow_operation=answered_by_update(start),
                id=str(order.batch),
            )
        except WorkflowAlreadyStartedError:
            return None

    return send


def batch(act: Act, workflow_id: str, order: BatchAct, form: UUID) -> Command:
    """Release a batch, or cancel it."""

    async def send(client: Client) -> None:
        handle = client.get_workflow_handle_for(PayoutWorkflow.run, workflow_id)
        _ = await handle.execute_update(BATCH_UPDATES[act], order, id=str(form))

    return send
