"""Many connections at once: nothing drifts, nothing is doubled, nobody waits in a circle."""

import asyncio
import random

import asyncpg

from schemas.ledger import Leg, LegKind, Verified
from store import ledger
from tests.store.ledger_books import (
    BUDGET,
    CARRY,
    CITY,
    STREETS,
    YEAR,
    Database,
    book,
    leg,
    open_books,
    reserve,
    resolve,
)

WRITERS = 8


async def write(url: str, calls: list[list[Leg]]) -> list[str]:
    """Make the calls, each in its own transaction; a letter a call: booked or short."""
    conn = await asyncpg.connect(url)
    said = []
    try:
        for legs in calls:
            try:
                async with conn.transaction():
                    await book(conn, *legs)
                said.append("b")
            except ledger.Overdraft:
                said.append("s")
    finally:
        await conn.close()
    return said


async def crowd(url: str, calls: list[list[Leg]]) -> list[str]:
    """Deal the calls out to all writers."""
    answers = await asyncio.gather(*(write(url, calls[n::WRITERS]) for n in range(WRITERS)))
    return [letter for letters in answers for letter in letters]


async def test_doubled_reservations_in_any_order(database: Database, app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 60 * 150_00)
    potjes = [reserve(f"potje {n}", 150_00, STREETS[n % 3]) for n in range(60)]
    calls = [[potje] for potje in potjes for _ in range(3)]
    random.Random(1).shuffle(calls)  # noqa: S311  the same order in every run
    assert await crowd(database.app_url, calls) == ["b"] * 180
    assert (await ledger.balance(app_conn, BUDGET)).debits_pending == 60 * 150_00
    assert await ledger.verify(app_conn, CITY, YEAR) == Verified(
        seq=62,
        head=await app_conn.fetchval(
            "select encode(head, 'hex') from ledger.year where municipality = $1", CITY
        ),
    )


async def test_a_scarce_budget_is_never_overspent(database: Database, app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 20 * 150_00)
    said = await crowd(database.app_url, [[reserve(f"potje {n}", 150_00)] for n in range(80)])
    assert (said.count("b"), said.count("s")) == (20, 60)
    assert (await ledger.balance(app_conn, BUDGET)).available == 0
    assert isinstance(await ledger.verify(app_conn, CITY, YEAR), Verified)


async def test_a_reservation_is_resolved_by_one(database: Database, app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 150_00)
    potje = reserve("potje", 150_00)
    await book(app_conn, potje)
    ways = [resolve(f"way {n}", potje, LegKind.POST if n % 2 else LegKind.RELEASE) for n in range(WRITERS)]
    answers = await asyncio.gather(
        *(write(database.app_url, [[way]]) for way in ways), return_exceptions=True
    )
    refused = [answer for answer in answers if answer != ["b"]]
    assert [type(answer) for answer in refused] == [ledger.NotReserved] * (WRITERS - 1)
    assert isinstance(await ledger.verify(app_conn, CITY, YEAR), Verified)


async def test_legs_in_opposite_orders_over_two_years(
    database: Database, app_conn: asyncpg.Connection
) -> None:
    await open_books(app_conn, 1_000_00)
    await open_books(app_conn, 1_000_00, CITY, 2027)
    calls = []
    for n in range(80):
        legs = [
            leg(f"old {n}", BUDGET, CARRY, 2),
            leg(f"new {n}", "budget:proefstad:2027", CARRY, 3),
        ]
        calls.append(legs[:: 1 if n % 2 else -1])
    assert await crowd(database.app_url, calls) == ["b"] * 80
    assert (await ledger.balance(app_conn, CARRY)).available == 80 * 5
    for year in (YEAR, 2027):
        assert isinstance(await ledger.verify(app_conn, CITY, year), Verified)
