"""What happens by the clock: Temporal's schedules, put right whenever a worker starts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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

from schemas.calendar import AMSTERDAM
from schemas.heads import HEADS
from schemas.steps import QUEUE
from workflows.heads import PublishHeadsWorkflow

CATCH_UP = timedelta(hours=18)
"""A server that was away does the work of this day when it is back, and not that of days before."""

PATIENCE = timedelta(hours=20)
"""What has not ended by then makes room for the next day."""


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


SCHEDULES = (Daily(HEADS, 6, PublishHeadsWorkflow.run, "Stand van de boeken naar de controleurs"),)


async def ensure(client: Client, *, queue: str = QUEUE) -> None:
    """Make every schedule, or bring it to what stands here; an operator's pause stays."""
    for planned in SCHEDULES:
        try:
            await client.create_schedule(planned.id, planned.schedule(queue))
        except ScheduleAlreadyRunningError:
            await _bring(client, planned, queue)


async def _bring(client: Client, planned: Daily, queue: str) -> None:
    def updated(found: ScheduleUpdateInput) -> ScheduleUpdate:
        wanted = planned.schedule(queue)
        wanted.state = found.description.schedule.state
        return ScheduleUpdate(wanted)

    await client.get_schedule_handle(planned.id).update(updated)
