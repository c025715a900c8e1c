"""Closing a year: what still stands in the way, and the two steps. The caller owns the transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from schemas.accounts import OWN_MONEY, funder_account, spec_of
from schemas.budget import LineFigures, name_in
from schemas.closing import (
    BEFORE_BEGINNING,
    Hindrance,
    Hurdle,
    Left,
    LineLeft,
    Moved,
    Outcome,
    Plan,
    StreetLeft,
    came_to,
    closing_group,
    plan,
    told,
)
from schemas.facts import Fact
from schemas.ledger import Leg, YearState
from schemas.policy import Policy
from schemas.potje import PotjeStatus
from schemas.refs import Slug, StaffRef
from store import budgets, ledger, registry
from store.database import Connection
from store.queries import queries

SQL = queries("closing")

LEGS_A_CALL = 1000
"""What the ledger books fastest."""

SETTLED = [status.value for status in PotjeStatus if status.settled]


class Hindered(Exception):
    """Something has to be settled first; see :attr:`hurdles`."""

    def __init__(self, hurdles: Sequence[Hurdle]) -> None:
        super().__init__(", ".join(hurdle.what for hurdle in hurdles))
        self.hurdles = list(hurdles)


@dataclass(frozen=True)
class Year:
    """A year as its page shows it. ``outcome`` is what closing it comes to, or came to."""

    year: int
    state: YearState
    hurdles: list[Hurdle]
    outcome: Outcome

    @property
    def may_begin(self) -> bool:
        """Whether closing may begin."""
        return self.state is YearState.OPEN and not _before_beginning(self.hurdles)

    @property
    def may_close(self) -> bool:
        """Whether it may end."""
        return self.state is YearState.CLOSING and not self.hurdles


async def year(conn: Connection, policy: Policy, fiscal_year: int) -> Year | None:
    """How a year stands; None for one that was never opened."""
    state = await budgets.state(conn, policy.slug, fiscal_year)
    if state is None:
        return None
    if state is YearState.CLOSED:
        return Year(fiscal_year, state, [], await _came_to(conn, policy.slug, fiscal_year))
    planned = plan(await _left(conn, policy, fiscal_year), policy.closing)
    return Year(fiscal_year, state, await hurdles(conn, policy.slug, fiscal_year), planned.outcome)


async def hurdles(conn: Connection, municipality: Slug, fiscal_year: int) -> list[Hurdle]:
    """What stands in the way of closing, the most urgent first."""
    rows = await conn.fetch(SQL["hurdles"], municipality, fiscal_year, SETTLED)
    found = [Hurdle(what=Hindrance(row["what"]), count=row["count"], cents=row["cents"]) for row in rows]
    return told(found)


async def begin(conn: Connection, policy: Policy, fiscal_year: int, by: StaffRef) -> bool:
    """From open to closing. False: it was begun before. Raises :class:`Hindered`, or ``YearNotOpen``."""
    await registry.own_budget(conn, policy.slug)
    if await budgets.state(conn, policy.slug, fiscal_year) in (YearState.CLOSING, YearState.CLOSED):
        return False
    found = _before_beginning(await hurdles(conn, policy.slug, fiscal_year))
    if found:
        raise Hindered(found)
    funders = [OWN_MONEY, *(funder.key for funder in policy.funders)]
    codes = [funder_account(policy.slug, funder, fiscal_year) for funder in funders]
    await ledger.open_accounts(conn, [spec_of(code) for code in codes])
    await ledger.move_year(conn, policy.slug, fiscal_year, YearState.CLOSING, by)
    await _journal(conn, policy.slug, fiscal_year, YearState.CLOSING, by)
    return True


async def close(conn: Connection, policy: Policy, fiscal_year: int, by: StaffRef, today: date) -> bool:
    """From closing to closed; what is left goes where policy says, all in this transaction.

    False: it was closed before. Raises :class:`Hindered`, or :class:`~store.ledger.YearNotOpen` for a year
    that is not closing, or whose next year is not open.
    """
    await registry.own_budget(conn, policy.slug)
    if await budgets.state(conn, policy.slug, fiscal_year) is YearState.CLOSED:
        return False
    found = await hurdles(conn, policy.slug, fiscal_year)
    if found:
        raise Hindered(found)
    planned = plan(await _left(conn, policy, fiscal_year), policy.closing)
    await ledger.open_year(conn, policy.slug, fiscal_year + 1, by)
    await ledger.open_accounts(conn, planned.accounts)
    await _book(conn, policy.slug, fiscal_year, planned, by, today)
    await ledger.move_year(conn, policy.slug, fiscal_year, YearState.CLOSED, by)
    await _journal(conn, policy.slug, fiscal_year, YearState.CLOSED, by)
    await budgets.wake(conn, closing_group(policy.slug, fiscal_year), policy.slug, fiscal_year + 1)
    return True


async def _book(
    conn: Connection, municipality: Slug, fiscal_year: int, planned: Plan, by: StaffRef, today: date
) -> None:
    group = closing_group(municipality, fiscal_year)
    for legs in _calls(planned.legs):
        await ledger.transfer(conn, legs, actor=by, group_id=group, booked_on=today)


def _calls(legs: Sequence[Leg]) -> Iterator[Sequence[Leg]]:
    for start in range(0, len(legs), LEGS_A_CALL):
        yield legs[start : start + LEGS_A_CALL]


async def _left(conn: Connection, policy: Policy, fiscal_year: int) -> Left:
    rows = await conn.fetch(SQL["streets_left"], policy.slug, fiscal_year)
    lines = await budgets.lines(conn, policy.slug, fiscal_year)
    return Left(
        municipality=policy.slug,
        year=fiscal_year,
        streets=tuple(_street_left(row) for row in rows),
        lines=tuple(_line_left(line) for line in lines.values()),
        fallback=policy.funders[0].key,
    )


def _street_left(row: asyncpg.Record) -> StreetLeft:
    slug = name_in(row["code"])
    heir = row["heir"] if row["heir"] != slug else None
    return StreetLeft(slug=slug, cents=row["cents"], ended=bool(row["ended"]), heir=heir)


def _line_left(line: LineFigures) -> LineLeft:
    return LineLeft(line=line.line, cents=line.available, granted=line.granted)


async def _came_to(conn: Connection, municipality: Slug, fiscal_year: int) -> Outcome:
    """What closing a closed year came to, from its own transfers."""
    group = closing_group(municipality, fiscal_year)
    rows = await conn.fetch(SQL["came_to"], municipality, fiscal_year, group)
    return came_to(Moved.model_validate(dict(row)) for row in rows)


async def _journal(
    conn: Connection, municipality: Slug, fiscal_year: int, state: YearState, by: StaffRef
) -> None:
    fact = Fact(
        key=f"year/{municipality}/{fiscal_year}/{state}",
        name=f"year.{state}",
        municipality=municipality,
        subject=f"year:{fiscal_year}",
        actor=by,
    )
    await registry.enter(conn, fact)


def _before_beginning(found: Sequence[Hurdle]) -> list[Hurdle]:
    return [hurdle for hurdle in found if hurdle.what in BEFORE_BEGINNING]
