"""The schedule of each municipality's round, on a real server: next times, trigger, backfill, pause."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from temporalio.client import (
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleHandle,
    ScheduleOverlapPolicy,
)

from schemas.calendar import AMSTERDAM
from schemas.renewal import Choice
from schemas.steps import QUEUE
from tests.workflow.asking import answers, decided
from tests.workflow.town import Town, terminate
from workers.schedules import Yearly, ensure, rounds


class Planned(Yearly):
    """The round of this test alone: the server is shared."""

    suffix = ""

    @property
    def id(self) -> str:
        """With the suffix of the town."""
        return f"{super().id}-{self.suffix}"


def planned(town: Town, month: int = 3, day: int = 31) -> Planned:
    one = Planned("rotterdam", month, day)
    object.__setattr__(one, "suffix", town.suffix)
    return one


@pytest_asyncio.fixture
async def schedule(town: Town) -> AsyncIterator[ScheduleHandle]:
    one = planned(town)
    await ensure(town.client, [one], queue=f"{QUEUE}-{town.suffix}")
    handle = town.client.get_schedule_handle(one.id)
    yield handle
    running = (await handle.describe()).info.running_actions
    await handle.delete()
    for action in running:
        await terminate(town.client.get_workflow_handle(action.workflow_id))


async def test_it_starts_at_nine_on_the_dutch_clock_summer_and_winter(town: Town) -> None:
    """The end of March is in winter time in some years and in summer time in others."""
    for month, hours in ((3, {7, 8}), (7, {7}), (12, {8})):
        one = planned(town, month, 28)
        await ensure(town.client, [one], queue=f"{QUEUE}-{town.suffix}")
        handle = town.client.get_schedule_handle(one.id)
        told = await handle.describe()
        await handle.delete()
        times = told.info.next_action_times[:2]
        assert len(times) == 2, "two years ahead"
        assert {each.astimezone(UTC).hour for each in times} <= hours
        local = [each.astimezone(AMSTERDAM) for each in times]
        assert {(each.month, each.day, each.hour, each.minute) for each in local} == {(month, 28, 9, 0)}
        assert local[1].year == local[0].year + 1


async def test_what_the_server_is_told(town: Town, schedule: ScheduleHandle) -> None:
    told = (await schedule.describe()).schedule
    assert isinstance(told.action, ScheduleActionStartWorkflow)
    assert told.action.workflow == "RenewalRoundWorkflow"
    assert told.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert told.policy.catchup_window == timedelta(days=30)
    assert told.spec.time_zone_name == "Europe/Amsterdam"


async def test_another_day_moves_it_and_a_pause_stays(town: Town, schedule: ScheduleHandle) -> None:
    await schedule.pause(note="vakantie")
    await ensure(town.client, [planned(town, 6, 1)], queue=f"{QUEUE}-{town.suffix}")
    told = await schedule.describe()
    assert told.schedule.state.paused
    assert told.info.next_action_times[0].astimezone(AMSTERDAM).month == 6


async def over(schedule: ScheduleHandle) -> None:
    """Until no round runs: a trigger beside one that does is left out."""
    async with asyncio.timeout(60):
        while (await schedule.describe()).info.running_actions:
            await asyncio.sleep(0.05)


async def begun_are_over(town: Town, schedule: ScheduleHandle) -> None:
    """Until the rounds it began have ended: another of the same moment has the same name."""
    for action in (await schedule.describe()).info.recent_actions:
        assert isinstance(action.action, ScheduleActionExecutionStartWorkflow)
        await town.client.get_workflow_handle(action.action.workflow_id).result()


async def test_a_trigger_asks_and_a_second_one_asks_nobody_twice(
    town: Town, schedule: ScheduleHandle
) -> None:
    order = await town.accepted()
    await town.db_execute("update registry.street set since = date '2020-01-01'")
    await schedule.trigger()
    await town.mailed(order.gangmaker, "renewal_ask")
    asked = await town.value("select workflow_id from registry.renewal")
    town.started.append(asked)
    await answers(town, asked, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    await decided(town, asked)
    await town.until("select count(*) = 1 from registry.fact where name = 'round.ended'")
    await over(schedule)
    await schedule.trigger()
    await town.until("select count(*) = 2 from registry.fact where name = 'round.ended'")
    assert (await town.mails(order.gangmaker)).count("renewal_ask") == 1


async def test_a_backfill_asks_about_the_year_it_was_meant_for(town: Town, schedule: ScheduleHandle) -> None:
    order = await town.accepted()
    await town.db_execute("update registry.street set since = date '2020-01-01'")
    missed = datetime(town.year - 1, 3, 31, 7, tzinfo=UTC)
    backfill = ScheduleBackfill(
        start_at=missed - timedelta(days=1),
        end_at=missed + timedelta(days=1),
        overlap=ScheduleOverlapPolicy.ALLOW_ALL,
    )
    await schedule.backfill(backfill)
    await town.mailed(order.gangmaker, "renewal_ask")
    assert await town.value("select year from registry.renewal") == town.year - 1
    asked = await town.value("select workflow_id from registry.renewal")
    town.started.append(asked)
    await answers(town, asked, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    await decided(town, asked)
    await town.until("select count(*) = 1 from registry.fact where name = 'round.ended'")
    await begun_are_over(town, schedule)
    await schedule.backfill(backfill)
    await town.until("select count(*) = 2 from registry.fact where name = 'round.ended'")
    assert (await town.mails(order.gangmaker)).count("renewal_ask") == 1


async def test_a_street_that_began_lately_is_not_asked(town: Town, schedule: ScheduleHandle) -> None:
    order = await town.accepted()
    await schedule.trigger()
    await town.until("select exists (select from registry.fact where name = 'round.ended')")
    assert "renewal_ask" not in await town.mails(order.gangmaker)


async def test_every_municipality_has_its_own(town: Town) -> None:
    policy = await town.policy()
    assert rounds([policy]) == [Yearly("rotterdam", policy.renewal.month, policy.renewal.day)]
