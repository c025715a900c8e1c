"""Applying a policy: a new version when it differs, and budgets moved to what it grants."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest

from schemas.accounts import BudgetLine, bank_account, funder_account, line_account, spec_of
from schemas.ledger import Leg, LegKind, Verified, YearState, transfer_id
from schemas.policy import Policy, read_policy
from schemas.programme import OWN_FUNDS, Budget
from store import ledger, policies
from store.database import Database
from store.prepared import shape
from tests.conftest import MUNICIPALITIES, TODAY, Urls

ROTTERDAM = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))
FUNDING = funder_account("rotterdam", OWN_FUNDS.key, 2026)
PURSE = line_account("rotterdam", BudgetLine.POTJES, 2026)
BANK = bank_account("rotterdam", 2026)


def granting(euros: int | str, year: int = 2026, **more: str) -> Policy:
    """Rotterdam with another budget."""
    return ROTTERDAM.model_copy(update={"budgets": [Budget(year=year, euros=Decimal(euros), **more)]})


async def apply(db: Database, policy: Policy) -> int:
    """One transaction, as the command line does it."""
    async with db.transaction() as conn:
        return await policies.apply(conn, policy, "engine", TODAY)


async def purse(db: Database) -> tuple[int, int, int]:
    """What was granted, taken back, and how many transfers moved it."""
    async with db.connection() as conn:
        found = await ledger.balance(conn, PURSE)
        count = await conn.fetchval("select count(*) from ledger.transfer where $1 in (debit, credit)", PURSE)
        assert isinstance(await ledger.verify(conn, "rotterdam", 2026), Verified)
    return found.credits_posted, found.debits_posted, count


async def woken(db: Database) -> int:
    """How often waiting potjes were called."""
    async with db.connection() as conn:
        return int(await conn.fetchval("select count(*) from post.submission where relayed_at is null"))


async def give_out(db: Database, cents: int) -> None:
    """A reservation of that much."""
    leg = Leg(
        id=transfer_id("potje"), kind=LegKind.RESERVE, debit=PURSE, credit=BANK, cents=cents, reason="potje"
    )
    async with db.transaction() as conn:
        await ledger.open_accounts(conn, [spec_of(BANK)])
        await ledger.transfer(conn, [leg], actor="engine", group_id=leg.id, booked_on=TODAY)


async def test_the_three_examples_are_in_force_with_their_budgets(db: Database) -> None:
    async with db.connection() as conn:
        found = await policies.all_current(conn)
        assert [policy.slug for policy in found] == ["aalsmeer", "den-haag", "rotterdam"]
        assert found == [read_policy(path) for path in MUNICIPALITIES]
        for policy in found:
            assert await policies.current(conn, policy.slug) == (policy, 1)
            for budget in policy.budgets:
                balance = await ledger.balance(conn, line_account(policy.slug, budget.line, budget.year))
                assert balance.credits_posted - balance.debits_posted == budget.cents
        assert await policies.current(conn, "utrecht") is None


async def test_applying_twice_is_one_version_and_no_transfer(db: Database) -> None:
    before = await purse(db)
    assert [await apply(db, ROTTERDAM) for _ in range(2)] == [1, 1]
    assert await purse(db) == before == (150_000_00, 0, 1)
    assert await woken(db) == 0


async def test_a_change_is_a_version_and_the_old_one_stays(db: Database) -> None:
    renamed = ROTTERDAM.model_copy(update={"minimum_gangmakers": 3})
    assert [await apply(db, policy) for policy in (renamed, renamed, ROTTERDAM)] == [2, 2, 3]
    async with db.connection() as conn:
        rows = await conn.fetch(
            "select document -> 'minimum_gangmakers' from registry.policy where municipality = 'rotterdam' "
            "order by version"
        )
        assert [row[0] for row in rows] == [1, 3, 1]
        assert await policies.current(conn, "rotterdam") == (ROTTERDAM, 3)
    assert await purse(db) == (150_000_00, 0, 1)


async def test_a_budget_moves_by_the_difference_and_only_more_wakes_potjes(db: Database) -> None:
    for euros, expected, calls in (
        ("150000.50", (150_000_50, 0, 2), 1),
        ("150000.50", (150_000_50, 0, 2), 1),
        ("149000", (150_000_50, 1_000_50, 3), 1),
        ("0", (150_000_50, 150_000_50, 4), 1),
        ("150000", (300_000_50, 150_000_50, 5), 2),
    ):
        await apply(db, granting(euros))
        assert (await purse(db), await woken(db)) == (expected, calls)
    async with db.connection() as conn:
        funding = await ledger.balance(conn, FUNDING)
    others = sum(b.cents for b in ROTTERDAM.budgets if b.line != BudgetLine.POTJES and b.funder == "gemeente")
    assert funding.debits_posted - funding.credits_posted == 150_000_00 + others


async def test_a_year_that_is_left_out_keeps_what_it_has(db: Database) -> None:
    await apply(db, granting(10, year=2028))
    assert await purse(db) == (150_000_00, 0, 1)
    async with db.connection() as conn:
        line = line_account("rotterdam", BudgetLine.POTJES, 2028)
        assert (await ledger.balance(conn, line)).credits_posted == 10_00


async def test_less_than_was_given_out_is_refused_and_changes_nothing(db: Database) -> None:
    await give_out(db, 1_000_00)
    before = await purse(db)
    with pytest.raises(ledger.Overdraft) as refused:
        await apply(db, granting("999.99"))
    assert refused.value.available == 149_000_00
    async with db.connection() as conn:
        assert await policies.current(conn, "rotterdam") == (ROTTERDAM, 1)
    assert (await purse(db), await woken(db)) == (before, 0)
    assert await apply(db, granting("1000")) == 2
    assert (await purse(db))[:2] == (150_000_00, 149_000_00)


async def test_applied_by_two_at_once_it_is_granted_once(db: Database) -> None:
    policy = granting(200_000)
    assert await asyncio.gather(*(apply(db, policy) for _ in range(4))) == [2, 2, 2, 2]
    assert await purse(db) == (200_000_00, 0, 2)


async def test_every_version_is_kept_as_it_was_written(db: Database, owner_conn: asyncpg.Connection) -> None:
    await apply(db, granting("0.07"))
    document = await owner_conn.fetchval(
        "select document -> 'budgets' from registry.policy where municipality = 'rotterdam' and version = 2"
    )
    assert document == '[{"line": "potjes", "year": 2026, "euros": "0.07", "funder": "gemeente"}]'


async def test_a_funder_grants_a_line_of_its_own_and_wakes_nobody(db: Database) -> None:
    await apply(db, granting(8_500, line="campaign", funder="havenfonds"))
    async with db.connection() as conn:
        line = await ledger.balance(conn, line_account("rotterdam", BudgetLine.CAMPAIGN, 2026))
        fund = await ledger.balance(conn, funder_account("rotterdam", "havenfonds", 2026))
    assert (line.available, fund.debits_posted) == (8_500_00, 8_500_00)
    assert (await purse(db), await woken(db)) == ((150_000_00, 0, 1), 0)


async def test_what_the_desk_granted_is_not_touched(db: Database) -> None:
    extra = Leg(id=transfer_id("extra"), debit=FUNDING, credit=PURSE, cents=5_000_00, reason="entry.grant")
    async with db.transaction() as conn:
        await ledger.transfer(conn, [extra], actor="engine", group_id=extra.id, booked_on=TODAY)
    await apply(db, granting(160_000))
    assert await purse(db) == (165_000_00, 0, 3)


async def test_a_closed_year_takes_no_change_but_stays_in_the_file(db: Database) -> None:
    async with db.transaction() as conn:
        for state in (YearState.CLOSING, YearState.CLOSED):
            await ledger.move_year(conn, "rotterdam", 2026, state, "engine")
    assert await apply(db, ROTTERDAM) == 1
    with pytest.raises(ledger.YearNotOpen):
        await apply(db, granting(1))
    async with db.connection() as conn:
        assert await policies.current(conn, "rotterdam") == (ROTTERDAM, 1)


async def test_another_policy_and_another_migration_give_a_database_another_shape(
    db: Database, database: Urls
) -> None:
    was = await shape(database.admin_url)
    assert was == await shape(database.admin_url)
    await apply(db, granting(90_001))
    changed = await shape(database.admin_url)
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute("insert into public.migration (name, digest) values ('9999_later.sql', 'x')")
    later = await shape(database.admin_url)
    await admin.execute("drop table public.migration")
    assert len({was, changed, later, await shape(database.admin_url)}) == 4
    await admin.close()
