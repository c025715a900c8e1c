"""Which postings a figure is made of, and the fold that makes it: every figure can be traced."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from schemas.ledger import AccountKind, Frozen

ANY = None
NAMED = "*"
"""A funder, whichever it is."""


class Movement(Frozen):
    """Posted transfers, or reservations that are still open, that are alike; ``cents`` in all.

    A street goes by its wijk. ``wijk`` of money that is set apart is that of the potje it is for.
    """

    debit: AccountKind
    debit_name: str
    credit: AccountKind
    credit_name: str
    wijk: str = ""
    funder: str = ""
    """Of money that came or went by bank, the funder that its entry names."""
    reason: str
    """A reversal goes by the reason of what it reverses."""
    at_the_end: bool = False
    """Booked by the closing of the year."""
    month: date
    open: bool = False
    cents: int
    count: int
    """Reversals count down."""


class Postings(Frozen):
    """What is booked from one side to another, less what is booked the other way. None: whichever."""

    debit: AccountKind
    credit: AccountKind
    debit_name: str | None = ANY
    credit_name: str | None = ANY
    wijk: str | None = ANY
    funder: str | None = ANY
    reason: str | None = ANY
    at_the_end: bool | None = ANY
    month: date | None = ANY
    open: bool = False
    one_way: bool = False
    """What goes the other way is another figure's."""

    def sign(self, moved: Movement) -> int:
        """1 for a movement that adds, -1 for one the other way, 0 for one that is none of it."""
        there = (moved.debit, moved.debit_name, moved.credit, moved.credit_name)
        if self._agrees(moved):
            if self._between(there):
                return 1
            if not self.one_way and self._between((*there[2:], *there[:2])):
                return -1
        return 0

    def _between(self, sides: tuple[AccountKind, str, AccountKind, str]) -> bool:
        debit, debit_name, credit, credit_name = sides
        return (debit, credit) == (self.debit, self.credit) and all(
            wanted is ANY or wanted == found
            for wanted, found in ((self.debit_name, debit_name), (self.credit_name, credit_name))
        )

    def _agrees(self, moved: Movement) -> bool:
        if self.funder == NAMED and not moved.funder:
            return False
        return moved.open == self.open and all(
            wanted in (ANY, NAMED, found)
            for wanted, found in (
                (self.wijk, moved.wijk),
                (self.funder, moved.funder),
                (self.reason, moved.reason),
                (self.at_the_end, moved.at_the_end),
                (self.month, moved.month),
            )
        )


class Sum(Frozen):
    """What postings come to."""

    cents: int = 0
    count: int = 0


class Books:
    """The movements of a municipality's year, ready to be summed."""

    def __init__(self, movements: Iterable[Movement]) -> None:
        self.movements = list(movements)
        self._between: dict[tuple[AccountKind, AccountKind], list[Movement]] = defaultdict(list)
        for moved in self.movements:
            self._between[moved.debit, moved.credit].append(moved)

    def sum(self, *postings: Postings) -> Sum:
        """All of them together."""
        cents = count = 0
        for each in postings:
            for moved in self._near(each):
                sign = each.sign(moved)
                cents += sign * moved.cents
                count += abs(sign) * moved.count
        return Sum(cents=cents, count=count)

    def _near(self, postings: Postings) -> list[Movement]:
        there, back = (postings.debit, postings.credit), (postings.credit, postings.debit)
        found = self._between.get(there, [])
        return found if back == there else [*found, *self._between.get(back, [])]
