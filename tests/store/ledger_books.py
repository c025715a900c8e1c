"""A small set of books that the ledger's tests share."""

from datetime import date
from typing import Protocol
from uuid import UUID

from schemas.ledger import (
    NO_YEAR,
    AccountKind,
    AccountSpec,
    Leg,
    LegKind,
    Posted,
    account_code,
    transfer_id,
)
from store import ledger
from store.database import Connection

# Not one of the example municipalities, whose books are open in every database.
CITY, YEAR = "proefstad", 2026
FUNDING = "funding:proefstad:2026"
BUDGET = "budget:proefstad:2026"
STREETS = [f"street:proefstad:rozenlaan-{n}:2026" for n in range(3)]
STREET = STREETS[0]
CARRY = "carry:proefstad"
GROUP = UUID(int=7)
DAY = date(2026, 4, 1)
TREASURER = "proefstad:treasurer-1"


class Database(Protocol):
    """A fresh migrated database."""

    @property
    def app_url(self) -> str:
        """As the application's role."""
        ...


def spec(code: str, city: str = CITY, year: int = YEAR) -> AccountSpec:
    """The specification that a code implies."""
    kind = AccountKind(code.split(":", 1)[0])
    return AccountSpec(
        code=code,
        kind=kind,
        municipality=city,
        fiscal_year=NO_YEAR if kind is AccountKind.CARRY else year,
    )


def leg(step: str, debit: str, credit: str, cents: int, **more: object) -> Leg:
    """A leg whose id follows from its step."""
    values = {"kind": LegKind.SINGLE, "reason": "test", **more}
    return Leg.model_validate(
        {"id": transfer_id(step), "debit": debit, "credit": credit, "cents": cents, **values}
    )


def reserve(step: str, cents: int, street: str = STREET) -> Leg:
    """A reservation from the budget."""
    return leg(step, BUDGET, street, cents, kind=LegKind.RESERVE)


def resolve(step: str, reserved: Leg, kind: LegKind, cents: int | None = None) -> Leg:
    """A post or a release of a reservation."""
    return leg(
        step,
        reserved.debit,
        reserved.credit,
        cents or reserved.cents,
        kind=kind,
        pending_id=reserved.id,
    )


async def book(conn: Connection, *legs: Leg) -> list[Posted]:
    """Transfer with the usual circumstances."""
    return await ledger.transfer(conn, legs, actor=TREASURER, group_id=GROUP, booked_on=DAY)


async def open_books(conn: Connection, granted: int, city: str = CITY, year: int = YEAR) -> None:
    """A year with a funded budget and three streets."""
    await ledger.open_year(conn, city, year)
    codes = [
        account_code(AccountKind.FUNDING, city, year),
        account_code(AccountKind.BUDGET, city, year),
        account_code(AccountKind.CARRY, city, NO_YEAR),
        *(account_code(AccountKind.STREET, city, year, f"rozenlaan-{n}") for n in range(3)),
    ]
    await ledger.open_accounts(conn, [spec(code, city, year) for code in codes])
    if granted:
        await book(conn, leg(f"grant {city} {year}", codes[0], codes[1], granted))
