"""The guard of these tests: a workflow task that fails, or warns, does not go by unseen."""

import asyncio
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from tests.workflow.conftest import Failures
from workers.worker import sandbox

QUEUE = "careless"


@workflow.defn
class CarelessWorkflow:
    """Ends while an update is under way: who asked for it would never get an answer."""

    def __init__(self) -> None:
        self._asked = False

    @workflow.run
    async def run(self) -> None:
        """Until somebody asks."""
        await workflow.wait_condition(lambda: self._asked)

    @workflow.update
    async def ask(self) -> None:
        """Takes an hour."""
        self._asked = True
        await workflow.sleep(timedelta(hours=1))


@pytest.fixture
def told() -> Failures:
    """A guard of its own, which may have something to tell."""
    return Failures()


async def test_an_unfinished_update_is_an_error(temporal: TimeSkipper, told: Failures) -> None:
    import logging

    logger = logging.getLogger("temporalio.worker")
    logger.addHandler(told)
    client = temporal.client
    async with Worker(
        client, task_queue=QUEUE, workflows=[CarelessWorkflow], workflow_runner=sandbox()
    ):
        handle = await client.start_workflow(CarelessWorkflow.run, id="careless", task_queue=QUEUE)
        asking = asyncio.create_task(handle.execute_update(CarelessWorkflow.ask))
        async with asyncio.timeout(20):
            while not told.told:
                await asyncio.sleep(0.02)
        await handle.terminate()
        with pytest.raises(Exception):
            await asking
    logger.removeHandler(told)
    assert "UnfinishedUpdateHandlersWarning" in told.told[0] or "unfinished" in told.told[0]
