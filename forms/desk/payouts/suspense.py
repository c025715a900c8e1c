"""A line of a bank statement that fits no payment: what it says, and the form that gives it a place."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.outcome import form_id, in_words
from forms.desk.payouts.answers import PLACES, PlaceAnswers, placing_of, problems
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.calendar import dutch_date
from schemas.suspense import Placing, SuspenseItem
from store import desk_money, suspense
from store.database import Connection
from store.ledger import OtherArguments, Overdraft, YearNotOpen
from store.suspense import AlreadyPlaced, CannotPlace

router = APIRouter(prefix="/{municipality}/afschriften/regels")
Transfer = Annotated[UUID, Path()]

NO_SUCH_PLACE = marked("Dit geld kan daar niet bij horen. Kies een andere plek.")
TOO_LITTLE = marked("In deze post van het budget is niet genoeg vrij. Vul eerst het budget aan.")
YEAR_OVER = marked("Dit boekjaar is niet meer open. De regel kan hier geen plek meer krijgen.")
A_COLLEAGUE = marked("Een collega gaf deze regel al een plek. Hieronder ziet u welke.")
USED = marked("Dit formulier is al eens gebruikt. Vul het opnieuw in.")
WRONG: dict[type[Exception], str] = {
    CannotPlace: NO_SUCH_PLACE,
    Overdraft: TOO_LITTLE,
    YearNotOpen: YEAR_OVER,
    AlreadyPlaced: A_COLLEAGUE,
    OtherArguments: USED,
}


@dataclass(frozen=True)
class Line:
    """A movement of the bank with all that the page shows of it."""

    item: SuspenseItem
    row: asyncpg.Record
    words: list[str]
    streets: list[asyncpg.Record]

    @property
    def incoming(self) -> bool:
        """Whether money came in."""
        return self.item.cents > 0


@router.get("/{transfer}")
async def one_line(visit: Visiting, transfer: Transfer) -> Response:
    """What the bank said of it: for treasurers, and their look is logged."""
    return await _page(visit, transfer)


@router.post("/{transfer}")
async def place(visit: Visiting, transfer: Transfer) -> Response:
    """Give it a place. The form's id is the entry's, so a double click is one entry."""
    visit.require(Act.PLACE)
    values = await typed(visit.request)
    form = form_id(values)
    async with visit.desk.db.connection() as conn:
        item = await suspense.item(conn, visit.municipality, transfer)
        streets = await desk_money.streets_with_money(conn, visit.municipality)
    if item is None:
        raise HTTPException(404)
    try:
        answers = PlaceAnswers.model_validate(values, context={"incoming": item.cents > 0})
    except ValidationError as error:
        return await _page(visit, transfer, problems(error), values)
    funders = {funder.key for funder in visit.policy.funders}
    placing = placing_of(values, answers.place, funders, {row["slug"] for row in streets})
    if isinstance(placing, dict):
        return await _page(visit, transfer, placing, values)
    try:
        async with visit.desk.db.transaction() as conn:
            await _give(conn, visit, transfer, placing, answers.reason, form)
    except tuple(WRONG) as error:
        return await _page(visit, transfer, {"place": WRONG[type(error)]}, values)
    return RedirectResponse(f"/{visit.municipality}/afschriften/regels/{transfer}?gedaan={Act.PLACE}", 303)


async def _give(
    conn: Connection, visit: Visit, transfer: UUID, placing: Placing, reason: str, form: UUID
) -> None:
    """Sent twice it happens once; a form that stands for something else is refused."""
    today = dutch_date(datetime.now(UTC))
    placed = await suspense.place(
        conn, visit.municipality, transfer, placing, reason=reason, form=form, by=visit.staff, today=today
    )
    now = await suspense.item(conn, visit.municipality, transfer)
    if not placed and (now is None or now.entry != form):
        raise OtherArguments("the form was used before, for something else")


async def _page(
    visit: Visit,
    transfer: UUID,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    line = await _line(visit, transfer)
    return visit.render(
        "line.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="statements",
        line=line,
        places=PLACES[line.incoming],
        values=values or {},
        flash=visit.request.query_params.get("gedaan") == Act.PLACE,
        new_form=uuid4,
    )


async def _line(visit: Visit, transfer: UUID) -> Line:
    async with visit.desk.db.transaction() as conn:
        item = await suspense.item(conn, visit.municipality, transfer)
        row = await desk_money.suspended(conn, visit.municipality, transfer)
        if item is None or row is None:
            raise HTTPException(404)
        told = []
        if visit.may(Act.PLACE):
            told = await suspense.words(conn, visit.desk.vault, item, visit.staff)
        return Line(item, row, told, await desk_money.streets_with_money(conn, visit.municipality))
