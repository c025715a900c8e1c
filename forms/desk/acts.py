"""The buttons: each checks that the thing is of this municipality, then updates its workflow."""

from datetime import UTC, datetime

import asyncpg
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk import commands, words
from forms.desk.answers import PlanAnswers, RecordAnswers, problems
from forms.desk.commands import POTJE_UPDATES, Command, Fate
from forms.desk.outcome import SURE, form_id, in_words, undelivered
from forms.desk.places import seal_place, tidy_places
from forms.desk.staff import Act
from forms.desk.street import street_page
from forms.desk.visit import Visit, Visiting, WorkflowId
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.potje import PotjeAct, handover_code
from schemas.refs import Slug
from schemas.refusals import SENTENCES, Refusal
from store import desk
from store.codes import is_code
from store.database import Connection
from store.keys import Keyring
from store.limits import Limit, attempt

router = APIRouter(prefix="/{municipality}")

FOR_GOOD = (Act.REJECT, Act.WITHDRAW)
NO = (Outcome.REFERRED, Outcome.DECLINED)
WRONG_CODES = Limit("handed", 5)
"""Six digits can be guessed by who may try for ever."""

GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")
NO_SUCH_CODE = marked("Deze code klopt niet. Vraag de gangmaker om de zes cijfers uit de laatste mail.")
TOO_MANY_CODES = marked(
    "Er is te vaak een verkeerde code getypt. Probeer het over een uur nog eens. De gangmaker kan ook op de "
    "link in de mail klikken."
)


@router.post("/intakes/{workflow_id}/plan")
async def plan(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Plan or move a conversation. Its place is sealed first; what is not used is erased again."""
    visit.require(Act.PLAN)
    intake = await _intake(visit, workflow_id)
    values = await typed(visit.request)
    form = str(form_id(values))
    try:
        answers = PlanAnswers.model_validate(values, context={"now": datetime.now(UTC)})
    except ValidationError as error:
        return await _wrong(visit, intake["street"], problems(error), values)
    place = await seal_place(visit, answers.place)
    order = IntakePlan(at=answers.at, place=place, coordinator=visit.staff)
    fate = await commands.run(visit.desk.temporal, commands.plan(workflow_id, order, form))
    await tidy_places(visit, workflow_id, fate, new=place, old=intake["place"])
    return await _told(visit, Act.PLAN, intake["street"], fate, values)


@router.post("/intakes/{workflow_id}/record")
async def record(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Record an outcome; a no is asked twice, since its mails cannot be taken back."""
    visit.require(Act.RECORD)
    intake = await _intake(visit, workflow_id)
    values = await typed(visit.request)
    form = str(form_id(values))
    try:
        answers = RecordAnswers.model_validate(values)
    except ValidationError as error:
        return await _wrong(visit, intake["street"], problems(error), values)
    if answers.outcome in NO and SURE not in values:
        return await _sure(visit, intake, answers.outcome, values)
    order = IntakeRecord(
        outcome=answers.outcome, spelregels_agreed=answers.spelregels_agreed, coordinator=visit.staff
    )
    return await _do(visit, Act.RECORD, intake["street"], commands.record(workflow_id, order, form), values)


@router.post("/potjes/{workflow_id}/{act}")
async def potje(visit: Visiting, workflow_id: WorkflowId, act: str) -> Response:
    """Approve, reject, withdraw, hand over, correct that, or confirm it with the gangmaker's code."""
    if act not in list(POTJE_UPDATES):
        raise HTTPException(404)
    deed = Act(act)
    visit.require(deed)
    async with visit.desk.db.connection() as conn:
        row = await desk.potje(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    values = await typed(visit.request)
    form = str(form_id(values))
    if deed in FOR_GOOD and SURE not in values:
        return await _sure(visit, row, deed, values, cents=row["cents"])
    field = f"code-{row['year']}"
    if deed is Act.CONFIRM and (wrong := await _wrong_code(visit, workflow_id, row, values.get(field, ""))):
        return await _wrong(visit, row["street"], {field: wrong}, values)
    command = commands.potje(deed, workflow_id, PotjeAct(by=visit.staff), form)
    return await _do(visit, deed, row["street"], command, values)


class _Right(Exception):
    """The code is right: the try is not counted after all."""


async def _wrong_code(visit: Visit, workflow_id: str, row: asyncpg.Record, code: str) -> str | None:
    """Why a code will not do, or None. A wrong one is counted."""
    subject = handover_code(workflow_id, row["handovers"])
    try:
        async with visit.desk.db.transaction() as conn:
            return await _try(conn, visit.desk.keyring, subject, workflow_id, code)
    except _Right:
        return None


async def _try(conn: Connection, keyring: Keyring, subject: str, workflow_id: str, code: str) -> str:
    if not await attempt(conn, WRONG_CODES, workflow_id):
        return TOO_MANY_CODES
    if is_code(keyring, subject, code):
        raise _Right
    return NO_SUCH_CODE


async def _intake(visit: Visit, workflow_id: str) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await desk.intake(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    return row


async def _do(visit: Visit, act: Act, street: Slug, command: Command, values: dict[str, str]) -> Response:
    fate = await commands.run(visit.desk.temporal, command)
    return await _told(visit, act, street, fate, values)


async def _told(
    visit: Visit, act: Act, street: Slug, fate: Refusal | Fate, values: dict[str, str]
) -> Response:
    """What became of it, in the reader's words."""
    page = f"/{visit.municipality}/straten/{street}"
    if isinstance(fate, Refusal):
        return await _wrong(visit, street, {words.field_of(fate, act): SENTENCES[fate]}, values)
    if fate is Fate.GONE:
        return await _wrong(visit, street, {words.section_of(act): GONE}, values)
    return undelivered(visit, fate, back=page, values=values) or RedirectResponse(f"{page}?gedaan={act}", 303)


async def _wrong(visit: Visit, street: Slug, errors: dict[str, str], values: dict[str, str]) -> Response:
    return await street_page(visit, street, 422, errors=in_words(visit, errors), values=values)


async def _sure(
    visit: Visit, row: asyncpg.Record, question: Act | Outcome, values: dict[str, str], cents: int = 0
) -> Response:
    return visit.render(
        "sure.html",
        question=question,
        street=row,
        cents=cents,
        back=f"/{visit.municipality}/straten/{row['street']}",
        typed=values | {SURE: "yes"},
    )
