"""A year of money for tests: potjes that were paid, attenties, and what stands on the accounts."""

from datetime import date
from uuid import uuid4

from schemas import budget
from schemas.accounts import (
    ATTENTIES,
    BudgetLine,
    bank_account,
    line_account,
    spec_of,
    spent_account,
    street_account,
)
from schemas.budget import Entry
from schemas.ledger import Leg, LegKind
from store import budgets, ledger
from store.database import Connection, Database

M, YEAR = "rotterdam", 2026
TIES = "rotterdam:treasurer-1"
TODAY = date(2026, 11, 23)
POTJES = line_account(M, BudgetLine.POTJES, YEAR)
BANK = bank_account(M, YEAR)
ATTENTIE = spent_account(M, ATTENTIES, YEAR)


def grant(
    euros: int, line: BudgetLine = BudgetLine.POTJES, funder: str = "havenfonds", year: int = YEAR
) -> Entry:
    return budget.grant(
        uuid4(), M, year, funder=funder, line=line, cents=euros * 100, reason="Toezegging van het fonds"
    )


async def enter(db: Database, entry: Entry) -> bool:
    async with db.transaction() as conn:
        return await budgets.enter(conn, entry, TIES, TODAY)


async def move(conn: Connection, debit: str, credit: str, cents: int, kind: LegKind = LegKind.SINGLE) -> Leg:
    """One transfer, with its accounts."""
    leg = Leg(id=uuid4(), kind=kind, debit=debit, credit=credit, cents=cents, reason="test")
    await ledger.open_accounts(conn, [spec_of(debit), spec_of(credit)])
    await ledger.transfer(conn, [leg], actor=TIES, group_id=leg.id, booked_on=TODAY)
    return leg


async def pay(db: Database, street: str, cents: int, spent: int = 0) -> None:
    """A potje that reached its street, and what the street gave away of it."""
    async with db.transaction() as conn:
        purse = street_account(M, street, YEAR)
        await move(conn, POTJES, BANK, cents)
        await move(conn, BANK, purse, cents)
        if spent:
            await move(conn, purse, ATTENTIE, spent)


async def posted(db: Database) -> dict[str, int]:
    """What stands on every account, in cents, where it is not nothing."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "select account, credits_posted - debits_posted as cents from ledger.balance "
            "where credits_posted <> debits_posted and account like '%:rotterdam:%'"
        )
    return {row["account"].replace(":rotterdam", ""): row["cents"] for row in rows}
