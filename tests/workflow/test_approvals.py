"""Bulk approval: chosen potjes or all that wait, four eyes, once, whatever happens to the worker."""

import asyncio
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.approvals import ManyApprovals
from schemas.payment import Approvals, ApprovalsOrder, approvals_id
from schemas.potje import ApprovalChunk, ChunkApproved, PotjeStatus
from schemas.refusals import Refusal
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import approvals
from store.database import Connection
from tests.workflow.town import COORDINATOR, TREASURER, Town
from workers.worker import temporal_worker
from workflows.approvals import ApprovalsWorkflow
from workflows.potje import PotjeWorkflow

CITY = "rotterdam"
CENTS = 150_00
APPROVE_CHUNK = approvals.approve_chunk


async def _streets(town: Town, *names: str) -> list[SignupOrder]:
    return [await town.accepted(street=name) for name in names]


def _asked(
    town: Town, chosen: list[SignupOrder] | None = None, *, by: str = TREASURER, year: int | None = None
) -> ApprovalsOrder:
    return ApprovalsOrder(
        workflow_id=approvals_id(CITY, uuid4()),
        municipality=CITY,
        year=year or town.year,
        by=f"{CITY}:{by}",
        potjes=None if chosen is None else [town.potje(order).id for order in chosen],
    )


async def _begin(town: Town, asked: ApprovalsOrder, suffix: str | None = None) -> WorkflowHandle[Any, Any]:
    return await town.client.start_workflow(
        ApprovalsWorkflow.run, asked, id=asked.workflow_id, task_queue=f"{QUEUE}-{suffix or town.suffix}"
    )


async def _approve(town: Town, asked: ApprovalsOrder) -> Approvals:
    result: Approvals = await (await _begin(town, asked)).result()
    await town.relay.work()
    return result


async def _all_heard(town: Town, orders: list[SignupOrder]) -> None:
    for order in orders:
        await town.until_phase(town.potje(order), "potje_approved")
        await town.mailed(order.gangmaker, "potje_approved")


async def _statuses(town: Town, orders: list[SignupOrder]) -> list[str]:
    rows = await town.rows("select street, status from registry.potje")
    found = {row["street"]: row["status"] for row in rows}
    return [found[order.street] for order in orders]


async def _posted(town: Town) -> int:
    return (await town.balance(f"bank:{CITY}:{town.year}")).credits_posted


async def test_all_that_wait_are_approved_and_each_street_hears_of_it(town: Town) -> None:
    orders = await _streets(town, "acacia", "berken", "ceder")
    with patch("store.approvals.CHUNK", 2):
        handle = await _begin(town, _asked(town))
        assert await handle.execute_update(ApprovalsWorkflow.done) == Approvals(potjes=3, cents=3 * CENTS)
    assert await handle.result() == Approvals(potjes=3, cents=3 * CENTS)
    await town.relay.work()
    await _all_heard(town, orders)
    assert await _posted(town) == 3 * CENTS
    for order in orders:
        assert await town.facts(order, "potje.") == ["potje.reserved", "potje.approved", "potje.told"]
    approvers = await town.rows("select distinct approver from registry.potje")
    assert [row["approver"] for row in approvers] == [f"{CITY}:{TREASURER}"]
    assert await town.phase(handle) == "approved"
    assert "3 potjes" in await town.details(handle)


async def test_nobody_approves_what_they_proposed(town: Town) -> None:
    orders = await _streets(town, "acacia", "berken")
    assert await _approve(town, _asked(town, by=COORDINATOR)) == Approvals()
    assert await _statuses(town, orders) == [PotjeStatus.TO_APPROVE] * 2
    assert await _posted(town) == 0


async def test_only_the_chosen_ones_of_that_year_and_town(town: Town) -> None:
    orders = await _streets(town, "acacia", "berken")
    assert await _approve(town, _asked(town, orders, year=town.year - 1)) == Approvals()
    elsewhere = _asked(town, orders).model_copy(update={"municipality": "den-haag"})
    assert await _approve(town, elsewhere) == Approvals()
    assert await _approve(town, _asked(town, [])) == Approvals()
    assert await _approve(town, _asked(town, orders[1:])) == Approvals(potjes=1, cents=CENTS)
    assert await _statuses(town, orders) == [PotjeStatus.TO_APPROVE, PotjeStatus.APPROVED]


async def test_what_was_decided_meanwhile_is_passed_over(town: Town) -> None:
    orders = await _streets(town, "acacia", "berken", "ceder")
    await town.act(orders[0], PotjeWorkflow.approve)
    await town.act(orders[1], PotjeWorkflow.reject)
    assert await _approve(town, _asked(town, orders)) == Approvals(potjes=1, cents=CENTS)
    assert await _posted(town) == 2 * CENTS
    assert await _approve(town, _asked(town, orders)) == Approvals()
    assert await _posted(town) == 2 * CENTS


async def test_a_single_approval_that_comes_after_it_is_refused(town: Town) -> None:
    (order,) = await _streets(town, "acacia")
    handle = await _begin(town, _asked(town))
    assert await handle.result() == Approvals(potjes=1, cents=CENTS)
    # The potje has not heard of it yet: the registry decides.
    with pytest.raises(WorkflowUpdateFailedError) as late:
        await town.act(order, PotjeWorkflow.approve)
    assert isinstance(late.value.cause, ApplicationError)
    assert late.value.cause.type == Refusal.POTJE_NOT_AWAITING_APPROVAL.value
    await town.relay.work()
    await _all_heard(town, [order])
    assert await _posted(town) == CENTS


async def test_an_approved_potje_goes_on_like_any_other(town: Town) -> None:
    (order,) = await _streets(town, "acacia")
    await _approve(town, _asked(town))
    await _all_heard(town, [order])
    await town.pays(order)
    assert (await town.settles(order)).status is PotjeStatus.PAID


def _chunk(asked: ApprovalsOrder, number: int = 1, begun: str | None = None) -> ApprovalChunk:
    return ApprovalChunk(**asked.model_dump(), number=number, begun=begun)


async def test_a_chunk_that_is_asked_again_books_nothing_and_says_the_same(town: Town) -> None:
    """What a worker does that died between its commit and its answer."""
    await _streets(town, "acacia", "berken")
    asked, many = _asked(town), ManyApprovals(town.tools)
    with patch("store.approvals.CHUNK", 1):
        first = await many.approve_chunk(_chunk(asked))
        transfers = await town.value("select count(*) from ledger.transfer")
        assert await many.approve_chunk(_chunk(asked)) == first
        assert await town.value("select count(*) from ledger.transfer") == transfers
        second = await many.approve_chunk(_chunk(asked, 2, first.begun))
    assert [first.potjes, second.potjes] == [1, 1]
    assert await many.approve_chunk(_chunk(asked, 3, first.begun)) == ChunkApproved(
        potjes=0, cents=0, begun=first.begun
    )


async def test_all_means_all_that_waited_when_it_began(town: Town) -> None:
    """Whoever presses the button approves what they saw, not what came later."""
    await _streets(town, "acacia")
    many, asked = ManyApprovals(town.tools), _asked(town)
    with patch("store.approvals.CHUNK", 1):
        first = await many.approve_chunk(_chunk(asked))
        await _streets(town, "berken")
        second = await many.approve_chunk(_chunk(asked, 2, first.begun))
    assert (first.potjes, second.potjes) == (1, 0)


async def test_two_at_the_same_time_approve_each_potje_once(town: Town) -> None:
    orders = await _streets(town, "acacia", "berken", "ceder")
    with patch("store.approvals.CHUNK", 1):
        done = await asyncio.gather(*(_approve(town, _asked(town)) for _ in range(2)))
    assert sum(each.potjes for each in done) == 3
    await _all_heard(town, orders)
    assert await _posted(town) == 3 * CENTS


async def test_another_worker_goes_on_where_one_died(town: Town) -> None:
    """The first worker dies in the middle of its second chunk; nothing of that chunk stays."""
    orders = await _streets(town, "acacia", "berken", "ceder")
    asked, stuck = _asked(town), asyncio.Event()

    async def hangs_in_the_second(conn: Connection, chunk: ApprovalChunk) -> ChunkApproved:
        done = await APPROVE_CHUNK(conn, chunk)
        if chunk.number == 2 and not stuck.is_set():
            stuck.set()
            await asyncio.Event().wait()
        return done

    with (
        patch("store.approvals.CHUNK", 1),
        patch("store.approvals.approve_chunk", hangs_in_the_second),
    ):
        queue = f"{town.suffix}-dying"
        async with temporal_worker(town.client, town.tools, queue=f"{QUEUE}-{queue}"):
            handle = await _begin(town, asked, queue)
            await stuck.wait()
        assert await _posted(town) == CENTS
        async with temporal_worker(town.client, town.tools, queue=f"{QUEUE}-{queue}"):
            assert await handle.result() == Approvals(potjes=3, cents=3 * CENTS)
    await town.relay.work()
    await _all_heard(town, orders)
    assert await _posted(town) == 3 * CENTS
