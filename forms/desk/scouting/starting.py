"""Starting a round: a wijk, streets that are proposed or typed, scouts, a last day."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from forms.desk.commands import ask
from forms.desk.outcome import form_id, in_words, undelivered
from forms.desk.scouting import commands
from forms.desk.scouting.answers import MOST_STREETS, RoundAnswers, problems, streets_of
from forms.desk.scouting.rounds import today
from forms.desk.staff import MAY, SEATS, Act, name_of, staff_ref
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import language_of, marked, translated
from forms.site.reading import typed
from schemas.calendar import long_date, start_of
from schemas.refs import Slug, StaffRef
from schemas.scouting import RoundOrder, Target
from store import scouting, staff

router = APIRouter(prefix="/{municipality}/talentenjacht-nieuw")

FIELDS = 200
USUAL = timedelta(days=28)

NO_STREETS = marked("Kies een voorgestelde straat, of typ er een in.")
TOO_MANY = marked("Dat zijn te veel straten voor een ronde. Neem er ten hoogste 100.")
NO_SCOUTS = marked("Kies wie er op pad gaat.")
NO_STREET = marked("Dit is geen straatnaam: %(street)s")
RESTS = marked("%(street)s wilde niet en rust tot en met %(day)s. Haal deze straat van de lijst.")
HAS_PEOPLE = marked("%(street)s heeft al gangmakers. Haal deze straat van de lijst.")
IN_A_ROUND = marked("%(street)s hoort al bij een ronde die nu loopt. Haal deze straat van de lijst.")


@router.get("")
async def new_round(visit: Visiting) -> Response:
    """First the wijk, then all the rest."""
    visit.require(Act.START_ROUND)
    wijk = visit.request.query_params.get("wijk", "")
    day = (today() + USUAL).isoformat()
    return await _form(visit, wijk if wijk in visit.policy.wijken else "", {}, {"day": day})


@router.post("")
async def start(visit: Visiting) -> Response:
    """Start it. The form's id is the round's, so a double click starts one."""
    visit.require(Act.START_ROUND)
    values = await typed(visit.request, max_fields=FIELDS)
    form = form_id(values)
    if await _runs(visit, form):
        return _shown(visit, form)
    wijk = wijk if (wijk := values.get("wijk", "")) in visit.policy.wijken else ""
    proposed = await _proposals(visit, wijk)
    targets, errors = await _targets(visit, values, proposed)
    scouts = [ref for ref in await scouts_of(visit) if values.get(f"scout-{ref}") == "yes"]
    if not scouts:
        errors["scouts"] = in_words(visit, {"": NO_SCOUTS})[""]
    try:
        context = {"today": today(), "wijken": visit.policy.wijken}
        answers = RoundAnswers.model_validate(values, context=context)
    except ValidationError as error:
        return await _form(visit, wijk, errors | in_words(visit, problems(error)), values)
    if errors:
        return await _form(visit, wijk, errors, values)
    return await _started(visit, _order(visit, form, answers, targets, scouts), values)


def _order(
    visit: Visit, form: UUID, answers: RoundAnswers, targets: list[Target], scouts: list[StaffRef]
) -> RoundOrder:
    return RoundOrder(
        round=form,
        municipality=visit.municipality,
        wijk=answers.wijk,
        targets=targets,
        scouts=scouts,
        until=start_of(answers.day + timedelta(days=1)),
        by=visit.staff,
        desk_url=visit.desk.settings.desk_url,
    )


async def _started(visit: Visit, order: RoundOrder, values: dict[str, str]) -> Response:
    fate = await ask(visit.desk.temporal, commands.start(order))
    back = f"/{visit.municipality}/talentenjacht"
    return undelivered(visit, fate, back=back, values=values) or _shown(visit, order.round)


async def _runs(visit: Visit, form: UUID) -> bool:
    """Whether this form started its round already."""
    async with visit.desk.db.connection() as conn:
        return await scouting.one(conn, visit.municipality, form) is not None


def _shown(visit: Visit, round_id: UUID) -> Response:
    return RedirectResponse(f"/{visit.municipality}/talentenjacht/{round_id}?gedaan={Act.START_ROUND}", 303)


async def scouts_of(visit: Visit) -> dict[StaffRef, str]:
    """Who can go out: by ref, with the name to show; who starts rounds comes last."""
    seats = [seat for seat in SEATS if seat.role in MAY[Act.SCOUT]] if visit.is_local else []
    seats.sort(key=lambda seat: seat.role in MAY[Act.START_ROUND])
    found = {staff_ref(visit.municipality, seat): seat.name for seat in seats}
    first = MAY[Act.SCOUT] - MAY[Act.START_ROUND]
    async with visit.desk.db.connection() as conn:
        for roles in (first, MAY[Act.SCOUT]):
            for ref in await staff.with_role(conn, visit.municipality, sorted(roles)):
                found.setdefault(ref, name_of(ref) or ref)
    return found


async def _proposals(visit: Visit, wijk: str) -> list[asyncpg.Record]:
    async with visit.desk.db.connection() as conn:
        return await scouting.proposals(conn, visit.municipality, wijk, today())


async def _targets(
    visit: Visit, values: dict[str, str], proposed: Sequence[asyncpg.Record]
) -> tuple[list[Target], dict[str, str]]:
    """The streets that were ticked and typed, and what is wrong with them."""
    ticked = [row for row in proposed if values.get(f"street-{row['street']}") == "yes"]
    found = {
        row["street"]: Target(street=row["street"], name=row["name"], part=row["part"]) for row in ticked
    }
    lines, wrong = streets_of(values.get("streets", ""))
    for target in lines:
        found.setdefault(target.street, target)
    language = language_of(visit.request)
    if wrong:
        return [], {"streets": translated(NO_STREET, language) % {"street": wrong[0][:60]}}
    if not found or len(found) > MOST_STREETS:
        return [], {"streets": translated(TOO_MANY if found else NO_STREETS, language)}
    why_not = await _why_not(visit, found)
    return list(found.values()), {"streets": why_not} if why_not else {}


async def _why_not(visit: Visit, found: dict[Slug, Target]) -> str | None:
    """The first street that should not be asked now, and why."""
    language = language_of(visit.request)
    async with visit.desk.db.connection() as conn:
        resting = await scouting.resting(conn, visit.municipality, today(), list(found))
        taken = await scouting.taken(conn, visit.municipality, list(found))
    for row in resting:
        day = long_date(row["until"] - timedelta(days=1), language)
        return translated(RESTS, language) % {"street": found[row["street"]].title, "day": day}
    for slug, why in taken.items():
        told = HAS_PEOPLE if why == "street" else IN_A_ROUND
        return translated(told, language) % {"street": found[slug].title}
    return None


async def _form(visit: Visit, wijk: str, errors: dict[str, str], values: dict[str, str]) -> Response:
    return visit.render(
        "scouting_new.html",
        422 if errors else 200,
        errors=errors,
        here="scouting",
        wijk=wijk,
        proposed=await _proposals(visit, wijk) if wijk else [],
        scouts=await scouts_of(visit),
        values=values,
        new_form=uuid4,
    )
