"""Streets with an approved potje and an account: what a payment batch is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from schemas.accounts import BudgetLine, bank_account, funder_account, line_account, spec_of, street_account
from schemas.ledger import Leg, transfer_id
from schemas.payment import PayoutOrder
from schemas.payout import LEGS_A_CALL
from schemas.person import Account
from schemas.refs import potje_id
from store import ledger, policies
from store.database import Connection, Database
from store.vault import Vault

CITY, YEAR = "rotterdam", 2026
CENTS = 150_00
TREASURER, SECOND = f"{CITY}:treasurer-1", f"{CITY}:treasurer-2"
DAY = date(2026, 12, 1)
ANS, BO = UUID(int=11), UUID(int=12)
IBANS = ("NL91ABNA0417164300", "NL69INGB0123456789", "NL44RABO0123456789", "BE68539007547034")

STREET = """
insert into registry.street (municipality, slug, name, part, wijk, phase, gangmakers, minimum, revision)
select $1, slug, initcap(slug), null, 'Noord', 'active', $3, 1, 1 from unnest($2::text[]) slug
"""
POTJE = """
insert into registry.potje
    (workflow_id, municipality, street, year, status, cents, parts, open_parts, proposer, approver, revision)
select id, $1, slug, $2, 'approved', $3, $4, '{bank}', 'rotterdam:coordinator-1', 'rotterdam:treasurer-1', 1
from unnest($5::text[], $6::text[]) as t (id, slug)
"""
PAYEE = """
insert into money.payee (ref, municipality, street, given_by, state)
select ref, $1, slug, $2, 'in_force' from unnest($3::uuid[], $4::text[]) as t (ref, slug)
"""


def potje(street: str) -> str:
    """The workflow of a street's potje."""
    return potje_id(CITY, street, YEAR)


def order(*, by: str = TREASURER, year: int = YEAR, city: str = CITY) -> PayoutOrder:
    """A new batch."""
    return PayoutOrder(
        batch=uuid4(),
        municipality=city,
        year=year,
        by=by,
        execution_date=DAY,
        desk_url="http://desk.test",
    )


def account(number: int) -> Account:
    """One of a few accounts."""
    return Account(holder=f"Gangmakers {number} \N{SNOWMAN} Zoë", iban=IBANS[number % len(IBANS)])


async def approved(conn: Connection, streets: Sequence[str], cents: int = CENTS) -> None:
    """These streets have a potje that was approved: its money is set apart."""
    await conn.execute(STREET, CITY, list(streets), [ANS, BO])
    await conn.execute(
        POTJE, CITY, YEAR, cents, [["bank", cents]], [potje(s) for s in streets], list(streets)
    )
    budget, bank = line_account(CITY, BudgetLine.POTJES, YEAR), bank_account(CITY, YEAR)
    funds = funder_account(CITY, "gemeente", YEAR)
    codes = [budget, bank, funds, *(street_account(CITY, street, YEAR) for street in streets)]
    await ledger.open_year(conn, CITY, YEAR)
    await ledger.open_accounts(conn, [spec_of(code) for code in codes])
    legs = [_leg("grant", "-".join(streets[:1]), funds, budget, cents * len(streets))]
    legs += [_leg("approved", street, budget, bank, cents) for street in streets]
    for start in range(0, len(legs), LEGS_A_CALL):
        chunk = legs[start : start + LEGS_A_CALL]
        await ledger.transfer(conn, chunk, actor=TREASURER, group_id=UUID(int=1), booked_on=DAY)


def _leg(step: str, street: str, debit: str, credit: str, cents: int) -> Leg:
    return Leg(id=transfer_id("rows", step, street), debit=debit, credit=credit, cents=cents, reason="rows")


async def accounts(conn: Connection, vault: Vault, streets: Sequence[str]) -> list[UUID]:
    """These streets have an account in force; their references."""
    refs = [await vault.put(conn, CITY, account(number)) for number, _ in enumerate(streets)]
    await conn.execute(PAYEE, CITY, ANS, refs, list(streets))
    return refs


async def version(conn: Connection) -> int:
    """The policy in force."""
    found = await policies.current(conn, CITY)
    assert found
    return found[1]


@dataclass
class Books:
    """What the ledger says, in cents."""

    db: Database

    async def balance(self, code: str) -> tuple[int, int]:
        """What is available, and what is reserved to come in."""
        async with self.db.connection() as conn:
            found = await ledger.balance(conn, code)
        return found.available, found.credits_pending

    async def bank(self) -> tuple[int, int]:
        """What is set apart and not yet in a batch."""
        return await self.balance(bank_account(CITY, YEAR))

    async def street(self, slug: str) -> tuple[int, int]:
        """What a street holds, and what is on its way."""
        return await self.balance(street_account(CITY, slug, YEAR))
