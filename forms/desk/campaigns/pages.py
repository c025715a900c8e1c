"""Campaigns on the desk: make one, add channels, see what comes of them and what a street costs."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.budget import answers as budget_answers
from forms.desk.budget.entering import booked
from forms.desk.campaigns.answers import CampaignAnswers, ChannelAnswers, problems
from forms.desk.outcome import form_id, in_words
from forms.desk.reports.charts import plain_chart
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.reading import typed
from schemas.accounts import BudgetLine
from schemas.calendar import dutch_date
from schemas.campaign import Funnel, cents_per_street, together
from schemas.policy import budget_year
from store import campaigns

router = APIRouter(prefix="/{municipality}/campagnes")
STEPS = tuple(Funnel.model_fields)
CampaignId = Annotated[UUID, Path()]


@router.get("")
async def rooms(visit: Visiting) -> Response:
    """All campaigns, and the form for another."""
    return await _all(visit)


@router.post("")
async def make(visit: Visiting) -> Response:
    """Make a campaign; the form's id is its own, so a double click makes one."""
    visit.require(Act.CAMPAIGN)
    values = await typed(visit.request)
    form = form_id(values)
    try:
        answers = CampaignAnswers.model_validate(values)
    except ValidationError as error:
        return await _all(visit, problems(error), values)
    async with visit.desk.db.transaction() as conn:
        await campaigns.make(conn, answers.campaign(form, visit.municipality), visit.staff)
    return RedirectResponse(f"/{visit.municipality}/campagnes/{form}", 303)


@router.get("/{campaign}")
async def one(visit: Visiting, campaign: CampaignId) -> Response:
    """One campaign: channels, what came of them, what it cost."""
    return await _one(visit, campaign)


@router.post("/{campaign}/kanalen")
async def add(visit: Visiting, campaign: CampaignId) -> Response:
    """Add a channel, with a code of its own."""
    visit.require(Act.CAMPAIGN)
    await _row(visit, campaign)
    values = await typed(visit.request)
    form = form_id(values)
    try:
        answers = ChannelAnswers.model_validate(values)
    except ValidationError as error:
        return await _one(visit, campaign, problems(error), values)
    async with visit.desk.db.transaction() as conn:
        await campaigns.add(
            conn, visit.municipality, campaign, answers.kind, answers.words, form, visit.staff
        )
    return RedirectResponse(f"/{visit.municipality}/campagnes/{campaign}", 303)


@router.post("/{campaign}/kosten")
async def spend(visit: Visiting, campaign: CampaignId) -> Response:
    """Book a cost on the campaign line of this year's budget."""
    visit.require(Act.BUDGET)
    await _row(visit, campaign)
    values = await typed(visit.request)
    form, today = form_id(values), dutch_date(datetime.now(UTC))
    try:
        answers = budget_answers.ExpenseAnswers.model_validate(
            values | {"line": BudgetLine.CAMPAIGN}, context={"funders": {}}
        )
    except ValidationError as error:
        return await _one(visit, campaign, budget_answers.problems(error), values)
    entry = answers.entry(form, visit.municipality, budget_year(today))
    wrong = await booked(visit, lambda conn: campaigns.spend(conn, entry, campaign, visit.staff, today))
    if wrong:
        return await _one(visit, campaign, wrong, values)
    return RedirectResponse(f"/{visit.municipality}/campagnes/{campaign}#kosten", 303)


async def _row(visit: Visit, campaign: UUID) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await campaigns.one(conn, visit.municipality, campaign)
    if row is None:
        raise HTTPException(404)
    return row


async def _all(
    visit: Visit, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    async with visit.desk.db.connection() as conn:
        rows = await campaigns.all_of(conn, visit.municipality)
        found = await campaigns.channels(conn, visit.municipality, [row["id"] for row in rows])
    totals = {
        row["id"]: together(funnel for channel, funnel in found if channel.campaign == row["id"])
        for row in rows
    }
    return visit.render(
        "campaigns.html",
        422 if errors else 200,
        here="campaigns",
        campaigns=rows,
        totals=totals,
        cents_per_street=cents_per_street,
        errors=in_words(visit, errors or {}),
        values=values or {},
        new_form=uuid4,
    )


async def _one(
    visit: Visit, campaign: UUID, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    row = await _row(visit, campaign)
    async with visit.desk.db.connection() as conn:
        found = await campaigns.channels(conn, visit.municipality, [campaign])
        costs = await campaigns.costs(conn, campaign)
    total = together(funnel for _, funnel in found)
    return visit.render(
        "campaign.html",
        422 if errors else 200,
        here="campaigns",
        campaign=row,
        channels=found,
        total=total,
        chart=plain_chart(STEPS, [(channel.words, _counts(funnel)) for channel, funnel in found]),
        costs=costs,
        per_street=cents_per_street(row["spent"], total.active),
        public=f"{visit.desk.settings.public_url}/{visit.municipality}/c",
        errors=in_words(visit, errors or {}),
        values=values or {},
        new_form=uuid4,
    )


def _counts(funnel: Funnel) -> tuple[int, ...]:
    return tuple(getattr(funnel, step) for step in STEPS)
