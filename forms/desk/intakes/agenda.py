"""The agenda of a coordinator: when they can have a conversation, and what became of each moment."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from uuid import UUID, uuid4, uuid5

import asyncpg
from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from forms.desk.intakes.answers import AgendaAnswers, problems
from forms.desk.outcome import form_id, in_words
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.person import Place
from store import intakes
from store.intakes import Slot

router = APIRouter(prefix="/{municipality}/agenda")
SlotId = Annotated[UUID, Path()]

PURPOSE = "agenda"
TAKEN = marked("Dit moment is net gekozen. Het blijft in uw agenda staan.")


class Line(NamedTuple):
    """A moment with its place."""

    row: asyncpg.Record
    place: str


@router.get("")
async def agenda(visit: Visiting) -> Response:
    """The moments to come, and a form for more."""
    visit.require(Act.AGENDA)
    return await _page(visit)


@router.post("")
async def add(visit: Visiting) -> Response:
    """Write moments; the same form twice writes them once."""
    visit.require(Act.AGENDA)
    values = await typed(visit.request)
    form = form_id(values)
    minutes = visit.policy.intake.minutes
    try:
        context = {"now": datetime.now(UTC), "minutes": minutes}
        answers = AgendaAnswers.model_validate(values, context=context)
    except ValidationError as error:
        return await _page(visit, problems(error), values)
    slots = [Slot(uuid5(form, at.isoformat()), at, answers.place) for at in answers.moments(minutes)]
    async with visit.desk.db.transaction() as conn:
        await intakes.add(conn, visit.desk.vault, visit.municipality, visit.staff, slots)
    return _done(visit)


@router.post("/{slot}/weg")
async def withdraw(visit: Visiting, slot: SlotId) -> Response:
    """Take a free moment away; one that was picked stays."""
    visit.require(Act.AGENDA)
    async with visit.desk.db.transaction() as conn:
        mine = await intakes.own(conn, visit.municipality, visit.staff, datetime.now(UTC))
        taken = any(row["id"] == slot and row["taken_by"] for row in mine)
        if not taken:
            await intakes.withdraw(conn, visit.desk.vault, visit.municipality, visit.staff, slot)
    return await _page(visit, {"agenda": TAKEN}) if taken else _done(visit)


def _done(visit: Visit) -> Response:
    return RedirectResponse(f"/{visit.municipality}/agenda?gedaan={Act.AGENDA}", 303)


async def _page(
    visit: Visit, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    async with visit.desk.db.transaction() as conn:
        rows = await intakes.own(conn, visit.municipality, visit.staff, datetime.now(UTC))
        refs = [row["place"] for row in rows]
        places = await visit.desk.vault.look_at_all(conn, refs, Place, visit.staff, PURPOSE)
    lines = [Line(row, places[row["place"]].text if row["place"] in places else "") for row in rows]
    return visit.render(
        "agenda.html",
        422 if errors else 200,
        here="agenda",
        lines=lines,
        flash=Act.AGENDA if visit.request.query_params.get("gedaan") == Act.AGENDA else None,
        errors=in_words(visit, errors or {}),
        values={"weeks": "1"} | (values or {}),
        new_form=uuid4,
    )
