"""The room "Talentenjacht": the rounds, one round with its progress or report, and ending it."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.commands import Fate, run
from forms.desk.operators import workflow_url
from forms.desk.outcome import SURE, form_id, in_words, undelivered
from forms.desk.scouting import commands
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.calendar import dutch_date
from schemas.facts import SignupStatus
from schemas.refusals import SENTENCES, Refusal
from schemas.scouting import EndRound, last_day
from store import desk, scouting

router = APIRouter(prefix="/{municipality}/talentenjacht")
RoundId = Annotated[UUID, Path()]

GONE = marked("Deze ronde is al afgelopen. Hieronder ziet u het verslag.")


def today() -> date:
    """The Dutch date."""
    return dutch_date(datetime.now(UTC))


@router.get("")
async def all_rounds(visit: Visiting) -> Response:
    """The rounds that run, those that are over, and the streets that are left alone."""
    async with visit.desk.db.connection() as conn:
        rounds = await scouting.rounds(conn, visit.municipality)
        resting = await scouting.resting(conn, visit.municipality, today())
    return visit.render(
        "scouting.html",
        here="scouting",
        running=[row for row in rounds if row["ended_at"] is None],
        over=[row for row in rounds if row["ended_at"] is not None],
        resting=resting,
        last_day=last_day,
    )


@router.get("/{round_id}")
async def one_round(visit: Visiting, round_id: RoundId) -> Response:
    """How far a round is, or its report."""
    return await _round(visit, round_id)


@router.post("/{round_id}/end")
async def end_round(visit: Visiting, round_id: RoundId) -> Response:
    """End it by hand; asked twice, since nobody can begin it again."""
    visit.require(Act.END_ROUND)
    row = await round_row(visit, round_id)
    values = await typed(visit.request)
    form, here = form_id(values), f"/{visit.municipality}/talentenjacht/{round_id}"
    if SURE not in values:
        return visit.render(
            "scouting_sure.html", here="scouting", row=row, back=here, typed=values | {SURE: "yes"}
        )
    command = commands.end(row["workflow_id"], EndRound(by=visit.staff), form)
    fate = await run(visit.desk.temporal, command)
    if isinstance(fate, Refusal):
        return await _round(visit, round_id, {"ronde": SENTENCES[fate]})
    if fate is Fate.GONE:
        return await _round(visit, round_id, {"ronde": GONE})
    done = RedirectResponse(f"{here}?gedaan={Act.END_ROUND}", 303)
    return undelivered(visit, fate, back=here, values=values) or done


async def round_row(visit: Visit, round_id: UUID) -> asyncpg.Record:
    """A round of this municipality, or 404."""
    async with visit.desk.db.connection() as conn:
        row = await scouting.one(conn, visit.municipality, round_id)
    if row is None:
        raise HTTPException(404)
    return row


async def _round(visit: Visit, round_id: UUID, errors: dict[str, str] | None = None) -> Response:
    row = await round_row(visit, round_id)
    async with visit.desk.db.connection() as conn:
        counts = await scouting.counts(conn, round_id)
        targets = await scouting.targets(conn, round_id, today())
        signups = await scouting.signups_of(conn, round_id)
        story = await desk.story_of(conn, visit.municipality, f"scouting/{round_id}")
    done = visit.request.query_params.get("gedaan")
    return visit.render(
        "scouting_round.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="scouting",
        row=row,
        counts=counts,
        targets=targets,
        signups=signups,
        confirmed=sum(one["status"] == SignupStatus.CONFIRMED for one in signups),
        story=story,
        last=last_day(row["until"]),
        flash=done if done in (Act.START_ROUND, Act.END_ROUND) else None,
        link=workflow_url(visit.desk.settings, row["workflow_id"]),
        new_form=uuid4,
    )
