"""From the desk to a street: a gangmaker leaves, the street wakes or stops, takes another shape."""

from temporalio.client import Client

from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.refs import Slug, street_id
from schemas.shapes import Merge, Reshape, Split
from schemas.street import Leave, StreetAct
from workflows.street import StreetWorkflow

Order = Leave | StreetAct | Reshape | Merge | Split

UPDATES = {
    Act.LEAVE: StreetWorkflow.leave,
    Act.SEND_STARTER: StreetWorkflow.send_starter,
    Act.RECEIVE_STARTER: StreetWorkflow.receive_starter,
    Act.WAKE: StreetWorkflow.wake,
    Act.END: StreetWorkflow.end,
    Act.RESHAPE: StreetWorkflow.reshape,
    Act.MERGE: StreetWorkflow.merge,
    Act.SPLIT: StreetWorkflow.split,
}


def street(act: Act, municipality: Slug, slug: Slug, order: Order, form: str) -> Command:
    """One update of a street. ``form`` is the form's own id: sent twice, it happens once."""

    async def send(client: Client) -> None:
        handle = client.get_workflow_handle_for(StreetWorkflow.run, street_id(municipality, slug))
        _ = await handle.execute_update(UPDATES[act], order, id=form)  # type: ignore[call-overload]

    return send
