"""Short steps of our own database are done where the workflow is; what gets nowhere goes to the queue."""

import asyncio
from typing import Any

import asyncpg
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowHistory

from schemas.facts import Fact
from schemas.steps import ASK_CONFIRMATION, STEPS
from tests.workflow.town import Town
from workers.reconciling.at_once import AtOnce
from workers.reconciling.recorded import _read

SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
MARKED = EventType.EVENT_TYPE_MARKER_RECORDED


def _queued(history: WorkflowHistory) -> list[str]:
    events = [each for each in history.events if each.event_type == SCHEDULED]
    return [each.activity_task_scheduled_event_attributes.activity_type.name for each in events]


def _at_once(history: WorkflowHistory) -> list[AtOnce]:
    return [step for event in history.events if (step := AtOnce.of(event))]


async def test_a_short_step_is_one_event_and_its_question_stays(town: Town) -> None:
    order = await town.sign_up()
    await town.confirm(order)
    await town.signup(order).result()
    history = await town.signup(order).fetch_history()
    assert _queued(history) == ["join_street"]
    (asked,) = _at_once(history)
    assert asked.name == ASK_CONFIRMATION.name
    fact = Fact.model_validate_json(asked.asked.data)
    assert (fact.name, fact.letters[0].to) == ("signup.confirm_signup", order.gangmaker)


async def test_reconcile_reads_it_like_any_other_step(town: Town) -> None:
    order = await town.sign_up()
    await town.confirm(order)
    await town.signup(order).result()
    run = await town.signup(order).describe()
    told = await _read(town.client, run, asyncio.Semaphore(1))
    assert [done.name for done in told.steps] == ["ask_confirmation", "join_street"]
    fact = told.steps[0].fact
    assert fact
    assert (fact.name, fact.municipality) == ("signup.confirm_signup", "rotterdam")
    assert not told.busy


async def test_what_does_not_get_there_waits_in_the_queue_and_is_written_once(
    town: Town, owner_conn: asyncpg.Connection
) -> None:
    order = await town.signs_up()
    async with owner_conn.transaction():
        # Nobody can write a fact now, as when PostgreSQL is busy or away.
        await owner_conn.execute("lock table registry.fact in access exclusive mode")
        await town.relay.work()
        await _waits_in_the_queue(town.signup(order), ASK_CONFIRMATION.name)
    await town.mailed(order.gangmaker, "confirm_signup")
    await town.at_rest(town.signup(order))
    history = await town.signup(order).fetch_history()
    assert _queued(history) == [ASK_CONFIRMATION.name]
    assert _at_once(history) == []
    assert [event.event_type for event in history.events].count(MARKED) == 1
    assert await town.facts_of(order.street) == ["signup.confirm_signup"]
    assert await town.mails() == ["confirm_signup"]


async def _waits_in_the_queue(handle: WorkflowHandle[Any, Any], name: str) -> None:
    async with asyncio.timeout(60):
        while True:
            told = (await handle.describe()).raw_description
            if [each.activity_type.name for each in told.pending_activities] == [name]:
                return
            await asyncio.sleep(0.05)


def test_concerns_and_long_steps_stay_in_the_queue() -> None:
    quick = {step.name for step in STEPS if step.quick}
    assert {step.name for step in STEPS if "concern" in step.name}.isdisjoint(quick)
    for long in ("join_street", "merge_street", "take_potje_back", "freeze_batch", "write_batch_file"):
        assert long not in quick
    assert {"ask_confirmation", "reserve_potje", "read_terms", "decide_renewal"} <= quick
