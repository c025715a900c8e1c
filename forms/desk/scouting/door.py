"""The scout's pages, for a phone at the door: the streets of a round, and what came of ringing there.

A plain form. Where scripts run, a visit is kept on the phone while there is no signal and sent later.
"""

from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from forms.desk.outcome import form_id, in_words
from forms.desk.scouting.answers import CandidateAnswers, VisitAnswers, Wrong, visit_of
from forms.desk.scouting.rounds import RoundId, round_row
from forms.desk.scouting.sending import take_in
from forms.desk.visit import Visit, Visiting
from forms.site.reading import typed
from forms.site.security import CSP, OWN_SCRIPT
from schemas.calendar import dutch_date
from schemas.person import Person
from schemas.scouting import DoorVisit, Target, VisitOutcome, again_on, last_day, rest_until
from store import scouting

router = APIRouter(prefix="/{municipality}/aan-de-deur")

JSON = "application/json"


@router.get("")
async def my_rounds(visit: Visiting) -> Response:
    """The rounds one goes out for; the only one opens at once."""
    async with visit.desk.db.connection() as conn:
        rounds = await scouting.rounds_of(conn, visit.municipality, visit.staff)
    if len(rounds) == 1:
        return RedirectResponse(f"/{visit.municipality}/aan-de-deur/{rounds[0]['id']}", 303)
    return visit.render("scouting_rounds.html", here="door", rounds=rounds, last_day=last_day)


@router.get("/{round_id}")
async def streets(visit: Visiting, round_id: RoundId) -> Response:
    """The streets of a round: first where one should go back; below them the form."""
    row = await _my_round(visit, round_id)
    return await _page(visit, row)


@router.post("/{round_id}")
async def note(visit: Visiting, round_id: RoundId) -> Response:
    """Note a visit, once a form. One that waited on a phone is welcome after the round as well."""
    row = await _my_round(visit, round_id)
    values = await typed(visit.request)
    form, now = form_id(values), datetime.now(UTC)
    async with visit.desk.db.connection() as conn:
        before = await scouting.visit(conn, visit.municipality, visit.staff, form)
        targets = await scouting.targets(conn, round_id, dutch_date(now))
    if before:
        return _noted(visit, row, VisitOutcome(before["outcome"]), before["street"])
    context = {
        "streets": [each["street"] for each in targets],
        "now": now,
        "today": dutch_date(now),
        "last": last_day(row["until"]),
    }
    try:
        answers, candidate = visit_of(values, context)
    except Wrong as wrong:
        return await _wrong(visit, row, wrong.problems, values)
    target = next(each for each in targets if each["street"] == answers.street)
    await _take_in(visit, row, target, _visit(visit, row, answers, form, now), candidate)
    return _noted(visit, row, answers.outcome, answers.street)


def _visit(visit: Visit, row: asyncpg.Record, answers: VisitAnswers, form: UUID, now: datetime) -> DoorVisit:
    """The visit with the days that policy gives it, counted from the day on which it was made."""
    at, terms = answers.at or now, visit.policy.scouting
    day = dutch_date(at)
    return DoorVisit(
        visit=form,
        round=row["id"],
        street=answers.street,
        outcome=answers.outcome,
        scout=visit.staff,
        at=at,
        again_on=again_on(answers.outcome, answers.again, day, last_day(row["until"]), terms.follow_up),
        rest_until=rest_until(answers.outcome, day, terms.rest),
    )


async def _take_in(
    visit: Visit,
    row: asyncpg.Record,
    target: asyncpg.Record,
    made: DoorVisit,
    candidate: CandidateAnswers | None,
) -> None:
    person = None
    if candidate is not None:
        person = Person(
            name=candidate.name, email=candidate.email, language=candidate.language, why=candidate.why
        )
    street = Target(street=target["street"], name=target["name"], part=target["part"])
    async with visit.desk.db.transaction() as conn:
        await take_in(conn, visit.desk.vault, visit.policy, row["wijk"], street, made, person)


async def _my_round(visit: Visit, round_id: UUID) -> asyncpg.Record:
    """A round one goes out for; 404 for somebody else's."""
    row = await round_row(visit, round_id)
    if visit.staff not in row["scouts"]:
        raise HTTPException(404)
    return row


def _wants_json(visit: Visit) -> bool:
    return visit.request.headers.get("accept", "") == JSON


def _noted(visit: Visit, row: asyncpg.Record, outcome: VisitOutcome, street: str) -> Response:
    to = f"/{visit.municipality}/aan-de-deur/{row['id']}?gedaan={outcome}&in={quote(street)}"
    return JSONResponse({"to": to}) if _wants_json(visit) else RedirectResponse(to, 303)


async def _wrong(
    visit: Visit, row: asyncpg.Record, problems: dict[str, str], values: dict[str, str]
) -> Response:
    if _wants_json(visit):
        return JSONResponse({"errors": in_words(visit, problems)}, 422)
    return await _page(visit, row, problems, values)


async def _page(
    visit: Visit,
    row: asyncpg.Record,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    async with visit.desk.db.connection() as conn:
        targets = await scouting.targets(conn, row["id"], dutch_date(datetime.now(UTC)))
        counts = await scouting.counts(conn, row["id"])
    asked = visit.request.query_params
    known = [each["street"] for each in targets]
    done, street = asked.get("gedaan"), asked.get("straat", "")
    response = visit.render(
        "scouting_door.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="door",
        row=row,
        targets=targets,
        counts=counts,
        last=last_day(row["until"]),
        values=values or {"street": street if street in known else "", "language": "nl"},
        flash=VisitOutcome(done) if done in list(VisitOutcome) else None,
        told=next((each for each in targets if each["street"] == asked.get("in")), None),
        new_form=uuid4,
    )
    response.headers[CSP] = OWN_SCRIPT
    return response
