"""What a test finds in the database afterwards."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.ledger import Balance
from schemas.signup import SignupOrder
from store import ledger
from store.database import Database


@dataclass
class Records:
    """One test's own database."""

    db: Database

    async def mails(self, person: UUID | None = None) -> list[str]:
        """Templates in the outbox, in the order in which they came."""
        rows = await self.rows("select template, person from post.mail order by created_at, key")
        return [row["template"] for row in rows if person in (None, row["person"])]

    async def mailed(self, person: UUID, template: str, times: int = 1) -> None:
        """Wait for a mail to somebody."""
        await self.until(
            "select count(*) = $3 from post.mail where person = $1 and template = $2", person, template, times
        )

    async def facts(self, order: SignupOrder, prefix: str = "") -> list[str]:
        """Names of what happened in a street, in order."""
        return [name for name in await self.facts_of(order.street) if name.startswith(prefix)]

    async def facts_of(self, slug: str) -> list[str]:
        """The same, by the street's slug."""
        rows = await self.rows("select name from registry.fact where subject = $1 order by seq", slug)
        return [row["name"] for row in rows]

    async def erased(self, person: UUID) -> bool:
        """Whether the vault has forgotten somebody, key and all."""
        return bool(
            await self.value(
                "select erased_at is not null and sealed is null and wrapped_key is null"
                " from vault.item where ref = $1",
                person,
            )
        )

    async def balance(self, code: str) -> Balance:
        """The sums of an account."""
        async with self.db.connection() as conn:
            return await ledger.balance(conn, code)

    async def rows(self, sql: str, *args: object) -> list[Any]:
        """Rows from the database."""
        async with self.db.connection() as conn:
            return list(await conn.fetch(sql, *args))

    async def db_execute(self, sql: str, *args: object) -> None:
        """Change what a test cannot wait for, such as a date of long ago."""
        async with self.db.transaction() as conn:
            await conn.execute(sql, *args)

    async def value(self, sql: str, *args: object) -> Any:
        """One value from the database."""
        async with self.db.connection() as conn:
            return await conn.fetchval(sql, *args)

    async def until(self, sql: str, *args: object, seconds: float = 60) -> None:
        """Wait until a query says true."""
        async with asyncio.timeout(seconds):
            while not await self.value(sql, *args):
                await asyncio.sleep(0.02)
