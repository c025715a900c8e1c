"""What the ledger books, and what it refuses."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import ValidationError

from schemas.ledger import Balance, LegKind, YearState, transfer_id
from store import ledger
from store.database import Database as Pool
from tests.store.ledger_books import (
    BUDGET,
    CARRY,
    CITY,
    DAY,
    FUNDING,
    GROUP,
    STREET,
    STREETS,
    TREASURER,
    YEAR,
    Database,
    book,
    leg,
    open_books,
    reserve,
    resolve,
    spec,
)


async def sums(conn: asyncpg.Connection, code: str) -> tuple[int, int, int, int]:
    """Debits posted and pending, credits posted and pending."""
    found = await ledger.balance(conn, code)
    return found.debits_posted, found.debits_pending, found.credits_posted, found.credits_pending


async def test_a_grant_makes_a_potje_possible(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 1_000_00)
    potje = reserve("potje", 150_00)
    [reserved] = await book(app_conn, potje)
    assert await sums(app_conn, BUDGET) == (0, 150_00, 1_000_00, 0)
    assert await sums(app_conn, STREET) == (0, 0, 0, 150_00)
    [posted] = await book(app_conn, resolve("pay", potje, LegKind.POST))
    assert await sums(app_conn, BUDGET) == (150_00, 0, 1_000_00, 0)
    assert await sums(app_conn, STREET) == (0, 0, 150_00, 0)
    assert (reserved.seq, posted.seq) == (3, 4)
    assert (posted.municipality, posted.fiscal_year, posted.cents) == (CITY, YEAR, 150_00)


async def test_a_release_gives_everything_back(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 150_00)
    potje = reserve("potje", 150_00)
    await book(app_conn, potje, resolve("rejected", potje, LegKind.RELEASE))
    assert await sums(app_conn, BUDGET) == (0, 0, 150_00, 0)
    assert await sums(app_conn, STREET) == (0, 0, 0, 0)


async def test_a_smaller_post_frees_the_rest(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 150_00)
    potje = reserve("potje", 150_00)
    await book(app_conn, potje, resolve("pay", potje, LegKind.POST, 100_00))
    assert (await ledger.balance(app_conn, BUDGET)).available == 50_00
    assert (await ledger.balance(app_conn, STREET)).available == 100_00


@pytest.mark.parametrize("kind", [LegKind.POST, LegKind.RELEASE])
@pytest.mark.parametrize("first", [LegKind.POST, LegKind.RELEASE])
async def test_a_reservation_resolves_once(
    app_conn: asyncpg.Connection, first: LegKind, kind: LegKind
) -> None:
    await open_books(app_conn, 150_00)
    potje = reserve("potje", 75_00)
    await book(app_conn, potje, resolve("first", potje, first))
    with pytest.raises(ledger.NotReserved):
        await book(app_conn, resolve("again", potje, kind))


async def test_only_a_reservation_can_be_resolved(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 150_00)
    single = leg("single", BUDGET, STREET, 10)
    await book(app_conn, single)
    for unknown in (single, reserve("never booked", 10)):
        with pytest.raises(ledger.NotReserved):
            await book(app_conn, resolve("pay", unknown, LegKind.POST))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": LegKind.POST, "cents": 101},
        {"kind": LegKind.RELEASE, "cents": 99},
        {"kind": LegKind.POST, "credit": STREETS[1]},
        {"kind": LegKind.RELEASE, "debit": FUNDING},
    ],
)
async def test_a_resolution_fits_its_reservation(
    app_conn: asyncpg.Connection, wrong: dict[str, object]
) -> None:
    await open_books(app_conn, 150_00)
    potje = reserve("potje", 100)
    await book(app_conn, potje)
    with pytest.raises(ledger.DoesNotFit):
        await book(app_conn, resolve("pay", potje, LegKind.POST).model_copy(update=wrong))
    assert await sums(app_conn, BUDGET) == (0, 100, 150_00, 0)


async def test_a_repeated_call_gives_the_first_result(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    potje = reserve("potje", 100)
    legs = [potje, resolve("pay", potje, LegKind.POST)]
    first = await book(app_conn, *legs)
    before = await sums(app_conn, BUDGET)
    assert await book(app_conn, *legs) == first
    assert await book(app_conn, *reversed(legs)) == first[::-1]
    assert await sums(app_conn, BUDGET) == before


@pytest.mark.parametrize(
    "other",
    [
        {"cents": 11},
        {"reason": "other"},
        {"credit": STREETS[1]},
        {"debit": FUNDING},
        {"kind": LegKind.RESERVE},
    ],
)
async def test_an_id_is_for_one_transfer(app_conn: asyncpg.Connection, other: dict[str, object]) -> None:
    await open_books(app_conn, 100)
    first = leg("step", BUDGET, STREET, 10)
    await book(app_conn, first)
    with pytest.raises(ledger.OtherArguments):
        await book(app_conn, first.model_copy(update=other))


@pytest.mark.parametrize(
    "other",
    [
        {"actor": "proefstad:other"},
        {"group_id": transfer_id("other")},
        {"booked_on": DAY + timedelta(1)},
    ],
)
async def test_an_id_is_for_one_circumstance(app_conn: asyncpg.Connection, other: dict[str, Any]) -> None:
    await open_books(app_conn, 100)
    first = leg("step", BUDGET, STREET, 10)
    usual: dict[str, Any] = {"actor": TREASURER, "group_id": GROUP, "booked_on": DAY}
    await ledger.transfer(app_conn, [first], **usual)
    with pytest.raises(ledger.OtherArguments):
        await ledger.transfer(app_conn, [first], **{**usual, **other})


async def test_a_short_budget_leaves_the_callers_transaction_usable(
    app_conn: asyncpg.Connection,
) -> None:
    await open_books(app_conn, 200_00)
    async with app_conn.transaction():
        await book(app_conn, reserve("first", 150_00))
        with pytest.raises(ledger.Overdraft, match="budget:proefstad:2026 cannot spare 5001 cents") as short:
            await book(app_conn, reserve("fits", 10_00), reserve("too much", 50_01))
        assert short.value.available == 40_00
        await book(app_conn, reserve("second", 50_00, STREETS[1]))
    assert await sums(app_conn, BUDGET) == (0, 200_00, 200_00, 0)


async def test_what_is_reserved_cannot_be_spent(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    await book(app_conn, reserve("potje", 60))
    with pytest.raises(ledger.Overdraft):
        await book(app_conn, leg("campaign", BUDGET, STREET, 41))
    await book(app_conn, leg("campaign", BUDGET, STREET, 40))


async def test_money_on_its_way_in_is_not_there_yet(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 0)
    await book(app_conn, leg("grant", FUNDING, BUDGET, 100, kind=LegKind.RESERVE))
    with pytest.raises(ledger.Overdraft):
        await book(app_conn, leg("potje", BUDGET, STREET, 1))


async def test_a_street_is_trusted_below_zero(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    spent = "spent:proefstad:2026"
    await ledger.open_accounts(app_conn, [spec(spent)])
    await book(app_conn, leg("potje", BUDGET, STREET, 100), leg("attentie", STREET, spent, 130))
    assert (await ledger.balance(app_conn, STREET)).available == -30


async def test_a_reversal_mirrors_one_transfer_once(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    potje = reserve("potje", 100)
    paid = resolve("pay", potje, LegKind.POST)
    await book(app_conn, potje, paid)
    for wrong in ({"cents": 99}, {"reverses_id": potje.id}, {"debit": STREETS[1]}):
        with pytest.raises(ledger.DoesNotFit):
            await book(
                app_conn,
                leg("return", STREET, BUDGET, 100, reverses_id=paid.id).model_copy(update=wrong),
            )
    await book(app_conn, leg("return", STREET, BUDGET, 100, reverses_id=paid.id))
    assert (await ledger.balance(app_conn, BUDGET)).available == 100
    with pytest.raises(ledger.DoesNotFit):
        await book(app_conn, leg("return again", STREET, BUDGET, 100, reverses_id=paid.id))


async def test_what_is_no_refusal_stays_an_error(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    for wrong in ({"cents": 0}, {"reason": "for Mrs Jansen"}, {"credit": BUDGET}):
        with pytest.raises(asyncpg.CheckViolationError):
            await book(app_conn, leg("step", BUDGET, STREET, 10).model_copy(update=wrong))


async def test_it_books_on_connections_of_the_pool(database: Database) -> None:
    pool = Pool(database.app_url)
    async with pool.transaction() as conn:
        await open_books(conn, 100)
        [posted] = await book(conn, reserve("potje", 100))
        assert posted.recorded_at.tzinfo is not None
    await pool.close()


async def test_unknown_accounts_are_named(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    unknown = "street:proefstad:nergens:2026"
    with pytest.raises(ledger.UnknownAccount, match=unknown):
        await book(app_conn, leg("potje", BUDGET, unknown, 1))
    with pytest.raises(ledger.UnknownAccount, match=unknown):
        await ledger.balance(app_conn, unknown)


async def test_both_sides_lie_in_one_municipality_and_year(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    await open_books(app_conn, 100, "elders")
    await open_books(app_conn, 100, CITY, 2027)
    for other in (
        "street:elders:rozenlaan-0:2026",
        "street:proefstad:rozenlaan-0:2027",
        "carry:elders",
    ):
        with pytest.raises(ledger.AcrossYears):
            await book(app_conn, leg("across", BUDGET, other, 1))


async def test_one_call_carries_into_the_next_year(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    await open_books(app_conn, 0, CITY, 2027)
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    out, into = await book(
        app_conn, leg("out", BUDGET, CARRY, 100), leg("in", CARRY, "budget:proefstad:2027", 100)
    )
    assert (out.fiscal_year, into.fiscal_year) == (2026, 2027)
    assert (await ledger.balance(app_conn, "budget:proefstad:2027")).available == 100
    assert (await ledger.balance(app_conn, CARRY)).available == 0


async def test_a_closing_year_ends_things_and_a_closed_one_nothing(
    app_conn: asyncpg.Connection,
) -> None:
    await open_books(app_conn, 100)
    potje, other = reserve("potje", 60), reserve("other", 10)
    await book(app_conn, potje, other)
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    for late in (
        reserve("late", 1),
        leg("late", BUDGET, STREET, 1),
        leg("late", FUNDING, BUDGET, 1),
    ):
        with pytest.raises(ledger.YearNotOpen, match="proefstad 2026 is closing"):
            await book(app_conn, late)
    paid = resolve("pay", potje, LegKind.POST)
    await book(app_conn, paid)
    with pytest.raises(ledger.YearNotOpen, match="open reservations"):
        await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSED, TREASURER)
    await book(
        app_conn,
        resolve("other", other, LegKind.RELEASE).model_copy(update={"id": transfer_id("release")}),
    )
    await book(app_conn, leg("unspent", BUDGET, FUNDING, 40))
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSED, TREASURER)
    for late in (reserve("late", 1), leg("mirror", STREET, BUDGET, 60, reverses_id=paid.id)):
        with pytest.raises(ledger.YearNotOpen, match="proefstad 2026 is closed"):
            await book(app_conn, late)
    assert [posted.id for posted in await book(app_conn, paid)] == [paid.id]


async def test_a_year_only_goes_forward(app_conn: asyncpg.Connection) -> None:
    await ledger.open_year(app_conn, CITY, YEAR)
    with pytest.raises(ledger.YearNotOpen):
        await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSED, TREASURER)
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    await ledger.open_year(app_conn, CITY, YEAR)
    with pytest.raises(ledger.YearNotOpen):
        await ledger.move_year(app_conn, CITY, YEAR, YearState.OPEN, TREASURER)
    with pytest.raises(ledger.YearNotOpen):
        await ledger.open_accounts(app_conn, [spec(STREET)])
    with pytest.raises(ledger.YearNotOpen):
        await ledger.move_year(app_conn, CITY, 2030, YearState.CLOSING, TREASURER)


async def test_opening_an_account_again_changes_nothing(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 100)
    await ledger.open_accounts(app_conn, [spec(BUDGET), spec(FUNDING)])
    assert await ledger.balance(app_conn, BUDGET) == Balance(
        account=BUDGET, debits_posted=0, debits_pending=0, credits_posted=100, credits_pending=0
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"cents": 0},
        {"cents": -1},
        {"credit": BUDGET},
        {"kind": LegKind.POST},
        {"pending_id": transfer_id("other")},
        {"reason": "for Mrs Jansen"},
        {"debit": "Budget Rotterdam"},
        {"kind": LegKind.RESERVE, "reverses_id": transfer_id("other")},
    ],
)
def test_a_leg_refuses_nonsense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        leg("step", **{"debit": BUDGET, "credit": STREET, "cents": 10, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "year"),
    [
        ("budget:proefstad:2027", 2026),
        ("budget:proefstad2:2026", 2026),
        ("budget:elders:2026", 2026),
        ("budget:proefstad", 2026),
        ("budget:proefstad:2026", 0),
    ],
)
def test_an_account_says_what_it_is(code: str, year: int) -> None:
    with pytest.raises(ValidationError):
        spec(code, CITY, year)


def test_ids_are_the_same_for_ever() -> None:
    assert transfer_id("a", "b") == transfer_id("a", "b")
    assert transfer_id("a", "b") != transfer_id("ab") != transfer_id("a,b")
    assert (
        str(transfer_id("street-rotterdam-rozenlaan", "2026", "reserve", "1"))
        == "276b607d-9342-5253-a32f-1a3fa9ac64a3"
    )
