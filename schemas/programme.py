"""The money side of a policy: who pays, from which bank account, and what happens to what is left."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from schemas.accounts import OWN_MONEY, BudgetLine
from schemas.iban import NotAnIban, compact
from schemas.mail_address import MailAddress
from schemas.money import cents_from_decimal
from schemas.refs import Slug
from schemas.strict import Span, Strict, Text

Euros = Annotated[Decimal, Field(ge=0, le=100_000_000, decimal_places=2)]


class Funder(Strict):
    """Somebody who pays for the programme; the key stands in the ledger."""

    key: Slug
    name: Text

    @field_validator("key")
    @classmethod
    def not_ours(cls, key: str) -> str:
        """The gangmakers' own money has a key of its own."""
        if key == OWN_MONEY:
            raise ValueError(f"{OWN_MONEY!r} stands for what gangmakers paid themselves")
        return key


OWN_FUNDS = Funder(key="gemeente", name="De gemeente")
"""Who pays where the file names nobody."""


class Budget(Strict):
    """What a funder grants a line of the programme at the start of a year."""

    year: Annotated[int, Field(ge=2020, le=2100)]
    line: BudgetLine = BudgetLine.POTJES
    funder: Slug = OWN_FUNDS.key
    euros: Euros

    @property
    def cents(self) -> int:
        """The grant in euro cents."""
        return cents_from_decimal(self.euros)


class Bank(Strict):
    """The account the potjes are paid from, as it stands in the payment file."""

    holder: Annotated[str, Field(min_length=1, max_length=70)]
    iban: str

    @field_validator("iban")
    @classmethod
    def right(cls, typed: str) -> str:
        """Check digits and length must be right; spaces go."""
        try:
            return compact(typed)
        except NotAnIban:
            raise ValueError("this is not a valid IBAN: check its letters and digits") from None


class Payout(Strict):
    """The pace of payments, and who else hears of the money."""

    account_reminder: Span = timedelta(days=7)
    """When gangmakers are asked once more for their IBAN."""
    return_window: Span = timedelta(days=10)
    """How long a paid potje listens for a bank that sends the money back."""
    statement_reminder: Span = timedelta(days=4)
    """When the desk says that a released batch is still without its statement."""
    auditor_email: MailAddress | None = None
    """Who gets the head of the ledger's chain each day."""


class StreetMoney(StrEnum):
    """What happens at the end of a year to what a street has left."""

    KEEP = "keep"
    RETURN = "return"


class LineMoney(StrEnum):
    """What happens at the end of a year to what a line of the budget has left."""

    CARRY = "carry"
    RETURN = "return"


class Closing(Strict):
    """What is left at the end of a year."""

    streets: StreetMoney = StreetMoney.KEEP
    ended_streets: StreetMoney = StreetMoney.RETURN
    """Of a street that stopped: nobody is left there to spend it, so usually it goes to other potjes."""
    lines: LineMoney = LineMoney.RETURN


class Forecast(Strict):
    """What the programme expects."""

    new_streets_per_month: Annotated[int, Field(ge=0, le=1000)] = 2
    starter_euros: Euros = Decimal(0)
    """What the starter package of a new street costs."""

    @property
    def starter_cents(self) -> int:
        """The same in euro cents."""
        return cents_from_decimal(self.starter_euros)
