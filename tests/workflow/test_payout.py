"""A payment batch: frozen, written, released by a second person, settled by statements; or cancelled."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from unittest.mock import patch

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from schemas.ledger import YearState
from schemas.payment import BatchAct, BatchState, PayoutOrder
from schemas.payout import BatchFile, PayoutResult
from schemas.person import Document
from schemas.refusals import SENTENCES, Refusal
from store import ledger, payment_files, payments
from tests.store.payout_rows import (
    CENTS,
    CITY,
    SECOND,
    TREASURER,
    YEAR,
    Books,
    order,
)
from tests.workflow.batches import STREETS, begin, frozen, handle, released, statement, streets
from tests.workflow.town import Town
from workflows.engine import DUE, PHASE
from workflows.payout import PayoutWorkflow


@pytest.fixture
def books(town: Town) -> Books:
    return Books(town.db)


async def _facts(town: Town) -> list[str]:
    rows = await town.rows("select name, actor from registry.fact where name like 'batch.%' order by seq")
    return [f"{row['name'].removeprefix('batch.')} {row['actor']}" for row in rows]


async def _refused_to_begin(town: Town, asked: PayoutOrder, why: Refusal) -> None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await begin(town, asked)
    assert isinstance(refused.value.cause, ApplicationError)
    assert (refused.value.cause.type, refused.value.cause.message) == (why.value, SENTENCES[why])
    ended = await handle(town, asked).result()
    assert ended == PayoutResult(state=None, payments=0, cents=0)


async def test_from_the_freeze_to_the_last_statement(town: Town, books: Books) -> None:
    await streets(town)
    asked = order()
    frozen = await begin(town, asked)
    assert (frozen.number, frozen.payments, frozen.cents, frozen.refusal) == (1, 2, 2 * CENTS, None)
    assert await begin(town, asked) == frozen
    payout = handle(town, asked)
    assert await town.phase(payout) == "payout_frozen"
    details = await town.details(payout)
    assert "**Betaalbestand:** 2026, nummer 1: wacht op vrijgave door een tweede persoon" in details
    assert "**Betalingen:** 2, samen € 300,00" in details
    assert f"(http://desk.test/rotterdam/betalen/{asked.batch})" in details
    await town.until("select document is not null from money.batch")
    await town.refused(payout, PayoutWorkflow.release, BatchAct(by=TREASURER), Refusal.OWN_BATCH)
    _ = await payout.execute_update(PayoutWorkflow.release, BatchAct(by=SECOND))
    await town.until_phase(payout, "payout_released")
    await town.refused(payout, PayoutWorkflow.release, BatchAct(by=SECOND), Refusal.BATCH_NOT_FROZEN)
    await town.refused(payout, PayoutWorkflow.cancel, BatchAct(by=SECOND), Refusal.OWN_RELEASE)
    await statement(town, asked, "anjerhof")
    await town.at_rest(payout)
    assert "**Nog open:** 1" in await town.details(payout)
    assert await town.phase(payout) == "payout_released"
    await statement(town, asked, "berkenlaan", "rejected")
    assert await payout.result() == PayoutResult(state=BatchState.SETTLED, payments=2, cents=2 * CENTS)
    assert await town.phase(payout) == "payout_settled"
    assert await _facts(town) == [
        f"frozen {TREASURER}",
        "file engine",
        f"released {SECOND}",
        "settled engine",
    ]
    assert (await books.street("anjerhof"), await books.bank()) == ((CENTS, 0), (CENTS, 0))


async def test_nothing_was_ready(town: Town) -> None:
    asked = order()
    assert (await begin(town, asked)).payments == 0
    payout = handle(town, asked)
    assert await payout.result() == PayoutResult(state=None, payments=0, cents=0)
    assert await town.phase(payout) == "payout_empty"
    assert await _facts(town) == []


async def test_without_a_bank_account_nothing_can_be_paid(town: Town) -> None:
    await streets(town)
    await town.decree(bank=None)
    await _refused_to_begin(town, order(), Refusal.NO_BANK_ACCOUNT)
    assert await town.value("select count(*) from money.payment") == 0


async def test_a_year_that_closes_pays_nothing_any_more(town: Town) -> None:
    await streets(town)
    async with town.db.transaction() as conn:
        await ledger.move_year(conn, CITY, YEAR, YearState.CLOSING, actor=TREASURER)
    await _refused_to_begin(town, order(), Refusal.YEAR_NOT_OPEN)


async def test_a_cancelled_batch_can_be_frozen_anew(town: Town, books: Books) -> None:
    _, payout = await frozen(town)
    assert await books.bank() == (0, 0)
    _ = await payout.execute_update(PayoutWorkflow.cancel, BatchAct(by=TREASURER))
    cancelled = await payout.result()
    assert cancelled.state is BatchState.CANCELLED
    assert await town.phase(payout) == "payout_cancelled"
    assert await books.bank() == (2 * CENTS, 0)
    again = await begin(town, order())
    assert (again.number, again.payments) == (2, 2)


@pytest.mark.parametrize("late", [False, True])
async def test_when_the_bank_refuses_the_whole_file_its_potjes_are_ready_again(
    town: Town, books: Books, *, late: bool
) -> None:
    _, payout = await released(town)
    if late:
        await town.until_phase(payout, "payout_released")
        await town.later(payout, days=4, minutes=1)
        await town.until("select exists (select from registry.fact where name = 'batch.late')")
    await town.refused(payout, PayoutWorkflow.cancel, BatchAct(by=SECOND), Refusal.OWN_RELEASE)
    _ = await payout.execute_update(PayoutWorkflow.cancel, BatchAct(by=TREASURER))
    assert (await payout.result()).state is BatchState.CANCELLED
    assert await town.value("select state from money.batch") == "cancelled"
    assert await books.bank() == (2 * CENTS, 0)
    again = await begin(town, order())
    assert (again.number, again.payments) == (2, 2)


async def test_what_the_bank_told_of_is_not_cancelled(town: Town, books: Books) -> None:
    """The statement is in the database; its news has not reached the batch yet."""
    asked, payout = await released(town)
    await statement(town, asked, "anjerhof", told=False)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await payout.execute_update(PayoutWorkflow.cancel, BatchAct(by=TREASURER))
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == Refusal.BATCH_TOLD.value
    assert (await books.street("anjerhof"))[0] == CENTS
    assert await town.value("select state from money.batch") == "released"


async def test_a_second_person_who_is_faster_than_the_file_waits_for_it(town: Town) -> None:
    """Nothing is released before its bytes and their digest are kept."""
    await streets(town)
    asked = order()
    async with town.db.transaction() as conn:
        await conn.execute("lock table vault.item in exclusive mode")
        frozen = await begin(town, asked)
        assert frozen.payments == 2
        payout = handle(town, asked)
        releasing = asyncio.create_task(payout.execute_update(PayoutWorkflow.release, BatchAct(by=SECOND)))
        await asyncio.wait([releasing], timeout=0.5)
        assert not releasing.done()
        under_way = (await payout.describe()).raw_description.pending_activities
        assert [each.activity_type.name for each in under_way] == ["write_batch_file"]
        assert await town.value("select state from money.batch") == "frozen"
    await releasing
    row = (await town.rows("select state, sha256 is not null as kept from money.batch"))[0]
    assert tuple(row) == ("released", True)


async def test_a_step_that_dies_after_it_kept_the_file(town: Town) -> None:
    """It is done again: the same file, kept once, and once more the same when it is written anew."""
    await streets(town)
    asked, told = order(), []

    def dies_at_first(sha256: str) -> BatchFile:
        told.append(sha256)
        if len(told) == 1:
            raise ConnectionError
        return BatchFile(sha256=sha256)

    with patch("activities.payouts.BatchFile", dies_at_first):
        await begin(town, asked)
        _ = await handle(town, asked).execute_update(PayoutWorkflow.release, BatchAct(by=SECOND))
    async with town.db.connection() as conn:
        (document,) = await conn.fetch("select ref from vault.item where kind = 'document'")
        kept = (await town.vault.get(conn, document["ref"], Document)).content
        assert await payment_files.rebuilt(conn, town.vault, CITY, asked.batch) == kept
    assert told == [sha256(kept).hexdigest()] * 2


async def test_a_late_statement_is_noted_once_until_the_next(town: Town) -> None:
    asked, payout = await released(town)
    await town.until_phase(payout, "payout_released")
    now = await town.skipper.get_current_time(payout)
    due = (await payout.describe()).typed_search_attributes[DUE]
    assert timedelta(days=3, hours=23) < due - now <= timedelta(days=4)
    await town.later(payout, days=3, hours=23)
    assert "late engine" not in await _facts(town)
    await town.later(payout, hours=2)
    await town.until("select exists (select from registry.fact where name = 'batch.late')")
    await town.later(payout, days=20)
    assert (await _facts(town)).count("late engine") == 1
    history = await payout.fetch_history()
    steps = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    assert [name for name in steps if name][-1] == "note_late_statement"
    await statement(town, asked, "anjerhof")
    await town.at_rest(payout)
    await town.later(payout, days=5)
    await town.until("select count(*) = 2 from registry.fact where name = 'batch.late'")
    await statement(town, asked, "berkenlaan")
    assert (await payout.result()).state is BatchState.SETTLED


async def test_no_personal_data_in_its_history(town: Town) -> None:
    asked, payout = await released(town)
    for street in STREETS:
        await statement(town, asked, street)
    await payout.result()
    history = (await payout.fetch_history()).to_json()
    assert "NL91ABNA" not in history
    async with town.db.connection() as conn:
        assert await payments.document_of(conn, CITY, asked.batch)
    assert (await payout.describe()).typed_search_attributes[PHASE] == "payout_settled"
