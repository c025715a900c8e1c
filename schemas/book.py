"""The books of a municipality's year as they are written out: its chain and its accounts."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from schemas.ledger import AccountKind, Balance, Frozen, LegKind, MarkKind


class Line(Frozen):
    """A transfer in the chain; its hash covers all of it and the hash before."""

    seq: int
    id: UUID
    kind: LegKind
    debit: str
    credit: str
    cents: int
    pending_id: UUID | None
    reverses_id: UUID | None
    reason: str
    group_id: UUID
    actor: str
    booked_on: date
    recorded_at: datetime
    hash: str


class Marked(Frozen):
    """A mark in the chain; ``digest`` is that of a file or of words."""

    seq: int
    kind: MarkKind
    subject: str
    digest: str | None
    actor: str
    recorded_at: datetime
    hash: str


class Book(Frozen):
    """All of it, read in one snapshot."""

    municipality: str
    name: str
    year: int
    seq: int
    head: str
    lines: tuple[Line, ...]
    marks: tuple[Marked, ...]
    accounts: tuple[Balance, ...]
    """Of the year; the carry account lies between the years."""

    @property
    def posted(self) -> Iterator[Line]:
        """The transfers that moved money."""
        return (line for line in self.lines if line.kind in (LegKind.SINGLE, LegKind.POST))

    @property
    def balances(self) -> dict[str, int]:
        """Cents by account, what came less what went: the carry account's by this year's transfers alone."""
        found = {each.account: each.credits_posted - each.debits_posted for each in self.accounts}
        for line in self.posted:
            for code, cents in ((line.debit, -line.cents), (line.credit, line.cents)):
                if code.startswith(f"{AccountKind.CARRY}:"):
                    found[code] = found.get(code, 0) + cents
        return found

    @property
    def reserved(self) -> dict[str, int]:
        """Cents that are promised from each account."""
        return {each.account: each.debits_pending for each in self.accounts if each.debits_pending}
