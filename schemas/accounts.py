"""The plan of accounts: which account stands for what, and how money goes through them.

Every amount flows from left to right; a way back is a reversal or a release::

    funding:<m>:<funder>:<y> ─ grant ─► budget:<m>:<line>:<y> ─ expense ─► spent:<m>:<line>:<y>
                                             │
                                             │ reserve (proposed), post (approved)
                                             ▼
                                        bank:<m>:<y>          set apart to be paid, by bank or by hand
                                             │
                                             │ reserve (in a batch, handed over), post (arrived)
                                             ▼
                                        street:<m>:<street>:<y> ─ attentie ─► spent:<m>:attenties:<y>

What a bank statement shows and nobody can place goes from or to ``suspense:<m>:<y>``; what is left at the end
of a year goes through ``carry:<m>`` into the next, or back to its funders.
"""

from enum import StrEnum

from schemas.ledger import NO_YEAR, AccountKind, AccountSpec, account_code
from schemas.refs import Slug

ATTENTIES = "attenties"
"""The ``spent`` account where the streets' own attenties go."""

OWN_MONEY = "gangmakers"
"""The funder that fills up what gangmakers spent above their potje: they paid it themselves."""


class BudgetLine(StrEnum):
    """What a programme budget is spent on; the first is paid out by the engine, the others are entered."""

    POTJES = "potjes"
    STARTER = "starter"
    CAMPAIGN = "campaign"
    HOURS = "hours"


def funder_account(municipality: Slug, funder: Slug, year: int) -> str:
    """Where a funder's money comes from."""
    return account_code(AccountKind.FUNDING, municipality, year, funder)


def line_account(municipality: Slug, line: BudgetLine, year: int) -> str:
    """A line of the programme budget; never below zero."""
    return account_code(AccountKind.BUDGET, municipality, year, line)


def spent_account(municipality: Slug, name: str, year: int) -> str:
    """Where money of a line, or of the streets (:data:`ATTENTIES`), ends."""
    return account_code(AccountKind.SPENT, municipality, year, name)


def bank_account(municipality: Slug, year: int) -> str:
    """What is approved and on its way to the streets."""
    return account_code(AccountKind.BANK, municipality, year)


def street_account(municipality: Slug, street: Slug, year: int) -> str:
    """What a street holds, on trust; may go below zero."""
    return account_code(AccountKind.STREET, municipality, year, street)


def suspense_account(municipality: Slug, year: int) -> str:
    """What a bank statement showed and nobody has placed yet: above zero went out, below zero came in."""
    return account_code(AccountKind.SUSPENSE, municipality, year)


def carry_account(municipality: Slug) -> str:
    """Between the years."""
    return account_code(AccountKind.CARRY, municipality, NO_YEAR)


def spec_of(code: str) -> AccountSpec:
    """The account that a code describes; raises ``ValueError`` for a code that is none."""
    kind, municipality, *rest = code.split(":")
    year = NO_YEAR if kind == AccountKind.CARRY else int(rest[-1])
    return AccountSpec(code=code, kind=AccountKind(kind), municipality=municipality, fiscal_year=year)
