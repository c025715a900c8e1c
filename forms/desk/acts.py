"""The buttons: each checks that the thing is of this municipality, then updates its workflow."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk import commands, words
from forms.desk.answers import PlanAnswers, RecordAnswers, problems
from forms.desk.commands import POTJE_UPDATES, Command, Fate
from forms.desk.places import seal_place, tidy_places
from forms.desk.staff import Act
from forms.desk.street import street_page
from forms.desk.visit import Visit, Visiting, WorkflowId
from forms.site.i18n import language_of, marked, translated
from forms.site.reading import typed
from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.policy import PayoutKind
from schemas.potje import PotjeAct
from schemas.refs import Slug
from schemas.refusals import SENTENCES, Refusal
from store import desk

router = APIRouter(prefix="/{municipality}")

FOR_GOOD = (Act.REJECT, Act.MARK_PAID)
NO = (Outcome.REFERRED, Outcome.DECLINED)
SURE = "sure"
"""The field that says somebody answered *are you sure*."""

GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")


@router.post("/intakes/{workflow_id}/plan")
async def plan(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Plan or move a conversation. Its place is sealed first; what is not used is erased again."""
    visit.require(Act.PLAN)
    intake = await _intake(visit, workflow_id)
    values = await typed(visit.request)
    form = _form(values)
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
    form = _form(values)
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
    """Approve, reject, hand over or mark paid."""
    if act not in list(POTJE_UPDATES):
        raise HTTPException(404)
    deed = Act(act)
    visit.require(deed)
    async with visit.desk.db.connection() as conn:
        row = await desk.potje(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    values = await typed(visit.request)
    form = _form(values)
    if deed in FOR_GOOD and SURE not in values:
        return await _sure(visit, row, deed, values, cents=_at_stake(row, deed))
    command = commands.potje(deed, workflow_id, PotjeAct(by=visit.staff), form)
    return await _do(visit, deed, row["street"], command, values)


async def _intake(visit: Visit, workflow_id: str) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await desk.intake(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    return row


def _form(values: dict[str, str]) -> str:
    """The form's own id, which makes a double click one command."""
    try:
        return str(UUID(values.get("form", "")))
    except ValueError:
        raise HTTPException(400) from None


async def _do(visit: Visit, act: Act, street: Slug, command: Command, values: dict[str, str]) -> Response:
    fate = await commands.run(visit.desk.temporal, command)
    return await _told(visit, act, street, fate, values)


async def _told(
    visit: Visit, act: Act, street: Slug, fate: Refusal | Fate, values: dict[str, str]
) -> Response:
    """What became of it, in the reader's words."""
    if isinstance(fate, Refusal):
        return await _wrong(visit, street, {words.field_of(fate, act): SENTENCES[fate]}, values)
    if fate is Fate.GONE:
        return await _wrong(visit, street, {words.section_of(act): GONE}, values)
    if fate is Fate.AWAY:
        return visit.render("error.html", 503, told=503, typed=values)
    if fate is Fate.UNSURE:
        return visit.render("unsure.html", 503, street=street, typed=values)
    return RedirectResponse(f"/{visit.municipality}/straten/{street}?gedaan={act}", 303)


async def _wrong(visit: Visit, street: Slug, errors: dict[str, str], values: dict[str, str]) -> Response:
    language = language_of(visit.request)
    told = {field: translated(sentence, language) for field, sentence in errors.items()}
    return await street_page(visit, street, 422, errors=told, values=values)


def _at_stake(row: asyncpg.Record, act: Act) -> int:
    """Cents: the bank's part when it is paid, else the whole potje."""
    return sum(cents for kind, cents in row["parts"] if act is not Act.MARK_PAID or kind == PayoutKind.BANK)


async def _sure(
    visit: Visit, row: asyncpg.Record, question: Act | Outcome, values: dict[str, str], cents: int = 0
) -> Response:
    typed_and_sure = values | {SURE: "yes"}
    return visit.render("sure.html", row=row, question=question, cents=cents, typed=typed_and_sure)
