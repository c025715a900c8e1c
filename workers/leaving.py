"""A gangmaker who had themselves erased leaves their street, as one who stops."""

from typing import Any

from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from schemas.model import Model
from schemas.my_data import resident_ref
from schemas.refs import Slug, VaultRef, street_id
from schemas.street import Leave
from workflows.street import StreetWorkflow


class Leaving(Model):
    """Who leaves which street."""

    municipality: Slug
    street: Slug
    person: VaultRef


async def leave_street(client: Client, payload: dict[str, Any]) -> str | None:
    """Ask the street; gives its refusal, such as that of the only gangmaker of an intake.

    That one the office ends, with the outcome of the talk: the street's story says that they are gone.
    """
    leaving = Leaving.model_validate(payload)
    handle = client.get_workflow_handle_for(
        StreetWorkflow.run, street_id(leaving.municipality, leaving.street)
    )
    order = Leave(person=leaving.person, by=resident_ref(leaving.person))
    try:
        _ = await handle.execute_update(StreetWorkflow.leave, order, id=f"erased-{leaving.person}")
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        return cause.type if isinstance(cause, ApplicationError) else "refused"
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return "workflow_gone"
        raise
    return None
