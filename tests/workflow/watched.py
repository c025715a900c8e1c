"""The workflows of a test, as operators see them, and their time."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from schemas.refs import intake_id, potje_id, signup_id, street_id
from schemas.signup import SignupOrder, SignupResult
from tests.workflow.records import Records
from workflows.engine import PHASE
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.signup import SignupWorkflow

WORKFLOW_IDS = """
select 'signup-' || id as id from post.submission where kind = 'signup' and relayed_at is not null
union all select 'street-' || municipality || '-' || slug from registry.street
union all select workflow_id from registry.intake
union all select workflow_id from registry.potje
union all select workflow_id from concern.concern
union all select split_part(key, '/', 1) from registry.fact
    where key like 'payout-%/file' or key like 'payee-%/weighed' or key like 'approvals-%/chunk-1'
"""


@dataclass
class Watched(Records):
    """Workflows are found by the sign-up that began them."""

    client: Client
    skipper: TimeSkipper
    year: int
    started: list[str] = field(default_factory=list, kw_only=True)
    """Workflows that a test started by hand and that no row tells of."""

    def signup(self, order: SignupOrder) -> WorkflowHandle[SignupWorkflow, SignupResult]:
        """The handle of a sign-up."""
        return self.client.get_workflow_handle_for(SignupWorkflow.run, signup_id(order.submission))

    def street(self, order: SignupOrder) -> WorkflowHandle[Any, Any]:
        """The handle of the street."""
        return self.client.get_workflow_handle(street_id(order.municipality, order.street))

    def intake(self, order: SignupOrder, number: int = 1) -> WorkflowHandle[IntakeWorkflow, Any]:
        """The handle of the n-th intake."""
        return self.client.get_workflow_handle_for(
            IntakeWorkflow.run, intake_id(order.municipality, order.street, number)
        )

    def potje(self, order: SignupOrder, attempt: int = 1) -> WorkflowHandle[PotjeWorkflow, Any]:
        """The handle of this year's potje."""
        return self.client.get_workflow_handle_for(
            PotjeWorkflow.run, potje_id(order.municipality, order.street, self.year, attempt)
        )

    async def workflow_ids(self) -> list[str]:
        """Every workflow of this test, in the order of a street's life; rows made by hand have none."""
        ids = [row["id"] for row in await self.rows(WORKFLOW_IDS)] + self.started
        return [each for each in ids if await _exists(self.client.get_workflow_handle(each))]

    async def histories(self) -> dict[str, WorkflowHistory]:
        """The histories of all workflows of this test by id; of earlier runs by id, stroke and run."""
        found = {}
        for workflow_id in await self.workflow_ids():
            run = await self.client.get_workflow_handle(workflow_id).fetch_history()
            found[workflow_id] = run
            while earlier := _run_before(run):
                run = await self.client.get_workflow_handle(workflow_id, run_id=earlier).fetch_history()
                found[f"{workflow_id}/{earlier}"] = run
        return found

    async def until_there(self, workflow_id: str) -> None:
        """Wait until a workflow is there."""
        async with asyncio.timeout(60):
            while not await _exists(self.client.get_workflow_handle(workflow_id)):
                await asyncio.sleep(0.02)

    async def at_rest(self, handle: WorkflowHandle[Any, Any]) -> int:
        """The length of a workflow's history, once nothing is under way in it."""
        async with asyncio.timeout(60):
            while True:
                told = await handle.describe()
                raw = told.raw_description
                if not raw.pending_activities and not raw.HasField("pending_workflow_task"):
                    return told.history_length
                await asyncio.sleep(0.02)

    async def phase(self, handle: WorkflowHandle[Any, Any]) -> str | None:
        """The search attribute that operators filter on."""
        return (await handle.describe()).typed_search_attributes.get(PHASE)

    async def details(self, handle: WorkflowHandle[Any, Any]) -> str:
        """The Markdown that operators read at the top of a workflow."""
        told = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(told.current_details)

    async def until_phase(self, handle: WorkflowHandle[Any, Any], *phases: str) -> None:
        """Wait until a workflow is there and says that it is in one of these phases."""
        await self.until_there(handle.id)
        async with asyncio.timeout(60):
            while await self.phase(handle) not in phases:
                await asyncio.sleep(0.02)

    async def later(self, handle: WorkflowHandle[Any, Any], **span: float) -> None:
        """Skip a workflow's own time, with all that happens meanwhile. One that waits for a child cannot."""
        async with asyncio.timeout(60):
            await self.skipper.fast_forward(handle, timedelta(**span))

    async def later_until(self, handle: WorkflowHandle[Any, Any], moment: datetime) -> None:
        """Skip a workflow's own time to a moment."""
        span = moment - await self.skipper.get_current_time(handle)
        await self.later(handle, seconds=span.total_seconds())


def steps_of(history: WorkflowHistory) -> list[Any]:
    """What every step of a history was asked, as JSON."""
    kept = [event.activity_task_scheduled_event_attributes for event in history.events]
    return [json.loads(each.input.payloads[0].data) for each in kept if each.activity_type.name]


def _run_before(history: WorkflowHistory) -> str:
    started = history.events[0].workflow_execution_started_event_attributes
    return str(started.continued_execution_run_id)


async def _exists(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
