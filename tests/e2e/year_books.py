"""What every report must say, folded in plain Python from the rows of ``ledger.transfer``, one by one.

Nothing of the product's queries or sums is used. Each figure keeps the transfers that it is the sum of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from schemas.accounts import BudgetLine
from schemas.attentie import Occasion
from schemas.ledger import transfer_id
from tests.e2e.year_town import CITY, Town

LINES = [line.value for line in BudgetLine]
INTO = ("granted", "moved", "carried_in")
OUT_OF = ("spent", "reserved", "returned", "carried_out")


class Figure(NamedTuple):
    """Cents, or how many; and the numbers in the chain of the transfers that it comes from."""

    value: int
    of: frozenset[int] = frozenset()


class Side(NamedTuple):
    """One side of a transfer."""

    kind: str
    name: str


def side(code: str) -> Side:
    """``street:zonnedorp:rozenlaan:2026`` is the street rozenlaan."""
    kind, _, *rest = code.split(":")
    return Side(kind, rest[0] if kind in ("funding", "budget", "street", "spent") else "")


@dataclass(frozen=True)
class Move:
    """A transfer that is posted, or a reservation that still waits."""

    row: Any
    debit: Side
    credit: Side
    funder: str
    """The funder whose gift this is, where it came by bank."""
    street: str
    """The street that it is for."""
    occasion: str

    @property
    def closing(self) -> bool:
        """Whether the closing of the year booked it."""
        return bool(self.row["reason"].startswith("closing."))

    @property
    def month(self) -> str:
        """The month in which it was booked."""
        return f"{self.row['booked_on']:%Y-%m}"

    def other(self, one: Side) -> tuple[Side, int] | None:
        """The side opposite, and 1 when this one received; None when it has no part in it."""
        if one == self.credit:
            return self.debit, 1
        return (self.credit, -1) if one == self.debit else None

    def between(self, giver: str, taker: str) -> int:
        """1 from the one kind of account to the other, -1 back, 0 for anything else."""
        kinds = (self.debit.kind, self.credit.kind)
        return {(giver, taker): 1, (taker, giver): -1}.get(kinds, 0)


@dataclass
class Tally:
    """Adds up transfers, and remembers which."""

    cents: int = 0
    times: int = 0
    of: set[int] = field(default_factory=set)

    def add(self, move: Move, sign: int) -> None:
        """One more, or one taken back."""
        self.cents += sign * move.row["cents"]
        self.times += sign
        self.of.add(move.row["seq"])

    @property
    def figure(self) -> Figure:
        """In cents."""
        return Figure(self.cents, frozenset(self.of))

    @property
    def count(self) -> Figure:
        """How many."""
        return Figure(self.times, frozenset(self.of))


Cells = dict[str, Figure]


def tally(moves: Iterable[Move], sign: Callable[[Move], int]) -> Tally:
    """All moves that have a sign."""
    found = Tally()
    for move in moves:
        if counted := sign(move):
            found.add(move, counted)
    return found


def total(rows: Iterable[Cells]) -> Cells:
    """The sum of every column."""
    summed: dict[str, Figure] = {}
    for row in rows:
        for name, figure in row.items():
            before = summed.get(name, Figure(0))
            summed[name] = Figure(before.value + figure.value, before.of | figure.of)
    return summed


@dataclass
class Books:
    """A year as its rows tell it."""

    rows: list[Any]
    accounts: list[str]
    wijken: dict[str, str]
    """Of every street in the registry."""
    potjes: dict[UUID, tuple[str, str]]
    """The group of each potje's transfers: its id and its street."""
    entries: dict[UUID, Any]

    @cached_property
    def by_id(self) -> dict[UUID, Any]:
        """The rows by their ids."""
        return {row["id"]: row for row in self.rows}

    @cached_property
    def posted(self) -> list[Move]:
        """What is booked for good."""
        return [self._move(row) for row in self.rows if row["kind"] in ("single", "post")]

    @cached_property
    def waiting(self) -> list[Move]:
        """Reservations that nothing has resolved."""
        resolved = {row["pending_id"] for row in self.rows}
        return [
            self._move(row) for row in self.rows if row["kind"] == "reserve" and row["id"] not in resolved
        ]

    def _move(self, row: Any) -> Move:
        debit, credit = side(row["debit"]), side(row["credit"])
        entry = self.entries.get(row["group_id"])
        named = [side(entry["source"]), side(entry["target"])] if entry else []
        by_bank = "bank" in (debit.kind, credit.kind)
        street = next((each.name for each in (debit, credit, *named) if each.kind == "street"), "")
        original = self.by_id.get(row["reverses_id"], row)
        return Move(
            row=row,
            debit=debit,
            credit=credit,
            funder=next((each.name for each in named if by_bank and each.kind == "funding"), ""),
            street=street or self.potje_of(row)[1],
            occasion=original["reason"],
        )

    def potje_of(self, row: Any) -> tuple[str, str]:
        """The potje that money was set apart for, by its reservation; and its street."""
        original = self.by_id.get(row["reverses_id"], row)
        reserved = self.by_id.get(original["pending_id"], original)
        return self.potjes.get(reserved["group_id"], ("", ""))

    def balance(self, code: str) -> Figure:
        """What stands on an account."""
        return tally(self.posted, lambda m: (m.row["credit"] == code) - (m.row["debit"] == code)).figure

    # The budget, by line

    def line_column(self, move: Move, other: Side, way: int) -> str:
        """Which column of the budget a transfer of a line belongs in; each is in one."""
        match other.kind:
            case "funding":
                return "returned" if move.closing else "granted"
            case "budget":
                return "moved"
            case "carry":
                return "carried_in" if way > 0 else "carried_out"
            case "bank" if move.funder:
                return "granted"
        return "spent"

    def of_line(self, line: str) -> dict[str, list[tuple[Move, int]]]:
        """The transfers of a line by column, signed as the column reads."""
        found: dict[str, list[tuple[Move, int]]] = {name: [] for name in (*INTO, *OUT_OF)}
        for move in self.posted:
            if opposite := move.other(Side("budget", line)):
                column = self.line_column(move, *opposite)
                found[column].append((move, opposite[1] if column in INTO else -opposite[1]))
        found["reserved"] = [(move, 1) for move in self.waiting if move.debit == Side("budget", line)]
        return found

    def line(self, line: str) -> Cells:
        """A line of the budget, and what is left of it."""
        cells = {name: _sum(moves).figure for name, moves in self.of_line(line).items()}
        left = sum(cells[name].value for name in INTO) - sum(cells[name].value for name in OUT_OF)
        every = frozenset().union(*(cell.of for cell in cells.values()))
        return cells | {"left": Figure(left, every)}

    def budget(self) -> dict[str, Cells]:
        """Budget against actual."""
        return {line: self.line(line) for line in LINES}

    # The wijken

    def in_wijk(self, wijk: str) -> Cells:
        """The streets of a wijk and their money."""
        posted = [move for move in self.posted if move.street and self.wijken[move.street] == wijk]

        def to_streets(*givers: str) -> Callable[[Move], int]:
            return lambda move: sum(move.between(giver, "street") for giver in givers)

        paid = tally(posted, to_streets("bank", "suspense"))
        spent = tally(posted, lambda move: move.between("street", "spent"))
        turned = tally(posted, to_streets("funding", "carry", "budget"))
        apart = [move for move in posted if not move.funder and move.between("budget", "bank")]
        approved = tally(apart, lambda move: move.between("budget", "bank"))
        left = paid.cents - spent.cents + turned.cents
        of = frozenset(paid.of | spent.of | turned.of)
        moved = {move.street for move in posted if "street" in (move.debit.kind, move.credit.kind)}
        return {
            "streets": Figure(len(moved), of),
            "potjes_approved": Figure(self._standing(apart), frozenset(approved.of)),
            "approved": approved.figure,
            "paid": paid.figure,
            "attenties": spent.figure,
            "turned": turned.figure,
            "left_in_street": Figure(left, of),
        }

    def _standing(self, apart: Iterable[Move]) -> int:
        """How many potjes were approved and not taken back."""
        each: dict[str, int] = defaultdict(int)
        for move in apart:
            potje, _ = self.potje_of(move.row)
            each[potje] += move.between("budget", "bank") * move.row["cents"]
        return sum(1 for potje, cents in each.items() if potje and cents > 0)

    def by_wijk(self) -> dict[str, Cells]:
        """Every wijk with a street that has an account."""
        names = {self.wijken[side(code).name] for code in self.accounts if side(code).kind == "street"}
        return {wijk: self.in_wijk(wijk) for wijk in sorted(names)}

    # The funders

    def by_funder(self) -> dict[str, Cells]:
        """What each gave to each line, what of it was spent pro rata, and what it got back."""
        lines = {line: self.of_line(line) for line in LINES}
        keys = sorted({_funder(m) for each in lines.values() for m, _ in each["granted"] + each["returned"]})
        rows: dict[str, Cells] = {key: {} for key in keys}
        share: dict[str, int] = dict.fromkeys(keys, 0)
        for line, columns in lines.items():
            for key in keys:
                rows[key][line] = _sum(_of(key, columns["granted"])).figure
            spent = _sum(columns["spent"]).cents
            for key, cents in pro_rata(spent, {key: rows[key][line].value for key in keys}).items():
                share[key] += cents
        everything = frozenset(move.row["seq"] for columns in lines.values() for move, _ in columns["spent"])
        for key, row in rows.items():
            row["granted"] = total({"x": row[line]} for line in LINES)["x"]
            row["share_spent"] = Figure(share[key], everything)
            back = [one for columns in lines.values() for one in columns["returned"]]
            row["returned"] = _sum(_of(key, back)).figure
        return rows

    # The attenties and the months

    def by_occasion(self) -> dict[str, Cells]:
        """How often, and how much."""
        found = {}
        for occasion in Occasion:
            of = [move for move in self.posted if move.occasion == f"attentie.{occasion}"]
            told = tally(of, lambda move: move.between("street", "spent"))
            found[occasion.value] = {"count": told.count, "attenties": told.figure}
        return found

    def by_month(self) -> dict[str, Cells]:
        """What was booked in each month."""
        columns = [self.of_line(line) for line in LINES]
        months: dict[str, Cells] = {}
        for month in sorted({move.month for move in self.posted}):
            within = [move for move in self.posted if move.month == month]

            def of_lines(name: str, month: str = month) -> Figure:
                every = [one for each in columns for one in each[name] if one[0].month == month]
                return _sum(every).figure

            paid = tally(within, lambda m: m.between("bank", "street") + m.between("suspense", "street"))
            months[month] = {
                "granted": of_lines("granted"),
                "spent": of_lines("spent"),
                "paid": paid.figure,
                "attenties": tally(within, lambda move: move.between("street", "spent")).figure,
            }
        return months

    def reports(self) -> dict[str, dict[str, Cells]]:
        """All of them, by what they are called in addresses."""
        return {
            "begroting": self.budget(),
            "wijken": self.by_wijk(),
            "geldgevers": self.by_funder(),
            "aanleidingen": self.by_occasion(),
            "maanden": self.by_month(),
        }


def _sum(moves: Iterable[tuple[Move, int]]) -> Tally:
    found = Tally()
    for move, sign in moves:
        found.add(move, sign)
    return found


def _funder(move: Move) -> str:
    return move.funder or next(each.name for each in (move.debit, move.credit) if each.kind == "funding")


def _of(key: str, moves: Iterable[tuple[Move, int]]) -> list[tuple[Move, int]]:
    return [(move, sign) for move, sign in moves if _funder(move) == key]


def pro_rata(cents: int, weights: dict[str, int]) -> dict[str, int]:
    """Whole cents; those that rounding leaves go to the largest fractions."""
    positive = {key: max(weight, 0) for key, weight in weights.items()}
    whole = sum(positive.values())
    assert cents >= 0
    assert whole or not cents, "spent what nobody gave"
    exact = {key: Fraction(cents * weight, whole or 1) for key, weight in positive.items()}
    given = {key: int(part) for key, part in exact.items()}
    by_fraction = sorted(exact, key=lambda key: given[key] - exact[key])
    for key in by_fraction[: cents - sum(given.values())]:
        given[key] += 1
    return given


async def books_of(town: Town, year: int) -> Books:
    """The rows of a year, as they stand in the tables."""
    rows = "select * from ledger.transfer where municipality = $1 and fiscal_year = $2 order by seq"
    accounts = "select code from ledger.account where municipality = $1 and fiscal_year = $2"
    potjes = "select workflow_id, street from registry.potje where municipality = $1 and year = $2"
    return Books(
        rows=await town.rows(rows, CITY, year),
        accounts=[row["code"] for row in await town.rows(accounts, CITY, year)],
        wijken={
            row["slug"]: row["wijk"]
            for row in await town.rows("select slug, wijk from registry.street where municipality = $1", CITY)
        },
        potjes={
            transfer_id(row["workflow_id"], "group"): (row["workflow_id"], row["street"])
            for row in await town.rows(potjes, CITY, year)
        },
        entries={
            row["id"]: row
            for row in await town.rows("select * from money.entry where municipality = $1", CITY)
        },
    )
