"""The nightly round on a real Temporal: what goes, the report, the schedule in Dutch time."""

from collections.abc import AsyncIterator

import pytest_asyncio
from temporalio.client import ScheduleActionStartWorkflow, ScheduleHandle, ScheduleOverlapPolicy

from schemas.calendar import AMSTERDAM
from schemas.retention import RETENTION
from schemas.steps import QUEUE
from tests.replay.journeys_retention import some_goes
from tests.workflow.town import Town
from workers.schedules import SCHEDULES, Daily, ensure


async def test_what_is_too_old_goes_once_and_is_told(town: Town) -> None:
    await some_goes(town)
    first = await town.client.get_workflow_handle(town.started[-1]).result()
    counts = {each["municipality"]: each["counts"] for each in first["removed"]}
    assert counts["rotterdam"]["answers"] == 1
    assert counts["rotterdam"]["submissions"] >= 1
    assert "answers" not in counts["den-haag"]
    assert await town.value("select count(*) from post.link where answered_at is not null") == 0
    facts = await town.rows("select municipality, result from registry.fact where name = 'retention.ran'")
    assert {row["municipality"] for row in facts} == set(counts)
    assert {row["municipality"]: row["result"]["removed"] for row in facts} == counts
    told = sum(row["items"] for row in await town.rows("select items from registry.removed"))
    assert told == sum(sum(each.values()) for each in counts.values())


@pytest_asyncio.fixture
async def schedule(town: Town) -> AsyncIterator[ScheduleHandle]:
    """That of this test alone: the server is shared."""
    (real,) = [each for each in SCHEDULES if each.id == RETENTION]
    own = Daily(f"{RETENTION}-{town.suffix}", real.hour, real.workflow, real.summary)
    await ensure(town.client, [own], queue=f"{QUEUE}-{town.suffix}")
    handle = town.client.get_schedule_handle(own.id)
    yield handle
    await handle.delete()


async def test_it_starts_at_night_on_the_dutch_clock(town: Town, schedule: ScheduleHandle) -> None:
    told = await schedule.describe()
    assert isinstance(told.schedule.action, ScheduleActionStartWorkflow)
    assert told.schedule.action.workflow == "RetentionWorkflow"
    assert told.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    local = {each.astimezone(AMSTERDAM).hour for each in told.info.next_action_times}
    assert local == {3}


async def test_an_operator_triggers_it(town: Town, schedule: ScheduleHandle) -> None:
    await schedule.trigger()
    await town.until("select count(*) = 3 from registry.fact where name = 'retention.ran'")
