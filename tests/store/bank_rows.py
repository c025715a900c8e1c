"""A released payment batch in Rotterdam, its file, and what the tests ask about it afterwards."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from schemas.accounts import suspense_account
from schemas.payout import BatchOrder
from schemas.person import Document
from schemas.policy import Policy
from schemas.programme import Bank
from schemas.statement import Imported
from store import payment_files, payments, policies
from store.database import Database
from store.statements import import_statement
from store.vault import Vault
from tests.store import payout_rows
from tests.store.payout_rows import CITY, SECOND, TREASURER, YEAR, Books

ACCOUNT = "NL91ABNA0417164300"
DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
STREETS = ("beuklaan", "dennenpad", "eikhof", "lindeplein")
PAYMENT = """
select p.*, b.workflow_id from money.payment p join money.batch b on b.id = p.batch
where p.municipality = $1 order by p.street
"""


@dataclass
class Paid:
    """The municipality with its batch."""

    db: Database
    vault: Vault
    policy: Policy
    batch: UUID
    file: bytes

    @property
    def books(self) -> Books:
        """The ledger."""
        return Books(self.db)

    async def comes(self, content: bytes, *, now: datetime = NOW, policy: Policy | None = None) -> Imported:
        """A statement is uploaded."""
        async with self.db.transaction() as conn:
            return await import_statement(conn, self.vault, policy or self.policy, content, TREASURER, now)

    async def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Whatever stands in the tables."""
        async with self.db.connection() as conn:
            return [dict(row) for row in await conn.fetch(query, *args)]

    async def payments(self) -> dict[str, dict[str, Any]]:
        """The payments by street."""
        return {row["street"]: row for row in await self.rows(PAYMENT, CITY)}

    async def sent(self, kind: str) -> list[dict[str, Any]]:
        """What the inbox got of a kind."""
        rows = await self.rows(
            "select payload from post.submission where kind = $1 order by payload::text", kind
        )
        return [row["payload"] for row in rows]

    async def suspense(self) -> int:
        """What is available in suspense; below zero came in."""
        return (await self.books.balance(suspense_account(CITY, YEAR)))[0]

    async def state(self) -> list[list[dict[str, Any]]]:
        """All that a statement can change, to compare."""
        tables = [
            "select id, seq, kind, debit, credit, cents from ledger.transfer order by fiscal_year, seq",
            "select id, state, code, booked_on, post_id from money.payment order by id",
            "select * from money.movement order by statement, position",
            "select * from money.suspense order by transfer",
            "select id, kind from post.submission order by id",
        ]
        return [await self.rows(table) for table in tables]

    async def kept(self, statement: UUID) -> tuple[dict[str, Any], bytes]:
        """The row of a statement, and the file as the vault has it."""
        (row,) = await self.rows("select * from money.statement where id = $1", statement)
        async with self.db.connection() as conn:
            file = await self.vault.get(conn, row["document"], Document)
        return row, file.content


async def paid(db: Database, vault: Vault, streets: tuple[str, ...] = STREETS) -> Paid:
    """A batch for these streets, frozen, written and released by two people."""
    order = payout_rows.order()
    async with db.transaction() as conn:
        found = await policies.current(conn, CITY)
        assert found
        bank = Bank(holder="Gemeente Rotterdam", iban=ACCOUNT)
        policy = found[0].model_copy(update={"bank": bank})
        await policies.apply(conn, policy, "engine", DAY)
        await payout_rows.approved(conn, streets)
        await payout_rows.accounts(conn, vault, streets)
        made = await payments.freeze(conn, order, await payout_rows.version(conn))
        assert made.payments == len(streets)
        await payment_files.attach(conn, vault, payments.as_order(order))
        await payments.release(conn, BatchOrder(batch=order.batch, municipality=CITY, by=SECOND))
        file = await payment_files.rebuilt(conn, vault, CITY, order.batch)
        await conn.execute("update post.submission set relayed_at = now()")
    return Paid(db, vault, policy, order.batch, file)
