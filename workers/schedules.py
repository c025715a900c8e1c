"""What happens by the clock: Temporal's schedules, put right whenever a worker starts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from schemas.calendar import AMSTERDAM
from schemas.heads import HEADS
from schemas.policy import Policy
from schemas.refs import Slug, round_id
from schemas.renewal import RoundState
from schemas.retention import RETENTION
from schemas.steps import QUEUE
from store import policies
from store.database import LOST, Database
from workflows.engine import attributes
from workflows.heads import PublishHeadsWorkflow
from workflows.renewal_round import RenewalRoundWorkflow
from workflows.retention import RetentionWorkflow

log = structlog.get_logger("schedules")

CATCH_UP = timedelta(hours=18)
"""A server that was away does the work of this day when it is back, and not that of days before."""

ROUND_CATCH_UP = timedelta(days=30)
"""A round is not lost to a server that was away for weeks; later it would run into the next thing."""

LOOK_AGAIN = timedelta(seconds=20)
"""How soon a changed policy moves its round."""

PATIENCE = timedelta(hours=20)
"""What has not ended by then makes room for the next day."""


class Planned(Protocol):
    """Something that starts by the clock. ``id`` names schedule and workflow."""

    @property
    def id(self) -> str:
        """The same at every start of a worker."""

    def schedule(self, queue: str) -> Schedule:
        """As Temporal takes it."""


@dataclass(frozen=True)
class Daily:
    """A workflow that starts every day at an hour of the Dutch clock. ``id`` names schedule and workflow."""

    id: str
    hour: int
    workflow: Any
    summary: str

    def schedule(self, queue: str) -> Schedule:
        """As Temporal takes it; a start while the one before still runs is left out."""
        return Schedule(
            action=ScheduleActionStartWorkflow(
                self.workflow,
                id=self.id,
                task_queue=queue,
                execution_timeout=PATIENCE,
                static_summary=self.summary,
            ),
            spec=ScheduleSpec(
                calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(self.hour)], comment=self.summary)],
                time_zone_name=AMSTERDAM.key,
            ),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
        )


@dataclass(frozen=True)
class Yearly:
    """The round of a municipality: each year on the day of its policy, at nine on the Dutch clock."""

    municipality: Slug
    month: int
    day: int
    desk_url: str = ""

    @property
    def id(self) -> str:
        """The schedule's name, and the beginning of each round's."""
        return round_id(self.municipality)

    def schedule(self, queue: str) -> Schedule:
        """As Temporal takes it; a round that still runs is not started again."""
        summary = f"Vernieuwing van de straten in {self.municipality}"
        day = ScheduleCalendarSpec(
            month=[ScheduleRange(self.month)],
            day_of_month=[ScheduleRange(self.day)],
            hour=[ScheduleRange(9)],
            comment=summary,
        )
        return Schedule(
            action=ScheduleActionStartWorkflow(
                RenewalRoundWorkflow.run,
                RoundState(municipality=self.municipality, desk_url=self.desk_url),
                id=self.id,
                task_queue=queue,
                static_summary=summary,
                typed_search_attributes=attributes(self.municipality, "renewal_round"),
            ),
            spec=ScheduleSpec(calendars=[day], time_zone_name=AMSTERDAM.key),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=ROUND_CATCH_UP),
        )


SCHEDULES = (
    Daily(HEADS, 6, PublishHeadsWorkflow.run, "Stand van de boeken naar de controleurs"),
    Daily(RETENTION, 3, RetentionWorkflow.run, "Wis wat langer dan zijn termijn is bewaard"),
)


def rounds(found: Iterable[Policy], desk_url: str = "") -> list[Yearly]:
    """The rounds of municipalities, by their policies."""
    return [Yearly(each.slug, each.renewal.month, each.renewal.day, desk_url) for each in found]


async def ensure(client: Client, planned: Iterable[Planned] = SCHEDULES, *, queue: str = QUEUE) -> None:
    """Make these schedules, or bring them to what stands here; an operator's pause stays."""
    for one in planned:
        await _ensure(client, one, queue)


async def keep(
    db: Database, temporal: Callable[[], Awaitable[Client]], *, desk_url: str = "", queue: str = QUEUE
) -> None:
    """Follow the policies for ever: a new municipality gets its round, a changed day moves it."""
    known: list[Yearly] = []
    while True:
        try:
            async with db.connection() as conn:
                wanted = rounds(await policies.all_current(conn), desk_url)
            if changed := [one for one in wanted if one not in known]:
                await ensure(await temporal(), changed, queue=queue)
                known = wanted
        except (*LOST, RPCError, RuntimeError, OSError) as error:
            log.warning("waits to plan the rounds", exception_type=type(error).__name__)
        await asyncio.sleep(LOOK_AGAIN.total_seconds())


async def _ensure(client: Client, planned: Planned, queue: str) -> None:
    try:
        await client.create_schedule(planned.id, planned.schedule(queue))
    except ScheduleAlreadyRunningError:
        await _bring(client, planned, queue)


async def _bring(client: Client, planned: Planned, queue: str) -> None:
    def updated(found: ScheduleUpdateInput) -> ScheduleUpdate:
        wanted = planned.schedule(queue)
        wanted.state = found.description.schedule.state
        return ScheduleUpdate(wanted)

    await client.get_schedule_handle(planned.id).update(updated)
