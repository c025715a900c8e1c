"""From the desk to an intake: propose, plan, record, or tell that nobody came."""

from collections.abc import Callable, Mapping
from typing import Any

from forms.desk import later
from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.intake import IntakePlan, IntakeRecord, Missed, Offer

Order = IntakePlan | IntakeRecord | Missed | Offer

UPDATES: Mapping[Act, Callable[[], Any]] = {
    Act.PROPOSE: lambda: later.IntakeWorkflow.propose,
    Act.PLAN: lambda: later.IntakeWorkflow.plan,
    Act.MISSED: lambda: later.IntakeWorkflow.missed,
    Act.RECORD: lambda: later.IntakeWorkflow.record,
}


def intake(act: Act, workflow_id: str, order: Order, form: str) -> Command:
    """One update of an intake. ``form`` is the form's own id: sent twice, it happens once."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.IntakeWorkflow.run, workflow_id)
        _ = await handle.execute_update(UPDATES[act](), order, id=form)

    return send
