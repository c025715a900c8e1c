"""Booking what a bank statement told: postings, releases, returns, and what waits in suspense for a place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

import asyncpg

from schemas.accounts import bank_account, spec_of, suspense_account
from schemas.ledger import Leg, LegKind, transfer_id
from schemas.payment import PaymentOutcome, PaymentState
from schemas.payout import LEGS_A_CALL, PaymentMoney, resolve_leg
from schemas.person import Story
from schemas.refs import StaffRef
from schemas.sepa.movements import words
from schemas.statement import Placed, Resolved
from store import ledger
from store.database import Connection
from store.queries import queries
from store.vault import Vault

SQL = queries("statements")


@dataclass(frozen=True)
class Booking:
    """A statement that is kept, who brought it, and the payments it may be about."""

    statement: UUID
    municipality: str
    by: StaffRef
    now: datetime
    payments: Mapping[UUID, asyncpg.Record]


@dataclass(frozen=True)
class Posting:
    """A leg in the year of its accounts, with the day on which the bank booked it."""

    year: int
    booked_on: date
    group: UUID
    leg: Leg


async def book(
    conn: Connection, vault: Vault, booking: Booking, placed: Sequence[tuple[Placed, int]]
) -> None:
    """Book all movements, each with the year whose suspense takes what fits nothing, and tell who waits."""
    codes = {code for one, year in placed if one.suspense for code in _accounts(booking, year)}
    await ledger.open_accounts(conn, [spec_of(code) for code in sorted(codes)])
    await _post(conn, booking, [posting for one, year in placed for posting in _postings(booking, one, year)])
    await _write_movements(conn, vault, booking, placed)
    last = {each.payment: each for one, _ in placed for each in one.resolved}
    booked = {each.payment: each.booked_on for one, _ in placed for each in one.resolved if _arrives(each)}
    await _resolve(conn, booking, list(last.values()), booked)
    await _tell(conn, booking, last)


def _accounts(booking: Booking, year: int) -> tuple[str, str]:
    return bank_account(booking.municipality, year), suspense_account(booking.municipality, year)


def _arrives(resolved: Resolved) -> bool:
    return resolved.outcome is PaymentOutcome.BOOKED


def _group(booking: Booking, one: Placed) -> UUID:
    return transfer_id("movement", booking.municipality, one.movement.key)


def _suspense_id(booking: Booking, one: Placed) -> UUID:
    return transfer_id("movement", booking.municipality, one.movement.key, "suspense")


def _postings(booking: Booking, one: Placed, year: int) -> Iterator[Posting]:
    group, day = _group(booking, one), one.movement.booked_on
    for each in one.resolved:
        payment = _money(booking, each.payment)
        yield Posting(payment.year, day, group, _leg(payment, each.outcome))
    if one.suspense:
        bank, suspense = _accounts(booking, year)
        came_in = one.suspense > 0
        leg = Leg(
            id=_suspense_id(booking, one),
            debit=suspense if came_in else bank,
            credit=bank if came_in else suspense,
            cents=abs(one.suspense),
            reason="statement.in" if came_in else "statement.out",
        )
        yield Posting(year, day, group, leg)


def _money(booking: Booking, payment: UUID) -> PaymentMoney:
    row = booking.payments[payment]
    return PaymentMoney(
        id=row["id"],
        municipality=booking.municipality,
        year=row["year"],
        street=row["street"],
        cents=row["cents"],
    )


def _leg(payment: PaymentMoney, outcome: PaymentOutcome) -> Leg:
    post = resolve_leg(payment, LegKind.POST)
    match outcome:
        case PaymentOutcome.BOOKED:
            return post
        case PaymentOutcome.REJECTED:
            return resolve_leg(payment, LegKind.RELEASE)
        case PaymentOutcome.RETURNED:
            return Leg(
                id=transfer_id("payment", str(payment.id), "return"),
                debit=post.credit,
                credit=post.debit,
                cents=post.cents,
                reverses_id=post.id,
                reason="payment.returned",
            )


async def _post(conn: Connection, booking: Booking, postings: Sequence[Posting]) -> None:
    """What went out before what came back; the years in order, as everybody locks them."""
    order = sorted(postings, key=lambda posting: (posting.year, posting.leg.reverses_id is not None))
    for (_, group, day), same in groupby(order, lambda each: (each.year, each.group, each.booked_on)):
        legs = [posting.leg for posting in same]
        for start in range(0, len(legs), LEGS_A_CALL):
            chunk = legs[start : start + LEGS_A_CALL]
            await ledger.transfer(conn, chunk, actor=booking.by, group_id=group, booked_on=day)


async def _write_movements(
    conn: Connection, vault: Vault, booking: Booking, placed: Sequence[tuple[Placed, int]]
) -> None:
    rows = []
    for position, (one, year) in enumerate(placed, 1):
        transfer = details = None
        if one.suspense:
            transfer = _suspense_id(booking, one)
            details = await _suspend(conn, vault, booking, one, year)
        movement = one.movement
        paid = len(one.resolved)
        fixed = (movement.key, movement.booked_on, movement.cents)
        rows.append((position, *fixed, one.outcome, paid, transfer, details))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 8
    await conn.execute(SQL["put_movements"], booking.statement, booking.municipality, *columns)


async def _suspend(conn: Connection, vault: Vault, booking: Booking, one: Placed, year: int) -> UUID | None:
    """It waits for a place, its words sealed: a name, an account, what somebody wrote."""
    told = words(one.movement)
    details = await vault.put(conn, booking.municipality, Story(text=told)) if told else None
    await conn.execute(
        SQL["put_suspense"],
        _suspense_id(booking, one),
        booking.municipality,
        year,
        one.suspense,
        one.movement.booked_on,
        details,
    )
    return details


async def _resolve(
    conn: Connection, booking: Booking, last: Sequence[Resolved], booked: dict[UUID, date]
) -> None:
    await conn.execute(
        SQL["resolve_payments"],
        booking.now,
        [each.payment for each in last],
        [PaymentState(each.outcome) for each in last],
        [each.code for each in last],
        [booked.get(each.payment) for each in last],
        [
            resolve_leg(_money(booking, each.payment), LegKind.POST).id if each.payment in booked else None
            for each in last
        ],
    )


async def _tell(conn: Connection, booking: Booking, last: dict[UUID, Resolved]) -> None:
    """Each potje its news, once; each batch that a statement came."""
    touched = [booking.payments[payment] for payment in last]
    news = {
        transfer_id("news", str(row["id"]), last[row["id"]].outcome): _news(row, last[row["id"]])
        for row in touched
    }
    await _send(conn, booking, "payment", news)
    batches = {row["workflow_id"] for row in touched}
    calls = {
        transfer_id("news", str(booking.statement), batch): {"workflow_id": batch}
        for batch in sorted(batches)
    }
    await _send(conn, booking, "batch", calls)


def _news(row: asyncpg.Record, told: Resolved) -> dict[str, str | None]:
    """A potje that never heard of its booking cannot hear of a return: for it, the bank refused."""
    unheard = row["state"] == PaymentState.OPEN and told.outcome is PaymentOutcome.RETURNED
    outcome = PaymentOutcome.REJECTED if unheard else told.outcome
    payment = str(row["id"])
    return {"workflow_id": row["potje"], "payment": payment, "outcome": outcome, "code": told.code}


async def _send(
    conn: Connection, booking: Booking, kind: str, payloads: dict[UUID, dict[str, str | None]]
) -> None:
    texts = [json.dumps(payload) for payload in payloads.values()]
    await conn.execute(SQL["send"], kind, booking.municipality, list(payloads), texts)
