"""People, only as needed: one resident, by the whole address they gave. It is sent, never in a link."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from forms.desk import later
from forms.desk.commands import Command, Fate, run
from forms.desk.operators import workflow_url
from forms.desk.outcome import form_id, in_words, undelivered
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.model import Model
from schemas.refusals import SENTENCES, Refusal
from schemas.signup import AskAgain, Email
from store.finding import TRIES, Known, TriedTooOften, find, waits

router = APIRouter(prefix="/{municipality}/mensen")

WHOLE_ADDRESS = marked("Vul het hele e-mailadres in, zoals naam@voorbeeld.nl.")
ENOUGH = marked("U hebt dit uur al vaak gezocht. Probeer het over een uur nog eens.")
LONGEST = 200


class Asked(Model):
    """Whom somebody looks for."""

    email: Email


@router.get("")
async def ask(visit: Visiting) -> Response:
    """The question; nobody is shown."""
    visit.require(Act.FIND)
    return _page(visit)


@router.post("")
async def answer(visit: Visiting) -> Response:
    """Who it is and where they stand. Nothing is done, so sending it again only looks again."""
    visit.require(Act.FIND)
    values = await typed(visit.request)
    try:
        asked = Asked.model_validate({"email": values.get("email", "").strip()})
    except ValidationError:
        return _page(visit, 422, errors={"email": WHOLE_ADDRESS}, typed_address=values.get("email", ""))
    desk = visit.desk
    try:
        async with desk.db.transaction() as conn:
            found = await find(conn, desk.vault, visit.municipality, asked.email, visit.staff)
    except TriedTooOften:
        return _page(visit, 429, errors={"email": ENOUGH})
    return _page(visit, found=found)


@router.post("/nog-eens")
async def again(visit: Visiting) -> Response:
    """Have the question mailed once more to somebody who cannot find it; the workflow says how often."""
    visit.require(Act.ASK_AGAIN)
    values = await typed(visit.request)
    form, workflow_id = form_id(values), values.get("aanmelding", "")[:200].replace("\x00", "")
    async with visit.desk.db.connection() as conn:
        if not await waits(conn, visit.municipality, workflow_id):
            return _page(visit, 422, errors={"email": SENTENCES[Refusal.SIGNUP_DECIDED]})
    fate = await run(visit.desk.temporal, _asked_again(workflow_id, AskAgain(by=visit.staff), form))
    here = f"/{visit.municipality}/mensen"
    if isinstance(fate, Refusal) or fate is Fate.GONE:
        refusal = Refusal.SIGNUP_DECIDED if fate is Fate.GONE else Refusal(fate)
        return _page(visit, 422, errors={"email": SENTENCES[refusal]})
    done = RedirectResponse(f"{here}?gedaan={Act.ASK_AGAIN}", 303)
    return undelivered(visit, fate, back=here, values=values) or done


def _asked_again(workflow_id: str, act: AskAgain, form: UUID) -> Command:
    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.SignupWorkflow.run, workflow_id)
        _ = await handle.execute_update(later.SignupWorkflow.ask_again, act, id=str(form))

    return send


def _page(
    visit: Visit,
    status: int = 200,
    *,
    found: list[Known] | None = None,
    errors: dict[str, str] | None = None,
    typed_address: str = "",
) -> Response:
    settings = visit.desk.settings
    asked = [row["workflow_id"] for known in found or [] for row in known.asked]
    return visit.render(
        "residents.html",
        status,
        here="people",
        found=found,
        tries=TRIES.most,
        new_form=uuid4,
        flash=Act.ASK_AGAIN if visit.request.query_params.get("gedaan") == Act.ASK_AGAIN else None,
        errors=in_words(visit, errors or {}),
        values={"email": typed_address[:LONGEST]},
        links={workflow_id: workflow_url(settings, workflow_id) for workflow_id in asked},
        my_data=f"{settings.public_url}/{visit.municipality}/mijn-gegevens",
    )
