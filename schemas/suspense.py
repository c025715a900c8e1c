"""What a bank statement showed and fits none of our payments: where somebody says that it belongs.

Placing empties both suspense and bank of the movement, so each is two transfers.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from schemas.accounts import (
    BudgetLine,
    bank_account,
    funder_account,
    line_account,
    spent_account,
    street_account,
    suspense_account,
)
from schemas.budget import Entry, EntryKind
from schemas.ledger import Frozen, Leg, transfer_id
from schemas.refs import Slug, VaultRef


class Grant(Frozen):
    """Money came in from a funder, for a line of the budget."""

    funder: Slug
    line: BudgetLine


class LateReturn(Frozen):
    """Money came in that was a street's: sent back late, or given back. It goes to the potjes again."""

    street: Slug


class Cost(Frozen):
    """Money went out for a line of the budget: a bill, a fee of the bank."""

    line: BudgetLine


class PaidStreet(Frozen):
    """Money went out to a street, by a payment made by hand."""

    street: Slug


Placing: TypeAlias = Grant | LateReturn | Cost | PaidStreet


@dataclass(frozen=True, slots=True)
class SuspenseItem:
    """A movement without a place; ``cents`` above zero came in, below zero went out."""

    transfer: UUID
    municipality: Slug
    year: int
    cents: int
    booked_on: date
    details: VaultRef | None
    entry: UUID | None


def fits(item: SuspenseItem, placing: Placing) -> bool:
    """Whether a place is for money in the movement's direction."""
    return isinstance(placing, Grant | LateReturn) == (item.cents > 0)


def _source(item: SuspenseItem, placing: Grant | LateReturn) -> str:
    if isinstance(placing, Grant):
        return funder_account(item.municipality, placing.funder, item.year)
    return street_account(item.municipality, placing.street, item.year)


def _target(item: SuspenseItem, placing: Cost | PaidStreet) -> str:
    if isinstance(placing, Cost):
        return spent_account(item.municipality, placing.line, item.year)
    return street_account(item.municipality, placing.street, item.year)


def _line(placing: Placing) -> BudgetLine:
    return placing.line if isinstance(placing, Grant | Cost) else BudgetLine.POTJES


def entry_of(item: SuspenseItem, placing: Placing, form: UUID, reason: str) -> Entry:
    """What is written down: from where to where the money went, seen without the bank between."""
    budget = line_account(item.municipality, _line(placing), item.year)
    if isinstance(placing, Grant | LateReturn):
        source, target = _source(item, placing), budget
    else:
        source, target = budget, _target(item, placing)
    return Entry(
        id=form,
        municipality=item.municipality,
        year=item.year,
        kind=EntryKind.PLACED,
        source=source,
        target=target,
        cents=abs(item.cents),
        reason=reason,
    )


def placing_legs(item: SuspenseItem, entry: Entry) -> list[Leg]:
    """Out of suspense, and the same amount out of or into the bank."""
    suspense = suspense_account(item.municipality, item.year)
    bank = bank_account(item.municipality, item.year)
    ways = (
        [(entry.source, suspense), (bank, entry.target)]
        if item.cents > 0
        else [(suspense, entry.target), (entry.source, bank)]
    )
    return [
        Leg(
            id=transfer_id("entry", str(entry.id), str(number)),
            debit=debit,
            credit=credit,
            cents=entry.cents,
            reason="entry.placed",
        )
        for number, (debit, credit) in enumerate(ways)
    ]
