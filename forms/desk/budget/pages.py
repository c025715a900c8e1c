"""The programme budget of a year: what there is, what is still expected, and what was entered."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from forms.desk.budget import words
from forms.desk.budget.room import BudgetYear, known_year, today, years_of
from forms.desk.staff import Act
from forms.desk.visit import Visiting
from schemas.budget import EntryKind
from schemas.forecast import Waiting, outlook
from schemas.ledger import YearState
from schemas.policy import budget_year
from store import budgets

router = APIRouter(prefix="/{municipality}/budget")

ENTERED = (EntryKind.GRANT, EntryKind.EXPENSE, EntryKind.MOVE, EntryKind.LESS)
"""The forms in the order in which one needs them."""


@router.get("")
async def front(visit: Visiting) -> Response:
    """The budget of this year."""
    return RedirectResponse(f"/{visit.municipality}/budget/{budget_year(today())}", 303)


@router.get("/{year}")
async def overview(visit: Visiting, year: BudgetYear) -> Response:
    """A year's lines, its outlook and its entries."""
    async with visit.desk.db.connection() as conn:
        years = await years_of(conn, visit.municipality)
        known_year(years, year)
        found = await budgets.overview(conn, visit.municipality, year)
        turns = await budgets.turns(conn, visit.municipality)
    waiting = Waiting(potjes=found.waiting, cents=found.waiting_cents)
    done = visit.request.query_params.get("gedaan")
    return visit.render(
        "budget_year.html",
        here="budget",
        year=year,
        years=years,
        found=found,
        outlook=outlook(visit.policy, year, today(), turns, found.lines, waiting),
        names={funder.key: funder.name for funder in visit.policy.funders},
        budget_words=words,
        forms=ENTERED if visit.may(Act.BUDGET) and found.state in (None, YearState.OPEN) else (),
        may_correct=visit.may(Act.BUDGET) and found.state is YearState.OPEN,
        flash=words.FORMS[EntryKind(done)].flash if done in list(words.FORMS) else None,
    )
