"""The ledger's vocabulary: accounts, legs, and what comes back. Amounts are euro cents.

A grant debits funding and credits a budget; a potje debits a budget and credits a street.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Self
from uuid import UUID, uuid5

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from schemas.model import Model
from schemas.money import Cents
from schemas.refs import Slug

TRANSFERS = UUID("6c1d9e52-7f0b-5b0a-9d1c-2f3a84c7e6d0")
"""The namespace of transfer ids. It never changes: a repeated step must find its first transfer."""

NO_YEAR = 0
"""The fiscal year of a carry account, which lies between years."""

AccountCode = Annotated[str, StringConstraints(pattern=r"^[a-z]+(:[a-z0-9-]+)+$", max_length=200)]
MarkSubject = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9/._:-]{0,119}$")]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,60}$")]
FiscalYear = Annotated[int, Field(ge=2000, le=2999)]


class AccountKind(StrEnum):
    """``spent`` is where money goes when it leaves a budget or a street for good."""

    FUNDING = "funding"
    BUDGET = "budget"
    STREET = "street"
    SPENT = "spent"
    BANK = "bank"
    SUSPENSE = "suspense"
    CARRY = "carry"


class LegKind(StrEnum):
    """A reservation waits until exactly one post or release resolves it."""

    SINGLE = "single"
    RESERVE = "reserve"
    POST = "post"
    RELEASE = "release"


class YearState(StrEnum):
    """Closing admits only what ends things.

    That is post, release and reversal, money that goes back to funding or into carry, and money that
    fills what is short: out of carry, or from funding to a street that is below zero.
    """

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class MarkKind(StrEnum):
    """What a mark in the chain is about: the state of a year, the digest of a file, or of words."""

    YEAR = "year"
    FILE = "file"
    NOTE = "note"


@lru_cache(maxsize=1024)
def account_code(kind: AccountKind, municipality: str, year: int, name: str = "") -> str:
    """``street:rotterdam:rozenlaan:2026``, ``budget:rotterdam:2026``, ``carry:rotterdam``."""
    ending = "" if year == NO_YEAR else str(year)
    return ":".join(part for part in (kind, municipality, name, ending) if part)


def transfer_id(*parts: str) -> UUID:
    """The UUIDv5 of a step, from street, year, step and attempt *of the workflow's state*."""
    return uuid5(TRANSFERS, json.dumps(parts))


class Frozen(Model):
    """A value."""

    model_config = ConfigDict(frozen=True)


class AccountSpec(Frozen):
    """An account to open. Its kind says whether it may go below zero: budget and carry may not."""

    code: AccountCode
    kind: AccountKind
    municipality: Slug
    fiscal_year: int

    @model_validator(mode="after")
    def coherent(self) -> Self:
        """The code says kind, municipality and year once more, so that it can be read alone."""
        if (self.kind is AccountKind.CARRY) != (self.fiscal_year == NO_YEAR):
            raise ValueError("only a carry account has no year")
        start = account_code(self.kind, self.municipality, NO_YEAR)
        end = "" if self.fiscal_year == NO_YEAR else f":{self.fiscal_year}"
        if not f"{self.code}:".startswith(f"{start}:") or not self.code.removeprefix(start).endswith(end):
            raise ValueError("the code does not fit kind, municipality and year")
        return self


class Leg(Frozen):
    """One debit and one credit. ``post`` and ``release`` repeat the accounts of ``pending_id``.

    A post may carry fewer cents than were reserved and releases the rest; a release carries
    them all.
    ``reverses_id`` names an earlier transfer that this single one mirrors.
    """

    id: UUID
    kind: LegKind = LegKind.SINGLE
    debit: AccountCode
    credit: AccountCode
    cents: Cents
    pending_id: UUID | None = None
    reverses_id: UUID | None = None
    reason: ReasonCode

    @model_validator(mode="after")
    def coherent(self) -> Self:
        """Two accounts, and a reservation exactly where one is resolved."""
        if self.debit == self.credit:
            raise ValueError("debit and credit are the same account")
        if (self.pending_id is not None) != (self.kind in (LegKind.POST, LegKind.RELEASE)):
            raise ValueError("post and release, and only they, name a reservation")
        if self.reverses_id is not None and self.kind is not LegKind.SINGLE:
            raise ValueError("only a single transfer reverses another")
        return self


class Posted(Frozen):
    """A transfer as it stands in the chain of its municipality and year; the same when repeated."""

    id: UUID
    municipality: Slug
    fiscal_year: int
    seq: int
    kind: LegKind
    debit: AccountCode
    credit: AccountCode
    cents: Cents
    recorded_at: datetime


class Transfer(Posted):
    """A transfer with all that was said at its booking, as a statement of account shows it."""

    pending_id: UUID | None
    reverses_id: UUID | None
    reason: ReasonCode
    group_id: UUID
    actor: str
    booked_on: date


class Mark(Frozen):
    """A mark as it stands in the chain. ``digest`` is None for a year, whose subject is its state."""

    municipality: Slug
    fiscal_year: int
    seq: int
    kind: MarkKind
    subject: MarkSubject
    digest: bytes | None
    actor: str
    recorded_at: datetime


class Head(Frozen):
    """The end of the chain of a municipality's year; ``head`` (hexadecimal) is what one publishes."""

    municipality: Slug
    fiscal_year: int
    seq: int
    head: str


class Balance(Frozen):
    """An account's sums, in cents. Pending ones are reserved and not yet resolved."""

    account: AccountCode
    debits_posted: int
    debits_pending: int
    credits_posted: int
    credits_pending: int

    @property
    def available(self) -> int:
        """What may still be given out; below zero only where that is allowed."""
        return self.credits_posted - self.debits_posted - self.debits_pending

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``ledger.balance``."""
        return cls.model_validate(dict(row))


class Verified(Frozen):
    """Chain and balances agree; ``head`` (hexadecimal) is what one publishes."""

    seq: int
    head: str


class Broken(Frozen):
    """The first contradiction: in ``transfer 17``, ``mark 18``, ``year 2026`` or an account."""

    where: str
    why: str
