"""Entries in the budget: booked once, with their reason in the chain, refused without a trace."""

import asyncio
from hashlib import sha256
from uuid import uuid4

import asyncpg
import pytest

from schemas import budget
from schemas.accounts import BudgetLine, line_account, suspense_account
from schemas.budget import EntryKind
from schemas.ledger import LegKind, MarkKind, Verified, YearState
from store import budgets, ledger
from store.database import Database
from tests.store.programme import BANK, POTJES, TIES, TODAY, YEAR, M, enter, grant, move

HOURS, CAMPAIGN = BudgetLine.HOURS, BudgetLine.CAMPAIGN


async def figures(db: Database, line: BudgetLine = BudgetLine.POTJES) -> budget.LineFigures:
    """A line, whose available money is that of its balance, in a ledger that is sound."""
    async with db.connection() as conn:
        found = (await budgets.lines(conn, M, YEAR))[line]
        balance = await ledger.balance(conn, line_account(M, line, YEAR))
        assert found.available == balance.available
        assert isinstance(await ledger.verify(conn, M, YEAR), Verified)
    return found


async def calls(db: Database) -> int:
    """How often waiting potjes were called."""
    async with db.connection() as conn:
        return int(await conn.fetchval("select count(*) from post.submission where relayed_at is null"))


async def entries(db: Database) -> list[budgets.Line]:
    async with db.connection() as conn:
        return [line for line in (await budgets.overview(conn, M, YEAR)).entries if line.reason]


async def test_a_grant_is_booked_with_its_reason_and_wakes_potjes(db: Database) -> None:
    entry = grant(2_500)
    assert await enter(db, entry)
    assert (await figures(db)).granted == {"gemeente": 150_000_00, "havenfonds": 2_500_00}
    async with db.connection() as conn:
        [mark] = await ledger.marks(conn, M, YEAR, MarkKind.NOTE)
        fact = await conn.fetchrow("select * from registry.fact where name = 'budget.grant'")
    assert (mark.subject, mark.digest) == (str(entry.id), sha256(entry.reason.encode()).digest())
    assert (fact["subject"], fact["actor"]) == ("budget:potjes", TIES)
    assert await calls(db) == 1


async def test_sent_twice_it_is_one_entry_and_another_under_its_id_is_refused(db: Database) -> None:
    entry = grant(10)
    assert [await enter(db, entry) for _ in range(3)] == [True, False, False]
    with pytest.raises(ledger.OtherArguments):
        await enter(db, entry.model_copy(update={"cents": 11_00}))
    assert (await figures(db)).granted["havenfonds"] == 10_00
    assert await calls(db) == 1


async def test_many_at_once_are_each_booked_once(db: Database) -> None:
    forms = [grant(1) for _ in range(12)]
    done = await asyncio.gather(*(enter(db, entry) for entry in forms * 2))
    assert sum(done) == len(forms)
    assert (await figures(db)).granted["havenfonds"] == 12_00


async def test_two_cannot_spend_the_same_money(db: Database) -> None:
    forms = [
        budget.expense(uuid4(), M, YEAR, line=CAMPAIGN, cents=5_000_00, reason="Flyers") for _ in range(3)
    ]
    done = await asyncio.gather(*(enter(db, entry) for entry in forms), return_exceptions=True)
    refused = [each for each in done if isinstance(each, ledger.Overdraft)]
    assert done.count(True) == 1
    assert [each.available for each in refused] == [3_000_00, 3_000_00]
    found = await figures(db, CAMPAIGN)
    assert (found.spent, found.available, len(await entries(db))) == (5_000_00, 3_000_00, 1)


async def test_every_kind_shows_in_its_own_figure(db: Database) -> None:
    for entry in (
        budget.less(uuid4(), M, YEAR, line=HOURS, funder="gemeente", cents=1_00, reason="minder uren"),
        budget.move(uuid4(), M, YEAR, line=HOURS, to=CAMPAIGN, cents=2_00, reason="meer flyers"),
        budget.expense(uuid4(), M, YEAR, line=HOURS, cents=4_00, reason="eerste kwartaal"),
    ):
        assert await enter(db, entry)
    hours = await figures(db, HOURS)
    assert (hours.granted, hours.moved, hours.spent) == ({"gemeente": 59_999_00}, -2_00, 4_00)
    assert (await figures(db, CAMPAIGN)).moved == 2_00
    assert await calls(db) == 0, "no potje gets richer of this"


async def test_potjes_that_are_reserved_cannot_be_taken_back(db: Database) -> None:
    async with db.transaction() as conn:
        await move(conn, POTJES, BANK, 149_000_00, LegKind.RESERVE)
    back = budget.less(
        uuid4(), M, YEAR, line=BudgetLine.POTJES, funder="gemeente", cents=1_000_01, reason="x x"
    )
    with pytest.raises(ledger.Overdraft) as refused:
        await enter(db, back)
    assert refused.value.available == 1_000_00
    found = await figures(db)
    assert (found.reserved, found.available, await entries(db)) == (149_000_00, 1_000_00, [])


async def test_a_funder_gets_back_no_more_than_it_gave_the_line(db: Database) -> None:
    given = grant(100)
    await enter(db, given)

    def back(cents: int) -> budget.Entry:
        return budget.less(
            uuid4(), M, YEAR, line=BudgetLine.POTJES, funder="havenfonds", cents=cents, reason="te veel"
        )

    with pytest.raises(budgets.MoreThanGiven) as refused:
        await enter(db, back(100_01))
    assert refused.value.granted == 100_00
    await enter(db, back(30_00))
    with pytest.raises(budgets.MoreThanGiven) as refused:
        await correct(db, given)
    assert refused.value.granted == 70_00
    assert (await figures(db)).granted == {"gemeente": 150_000_00, "havenfonds": 70_00}
    assert [line.kind for line in await entries(db)] == ["less", "grant"]


async def correct(db: Database, entry: budget.Entry, reason: str = "Dubbel ingevoerd") -> bool:
    async with db.transaction() as conn:
        return await budgets.correct(conn, budget.correction(uuid4(), entry, reason), TIES, TODAY)


async def test_a_correction_undoes_an_entry_once(db: Database) -> None:
    spent = budget.expense(uuid4(), M, YEAR, line=CAMPAIGN, cents=500_00, reason="Flyers")
    await enter(db, spent)
    done = await asyncio.gather(correct(db, spent), correct(db, spent), return_exceptions=True)
    assert [type(each) for each in done if each is not True] == [budgets.AlreadyCorrected]
    found = await figures(db, CAMPAIGN)
    assert (found.spent, found.available) == (0, 8_000_00)
    undone, first = await entries(db)
    assert (undone.kind, undone.corrects, undone.may_be_corrected) == (EntryKind.CORRECTION, spent.id, False)
    assert (first.corrected, first.may_be_corrected) == (True, False)


async def test_a_grant_that_was_spent_cannot_be_corrected(db: Database) -> None:
    given = grant(100, CAMPAIGN)
    await enter(db, given)
    await enter(db, budget.expense(uuid4(), M, YEAR, line=CAMPAIGN, cents=8_050_00, reason="Flyers"))
    with pytest.raises(ledger.Overdraft) as refused:
        await correct(db, given)
    assert refused.value.available == 50_00
    assert [line.kind for line in await entries(db)] == ["expense", "grant"]


async def test_a_correction_that_frees_money_for_potjes_wakes_them(db: Database) -> None:
    moved = budget.move(uuid4(), M, YEAR, line=BudgetLine.POTJES, to=HOURS, cents=5_00, reason="vergist")
    await enter(db, moved)
    assert await calls(db) == 0
    await correct(db, moved)
    assert await calls(db) == 1


async def test_a_correction_sent_twice_is_one(db: Database) -> None:
    given = grant(100)
    await enter(db, given)
    undone = budget.correction(uuid4(), given, "vergist")
    for expected in (True, False):
        async with db.transaction() as conn:
            assert await budgets.correct(conn, undone, TIES, TODAY) is expected
    assert (await figures(db)).granted["havenfonds"] == 0


async def place(db: Database) -> budget.Entry:
    """Money of a fund that came by bank, landed in suspense and was placed as its grant."""
    entry = budget.Entry(
        id=uuid4(),
        municipality=M,
        year=YEAR,
        kind=EntryKind.PLACED,
        source="funding:rotterdam:havenfonds:2026",
        target=POTJES,
        cents=250_00,
        reason="Gift van het Havenfonds",
    )
    suspense = suspense_account(M, YEAR)
    async with db.transaction() as conn:
        came = await move(conn, suspense, BANK, entry.cents)
        legs = [
            came.model_copy(update={"id": uuid4(), "debit": debit, "credit": credit})
            for debit, credit in ((entry.source, suspense), (BANK, POTJES))
        ]
        await ledger.transfer(conn, legs, actor=TIES, group_id=entry.id, booked_on=TODAY)
        await budgets.note(conn, entry, TIES)
        await conn.execute(
            "insert into money.suspense "
            "(transfer, municipality, fiscal_year, cents, booked_on, entry, placed_at) "
            "values ($1, $2, $3, $4, $5, $6, now())",
            came.id,
            M,
            YEAR,
            entry.cents,
            TODAY,
            entry.id,
        )
    return entry


async def test_a_grant_that_came_by_bank_counts_as_its_funders(db: Database) -> None:
    entry = await place(db)
    found = await figures(db)
    assert (found.granted, found.spent) == ({"gemeente": 150_000_00, "havenfonds": 250_00}, 0)
    assert await correct(db, entry)
    found = await figures(db)
    assert (found.granted["havenfonds"], found.spent) == (0, 0)
    async with db.connection() as conn:
        waits = await conn.fetchrow("select entry, placed_at from money.suspense")
        suspense = await ledger.balance(conn, suspense_account(M, YEAR))
    assert tuple(waits) == (None, None), "it waits to be placed again"
    assert suspense.available == -250_00


@pytest.mark.parametrize("state", [YearState.CLOSING, YearState.CLOSED])
async def test_a_year_that_ends_takes_no_entry(db: Database, state: YearState) -> None:
    async with db.transaction() as conn:
        for each in (YearState.CLOSING, YearState.CLOSED)[: 1 + (state is YearState.CLOSED)]:
            await ledger.move_year(conn, M, YEAR, each, "engine")
    with pytest.raises(ledger.YearNotOpen):
        await enter(db, grant(5))
    with pytest.raises(ledger.YearNotOpen):
        await enter(db, budget.move(uuid4(), M, YEAR, line=HOURS, to=CAMPAIGN, cents=5, reason="te laat"))
    assert await entries(db) == []


async def test_a_new_year_is_opened_by_its_first_entry(db: Database) -> None:
    await enter(db, grant(5, year=2031))
    async with db.connection() as conn:
        assert await budgets.years(conn, M) == [2026, 2027, 2031]
        assert (await budgets.overview(conn, M, 2031)).lines[BudgetLine.POTJES].available == 5_00
        assert (await budgets.overview(conn, M, 2030)).state is None


async def test_an_account_of_another_currency_cannot_be(owner_conn: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await owner_conn.execute(
            "insert into ledger.account (code, kind, municipality, fiscal_year, currency) "
            "values ('funding:rotterdam:dollars:2026', 'funding', 'rotterdam', 2026, 'USD')"
        )


async def test_what_a_file_granted_is_listed_but_not_corrected(db: Database) -> None:
    async with db.connection() as conn:
        found = await budgets.overview(conn, M, YEAR)
    assert {line.reason for line in found.entries} == {None}
    assert [line.may_be_corrected for line in found.entries] == [False] * 4
    assert found.entries_in_all == 4
    assert found.funders == ["gemeente", "havenfonds"]


async def test_an_entry_of_somewhere_else_is_not_found(db: Database) -> None:
    entry = grant(5)
    await enter(db, entry)
    async with db.connection() as conn:
        assert (await budgets.entry(conn, M, YEAR, entry.id))[0] == entry
        for municipality, year in (("den-haag", YEAR), (M, 2027)):
            with pytest.raises(budgets.NoSuchEntry):
                await budgets.entry(conn, municipality, year, entry.id)


async def test_an_entry_stays_as_it_was_written(db: Database, owner_conn: asyncpg.Connection) -> None:
    await enter(db, grant(5))
    for change in (
        "update money.entry set reason = 'anders'",
        "delete from money.entry",
        "truncate money.entry",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await owner_conn.execute(change)
