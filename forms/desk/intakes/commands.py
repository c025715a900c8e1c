"""From the desk to an intake: propose, plan, record, or tell that nobody came."""

from temporalio.client import Client

from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.intake import IntakePlan, IntakeRecord, Missed, Offer
from workflows.intake import IntakeWorkflow

Order = IntakePlan | IntakeRecord | Missed | Offer

UPDATES = {
    Act.PROPOSE: IntakeWorkflow.propose,
    Act.PLAN: IntakeWorkflow.plan,
    Act.MISSED: IntakeWorkflow.missed,
    Act.RECORD: IntakeWorkflow.record,
}


def intake(act: Act, workflow_id: str, order: Order, form: str) -> Command:
    """One update of an intake. ``form`` is the form's own id: sent twice, it happens once."""

    async def send(client: Client) -> None:
        handle = client.get_workflow_handle_for(IntakeWorkflow.run, workflow_id)
        _ = await handle.execute_update(UPDATES[act], order, id=form)  # type: ignore[call-overload]

    return send
