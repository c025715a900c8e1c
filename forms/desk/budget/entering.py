"""The forms of the budget: an entry is booked once, with its reason; or nothing is, and the page says why."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.budget import words
from forms.desk.budget.answers import FORMS, CorrectAnswers, problems
from forms.desk.budget.room import BudgetYear, known_year, today, years_of
from forms.desk.outcome import SURE, form_id, in_words
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import language_of, marked, translated
from forms.site.reading import typed
from schemas import budget
from schemas.accounts import BudgetLine
from schemas.budget import SPENT_BY_HAND, Entry, EntryKind
from schemas.ledger import YearState
from schemas.money import format_euros
from store import budgets, ledger
from store.database import Connection

router = APIRouter(prefix="/{municipality}/budget/{year}")

Kind = Annotated[EntryKind, Path()]
Booking = Callable[[Connection], Awaitable[object]]

SHORT = marked("Dat is meer dan er vrij is. Er is nog %(euros)s vrij.")
GIVEN = marked("Deze geldgever gaf dit jaar %(euros)s voor deze post. Meer kan niet terug.")
NOT_OPEN = marked("Dit boekjaar is niet meer open. Er is niets geboekt.")
USED = marked("Dit formulier was al verstuurd. Hieronder staat een nieuw formulier.")
CORRECTED = marked("Deze boeking is al gecorrigeerd.")


@router.get("/boekingen/{entry}")
async def look(visit: Visiting, year: BudgetYear, entry: UUID) -> Response:
    """One entry, with the form that undoes it."""
    return await _entry_page(visit, year, entry)


@router.post("/boekingen/{entry}")
async def correct(visit: Visiting, year: BudgetYear, entry: UUID) -> Response:
    """Undo an entry as a whole, once."""
    visit.require(Act.BUDGET)
    values = await typed(visit.request)
    form = form_id(values)
    try:
        answers = CorrectAnswers.model_validate(values)
    except ValidationError as error:
        return await _entry_page(visit, year, entry, errors=problems(error), values=values)
    original, _ = await _entry(visit, year, entry)
    if original.kind is EntryKind.CORRECTION:
        raise HTTPException(404)
    undone = budget.correction(form, original, answers.reason)
    wrong = await booked(visit, lambda conn: budgets.correct(conn, undone, visit.staff, today()))
    if wrong:
        told = dict.fromkeys(("reason",), *wrong.values())
        return await _entry_page(visit, year, entry, errors=told, values=values)
    return _done(visit, year, EntryKind.CORRECTION)


@router.get("/{kind}")
async def blank(visit: Visiting, year: BudgetYear, kind: Kind) -> Response:
    """An empty form."""
    visit.require(Act.BUDGET)
    return await _form_page(visit, year, kind)


@router.post("/{kind}")
async def enter(visit: Visiting, year: BudgetYear, kind: Kind) -> Response:
    """Book what was typed. Money that goes back to a funder is asked once more."""
    visit.require(Act.BUDGET)
    if kind not in FORMS:
        raise HTTPException(404)
    values = await typed(visit.request)
    form = form_id(values)
    try:
        answers = FORMS[kind].model_validate(values, context={"funders": _funders(visit)})
    except ValidationError as error:
        return await _form_page(visit, year, kind, errors=problems(error), values=values)
    entry = answers.entry(form, visit.municipality, year)
    if kind is EntryKind.LESS and SURE not in values:
        return await _sure(visit, entry, values)
    async with visit.desk.db.connection() as conn:
        known_year(await years_of(conn, visit.municipality), year)
    wrong = await booked(visit, lambda conn: budgets.enter(conn, entry, visit.staff, today()))
    if wrong:
        return await _form_page(visit, year, kind, errors=wrong, values=values)
    return _done(visit, year, kind)


async def booked(visit: Visit, booking: Booking) -> dict[str, str]:
    """Book in a transaction of its own; what is wrong, by field, when nothing was booked."""
    try:
        async with visit.desk.db.transaction() as conn:
            await booking(conn)
    except ledger.Overdraft as error:
        return {"cents": _with(visit, SHORT, error.available)}
    except budgets.MoreThanGiven as error:
        return {"cents": _with(visit, GIVEN, error.granted)}
    except ledger.YearNotOpen:
        return {"jaar": NOT_OPEN}
    except ledger.OtherArguments:
        return {"cents": USED}
    except budgets.AlreadyCorrected:
        return {"reason": CORRECTED}
    return {}


def _with(visit: Visit, sentence: str, cents: int) -> str:
    language = language_of(visit.request)
    return translated(sentence, language) % {"euros": format_euros(cents, language)}


def _funders(visit: Visit) -> dict[str, str]:
    return {funder.key: funder.name for funder in visit.policy.funders}


def _done(visit: Visit, year: int, kind: EntryKind) -> Response:
    return RedirectResponse(f"/{visit.municipality}/budget/{year}?gedaan={kind}", 303)


async def _form_page(
    visit: Visit,
    year: int,
    kind: EntryKind,
    *,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    if kind not in FORMS:
        raise HTTPException(404)
    async with visit.desk.db.connection() as conn:
        known_year(await years_of(conn, visit.municipality), year)
        lines = await budgets.lines(conn, visit.municipality, year)
    return visit.render(
        "budget_form.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="budget",
        year=year,
        kind=kind,
        fields=FORMS[kind].model_fields,
        lines={line: lines[line] for line in (SPENT_BY_HAND if kind is EntryKind.EXPENSE else BudgetLine)},
        names=_funders(visit),
        values=values or {},
        budget_words=words,
        new_form=uuid4,
    )


async def _sure(visit: Visit, entry: Entry, values: dict[str, str]) -> Response:
    return visit.render(
        "budget_sure.html",
        here="budget",
        year=entry.year,
        entry=entry,
        names=_funders(visit),
        typed=values | {SURE: "yes"},
        budget_words=words,
    )


async def _entry(visit: Visit, year: int, entry: UUID) -> tuple[Entry, budgets.Line]:
    async with visit.desk.db.connection() as conn:
        try:
            return await budgets.entry(conn, visit.municipality, year, entry)
        except budgets.NoSuchEntry:
            raise HTTPException(404) from None


async def _entry_page(
    visit: Visit,
    year: int,
    entry: UUID,
    *,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    _, line = await _entry(visit, year, entry)
    async with visit.desk.db.connection() as conn:
        state = await budgets.state(conn, visit.municipality, year)
    return visit.render(
        "budget_entry.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="budget",
        year=year,
        line=line,
        may_correct=visit.may(Act.BUDGET) and line.may_be_corrected and state is YearState.OPEN,
        names=_funders(visit),
        values=values or {},
        budget_words=words,
        new_form=uuid4,
    )
