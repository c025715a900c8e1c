"""The pages one reads: today, the streets, one street."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from forms.desk.operators import operator_lists
from forms.desk.paging import page_of
from forms.desk.staff import Role
from forms.desk.street import street_page
from forms.desk.visit import SignedIn, StreetSlug, Visiting
from schemas.calendar import dutch_date, start_of
from schemas.concern import reference
from schemas.refs import plain
from schemas.street import Phase
from store import deadlines, desk
from store.deadlines import Due
from store.desk import Filter, Waiting

router = APIRouter(prefix="/{municipality}")

MINE = {
    Role.COORDINATOR: (
        Waiting.CONCERNS_TO_TAKE,
        Waiting.CONCERNS_LATE,
        Waiting.INTAKES_TO_RECORD,
        Waiting.INTAKES_OVERDUE,
        Waiting.INTAKES_COMPLETE_AGAIN,
        Waiting.INTAKES_OPEN,
        Waiting.RENEWALS_TO_CALL,
        Waiting.POTJES_TO_APPROVE,
        Waiting.POTJES_TO_HAND_OVER,
        Waiting.STARTERS_TO_SEND,
        Waiting.STORIES_TO_READ,
        Waiting.SCOUTING_DUE,
    ),
    Role.TREASURER: (
        Waiting.BATCHES_TO_RELEASE,
        Waiting.STATEMENTS_AWAITED,
        Waiting.SUSPENSE_OPEN,
        Waiting.PAYMENTS_FAILED,
        Waiting.POTJES_TO_APPROVE,
        Waiting.POTJES_TO_PAY,
    ),
}
"""What waits for whom, the most urgent first; all the rest waits for somebody else."""

DUE = {
    Role.COORDINATOR: (Due.CONCERN, Due.INTAKE, Due.CALL, Due.ROUND, Due.RENEWAL),
    Role.TREASURER: (Due.STATEMENT, Due.BOOKS),
}
"""Whose deadlines are whose."""


@router.get("")
async def front(visit: SignedIn) -> Response:
    """Everybody's desk begins somewhere."""
    return RedirectResponse(visit.home, 303)


@router.get("/vandaag")
async def today(visit: SignedIn) -> Response:
    """What waits for you, and what waits for somebody else; whose day begins elsewhere is led there."""
    if visit.role not in MINE:
        return RedirectResponse(visit.home, 303)
    now = datetime.now(UTC)
    date = dutch_date(now)
    times = (start_of(date + timedelta(days=1)), now - visit.policy.payout.statement_reminder)
    piles = await desk.today(visit.desk.db, visit.municipality, visit.staff, *times)
    async with visit.desk.db.connection() as conn:
        due = await deadlines.nearest(conn, visit.policy, DUE[visit.role], now)
    mine = [piles[kind] for kind in MINE[visit.role]]
    others = [pile for kind, pile in piles.items() if kind not in MINE[visit.role]]
    return visit.render(
        "today.html",
        here="today",
        date=date,
        due=due,
        now=now,
        reference=lambda key: reference(UUID(key)),
        mine=[pile for pile in mine if pile.total],
        others=[pile for pile in others if pile.total],
        count=sum(pile.total for pile in mine),
        lists=operator_lists(visit.desk.settings, visit.municipality),
    )


@router.get("/straten")
async def streets(visit: Visiting) -> Response:
    """The list, filtered by what the address asks; a filter that means nothing is left out."""
    asked = visit.request.query_params
    async with visit.desk.db.connection() as conn:
        wijken = await desk.wijken(conn, visit.municipality)
        wanted = Filter(
            phase=asked["fase"] if asked.get("fase") in list(Phase) else None,
            wijk=asked["wijk"] if asked.get("wijk") in wijken else None,
            text=plain(asked.get("zoek", "")[:80], joined="") or None,
            page=page_of(visit),
        )
        found = await desk.streets(conn, visit.municipality, wanted)
    typed = asked.get("zoek", "")[:80]
    query = {"zoek": typed, "fase": wanted.phase or "", "wijk": wanted.wijk or ""}
    return visit.render(
        "streets.html", here="streets", found=found, wanted=wanted, wijken=wijken, query=query
    )


@router.get("/straten/{street}")
async def street(visit: Visiting, street: StreetSlug) -> Response:
    """One street."""
    return await street_page(visit, street)
