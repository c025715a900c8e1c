"""What waits in suspense gets a place: suspense and bank are empty again, and the reason is kept."""

import asyncio
from datetime import date
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from schemas.accounts import (
    BudgetLine,
    bank_account,
    funder_account,
    line_account,
    spent_account,
    street_account,
    suspense_account,
)
from schemas.budget import Entry, EntryKind
from schemas.ledger import MarkKind, Verified, YearState
from schemas.suspense import Cost, Grant, LateReturn, PaidStreet, Placing, SuspenseItem
from store import budgets, ledger, suspense
from store.database import Database
from store.suspense import AlreadyPlaced, CannotPlace
from store.vault import Vault
from tests.store.bank_rows import ACCOUNT, DAY, NOW, Paid, paid
from tests.store.payout_rows import CENTS, CITY, TREASURER, YEAR
from workers.demo.bank import Line, answer, statement

TODAY = date(2026, 12, 3)
REASON = "De bank noemt het zo"
BUDGET = line_account(CITY, BudgetLine.POTJES, YEAR)
CAMPAIGN = line_account(CITY, BudgetLine.CAMPAIGN, YEAR)
SUSPENSE, BANK = suspense_account(CITY, YEAR), bank_account(CITY, YEAR)
FUNDS = funder_account(CITY, "buurtfonds", YEAR)
EIKHOF = street_account(CITY, "eikhof", YEAR)


@pytest_asyncio.fixture
async def town(db: Database, vault: Vault) -> Paid:
    """A batch was paid; money came in and went out besides."""
    town = await paid(db, vault)
    await town.comes(answer(town.file, DAY).content)
    lines = [Line(50_00, name="Buurtfonds", text="Voor de straten"), Line(-20_00, text="Kosten")]
    await town.comes(statement(ACCOUNT, DAY, lines, number="besides"))
    return town


async def waiting(town: Paid) -> list[SuspenseItem]:
    """What has no place, the biggest first."""
    async with town.db.connection() as conn:
        found = await suspense.open_items(conn, CITY)
    return sorted(found, key=lambda item: -item.cents)


async def place(town: Paid, item: SuspenseItem, placing: Placing, form: UUID | None = None) -> bool:
    """Somebody gives it a place."""
    async with town.db.transaction() as conn:
        return await suspense.place(
            conn, CITY, item.transfer, placing, reason=REASON, form=form or uuid4(), by=TREASURER, today=TODAY
        )


async def available(town: Paid, *codes: str) -> list[int]:
    """What these accounts hold."""
    return [(await town.books.balance(code))[0] for code in codes]


async def granted(town: Paid, line: BudgetLine, cents: int) -> None:
    """A funder gives a line money."""
    entry = budgets.Entry(
        id=uuid4(),
        municipality=CITY,
        year=YEAR,
        kind=EntryKind.GRANT,
        source=funder_account(CITY, "gemeente", YEAR),
        target=line_account(CITY, line, YEAR),
        cents=cents,
        reason="Begroting",
    )
    async with town.db.transaction() as conn:
        await budgets.enter(conn, entry, TREASURER, TODAY)


async def sound(town: Paid) -> None:
    """The chain and the balances agree."""
    async with town.db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)


async def test_what_waits(town: Paid, vault: Vault) -> None:
    gift, fee = await waiting(town)
    assert (gift.cents, fee.cents, gift.year, gift.booked_on) == (50_00, -20_00, YEAR, DAY)
    async with town.db.transaction() as conn:
        assert await suspense.words(conn, vault, gift, TREASURER) == ["Buurtfonds", "Voor de straten"]
        assert await suspense.item(conn, CITY, gift.transfer) == gift
        assert await suspense.item(conn, "den-haag", gift.transfer) is None
        assert await suspense.open_items(conn, "den-haag") == []
        assert gift.details
        await vault.erase(conn, [gift.details], "test")
        assert await suspense.words(conn, vault, gift, TREASURER) == []
    looks = await town.rows("select staff, purpose from vault.look where ref = $1", gift.details)
    assert {"staff": TREASURER, "purpose": "suspense"} in looks


async def test_a_gift_becomes_a_grant(town: Paid) -> None:
    gift, _ = await waiting(town)
    before = await available(town, SUSPENSE, BANK, BUDGET)
    form = uuid4()
    assert await place(town, gift, Grant(funder="buurtfonds", line=BudgetLine.POTJES), form)
    after = await available(town, SUSPENSE, BANK, BUDGET, FUNDS)
    assert after == [before[0] + 50_00, before[1] - 50_00, before[2] + 50_00, -50_00]
    assert after[:2] == [20_00, -20_00]
    await sound(town)
    (entry,) = await town.rows("select * from money.entry where id = $1", form)
    assert (entry["kind"], entry["source"], entry["target"]) == ("placed", FUNDS, BUDGET)
    assert (entry["cents"], entry["reason"], entry["entered_by"]) == (50_00, REASON, TREASURER)
    assert [item.cents for item in await waiting(town)] == [-20_00]
    async with town.db.connection() as conn:
        marks = await ledger.marks(conn, CITY, YEAR, MarkKind.NOTE)
        assert {mark.subject: mark.digest for mark in marks} == {str(form): sha256(REASON.encode()).digest()}
        placed = await suspense.item(conn, CITY, gift.transfer)
    assert placed
    assert placed.entry == form


async def test_money_for_the_potjes_wakes_those_that_wait(town: Paid) -> None:
    gift, fee = await waiting(town)
    earlier = await town.sent("money")
    await granted(town, BudgetLine.CAMPAIGN, 20_00)
    await place(town, fee, Cost(line=BudgetLine.CAMPAIGN))
    assert await town.sent("money") == earlier
    await place(town, gift, LateReturn(street="eikhof"))
    called = await town.sent("money")
    assert len(called) == len(earlier) + 1
    called.remove({"municipality": CITY, "year": YEAR})
    assert called == earlier


async def test_a_late_return_goes_to_the_potjes_again(town: Paid) -> None:
    gift, _ = await waiting(town)
    before = await available(town, BUDGET)
    await place(town, gift, LateReturn(street="eikhof"))
    assert await available(town, EIKHOF, SUSPENSE, BANK, BUDGET) == [
        CENTS - 50_00,
        20_00,
        -20_00,
        before[0] + 50_00,
    ]
    await sound(town)


async def test_a_cost_is_spent_from_its_line(town: Paid) -> None:
    gift, fee = await waiting(town)
    await granted(town, BudgetLine.CAMPAIGN, 30_00)
    before = await available(town, CAMPAIGN)
    await place(town, fee, Cost(line=BudgetLine.CAMPAIGN))
    await place(town, gift, Grant(funder="buurtfonds", line=BudgetLine.CAMPAIGN))
    spent = spent_account(CITY, BudgetLine.CAMPAIGN, YEAR)
    assert await available(town, CAMPAIGN, spent, SUSPENSE, BANK) == [
        before[0] + 30_00,
        20_00,
        0,
        0,
    ]
    assert await waiting(town) == []
    await sound(town)


async def test_a_payment_by_hand_is_the_streets(town: Paid) -> None:
    _, fee = await waiting(town)
    await granted(town, BudgetLine.POTJES, 20_00)
    before = await available(town, BUDGET)
    await place(town, fee, PaidStreet(street="eikhof"))
    assert await available(town, EIKHOF, BUDGET) == [CENTS + 20_00, before[0] - 20_00]
    await sound(town)


async def test_a_budget_that_cannot_spare_it_says_so(town: Paid) -> None:
    (spare,) = await available(town, CAMPAIGN)
    await town.comes(statement(ACCOUNT, DAY, [Line(-spare - 1)], number="dear"))
    dear = (await waiting(town))[-1]
    with pytest.raises(ledger.Overdraft):
        await place(town, dear, Cost(line=BudgetLine.CAMPAIGN))
    assert len(await waiting(town)) == 3
    assert await town.rows("select from money.entry") == []


@pytest.mark.parametrize(
    ("which", "placing"),
    [
        (0, Cost(line=BudgetLine.CAMPAIGN)),
        (0, PaidStreet(street="eikhof")),
        (1, Grant(funder="buurtfonds", line=BudgetLine.POTJES)),
        (1, LateReturn(street="eikhof")),
        (0, LateReturn(street="nergens")),
        (1, PaidStreet(street="nergens")),
    ],
)
async def test_places_that_do_not_fit(town: Paid, which: int, placing: Placing) -> None:
    item = (await waiting(town))[which]
    with pytest.raises(CannotPlace):
        await place(town, item, placing)
    assert len(await waiting(town)) == 2
    await sound(town)


async def test_what_is_not_there(town: Paid) -> None:
    gift, _ = await waiting(town)
    async with town.db.transaction() as conn:
        with pytest.raises(CannotPlace):
            await suspense.place(
                conn,
                "den-haag",
                gift.transfer,
                LateReturn(street="eikhof"),
                reason=REASON,
                form=uuid4(),
                by=TREASURER,
                today=TODAY,
            )


async def test_twice_is_once_and_somebody_else_is_too_late(town: Paid) -> None:
    gift, _ = await waiting(town)
    form, placing = uuid4(), Grant(funder="buurtfonds", line=BudgetLine.POTJES)
    answers = await asyncio.gather(*(place(town, gift, placing, form) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    with pytest.raises(AlreadyPlaced):
        await place(town, gift, LateReturn(street="eikhof"))
    assert await available(town, FUNDS, SUSPENSE) == [-50_00, 20_00]
    await sound(town)


async def test_a_placing_that_is_corrected_waits_again(town: Paid) -> None:
    gift, _ = await waiting(town)
    form = uuid4()
    await place(town, gift, Grant(funder="buurtfonds", line=BudgetLine.POTJES), form)
    correction = Entry(
        id=uuid4(),
        municipality=CITY,
        year=YEAR,
        kind=EntryKind.CORRECTION,
        source=BUDGET,
        target=FUNDS,
        cents=50_00,
        reason="Toch niet van het fonds",
        corrects=form,
    )
    async with town.db.transaction() as conn:
        await budgets.correct(conn, correction, TREASURER, TODAY)
    assert len(await waiting(town)) == 2
    assert not await place(town, gift, Grant(funder="buurtfonds", line=BudgetLine.POTJES), form)
    assert await place(town, gift, LateReturn(street="eikhof"))
    assert await available(town, FUNDS, SUSPENSE, BANK, EIKHOF) == [0, 20_00, -20_00, CENTS - 50_00]
    await sound(town)


async def test_a_year_that_is_being_closed_takes_no_placing(town: Paid) -> None:
    gift, _ = await waiting(town)
    async with town.db.transaction() as conn:
        await ledger.move_year(conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    with pytest.raises(ledger.YearNotOpen):
        await place(town, gift, LateReturn(street="eikhof"))
    assert NOW.year == YEAR
