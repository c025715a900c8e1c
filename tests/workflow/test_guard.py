"""The guard of these tests: a workflow task that fails, or warns, does not go by unseen."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from tests.workflow.careless import CarelessWorkflow
from tests.workflow.conftest import listening
from workers.worker import sandbox

QUEUE = "careless"


async def test_an_unfinished_update_is_an_error(temporal: TimeSkipper) -> None:
    client = temporal.client
    worker = Worker(client, task_queue=QUEUE, workflows=[CarelessWorkflow], workflow_runner=sandbox())
    with listening() as heard:
        async with worker, asyncio.timeout(60):
            handle = await client.start_workflow(CarelessWorkflow.run, id="careless", task_queue=QUEUE)
            asking = asyncio.create_task(handle.execute_update(CarelessWorkflow.ask))
            while not heard.told:
                await asyncio.sleep(0.02)
            await handle.terminate()
            with pytest.raises((WorkflowUpdateFailedError, RPCError)):
                await asking
    assert "update handlers are still running" in heard.told[0]
