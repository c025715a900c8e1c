"""Builds of the worker inside a test: several versions of the same code, each current for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.common import WorkerDeploymentVersion

from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from tests.workflow.town import Town
from workers.builds import Builds
from workers.worker import temporal_worker
from workflows.street import StreetWorkflow


def deployment_of(town: Town) -> str:
    """Of this test alone."""
    return f"straat-{town.suffix}"


async def promoted(town: Town, name: str) -> None:
    """Make a build current as soon as the server knows it."""
    builds = Builds(town.client, deployment_of(town), f"{QUEUE}-{town.suffix}")
    async with asyncio.timeout(60):
        while (found := await builds.routing()) is None or name not in found.builds:
            await asyncio.sleep(0.1)
    await builds.promote(name)


@asynccontextmanager
async def working(town: Town, name: str) -> AsyncIterator[None]:
    """A worker of a build, which is current; what is pinned to it needs it for as long as it lives."""
    version = WorkerDeploymentVersion(deployment_of(town), name)
    queue = f"{QUEUE}-{town.suffix}"
    async with temporal_worker(town.client, town.tools, queue=queue, version=version):
        await promoted(town, name)
        yield


async def build_of(town: Town, order: SignupOrder) -> str:
    """The build that a street is on."""
    told = await town.street(order).describe()
    return str(told.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id)


async def moves(town: Town, order: SignupOrder, name: str) -> None:
    """Poked, until it is there and at rest."""
    async with asyncio.timeout(60):
        while await build_of(town, order) != name:
            await town.street(order).signal(StreetWorkflow.poke)
            await asyncio.sleep(1)
    await town.at_rest(town.street(order))
