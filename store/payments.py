"""Payment batches: what is ready to be paid, what a batch holds, and what became of each payment.

Every payment has one reservation in the ledger, made and resolved in the transaction that says so here.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from schemas.calendar import dutch_date
from schemas.facts import Fact
from schemas.ledger import LegKind
from schemas.payment import BatchState, PayoutOrder, payout_id
from schemas.payout import (
    LEGS_A_CALL,
    BatchOrder,
    Frozen,
    PaymentMoney,
    payment_of,
    reserve_leg,
    resolve_leg,
)
from schemas.refs import Slug, StaffRef
from schemas.refusals import Refusal
from store import ledger, registry, safekeeping
from store.database import Connection
from store.queries import queries

SQL = queries("payments")


class NotThere(Exception):
    """No such batch, or it is in another state than this needs."""


async def ready(conn: Connection, municipality: Slug, year: int) -> list[asyncpg.Record]:
    """The potjes that wait for a payment by bank, by the name of their street.

    Without ``has_account`` a potje waits for its street's IBAN, and no batch takes it; nor does one when the
    bank said that the account is closed. ``cents`` are those of the part that is paid by bank.
    """
    rows: list[asyncpg.Record] = await conn.fetch(SQL["ready"], municipality, year, None)
    return rows


async def batches(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The batches of a municipality with how many of their payments are in which state, the latest first."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["batch"], municipality, None)
    return rows


async def batch(conn: Connection, municipality: Slug, batch_id: UUID) -> asyncpg.Record | None:
    """One of them; None when this municipality has no such batch."""
    return await conn.fetchrow(SQL["batch"], municipality, batch_id)


async def payments_of(conn: Connection, batch_id: UUID) -> list[asyncpg.Record]:
    """The payments of a batch in the order of its file, with their streets."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["payments_of"], batch_id)
    return rows


async def failed(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """What the bank rejected or sent back and is not on its way again; ``new_account``: it can be."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["failed"], municipality)
    return rows


async def open_payment(conn: Connection, potje: str) -> bool:
    """Whether a payment of a potje is on its way to the bank, or arrived."""
    return bool(await conn.fetchval(SQL["open_payment"], potje))


async def is_told_of(conn: Connection, potje: str) -> bool:
    """Whether a bank told of a payment of a potje that is still to hear of it."""
    return bool(await conn.fetchval(SQL["potje_is_told_of"], potje))


async def document_of(conn: Connection, municipality: Slug, batch_id: UUID) -> UUID | None:
    """The vault's reference of a batch's file; None while nobody released it."""
    document: UUID | None = await conn.fetchval(SQL["document_of"], municipality, batch_id)
    return document


async def downloaded(conn: Connection, municipality: Slug, batch_id: UUID) -> None:
    """Note the first time that a released file was fetched."""
    await conn.execute(SQL["downloaded"], municipality, batch_id)


async def freeze(conn: Connection, order: PayoutOrder, policy_version: int) -> Frozen:
    """Put everything that is ready into a batch; again: what it holds. An empty one leaves no trace.

    Raises :class:`~store.ledger.YearNotOpen`. The potjes stay locked until the transaction ends.
    """
    await conn.execute(SQL["lock_batches"], order.municipality)
    if found := await batch(conn, order.municipality, order.batch):
        return _frozen(found)
    if await safekeeping.paying_waits(conn, order.municipality):
        return Frozen(refusal=Refusal.RESTORED)
    locked = await conn.fetch(SQL["lock_potjes"], order.municipality, order.year)
    await conn.execute(SQL["lock_payees"], order.municipality)
    potjes = [row["workflow_id"] for row in locked]
    rows = await conn.fetch(SQL["ready"], order.municipality, order.year, potjes)
    rows = [row for row in rows if row["has_account"]]
    if not rows:
        return Frozen()
    await _put(conn, order, rows)
    await _move(conn, order.batch, order.by, LegKind.RESERVE)
    await note(conn, as_order(order), "frozen", {"policy_version": policy_version})
    return _frozen(await held(conn, as_order(order)))


def as_order(order: PayoutOrder) -> BatchOrder:
    """The same, as a step that its maker does."""
    return BatchOrder(batch=order.batch, municipality=order.municipality, by=order.by)


def _frozen(row: asyncpg.Record) -> Frozen:
    return Frozen(number=row["number"], payments=row["payments"], cents=row["cents"])


async def _put(conn: Connection, order: PayoutOrder, rows: Sequence[asyncpg.Record]) -> None:
    where = (order.municipality, order.year)
    number = await conn.fetchval(SQL["next_number"], *where)
    await conn.execute(
        SQL["put_batch"],
        order.batch,
        *where,
        number,
        payout_id(order.municipality, order.batch),
        len(rows),
        sum(row["cents"] for row in rows),
        order.execution_date,
        order.by,
    )
    payments = [_money(order, row) for row in rows]
    await conn.execute(
        SQL["put_payments"],
        order.batch,
        *where,
        [payment.id for payment in payments],
        [payment.street for payment in payments],
        [row["potje"] for row in rows],
        [row["payee"] for row in rows],
        [payment.cents for payment in payments],
        [payment.reserve_id for payment in payments],
    )


def _money(order: PayoutOrder, row: asyncpg.Record) -> PaymentMoney:
    return PaymentMoney(
        id=payment_of(order.batch, row["potje"]),
        municipality=order.municipality,
        year=order.year,
        street=row["street"],
        cents=row["cents"],
    )


async def _move(conn: Connection, batch_id: UUID, by: StaffRef, how: LegKind) -> None:
    """Reserve or release all open payments. The year's lock of the first call makes further calls safe."""
    rows = await conn.fetch(SQL["open_payments"], batch_id)
    payments = [PaymentMoney.model_validate(dict(row)) for row in rows]
    legs = [
        reserve_leg(payment) if how is LegKind.RESERVE else resolve_leg(payment, how) for payment in payments
    ]
    today = dutch_date(await conn.fetchval(SQL["now"]))
    for start in range(0, len(legs), LEGS_A_CALL):
        chunk = legs[start : start + LEGS_A_CALL]
        await ledger.book(conn, chunk, actor=by, group_id=batch_id, booked_on=today)


async def note(conn: Connection, order: BatchOrder, name: str, result: dict[str, int] | None = None) -> bool:
    """Write in the journal what happened to a batch. False: it was written before."""
    suffix = f"-{order.number}" if order.number > 1 else ""
    fact = Fact(
        key=f"{payout_id(order.municipality, order.batch)}/{name}{suffix}",
        name=f"batch.{name}",
        municipality=order.municipality,
        subject=f"batch/{order.batch}",
        actor=order.by,
    )
    return await registry.enter(conn, fact, result)


async def held(conn: Connection, order: BatchOrder) -> asyncpg.Record:
    """A batch's row, locked until the transaction ends. Raises :class:`NotThere`."""
    row = await conn.fetchrow(SQL["lock_batch"], order.municipality, order.batch)
    if row is None:
        raise NotThere
    return row


async def release(conn: Connection, order: BatchOrder) -> None:
    """Somebody else than who froze it lets the file go to the bank. Raises :class:`NotThere`."""
    if await note(conn, order, BatchState.RELEASED):
        await _one(conn, SQL["release"], order.batch, order.by)


async def cancel(conn: Connection, order: BatchOrder) -> bool:
    """Its reservations end, and its potjes are ready again. Raises :class:`NotThere`.

    False: a statement told of one of its payments, and nothing changes. The batch's row, locked, arbitrates.
    """
    await conn.execute(SQL["lock_batches"], order.municipality)
    await held(conn, order)
    if await conn.fetchval(SQL["is_told_of"], order.batch):
        return False
    if await note(conn, order, BatchState.CANCELLED):
        await _one(conn, SQL["cancel"], order.batch)
        await _move(conn, order.batch, order.by, LegKind.RELEASE)
        await conn.execute(SQL["cancel_payments"], order.batch)
    return True


async def count_open(conn: Connection, order: BatchOrder) -> int:
    """How many payments no statement has told of; with none left the batch is settled."""
    await held(conn, order)
    left = int(await conn.fetchval(SQL["count_open"], order.batch))
    if left == 0 and await note(conn, order.model_copy(update={"number": 1}), BatchState.SETTLED):
        await _one(conn, SQL["settle"], order.batch)
    return left


async def _one(conn: Connection, update: str, *args: object) -> None:
    if await conn.execute(update, *args) != "UPDATE 1":
        raise NotThere
