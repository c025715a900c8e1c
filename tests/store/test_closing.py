"""Closing a year: what stands in its way, where the money goes, and that nothing moves afterwards."""

import asyncio
from collections.abc import Awaitable
from uuid import uuid4

import pytest

from schemas import budget
from schemas.accounts import BudgetLine, line_account, spec_of, suspense_account
from schemas.closing import Hindrance, Hurdle, Outcome
from schemas.ledger import LegKind, Verified, YearState
from schemas.policy import Policy, read_policy
from schemas.programme import Closing, LineMoney, StreetMoney
from store import budgets, closing, ledger
from store.database import Database
from tests.conftest import MUNICIPALITIES
from tests.store.programme import BANK, POTJES, TIES, TODAY, YEAR, M, enter, grant, move, pay, posted

ROTTERDAM = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))
RETURNING = ROTTERDAM.model_copy(
    update={"closing": Closing(streets=StreetMoney.RETURN, lines=LineMoney.CARRY)}
)
H = Hindrance


async def begin(db: Database, policy: Policy = ROTTERDAM, year: int = YEAR) -> bool:
    async with db.transaction() as conn:
        return await closing.begin(conn, policy, year, TIES)


async def close(db: Database, policy: Policy = ROTTERDAM, year: int = YEAR) -> bool:
    async with db.transaction() as conn:
        return await closing.close(conn, policy, year, TIES, TODAY)


async def seen(db: Database, policy: Policy = ROTTERDAM) -> closing.Year:
    async with db.connection() as conn:
        found = await closing.year(conn, policy, YEAR)
        assert isinstance(await ledger.verify(conn, M, YEAR), Verified)
    assert found
    return found


POTJE = """
insert into registry.potje (workflow_id, municipality, street, year, status, cents, parts, open_parts,
    proposer, revision)
values ($2, $1, $2, $3, $4, 15000, '[]', '{bank}', 'x', 1)
"""
PAYEE = """
insert into money.payee (ref, municipality, street, given_by, state) values ($1, $2, $3, $1, 'asked')
"""
BATCH = """
insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents,
    execution_date, frozen_by, frozen_at)
values ($1, $2, $3, 1, $4, 'frozen', 1, 15000, '2026-12-01', 'x', now())
"""
PAYMENT = """
insert into money.payment (id, batch, position, municipality, fiscal_year, street, potje, payee, cents,
    reserve_id, state)
values ($1, $2, 1, $3, $4, $5, $5, $6, 15000, $1, $7)
"""


async def potje(db: Database, street: str, status: str, payment: str | None = None) -> None:
    """A row of the registry, and its payment in a batch."""
    async with db.transaction() as conn:
        await conn.execute(POTJE, M, street, YEAR, status)
        if payment:
            one, batch, payee = uuid4(), uuid4(), uuid4()
            await conn.execute(PAYEE, payee, M, street)
            await conn.execute(BATCH, batch, M, YEAR, str(batch))
            await conn.execute(PAYMENT, one, batch, M, YEAR, street, payee, payment)


async def test_streets_keep_and_funders_get_the_rest_back(db: Database) -> None:
    await enter(db, grant(50_000))
    await pay(db, "rozenlaan", 150_00, spent=20_50)
    await pay(db, "dorpsweg", 150_00, spent=155_00)
    await pay(db, "beukelsweg", 100_00, spent=100_00)
    before = await posted(db)
    expected = await seen(db)
    assert (expected.state, expected.hurdles, expected.may_begin) == (YearState.OPEN, [], True)
    assert await begin(db)
    assert (await seen(db)).may_close
    assert await close(db)
    after = await posted(db)
    assert after["street:rozenlaan:2027"] == 129_50
    assert after["funding:gangmakers:2026"] == -5_00
    assert [
        code
        for code in after
        if code.split(":")[0] in ("street", "budget", "bank", "carry") and "2026" in code
    ] == []
    left = 200_000_00 - 400_00
    back = {"gemeente": left * 3 // 4, "havenfonds": left // 4}
    others = {"gemeente": 72_000_00, "havenfonds": 8_000_00}
    expected_outcome = Outcome(
        streets=1, kept=129_50, own=5_00, returned={key: back[key] + others[key] for key in back}
    )
    assert expected.outcome == (await seen(db)).outcome == expected_outcome
    assert after["funding:gemeente:2026"] == before["funding:gemeente:2026"] + back["gemeente"] + 72_000_00
    assert after["budget:potjes:2027"] == before["budget:potjes:2027"]
    assert sum(after.values()) == sum(before.values()) == 0


async def test_streets_give_back_and_lines_carry(db: Database) -> None:
    await pay(db, "rozenlaan", 150_00, spent=20_50)
    await begin(db, RETURNING)
    await close(db, RETURNING)
    after = await posted(db)
    assert after["budget:potjes:2027"] == 150_000_00 + (150_000_00 - 150_00) + 129_50
    assert after["budget:hours:2027"] == 60_000_00
    assert "street:rozenlaan:2027" not in after
    outcome = (await seen(db, RETURNING)).outcome
    assert outcome == Outcome(streets=1, from_streets=129_50, carried=230_000_00 - 150_00)
    async with db.connection() as conn:
        lines = await budgets.lines(conn, M, YEAR)
        following = await budgets.lines(conn, M, YEAR + 1)
    potjes = lines[BudgetLine.POTJES]
    assert (potjes.spent, potjes.carried_out, potjes.available) == (150_00, 149_850_00, 0)
    assert following[BudgetLine.POTJES].carried_in == 149_979_50
    assert sum(after.values()) == 0


STREET = """
insert into registry.street
    (municipality, slug, name, wijk, phase, gangmakers, minimum, revision, merged_into)
values ($1, $2, $2, 'Noord', $3, '{}', 1, 1, $4)
"""


async def test_a_street_that_stopped_gives_back_and_one_that_merged_brings_along(db: Database) -> None:
    streets = [
        ("rozenlaan", "active", None),
        ("dorpsweg", "ended", None),
        ("beukelsweg", "ended", "lindelaan"),
        ("lindelaan", "ended", "rozenlaan"),
    ]
    async with db.transaction() as conn:
        for slug, phase, into in streets:
            await conn.execute(STREET, M, slug, phase, into)
    for slug, _, _ in streets:
        await pay(db, slug, 100_00, spent=40_00)
    await begin(db)
    await close(db)
    after = await posted(db)
    assert after["street:rozenlaan:2027"] == 3 * 60_00
    assert after["budget:potjes:2027"] == 150_000_00 + 60_00
    assert [code for code in after if code.startswith("street:") and code != "street:rozenlaan:2027"] == []
    assert sum(after.values()) == 0


async def test_many_streets_are_booked_in_several_calls(db: Database) -> None:
    number = closing.LEGS_A_CALL + 5
    async with db.transaction() as conn:
        for start in range(0, number, 500):
            slugs = [f"straat-{each}" for each in range(start, min(start + 500, number))]
            specs = [spec_of(f"street:{M}:{slug}:{YEAR}") for slug in slugs]
            await ledger.open_accounts(conn, [*specs, spec_of(BANK)])
            legs = [
                budget.move(
                    uuid4(), M, YEAR, line=BudgetLine.POTJES, to=BudgetLine.HOURS, cents=100, reason="xxx"
                ).leg.model_copy(update={"credit": spec.code})
                for spec in specs
            ]
            await ledger.transfer(conn, legs, actor=TIES, group_id=uuid4(), booked_on=TODAY)
    await begin(db)
    await close(db)
    found = await seen(db)
    assert (found.outcome.streets, found.outcome.kept) == (number, number * 100)
    after = await posted(db)
    assert sum(cents for code, cents in after.items() if code.startswith("street:")) == number * 100
    assert sum(after.values()) == 0


async def test_a_closed_year_is_immutable(db: Database) -> None:
    await begin(db)
    await close(db)
    before = await posted(db)
    for attempt in (enter(db, grant(5)), pay(db, "rozenlaan", 5)):
        with pytest.raises(ledger.YearNotOpen):
            await attempt
    assert await posted(db) == before
    assert (await begin(db), await close(db)) == (False, False)


async def test_two_who_close_at_once_close_once(db: Database) -> None:
    await pay(db, "rozenlaan", 150_00)
    assert sorted(await asyncio.gather(begin(db), begin(db))) == [False, True]
    assert sorted(await asyncio.gather(close(db), close(db))) == [False, True]
    assert (await posted(db))["street:rozenlaan:2027"] == 150_00
    async with db.connection() as conn:
        facts = await conn.fetch(
            "select name, subject, actor from registry.fact where name like 'year.%' order by seq"
        )
    assert [tuple(fact) for fact in facts] == [
        ("year.closing", "year:2026", TIES),
        ("year.closed", "year:2026", TIES),
    ]


async def test_an_open_year_is_not_closed_at_once(db: Database) -> None:
    before = await posted(db)
    with pytest.raises(ledger.YearNotOpen):
        await close(db)
    assert (await posted(db), (await seen(db)).state) == (before, YearState.OPEN)


async def hindered(attempt: Awaitable[bool]) -> dict[Hindrance, tuple[int, int]]:
    with pytest.raises(closing.Hindered) as refused:
        await attempt
    return {hurdle.what: (hurdle.count, hurdle.cents) for hurdle in refused.value.hurdles}


@pytest.mark.parametrize("status", ["waiting_for_budget", "to_approve", "approved"])
async def test_potjes_that_need_a_reservation_come_first(db: Database, status: str) -> None:
    await potje(db, "rozenlaan", status)
    assert await hindered(begin(db)) == {H.POTJES_WAITING: (1, 150_00)}
    assert (await seen(db)).state is YearState.OPEN
    assert not (await seen(db)).may_begin


async def test_potjes_under_way_may_end_while_the_year_closes(db: Database) -> None:
    await potje(db, "rozenlaan", "handed_over")
    await potje(db, "dorpsweg", "approved", payment="open")
    for settled in ("paid", "rejected", "withdrawn"):
        await potje(db, settled, settled)
    assert (await seen(db)).may_begin
    assert await begin(db)
    assert await hindered(close(db)) == {H.POTJES_UNDER_WAY: (2, 300_00), H.BATCHES: (1, 150_00)}


async def test_a_payment_that_bounced_is_a_potje_that_waits(db: Database) -> None:
    await potje(db, "dorpsweg", "approved", payment="returned")
    assert await hindered(begin(db)) == {H.POTJES_WAITING: (1, 150_00)}


async def test_money_that_nobody_placed_comes_first(db: Database) -> None:
    async with db.transaction() as conn:
        await move(conn, suspense_account(M, YEAR), BANK, 25_00)
    assert await hindered(begin(db)) == {H.SUSPENSE: (1, 25_00)}
    assert Hurdle(what=H.BANK, count=1, cents=25_00) in (await seen(db)).hurdles


async def test_reservations_and_money_on_the_way_hinder_the_end(db: Database) -> None:
    async with db.transaction() as conn:
        reserved = await move(conn, POTJES, BANK, 25_00, LegKind.RESERVE)
        await move(conn, POTJES, BANK, 10_00)
    await begin(db)
    assert await hindered(close(db)) == {H.RESERVATIONS: (1, 25_00), H.BANK: (1, 10_00)}
    async with db.transaction() as conn:
        release = reserved.model_copy(
            update={"id": uuid4(), "kind": LegKind.RELEASE, "pending_id": reserved.id}
        )
        await ledger.transfer(conn, [release], actor=TIES, group_id=release.id, booked_on=TODAY)
    assert await hindered(close(db)) == {H.BANK: (1, 10_00)}


async def test_years_are_closed_in_their_order(db: Database) -> None:
    assert await hindered(begin(db, year=YEAR + 1)) == {H.EARLIER_YEAR: (1, 0)}
    await begin(db)
    await close(db)
    assert await begin(db, year=YEAR + 1)
    assert await close(db, year=YEAR + 1)
    async with db.connection() as conn:
        assert await budgets.years(conn, M) == [2026, 2027, 2028]


async def test_a_year_that_never_was_has_no_page(db: Database) -> None:
    async with db.connection() as conn:
        assert await closing.year(conn, ROTTERDAM, 2040) is None


async def test_what_a_street_carries_over_can_be_spent_next_year(db: Database) -> None:
    await pay(db, "rozenlaan", 150_00)
    await begin(db)
    await close(db)
    async with db.transaction() as conn:
        await move(conn, f"street:{M}:rozenlaan:2027", f"spent:{M}:attenties:2027", 10_00)
    assert (await posted(db))["street:rozenlaan:2027"] == 140_00
    async with db.connection() as conn:
        potjes = await ledger.balance(conn, line_account(M, BudgetLine.POTJES, YEAR + 1))
    assert potjes.available == 150_000_00


async def test_waiting_potjes_of_the_next_year_hear_of_it(db: Database) -> None:
    await begin(db, RETURNING)
    await close(db, RETURNING)
    async with db.connection() as conn:
        [row] = await conn.fetch("select kind, payload from post.submission where relayed_at is null")
    assert (row["kind"], row["payload"]) == ("money", {"municipality": M, "year": YEAR + 1})
