"""What the ledger is, without a database: a plain model of it, and the operations that both can do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import asyncpg

from schemas.ledger import NO_YEAR, AccountKind, Leg, LegKind, MarkKind, YearState, account_code
from store import ledger
from tests.store.ledger_books import DAY, GROUP, TREASURER

YEARS = (2026, 2027)
GUARDED = ("budget", "carry")
Outcome = type[ledger.LedgerError] | None
"""None when it was done; otherwise why not."""


def kind_of(code: str) -> str:
    """The first word of an account's code."""
    return code.partition(":")[0]


def year_of(code: str) -> int:
    """The fiscal year of an account."""
    return NO_YEAR if kind_of(code) == "carry" else int(code.rpartition(":")[2])


@dataclass
class Model:
    """The books of one municipality over two years."""

    city: str
    states: dict[int, YearState] = field(default_factory=lambda: dict.fromkeys(YEARS, YearState.OPEN))
    done: dict[UUID, Leg] = field(default_factory=dict)
    pending: dict[UUID, Leg] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    marks: dict[tuple[int, str, str], bytes] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=lambda: dict.fromkeys(YEARS, 1))

    def copy(self) -> "Model":
        """The same books once more."""
        return Model(
            self.city,
            dict(self.states),
            dict(self.done),
            dict(self.pending),
            set(self.reversed),
            dict(self.marks),
            dict(self.lines),
        )

    def account(self, kind: str, year: int = YEARS[0], name: str = "") -> str:
        """The code of an account of this municipality."""
        return account_code(AccountKind(kind), self.city, NO_YEAR if kind == "carry" else year, name)

    def accounts(self) -> list[str]:
        """All that are open."""
        streets = [self.account("street", year, name) for year in YEARS for name in ("a", "b")]
        others = [self.account(kind, year) for year in YEARS for kind in ("funding", "budget", "spent")]
        return [self.account("carry"), *others, *streets]

    def sums(self, code: str) -> tuple[int, int, int, int]:
        """Debits posted and pending, credits posted and pending."""
        posted = [leg for leg in self.done.values() if leg.kind in (LegKind.SINGLE, LegKind.POST)]
        waiting = self.pending.values()
        return (
            sum(leg.cents for leg in posted if leg.debit == code),
            sum(leg.cents for leg in waiting if leg.debit == code),
            sum(leg.cents for leg in posted if leg.credit == code),
            sum(leg.cents for leg in waiting if leg.credit == code),
        )

    def available(self, code: str) -> int:
        """What the account may still give."""
        posted_out, pending_out, posted_in, _ = self.sums(code)
        return posted_in - posted_out - pending_out

    def book(self, legs: Iterable[Leg]) -> Outcome:
        """All legs or none."""
        tried = self.copy()
        for leg in legs:
            if why := tried.add(leg):
                return why
        self.__dict__ = tried.__dict__
        return None

    def add(self, leg: Leg) -> Outcome:
        """One leg."""
        years = {year_of(leg.debit), year_of(leg.credit)} - {NO_YEAR}
        if len(years) > 1:
            return ledger.AcrossYears
        if leg.id in self.done:
            return None if self.done[leg.id] == leg else ledger.OtherArguments
        [year] = years
        why = self.too_late(leg, year) or self.no_mirror(leg) or self.misfit(leg) or self.short(leg)
        if why is None:
            self.done[leg.id] = leg
            self.lines[year] += 1
            self.pending.pop(leg.pending_id or leg.id, None)
            self.pending |= {leg.id: leg} if leg.kind is LegKind.RESERVE else {}
            self.reversed |= {leg.reverses_id} if leg.reverses_id else set()
        return why

    def too_late(self, leg: Leg, year: int) -> Outcome:
        """Whether the year does not admit it."""
        giver, taker = kind_of(leg.debit), kind_of(leg.credit)
        fills = (giver, taker, leg.kind) == ("funding", "street", LegKind.SINGLE)
        ends = (
            leg.pending_id is not None
            or leg.reverses_id is not None
            or giver == "carry"
            or taker in ("funding", "carry")
            or (fills and self.available(leg.credit) + leg.cents <= 0)
        )
        state = self.states[year]
        if state is YearState.OPEN or (state is YearState.CLOSING and ends):
            return None
        return ledger.YearNotOpen

    def no_mirror(self, leg: Leg) -> Outcome:
        """Whether it reverses what it may not."""
        if leg.reverses_id is None:
            return None
        first = self.done.get(leg.reverses_id)
        mirrors = first is not None and (
            (first.debit, first.credit, first.cents) == (leg.credit, leg.debit, leg.cents)
            and first.kind in (LegKind.SINGLE, LegKind.POST)
        )
        return None if mirrors and leg.reverses_id not in self.reversed else ledger.DoesNotFit

    def misfit(self, leg: Leg) -> Outcome:
        """Whether it resolves what it may not."""
        if leg.pending_id is None:
            return None
        reserved = self.pending.get(leg.pending_id)
        if reserved is None:
            return ledger.NotReserved
        other = (reserved.debit, reserved.credit) != (leg.debit, leg.credit)
        more = leg.cents > reserved.cents
        some = leg.kind is LegKind.RELEASE and leg.cents < reserved.cents
        return ledger.DoesNotFit if other or more or some else None

    def short(self, leg: Leg) -> Outcome:
        """Whether the account that gives cannot spare it."""
        gives = leg.kind in (LegKind.SINGLE, LegKind.RESERVE)
        guarded = kind_of(leg.debit) in GUARDED
        return ledger.Overdraft if gives and guarded and self.available(leg.debit) < leg.cents else None


class Operation(Protocol):
    """What can be asked of the ledger and of the model."""

    async def ask(self, conn: asyncpg.Connection) -> None:
        """Ask the ledger."""

    def tell(self, model: Model) -> Outcome:
        """Ask the model."""


@dataclass(frozen=True)
class Booking:
    """One call of the ledger."""

    legs: tuple[Leg, ...]

    async def ask(self, conn: asyncpg.Connection) -> None:
        """Book, and get back what was asked."""
        told = await ledger.transfer(conn, self.legs, actor=TREASURER, group_id=GROUP, booked_on=DAY)
        assert [(each.id, each.cents) for each in told] == [(each.id, each.cents) for each in self.legs]

    def tell(self, model: Model) -> Outcome:
        """Book in the model."""
        return model.book(self.legs)


@dataclass(frozen=True)
class Marking:
    """A file or a note that is marked."""

    city: str
    year: int
    kind: MarkKind
    subject: str
    digest: bytes

    async def ask(self, conn: asyncpg.Connection) -> None:
        """Mark it."""
        subject, digest = self.subject, self.digest
        await ledger.mark(
            conn, self.city, self.year, kind=self.kind, subject=subject, digest=digest, actor=TREASURER
        )

    def tell(self, model: Model) -> Outcome:
        """Mark it in the model."""
        key = (self.year, self.kind, self.subject)
        if key in model.marks:
            return None if model.marks[key] == self.digest else ledger.OtherArguments
        if model.states[self.year] is YearState.CLOSED:
            return ledger.YearNotOpen
        model.marks[key] = self.digest
        model.lines[self.year] += 1
        return None


@dataclass(frozen=True)
class Moving:
    """A year that goes on."""

    city: str
    year: int
    to: YearState

    async def ask(self, conn: asyncpg.Connection) -> None:
        """Move it."""
        await ledger.move_year(conn, self.city, self.year, self.to, TREASURER)

    def tell(self, model: Model) -> Outcome:
        """Move it in the model."""
        order, was = list(YearState), model.states[self.year]
        if self.to is was:
            return None
        reserved = any(year_of(leg.debit) == self.year for leg in model.pending.values())
        if order.index(self.to) - order.index(was) != 1 or (self.to is YearState.CLOSED and reserved):
            return ledger.YearNotOpen
        model.states[self.year] = self.to
        model.lines[self.year] += 1
        return None
