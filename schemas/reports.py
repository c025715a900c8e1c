"""The reports of a year, from the movements in the ledger. Every cell knows its postings; euro cents."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from schemas.accounts import ATTENTIES, BudgetLine
from schemas.attentie import Occasion, reason_of
from schemas.ledger import AccountKind, Frozen
from schemas.money import shares
from schemas.postings import NAMED, Books, Movement, Postings
from schemas.suppression import SMALLEST_SHOWN, hidden

K = AccountKind
UNPLACED = ""
"""The wijk of what belongs to no street that the registry knows."""


class Report(StrEnum):
    """What one can ask of a year; the value stands in addresses."""

    BUDGET = "begroting"
    WIJKEN = "wijken"
    FUNDERS = "geldgevers"
    OCCASIONS = "aanleidingen"
    MONTHS = "maanden"


class Unit(StrEnum):
    """How a figure reads."""

    CENTS = "cents"
    COUNT = "count"


class Column(Frozen):
    """A column and what its figures are; ``key`` is looked up in the words of whoever shows it."""

    key: str
    unit: Unit = Unit.CENTS


class Cell(Frozen):
    """A figure; None where it is too small to be shown. ``of`` are the postings it comes from."""

    value: int | None
    of: tuple[Postings, ...] = ()


class Row(Frozen):
    """A line of a report; ``key`` is a code or a name, the total's is empty."""

    key: str
    cells: tuple[Cell, ...]


class Table(Frozen):
    """A report."""

    report: Report
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row

    def row(self, key: str) -> Row:
        """The line of a key; raises ``KeyError``."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)

    def value(self, key: str, column: str) -> int | None:
        """One figure; raises ``KeyError``."""
        names = [each.key for each in self.columns]
        if column not in names:
            raise KeyError(column)
        return (self.row(key) if key else self.total).cells[names.index(column)].value


class WijkCounts(Frozen):
    """How many streets of a wijk have an account, and how many of their potjes are approved."""

    wijk: str
    streets: int = 0
    potjes: int = 0


class Figures(Frozen):
    """What the ledger says of a municipality's year, read in one snapshot."""

    municipality: str
    year: int
    movements: tuple[Movement, ...]
    wijken: tuple[WijkCounts, ...]
    lines: dict[BudgetLine, int]
    """What each line has available, by its balance."""
    streets: dict[str, int]
    """What the streets of each wijk have, by their balances."""


def reports(figures: Figures) -> dict[Report, Table]:
    """Every report of a year."""
    books = Books(figures.movements)
    return {
        Report.BUDGET: budget(figures, books),
        Report.WIJKEN: wijken(figures, books),
        Report.FUNDERS: funders(books),
        Report.OCCASIONS: occasions(books),
        Report.MONTHS: months(books),
    }


def granted_to(
    line: str | None, funder: str | None = None, month: date | None = None
) -> tuple[Postings, ...]:
    """Grants less what was taken back in the year: straight, or by bank where an entry names the funder."""
    straight = Postings(
        debit=K.FUNDING, debit_name=funder, credit=K.BUDGET, credit_name=line, at_the_end=False, month=month
    )
    by_bank = Postings(debit=K.BANK, credit=K.BUDGET, credit_name=line, funder=funder or NAMED, month=month)
    return straight, by_bank


INTO_A_LINE = ("granted", "moved", "carried_in")
OUT_OF_A_LINE = ("spent", "reserved", "returned", "carried_out")


def budget(figures: Figures, books: Books) -> Table:
    """Budget against actual, by line: what came in, less what went out, is left."""
    columns = _columns(
        "granted", "moved", "carried_in", "spent", "reserved", "returned", "carried_out", "left"
    )
    rows = [_line(line, figures, books) for line in BudgetLine]
    return Table(report=Report.BUDGET, columns=columns, rows=tuple(rows), total=_total(rows))


def spent_of(line: str | None, month: date | None = None) -> tuple[Postings, ...]:
    """What a line gave out: to be paid to streets, or for good."""
    return tuple(
        Postings(debit=K.BUDGET, debit_name=line, credit=kind, funder="", month=month)
        for kind in (K.BANK, K.SPENT, K.SUSPENSE, K.STREET)
    )


def _line(line: BudgetLine, figures: Figures, books: Books) -> Row:
    moved = [
        Postings(debit=K.BUDGET, debit_name=other, credit=K.BUDGET, credit_name=line)
        for other in BudgetLine
        if other is not line
    ]
    carried_in = Postings(debit=K.CARRY, credit=K.BUDGET, credit_name=line, one_way=True)
    reserved = Postings(debit=K.BUDGET, debit_name=line, credit=K.BANK, open=True)
    returned = Postings(debit=K.BUDGET, debit_name=line, credit=K.FUNDING, at_the_end=True)
    carried_out = Postings(debit=K.BUDGET, debit_name=line, credit=K.CARRY, one_way=True)
    ways = (granted_to(line), moved, [carried_in], spent_of(line), [reserved], [returned], [carried_out])
    cells = [_cents(books, postings) for postings in ways]
    signs = (*(1 for _ in INTO_A_LINE), *(-1 for _ in OUT_OF_A_LINE))
    left = Cell(
        value=figures.lines.get(line, 0),
        of=tuple(each for cell in cells for each in cell.of),
    )
    made = sum(sign * (cell.value or 0) for sign, cell in zip(signs, cells, strict=True))
    if made != left.value:
        raise ValueError(f"the postings of {line} come to {made} cents, its balance to {left.value}")
    return Row(key=line, cells=(*cells, left))


PAID = (K.BANK, K.SUSPENSE)
"""Where money of a street comes from: a payment, or one that was made by hand and placed afterwards."""

AT_THE_TURN = (K.FUNDING, K.CARRY, K.BUDGET)
"""Where money of a street comes from or goes at the turn of a year."""


def wijken(figures: Figures, books: Books) -> Table:
    """Streets and their money, by wijk."""
    columns = (
        Column(key="streets", unit=Unit.COUNT),
        Column(key="potjes_approved", unit=Unit.COUNT),
        *_columns("approved", "paid", "attenties", "turned", "left_in_street"),
    )
    counts = {each.wijk: each for each in figures.wijken}
    names = sorted({*counts, *figures.streets}, key=lambda name: (name == UNPLACED, name))
    rows = [_wijk(name, counts.get(name, WijkCounts(wijk=name)), figures, books) for name in names]
    return Table(report=Report.WIJKEN, columns=columns, rows=tuple(rows), total=_total(rows, len(columns)))


def _wijk(name: str, counts: WijkCounts, figures: Figures, books: Books) -> Row:
    approved = Postings(debit=K.BUDGET, debit_name=BudgetLine.POTJES, credit=K.BANK, wijk=name, funder="")
    paid = [Postings(debit=kind, credit=K.STREET, wijk=name) for kind in PAID]
    spent = Postings(debit=K.STREET, credit=K.SPENT, wijk=name)
    turned = [Postings(debit=kind, credit=K.STREET, wijk=name) for kind in AT_THE_TURN]
    cells = [_cents(books, each) for each in ([approved], paid, [spent], turned)]
    left = Cell(value=figures.streets.get(name, 0), of=(*paid, spent, *turned))
    numbers = (Cell(value=counts.streets, of=left.of), Cell(value=counts.potjes, of=(approved,)))
    return Row(key=name, cells=(*numbers, *cells, left))


def funders(books: Books) -> Table:
    """What each funder granted each line, its share of what was spent (pro rata), and what went back.

    What a line spent that nobody granted it (money moved or carried to it) stands under no funder.
    """
    columns = _columns(*BudgetLine, "granted", "share_spent", "returned")
    keys = _funders(books)
    spent = dict.fromkeys((*keys, UNPLACED), 0)
    grants = {line: [books.sum(*granted_to(line, key)).cents for key in keys] for line in BudgetLine}
    for line in BudgetLine:
        total = books.sum(*spent_of(line)).cents
        weights = [max(cents, 0) for cents in grants[line]]
        for key, part in (
            zip(keys, shares(total, weights), strict=True) if any(weights) else [(UNPLACED, total)]
        ):
            spent[key] += part
    rows = [_funder(key, books, spent[key]) for key in keys]
    if spent[UNPLACED]:
        rows.append(_funder(UNPLACED, books, spent[UNPLACED]))
    return Table(report=Report.FUNDERS, columns=columns, rows=tuple(rows), total=_total(rows, len(columns)))


def _funder(key: str, books: Books, spent: int) -> Row:
    """``of`` of a share are the postings that are shared out."""
    if key == UNPLACED:
        granted = [Cell(value=0)] * (len(BudgetLine) + 1)
        return Row(key=key, cells=(*granted, Cell(value=spent, of=spent_of(None)), Cell(value=0)))
    by_line = [_cents(books, granted_to(line, key)) for line in BudgetLine]
    back = Postings(debit=K.BUDGET, credit=K.FUNDING, credit_name=key, at_the_end=True)
    return Row(
        key=key,
        cells=(
            *by_line,
            _cents(books, granted_to(None, key)),
            Cell(value=spent, of=spent_of(None)),
            _cents(books, [back]),
        ),
    )


def _funders(books: Books) -> list[str]:
    found = {moved.funder for moved in books.movements if K.BUDGET in (moved.debit, moved.credit)}
    for moved in books.movements:
        if (moved.debit, moved.credit) == (K.FUNDING, K.BUDGET):
            found.add(moved.debit_name)
        if (moved.debit, moved.credit) == (K.BUDGET, K.FUNDING):
            found.add(moved.credit_name)
    return sorted(found - {UNPLACED})


def occasions(books: Books) -> Table:
    """Attenties by occasion; fewer than five of a kind are not told, nor can they be computed."""
    columns = (Column(key="count", unit=Unit.COUNT), Column(key="attenties"))
    postings = {
        each: Postings(debit=K.STREET, credit=K.SPENT, credit_name=ATTENTIES, reason=reason_of(each))
        for each in Occasion
    }
    sums = {each: books.sum(postings[each]) for each in Occasion}
    secret = hidden({each: found.count for each, found in sums.items()})
    rows = []
    for each in Occasion:
        shown = each not in secret
        count = Cell(value=sums[each].count if shown else None, of=(postings[each],))
        rows.append(
            Row(key=each, cells=(count, Cell(value=sums[each].cents if shown else None, of=count.of)))
        )
    whole = tuple(postings.values())
    number = sum(found.count for found in sums.values())
    total = (
        Cell(value=number if number >= SMALLEST_SHOWN else None, of=whole),
        Cell(value=sum(found.cents for found in sums.values()), of=whole),
    )
    return Table(
        report=Report.OCCASIONS, columns=columns, rows=tuple(rows), total=Row(key=UNPLACED, cells=total)
    )


def months(books: Books) -> Table:
    """What happened in each month, by the day on which it was booked."""
    columns = _columns("granted", "spent", "paid", "attenties")
    rows = []
    for month in sorted({moved.month for moved in books.movements if not moved.open}):
        ways: Sequence[Iterable[Postings]] = (
            granted_to(None, None, month),
            spent_of(None, month),
            [Postings(debit=kind, credit=K.STREET, month=month) for kind in PAID],
            [Postings(debit=K.STREET, credit=K.SPENT, month=month)],
        )
        cells = tuple(_cents(books, postings) for postings in ways)
        rows.append(Row(key=month.isoformat()[:7], cells=cells))
    return Table(report=Report.MONTHS, columns=columns, rows=tuple(rows), total=_total(rows, len(columns)))


def _columns(*keys: str) -> tuple[Column, ...]:
    return tuple(Column(key=key) for key in keys)


def _cents(books: Books, postings: Iterable[Postings]) -> Cell:
    of = tuple(postings)
    return Cell(value=books.sum(*of).cents, of=of)


def _total(rows: Sequence[Row], width: int = 0) -> Row:
    """The sum of every column, and of what it is made of."""
    cells = zip(*(row.cells for row in rows), strict=True)
    summed = tuple(
        Cell(
            value=sum(cell.value or 0 for cell in column),
            of=tuple(dict.fromkeys(each for cell in column for each in cell.of)),
        )
        for column in cells
    )
    return Row(key=UNPLACED, cells=summed or tuple(Cell(value=0) for _ in range(width)))
