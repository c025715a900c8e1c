"""A PostgreSQL server of its own for a run of the benches, with books that have money in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import uuid4

import asyncpg

from deploy.local.postgres import Postgres
from schemas.accounts import BudgetLine, bank_account, funder_account, line_account, spec_of
from schemas.ledger import Leg, LegKind
from schemas.policy import PayoutKind, read_policy
from schemas.potje import PotjeMoney, reserve_legs, resolve_legs
from store import ledger, policies
from store.database import Connection, Database
from store.keys import KEY_BYTES, Keyring
from store.migrate import migrate
from store.vault import Vault
from tests.bench.place import CITY, YEAR
from tests.conftest import MUNICIPALITIES, free_port

DAY = date(2026, 11, 23)
BY = f"{CITY}:treasurer-1"
CENTS = 150_00
LEGS_A_CALL = 1000
BUDGET = line_account(CITY, BudgetLine.POTJES, YEAR)
BANK = bank_account(CITY, YEAR)
FUNDS = funder_account(CITY, "gemeente", YEAR)
CEILING = Path(__file__).with_name("ceiling.sql")
CALL = "select count(*) from ledger.transfer($1::text::jsonb, $2, $3, $4)"


@dataclass
class Ground:
    """A database that is ready, and the two ways to it."""

    db: Database
    app: asyncpg.Connection
    admin: asyncpg.Connection
    url: str = ""
    """The application's own way in."""
    admin_url: str = ""
    vault: Vault = field(default_factory=lambda: Vault(Keyring({1: bytes(KEY_BYTES)})))
    made: int = 0

    def potjes(self, amount: int) -> list[PotjeMoney]:
        """New ones, of streets that nobody had before."""
        self.made += amount
        return [
            PotjeMoney(
                workflow_id=f"potje-{CITY}-straat-{number}-{YEAR}",
                municipality=CITY,
                year=YEAR,
                parts=[(PayoutKind.BANK, CENTS)],
            )
            for number in range(self.made - amount, self.made)
        ]

    async def granted(self, year: int, euros: int = 50_000_000) -> None:
        """So much more for the potjes of a year."""
        budget, funds = line_account(CITY, BudgetLine.POTJES, year), funder_account(CITY, "gemeente", year)
        async with self.db.transaction() as conn:
            await ledger.open_year(conn, CITY, year)
            await ledger.open_accounts(conn, [spec_of(code) for code in (budget, funds)])
            await book(conn, [Leg(id=uuid4(), debit=funds, credit=budget, cents=euros * 100, reason="grant")])

    async def reserved(self, amount: int) -> list[PotjeMoney]:
        """Potjes whose money is set apart, waiting for an approval."""
        potjes = self.potjes(amount)
        legs = [leg for potje in potjes for leg in reserve_legs(potje, 0)]
        async with self.db.transaction() as conn:
            await book(
                conn, [Leg(id=uuid4(), debit=FUNDS, credit=BUDGET, cents=amount * CENTS, reason="grant")]
            )
            for chunk in chunks(legs):
                await book(conn, chunk)
        return potjes


async def book(conn: Connection, legs: list[Leg]) -> None:
    """As the engine books many."""
    await ledger.book(conn, legs, actor=BY, group_id=uuid4(), booked_on=DAY)


def chunks(legs: list[Leg]) -> list[list[Leg]]:
    """As many legs as one call takes."""
    return [legs[start : start + LEGS_A_CALL] for start in range(0, len(legs), LEGS_A_CALL)]


def prepared(potjes: list[PotjeMoney]) -> list[str]:
    """The posts of these potjes as the SQL functions take them, call by call."""
    legs = [leg for potje in potjes for leg in resolve_legs(potje, 0, LegKind.POST)]
    return [ledger.LEGS.dump_json(chunk).decode() for chunk in chunks(legs)]


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Ground]:
    """Everything ready in an empty folder that PostgreSQL's user can reach."""
    async with Postgres(folder, free_port()) as server, opened(server.admin_url, server.app_url) as made:
        yield made


@asynccontextmanager
async def opened(admin_url: str, app_url: str) -> AsyncIterator[Ground]:
    """A database of a running server, made ready."""
    await migrate(admin_url)
    db, app, admin = Database(app_url), await asyncpg.connect(app_url), await asyncpg.connect(admin_url)
    try:
        async with db.transaction() as conn:
            for path in MUNICIPALITIES:
                await policies.apply(conn, read_policy(path), "engine", DAY)
            await ledger.open_year(conn, CITY, YEAR)
            await ledger.open_accounts(conn, [spec_of(code) for code in (BUDGET, BANK, FUNDS)])
        await admin.execute(CEILING.read_text("utf-8"))
        yield Ground(db, app, admin, app_url, admin_url)
    finally:
        await db.close()
        await app.close()
        await admin.close()
