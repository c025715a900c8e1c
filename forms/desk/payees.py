"""Stopping another account of a street: somebody called to say that it is wrong."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk import later
from forms.desk.commands import Command, Fate, reach
from forms.desk.outcome import SURE, ask_again, form_id, in_words, undelivered
from forms.desk.staff import Act
from forms.desk.street import street_page
from forms.desk.telling import GONE
from forms.desk.visit import Visiting
from forms.site.reading import typed
from schemas.payee import PayeeAct
from schemas.payment import payee_id
from schemas.refusals import SENTENCES, Refusal
from store import desk, payees

router = APIRouter(prefix="/{municipality}/rekeningen")


def stop(ref: UUID, act: PayeeAct, form: UUID) -> Command:
    """The street keeps the account it has."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.PayeeWorkflow.run, payee_id(ref))
        _ = await handle.execute_update(later.PayeeWorkflow.stop, act, id=str(form))

    return send


@router.post("/{ref}/stop")
async def stop_account(visit: Visiting, ref: Annotated[UUID, Path()]) -> Response:
    """Nobody at the desk sees the account itself."""
    visit.require(Act.STOP_ACCOUNT)
    async with visit.desk.db.connection() as conn:
        street = await desk.street_of_account(conn, visit.municipality, ref)
    if street is None:
        raise HTTPException(404)
    values, back = await typed(visit.request), f"/{visit.municipality}/straten/{street}"
    command = stop(ref, PayeeAct(by=visit.staff), form_id(values))
    if SURE not in values:
        return ask_again(visit, Act.STOP_ACCOUNT, street, values, back)

    async def is_open() -> bool:
        async with visit.desk.db.connection() as conn:
            return await payees.is_open(conn, ref)

    fate = await reach(visit.desk.temporal, command, is_open)
    if isinstance(fate, Refusal) or fate is Fate.GONE:
        told = GONE if fate is Fate.GONE else SENTENCES[Refusal(fate)]
        return await street_page(visit, street, 422, errors=in_words(visit, {"rekening": told}))
    done = RedirectResponse(f"{back}?gedaan={Act.STOP_ACCOUNT}", 303)
    return undelivered(visit, fate, back=back, values=values) or done
