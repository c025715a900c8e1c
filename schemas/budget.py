"""The programme budget: what the treasurer may enter, and what the ledger's flows say of every line."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from schemas.accounts import BudgetLine, funder_account, line_account, spent_account
from schemas.ledger import AccountCode, AccountKind, FiscalYear, Frozen, Leg, transfer_id
from schemas.money import Cents
from schemas.refs import Slug

SHORTEST_REASON, LONGEST_REASON = 3, 300
AT_THE_END = "closing."
"""How the reasons of transfers that close a year begin."""


class EntryKind(StrEnum):
    """What an entry is: money of a funder, less of it, from line to line, spent, or an entry undone."""

    GRANT = "grant"
    LESS = "less"
    MOVE = "move"
    EXPENSE = "expense"
    CORRECTION = "correction"
    PLACED = "placed"
    """What a bank statement showed and somebody placed; see ``store/suspense.py``."""


SPENT_BY_HAND = (BudgetLine.STARTER, BudgetLine.CAMPAIGN, BudgetLine.HOURS)
"""The lines whose expenses are entered. Potjes are paid by the engine, street by street."""

SIDES: dict[EntryKind, tuple[AccountKind, AccountKind]] = {
    EntryKind.GRANT: (AccountKind.FUNDING, AccountKind.BUDGET),
    EntryKind.LESS: (AccountKind.BUDGET, AccountKind.FUNDING),
    EntryKind.MOVE: (AccountKind.BUDGET, AccountKind.BUDGET),
    EntryKind.EXPENSE: (AccountKind.BUDGET, AccountKind.SPENT),
}
"""From which kind of account to which. A correction and a placing follow what they undo or place."""


def _tidy(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("unprintable characters")
    return value


Reason = Annotated[
    str,
    BeforeValidator(_tidy),
    StringConstraints(min_length=SHORTEST_REASON, max_length=LONGEST_REASON),
    AfterValidator(_printable),
]
"""Why, in somebody's own words: no names of residents."""


class Entry(Frozen):
    """What somebody enters on the desk; ``id`` is the form's, so sent twice it is one entry."""

    id: UUID
    municipality: Slug
    year: FiscalYear
    kind: EntryKind
    source: AccountCode
    target: AccountCode
    cents: Cents
    reason: Reason
    corrects: UUID | None = None

    @model_validator(mode="after")
    def coherent(self) -> Self:
        """Two accounts, of the kinds that belong together; a correction names what it undoes."""
        if self.source == self.target:
            raise ValueError("source and target are the same account")
        if (self.corrects is not None) != (self.kind is EntryKind.CORRECTION):
            raise ValueError("a correction, and only a correction, names another entry")
        sides = (kind_of(self.source), kind_of(self.target))
        if self.kind in SIDES and sides != SIDES[self.kind]:
            raise ValueError(f"a {self.kind} does not go from {sides[0]} to {sides[1]}")
        return self

    @property
    def leg(self) -> Leg:
        """The one transfer of a grant, a take-back, a move or an expense."""
        return Leg(
            id=transfer_id("entry", str(self.id)),
            debit=self.source,
            credit=self.target,
            cents=self.cents,
            reason=f"entry.{self.kind}",
        )


def kind_of(code: str) -> AccountKind:
    """What kind of account a code names."""
    return AccountKind(code.partition(":")[0])


def name_in(code: str) -> str:
    """``potjes`` of ``budget:rotterdam:potjes:2026``; empty for an account without a name of its own."""
    parts = code.split(":")
    return parts[2] if len(parts) > len(("kind", "municipality", "year")) else ""


def line_of(code: str) -> BudgetLine | None:
    """The line that a budget account stands for."""
    return BudgetLine(name_in(code)) if kind_of(code) is AccountKind.BUDGET else None


def grant(
    form: UUID, municipality: Slug, year: int, *, funder: Slug, line: BudgetLine, cents: int, reason: str
) -> Entry:
    """Money of a funder for a line."""
    return Entry(
        id=form,
        municipality=municipality,
        year=year,
        kind=EntryKind.GRANT,
        source=funder_account(municipality, funder, year),
        target=line_account(municipality, line, year),
        cents=cents,
        reason=reason,
    )


def less(
    form: UUID, municipality: Slug, year: int, *, line: BudgetLine, funder: Slug, cents: int, reason: str
) -> Entry:
    """Money of a line that goes back to a funder during the year."""
    given = grant(form, municipality, year, funder=funder, line=line, cents=cents, reason=reason)
    turned = {"kind": EntryKind.LESS, "source": given.target, "target": given.source}
    return Entry.model_validate(given.model_dump() | turned)


def move(
    form: UUID, municipality: Slug, year: int, *, line: BudgetLine, to: BudgetLine, cents: int, reason: str
) -> Entry:
    """Money from one line to another."""
    return Entry(
        id=form,
        municipality=municipality,
        year=year,
        kind=EntryKind.MOVE,
        source=line_account(municipality, line, year),
        target=line_account(municipality, to, year),
        cents=cents,
        reason=reason,
    )


def expense(form: UUID, municipality: Slug, year: int, *, line: BudgetLine, cents: int, reason: str) -> Entry:
    """Money of a line that was spent, outside the engine; raises ``ValueError`` for the potjes."""
    if line not in SPENT_BY_HAND:
        raise ValueError(f"{line} are paid by the engine")
    return Entry(
        id=form,
        municipality=municipality,
        year=year,
        kind=EntryKind.EXPENSE,
        source=line_account(municipality, line, year),
        target=spent_account(municipality, line, year),
        cents=cents,
        reason=reason,
    )


def correction(form: UUID, entry: Entry, reason: str) -> Entry:
    """An entry undone as a whole; raises ``ValueError`` for a correction, which stays."""
    if entry.kind is EntryKind.CORRECTION:
        raise ValueError("a correction is not corrected: enter it anew")
    return Entry(
        id=form,
        municipality=entry.municipality,
        year=entry.year,
        kind=EntryKind.CORRECTION,
        source=entry.target,
        target=entry.source,
        cents=entry.cents,
        reason=reason,
        corrects=entry.id,
    )


class Flow(Frozen):
    """What went into a line (above zero) or out of it, from or to one other account, in cents.

    A year that begins and ends with a carry has a flow of each.
    """

    line: BudgetLine
    other: AccountCode
    at_the_end: bool = False
    """Booked by the closing of the year."""
    cents: int


class LineFigures(Frozen):
    """A line in cents: what came in, less what went out, is available, whatever the order of events."""

    line: BudgetLine
    granted: dict[str, int] = Field(default={})
    """By funder, less what was taken back during the year."""
    moved: int = 0
    carried_in: int = 0
    reserved: int = 0
    spent: int = 0
    """Of the potjes: what was approved, less what came back."""
    returned: int = 0
    carried_out: int = 0

    @property
    def granted_in_all(self) -> int:
        """Of all funders together."""
        return sum(self.granted.values())

    @property
    def budget(self) -> int:
        """What the line may spend: grants, moves, and what the year before left."""
        return self.granted_in_all + self.moved + self.carried_in

    @property
    def available(self) -> int:
        """What is not spent, reserved or given away yet."""
        return self.budget - self.spent - self.reserved - self.returned - self.carried_out


def figures(flows: Iterable[Flow], reserved: dict[BudgetLine, int]) -> dict[BudgetLine, LineFigures]:
    """Every line, also one without a cent."""
    found: dict[BudgetLine, LineFigures] = {
        line: LineFigures(line=line, reserved=reserved.get(line, 0)) for line in BudgetLine
    }
    for flow in flows:
        found[flow.line] = _with(found[flow.line], flow)
    return found


def _with(line: LineFigures, flow: Flow) -> LineFigures:
    match kind_of(flow.other), flow.at_the_end:
        case AccountKind.FUNDING, False:
            funder = name_in(flow.other)
            granted = line.granted | {funder: line.granted.get(funder, 0) + flow.cents}
            return line.model_copy(update={"granted": granted})
        case AccountKind.FUNDING, True:
            return line.model_copy(update={"returned": line.returned - flow.cents})
        case AccountKind.CARRY, _ if flow.cents > 0:
            return line.model_copy(update={"carried_in": line.carried_in + flow.cents})
        case AccountKind.CARRY, _:
            return line.model_copy(update={"carried_out": line.carried_out - flow.cents})
        case AccountKind.BUDGET, _:
            return line.model_copy(update={"moved": line.moved + flow.cents})
        case _:
            return line.model_copy(update={"spent": line.spent - flow.cents})
