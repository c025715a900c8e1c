"""Whether Temporal is there, and has this very worker in line for work."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from schemas.steps import QUEUE
from workers.watching.health import PATIENCE, Check

LATELY = timedelta(minutes=3)
"""A poll that waits in vain is renewed each minute."""


def polled(connect: Callable[[], Awaitable[Client]]) -> dict[str, Check]:
    """Both questions, by the names under which they are told."""
    return {"temporal": temporal(connect), "polling": polling(connect)}


def temporal(connect: Callable[[], Awaitable[Client]]) -> Check:
    """The server answers."""

    async def check() -> bool:
        client = await connect()
        return await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE))

    return check


def polling(connect: Callable[[], Awaitable[Client]], queue: str = QUEUE) -> Check:
    """The server has seen us ask for both kinds of work."""

    async def check() -> bool:
        client = await connect()
        for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
            asked = DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
            )
            told = await client.workflow_service.describe_task_queue(
                asked, timeout=timedelta(seconds=PATIENCE)
            )
            since = datetime.now(UTC) - LATELY
            seen = [
                each
                for each in told.pollers
                if each.identity == client.identity and each.last_access_time.ToDatetime(tzinfo=UTC) > since
            ]
            if not seen:
                return False
        return True

    return check
