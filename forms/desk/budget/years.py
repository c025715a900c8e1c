"""The end of a year: what still stands in the way, what will happen to what is left, and the two buttons."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.budget import words
from forms.desk.budget.room import BudgetYear, today
from forms.desk.outcome import SURE, in_words
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.ledger import YearState
from store import budgets, closing, ledger
from store.database import Connection

router = APIRouter(prefix="/{municipality}/jaar")

HINDERED = marked("Dit jaar kan nog niet verder. Kijk hieronder wat er nog moet gebeuren.")
NOT_NOW = marked("Dit kan nu niet. Begin eerst met afsluiten, en kijk of het volgende jaar nog open is.")


class Step(StrEnum):
    """The two steps; the value is the last part of the address."""

    BEGIN = "begin"
    CLOSE = "close"


FLASHES = {Step.BEGIN: words.BEGUN, Step.CLOSE: words.CLOSED}


@router.get("")
async def front(visit: Visiting) -> Response:
    """The first year that is not closed."""
    async with visit.desk.db.connection() as conn:
        years = await budgets.years(conn, visit.municipality)
        states = {year: await budgets.state(conn, visit.municipality, year) for year in years}
    unclosed = [year for year in years if states[year] is not YearState.CLOSED]
    if not years:
        return RedirectResponse(f"/{visit.municipality}/budget", 303)
    return RedirectResponse(f"/{visit.municipality}/jaar/{min(unclosed, default=years[-1])}", 303)


@router.get("/{year}")
async def look(visit: Visiting, year: BudgetYear) -> Response:
    """How a year stands. A closed one shows its last figures."""
    return await _page(visit, year)


@router.post("/{year}/{step}")
async def act(visit: Visiting, year: BudgetYear, step: Annotated[Step, Path()]) -> Response:
    """Begin to close, or close; both are asked once more, since there is no way back."""
    visit.require(Act.CLOSE_YEAR)
    values = await typed(visit.request)
    if SURE not in values:
        return await _page(visit, year, sure=step)
    try:
        async with visit.desk.db.transaction() as conn:
            await _do(conn, visit, year, step)
    except closing.Hindered:
        return await _page(visit, year, errors={"hindernissen": HINDERED})
    except ledger.YearNotOpen:
        return await _page(visit, year, errors={"jaar": NOT_NOW})
    return RedirectResponse(f"/{visit.municipality}/jaar/{year}?gedaan={step}", 303)


async def _do(conn: Connection, visit: Visit, year: int, step: Step) -> None:
    if step is Step.BEGIN:
        await closing.begin(conn, visit.policy, year, visit.staff)
    else:
        await closing.close(conn, visit.policy, year, visit.staff, today())


async def _page(
    visit: Visit, year: int, *, errors: dict[str, str] | None = None, sure: Step | None = None
) -> Response:
    async with visit.desk.db.connection() as conn:
        found = await closing.year(conn, visit.policy, year)
        lines = await budgets.lines(conn, visit.municipality, year)
        years = await budgets.years(conn, visit.municipality)
    if found is None:
        raise HTTPException(404)
    done = visit.request.query_params.get("gedaan")
    return visit.render(
        "year_sure.html" if sure else "year.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="budget",
        year=year,
        years=years,
        found=found,
        lines=lines,
        sure=sure,
        early=year >= today().year,
        may_close=visit.may(Act.CLOSE_YEAR),
        names={funder.key: funder.name for funder in visit.policy.funders},
        budget_words=words,
        flash=FLASHES[Step(done)] if done in list(Step) else None,
    )
