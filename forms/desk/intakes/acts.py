"""The buttons of an intake: propose moments, plan, tell that nobody came, record the outcome."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk.commands import Command, Fate, reach
from forms.desk.intakes.answers import PlanAnswers, RecordAnswers, problems
from forms.desk.intakes.commands import intake
from forms.desk.intakes.places import seal, tidy
from forms.desk.outcome import SURE, form_id
from forms.desk.staff import Act
from forms.desk.telling import sure, told, wrong
from forms.desk.visit import Visit, Visiting, WorkflowId
from forms.site.reading import MAX_FIELDS, ticked, typed
from schemas.intake import IntakePlan, IntakeRecord, Missed, Moment, Offer, Outcome
from schemas.person import Place, Story
from schemas.refusals import SENTENCES, Refusal
from store import desk, intakes, registry

router = APIRouter(prefix="/{municipality}/intakes/{workflow_id}")

NO = (Outcome.REFERRED, Outcome.DECLINED)
TO_CHOOSE = 40
"""How many free moments a coordinator chooses from."""


@router.post("/" + Act.PROPOSE)
async def propose(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Mail the gangmakers free moments to pick from; the workflow says how many."""
    visit.require(Act.PROPOSE)
    row = await _row(visit, workflow_id)
    values, chosen = await ticked(visit.request, "slot", max_fields=MAX_FIELDS)
    form = str(form_id(values))
    async with visit.desk.db.connection() as conn:
        free = await intakes.free(conn, visit.municipality, visit.staff, datetime.now(UTC), TO_CHOOSE)
    moments = [Moment(slot=each["id"], at=each["at"]) for each in free if str(each["id"]) in chosen]
    if len(moments) < len(chosen):
        return await wrong(visit, row["street"], {"slot": SENTENCES[Refusal.MOMENT_TAKEN]}, values)
    command = intake(Act.PROPOSE, workflow_id, Offer(moments=moments, coordinator=visit.staff), form)
    return await told(visit, Act.PROPOSE, row["street"], await _reach(visit, workflow_id, command), values)


@router.post("/" + Act.PLAN)
async def plan(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Plan or move a conversation. Its place is sealed first; what is not used is erased again."""
    visit.require(Act.PLAN)
    row = await _row(visit, workflow_id)
    values = await typed(visit.request)
    form = str(form_id(values))
    try:
        answers = PlanAnswers.model_validate(values, context={"now": datetime.now(UTC)})
    except ValidationError as error:
        return await wrong(visit, row["street"], problems(error), values)
    place = await seal(visit, Place(text=answers.place))
    order = IntakePlan(at=answers.at, place=place, coordinator=visit.staff)
    fate = await _reach(visit, workflow_id, intake(Act.PLAN, workflow_id, order, form))
    await tidy(visit, workflow_id, fate, [place, row["place"]])
    return await told(visit, Act.PLAN, row["street"], fate, values)


@router.post("/" + Act.MISSED)
async def missed(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Nobody came; asked twice, since the mail cannot be taken back."""
    visit.require(Act.MISSED)
    row = await _row(visit, workflow_id)
    values = await typed(visit.request)
    form = str(form_id(values))
    if SURE not in values:
        return sure(visit, row, Act.MISSED, values)
    command = intake(Act.MISSED, workflow_id, Missed(coordinator=visit.staff), form)
    return await told(visit, Act.MISSED, row["street"], await _reach(visit, workflow_id, command), values)


@router.post("/" + Act.RECORD)
async def record(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """Record an outcome; a no is asked twice, since its mails cannot be taken back."""
    visit.require(Act.RECORD)
    row = await _row(visit, workflow_id)
    values, agreed = await ticked(visit.request, "agreed", max_fields=MAX_FIELDS)
    form = str(form_id(values))
    try:
        answers = RecordAnswers.model_validate(values)
    except ValidationError as error:
        return await wrong(visit, row["street"], problems(error), values)
    if answers.outcome in NO and SURE not in values:
        return sure(visit, row, answers.outcome, values)
    words = await seal(visit, Story(text=answers.approach)) if answers.approach else None
    order = IntakeRecord(
        outcome=answers.outcome,
        agreed=await _agreed(visit, row, agreed),
        coordinator=visit.staff,
        approach=words,
        referral=answers.referral,
    )
    fate = await _reach(visit, workflow_id, intake(Act.RECORD, workflow_id, order, form))
    await tidy(visit, workflow_id, fate, [words])
    return await told(visit, Act.RECORD, row["street"], fate, values)


async def _agreed(visit: Visit, row: asyncpg.Record, agreed: list[str]) -> list[UUID]:
    """The gangmakers whose box is ticked."""
    async with visit.desk.db.connection() as conn:
        street = await registry.street(conn, visit.municipality, row["street"])
    people = street["gangmakers"] if street else []
    return [ref for ref in people if str(ref) in agreed]


async def _reach(visit: Visit, workflow_id: str, command: Command) -> Refusal | Fate:
    async def is_open() -> bool:
        return (await _row(visit, workflow_id))["status"] not in registry.DECIDED

    return await reach(visit.desk.temporal, command, is_open)


async def _row(visit: Visit, workflow_id: str) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await desk.intake(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    return row
