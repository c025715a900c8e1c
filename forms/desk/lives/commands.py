"""From the desk to a street: a gangmaker leaves, the street wakes or stops, takes another shape."""

from collections.abc import Callable, Mapping
from typing import Any

from forms.desk import later
from forms.desk.commands import Command
from forms.desk.staff import Act
from schemas.refs import Slug, street_id
from schemas.shapes import Merge, Reshape, Split
from schemas.street import Leave, StreetAct

Order = Leave | StreetAct | Reshape | Merge | Split

UPDATES: Mapping[Act, Callable[[], Any]] = {
    Act.LEAVE: lambda: later.StreetWorkflow.leave,
    Act.SEND_STARTER: lambda: later.StreetWorkflow.send_starter,
    Act.RECEIVE_STARTER: lambda: later.StreetWorkflow.receive_starter,
    Act.WAKE: lambda: later.StreetWorkflow.wake,
    Act.END: lambda: later.StreetWorkflow.end,
    Act.RESHAPE: lambda: later.StreetWorkflow.reshape,
    Act.MERGE: lambda: later.StreetWorkflow.merge,
    Act.SPLIT: lambda: later.StreetWorkflow.split,
}


def street(act: Act, municipality: Slug, slug: Slug, order: Order, form: str) -> Command:
    """One update of a street. ``form`` is the form's own id: sent twice, it happens once."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.StreetWorkflow.run, street_id(municipality, slug))
        _ = await handle.execute_update(UPDATES[act](), order, id=form)

    return send
