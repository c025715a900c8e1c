"""The steps of a payment batch, each in its transaction, as the activities take them."""

import asyncio
from uuid import UUID

from schemas.ledger import LegKind
from schemas.payment import PayoutOrder
from schemas.payout import BatchOrder, Frozen, PaymentMoney, resolve_leg
from schemas.person import Document
from store import ledger, payment_files, payments
from store.database import Connection, Database
from store.vault import Vault
from tests.store.payout_rows import (
    CITY,
    DAY,
    TREASURER,
    YEAR,
    accounts,
    approved,
    version,
)

STREETS = ("anjerhof", "berkenlaan", "ceintuur")


async def town(db: Database, vault: Vault, *, with_account: tuple[str, ...] = STREETS) -> list[UUID]:
    """Three streets with a potje that was approved, and accounts; the references of those."""
    async with db.transaction() as conn:
        await approved(conn, STREETS)
        return await accounts(conn, vault, with_account)


async def freeze(db: Database, asked: PayoutOrder) -> Frozen:
    """A batch, as its step makes it."""
    async with db.transaction() as conn:
        return await payments.freeze(conn, asked, await version(conn))


def step(asked: PayoutOrder, by: str = TREASURER) -> BatchOrder:
    """A step on it."""
    return BatchOrder(batch=asked.batch, municipality=asked.municipality, by=by)


async def attach(db: Database, vault: Vault, asked: PayoutOrder) -> bytes | None:
    """Its file."""
    async with db.transaction() as conn:
        return await payment_files.attach(conn, vault, step(asked))


async def file_of(db: Database, vault: Vault, asked: PayoutOrder) -> bytes:
    """The file's bytes."""
    async with db.connection() as conn:
        document = await conn.fetchval("select document from money.batch where id = $1", asked.batch)
        return (await vault.get(conn, document, Document)).content


async def ready(db: Database) -> list[tuple[str, int, bool]]:
    """Street, cents and whether there is an account."""
    async with db.connection() as conn:
        rows = await payments.ready(conn, CITY, YEAR)
    return [(row["street"], row["cents"], row["has_account"]) for row in rows]


async def states(db: Database, asked: PayoutOrder) -> list[str]:
    """Of its payments."""
    async with db.connection() as conn:
        return [row["state"] for row in await payments.payments_of(conn, asked.batch)]


async def resolved(
    db: Database, asked: PayoutOrder, street: str, state: str, code: str | None = None
) -> None:
    """What a statement does to a payment."""
    how = LegKind.RELEASE if state == "rejected" else LegKind.POST
    async with db.transaction() as conn:
        row = await conn.fetchrow(
            "update money.payment set state = $3, code = $4, resolved_at = now()"
            " where batch = $1 and street = $2 returning id, cents",
            asked.batch,
            street,
            state,
            code,
        )
        money = PaymentMoney(id=row["id"], municipality=CITY, year=YEAR, street=street, cents=row["cents"])
        await ledger.transfer(
            conn, [resolve_leg(money, how)], actor="engine", group_id=asked.batch, booked_on=DAY
        )


async def somebody_waits(db: Database) -> None:
    """Until somebody waits for a lock."""
    waiting = (
        "select exists (select from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database())"
    )
    async with asyncio.timeout(20), db.connection() as conn:
        while not await conn.fetchval(waiting):
            await asyncio.sleep(0.02)


async def batch_row(conn: Connection, asked: PayoutOrder) -> dict[str, object]:
    """As the desk sees it."""
    row = await payments.batch(conn, CITY, asked.batch)
    assert row
    return dict(row)
