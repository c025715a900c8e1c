"""Approving potjes in bulk: tick the ones you want, or take all; never your own proposals."""

import re
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from forms.desk.commands import ask
from forms.desk.operators import every_url
from forms.desk.outcome import form_id, in_words, undelivered
from forms.desk.paging import page_of, year_of
from forms.desk.payouts import commands
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import ticked
from schemas.accounts import BudgetLine, line_account
from schemas.payment import Approvals, ApprovalsOrder, approvals_id
from schemas.refusals import SENTENCES, Refusal
from store import desk, desk_money
from store.desk_money import PAGE, Wanted

router = APIRouter(prefix="/{municipality}/goedkeuren")

OTHER_FIELDS = 10
POTJE = re.compile(r"[a-z0-9-]{1,200}")
DIGITS = re.compile(r"[0-9]{1,12}")
NOTHING_CHOSEN = marked("Kies eerst een of meer potjes.")
NO_LONGER = marked("Hier is niets meer goed te keuren. Misschien was een collega u voor.")


@router.get("")
async def approving(visit: Visiting) -> Response:
    """What waits for approval, what the budget has left, and the line of those that wait for money."""
    asked = visit.request.query_params
    return await _page(visit, year_of(visit), asked.get("wijk"))


@router.post("")
async def approve(visit: Visiting) -> Response:
    """Approve the chosen ones, or all that the page is about. Sent twice it happens once."""
    visit.require(Act.APPROVE_MANY)
    values, chosen = await ticked(visit.request, "potje", max_fields=PAGE + OTHER_FIELDS)
    form = form_id(values)
    year, wijk = year_of(visit, values.get("jaar")), values.get("wijk") or None
    everything = values.get("welke") == "alle"
    if everything:
        potjes = await _all_of(visit, year, wijk)
    else:
        potjes = [one for one in chosen if POTJE.fullmatch(one)][:PAGE]
    if potjes == []:
        return await _page(visit, year, wijk, {"potjes": NO_LONGER if everything else NOTHING_CHOSEN})
    order = ApprovalsOrder(
        workflow_id=approvals_id(visit.municipality, form),
        municipality=visit.municipality,
        year=year,
        by=visit.staff,
        potjes=potjes,
        desk_url=visit.desk.settings.desk_url,
    )
    answer = await ask(visit.desk.temporal, commands.approve(order, form))
    here = f"/{visit.municipality}/goedkeuren?jaar={year}"
    if page := undelivered(visit, answer, back=here, values=values):
        return page
    if isinstance(answer, Refusal):
        return await _page(visit, year, wijk, {"potjes": SENTENCES[answer]})
    if not isinstance(answer, Approvals) or answer.potjes == 0:
        return await _page(visit, year, wijk, {"potjes": NO_LONGER})
    return RedirectResponse(f"{here}&goedgekeurd={answer.potjes}&cent={answer.cents}", 303)


async def _all_of(visit: Visit, year: int, wijk: str | None) -> list[str] | None:
    """None means all of the year, as the engine finds them; a wijk has to be spelled out."""
    if wijk is None:
        return None
    async with visit.desk.db.connection() as conn:
        return await desk_money.ids_to_approve(conn, Wanted(visit.municipality, year, visit.staff, wijk))


async def _page(visit: Visit, year: int, wijk: str | None, errors: dict[str, str] | None = None) -> Response:
    budget = line_account(visit.municipality, BudgetLine.POTJES, year)
    async with visit.desk.db.connection() as conn:
        wijken = await desk_money.wijken_to_approve(conn, visit.municipality, year)
        wanted = Wanted(
            visit.municipality, year, visit.staff, wijk if wijk in wijken else None, page_of(visit)
        )
        found = await desk_money.to_approve(conn, wanted)
        queue = await desk_money.waiting_for_budget(conn, visit.municipality, year)
        years = await desk_money.other_years(conn, visit.municipality, year)
        balances = await desk.balances(conn, [budget])
    return visit.render(
        "approve.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="approve",
        wanted=wanted,
        wijken=wijken,
        found=found,
        queue=queue,
        years=years,
        budget=balances.get(budget),
        flash=_flash(visit),
        behind=every_url(visit.desk.settings, visit.municipality, "ApprovalsWorkflow"),
        new_form=uuid4,
    )


def _flash(visit: Visit) -> Approvals | None:
    """What the page before did, as its address says."""
    asked = visit.request.query_params
    numbers = [asked.get("goedgekeurd", ""), asked.get("cent", "")]
    if not all(DIGITS.fullmatch(number) for number in numbers):
        return None
    return Approvals(potjes=int(numbers[0]), cents=int(numbers[1]))
