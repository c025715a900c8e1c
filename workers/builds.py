"""The builds of our workers as Temporal knows them: which is current, who works, which street is where."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import (
    RoutingConfigUpdateState,
    TaskQueueType,
    WorkerDeploymentVersionStatus,
)
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schemas.steps import QUEUE

ALIVE = timedelta(seconds=75)
"""Who asked for work this recently is there: a worker that finds none asks again after a minute at most."""

SPREADING = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
SPREADS, SOON = 100, 0.1
"""How often it is looked whether a change reached every queue, and the seconds between."""

STREETS = 'WorkflowType = "StreetWorkflow" AND ExecutionStatus = "Running"'
VERSION = "TemporalWorkerDeploymentVersion"


class Role(StrEnum):
    """What a build is for."""

    CURRENT = "current"
    RAMPING = "ramping"
    NEW = "new"
    DRAINING = "draining"
    DRAINED = "drained"


ROLES = {
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: Role.CURRENT,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: Role.RAMPING,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: Role.DRAINING,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: Role.DRAINED,
}


@dataclass(frozen=True)
class Routing:
    """Where work goes. ``current`` is None while no build is."""

    builds: dict[str, Role]
    current: str | None
    ramping: str | None
    percent: float
    token: bytes
    touched: bool
    """Whether anybody ever chose a current build, or chose to have none."""


@dataclass(frozen=True)
class Build:
    """One build: what it is for, how many workers of it live, and how many streets stay on it."""

    name: str
    role: Role
    workers: int
    streets: int


@dataclass(frozen=True)
class Found:
    """All of it at one moment; ``unversioned`` is the same for workers and streets without a build."""

    routing: Routing
    builds: list[Build]
    unversioned: Build


class Builds:
    """One deployment: the builds that share a name and a queue."""

    def __init__(self, client: Client, deployment: str, queue: str = QUEUE) -> None:
        self._client = client
        self._deployment = deployment
        self._queue = queue

    async def routing(self) -> Routing | None:
        """Where work goes now; None while the server knows no worker with a build."""
        told = await self._described()
        return _routing(told.worker_deployment_info, told.conflict_token) if told else None

    async def _described(self) -> DescribeWorkerDeploymentResponse | None:
        asked = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self._deployment
        )
        try:
            return await self._client.workflow_service.describe_worker_deployment(asked)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _spread(self) -> None:
        """Until every queue knows of a change: a street that is woken before would not hear of it."""
        for _ in range(SPREADS):
            told = await self._described()
            if told is None or told.worker_deployment_info.routing_config_update_state != SPREADING:
                return
            await asyncio.sleep(SOON)

    async def look(self) -> Found | None:
        """Routing, workers and streets; None as above."""
        routing = await self.routing()
        if routing is None:
            return None
        alive = await self._alive()
        builds = [
            Build(name, role, alive.get(name, 0), await self.streets(f'{VERSION} = "{self.version(name)}"'))
            for name, role in sorted(routing.builds.items())
        ]
        nobody = Build("", Role.DRAINING, alive.get("", 0), await self.streets(f"{VERSION} IS NULL"))
        return Found(routing, builds, nobody)

    def version(self, build: str) -> str:
        """A build as search attributes have it."""
        return f"{self._deployment}:{build}"

    def elsewhere(self, routing: Routing) -> str:
        """The streets that neither the current nor a ramping build has, as a query."""
        there = [self.version(build) for build in (routing.current, routing.ramping) if build]
        names = ", ".join(f'"{each}"' for each in there)
        return f"{STREETS} AND ({VERSION} IS NULL OR {VERSION} NOT IN ({names}))"

    async def count(self, routing: Routing) -> int:
        """How many those are."""
        return (await self._client.count_workflows(self.elsewhere(routing))).count

    async def streets(self, which: str) -> int:
        """How many streets live and are so."""
        return (await self._client.count_workflows(f"{STREETS} AND {which}")).count

    async def promote(self, build: str, *, token: bytes = b"") -> None:
        """Make it current: all that is new and all that is short goes there. A ramp to it is over."""
        await self._client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=self._client.namespace,
                deployment_name=self._deployment,
                build_id=build,
                conflict_token=token,
                identity="straat",
            )
        )
        await self._spread()

    async def ramp(self, build: str, percent: float, *, token: bytes = b"") -> None:
        """Give it a part of what is new and short; without a name nobody gets a part any more."""
        await self._client.workflow_service.set_worker_deployment_ramping_version(
            SetWorkerDeploymentRampingVersionRequest(
                namespace=self._client.namespace,
                deployment_name=self._deployment,
                build_id=build,
                percentage=percent,
                conflict_token=token,
                identity="straat",
            )
        )
        await self._spread()

    async def _alive(self) -> dict[str, int]:
        return alive(await polling(self._client, self._queue), datetime.now(UTC))


async def polling(client: Client, queue: str) -> list[PollerInfo]:
    """Who asks for either kind of work, as the server saw them last."""
    pollers: list[PollerInfo] = []
    for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
        told = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
            )
        )
        pollers += told.pollers
    return pollers


def alive(pollers: Iterable[PollerInfo], now: datetime) -> dict[str, int]:
    """How many workers of each build asked for work not long ago; unversioned ones under no name."""
    found: dict[str, list[str]] = {}
    for each in pollers:
        if now - _moment(each.last_access_time) < ALIVE:
            names = found.setdefault(each.deployment_options.build_id, [])
            names.append(each.identity)
    return {build: len(dict.fromkeys(names)) for build, names in found.items()}


def _routing(info: WorkerDeploymentInfo, token: bytes) -> Routing:
    routing = info.routing_config
    return Routing(
        builds={
            each.deployment_version.build_id: ROLES.get(each.status, Role.NEW)
            for each in info.version_summaries
        },
        current=routing.current_deployment_version.build_id or None,
        ramping=routing.ramping_deployment_version.build_id or None,
        percent=routing.ramping_version_percentage,
        token=token,
        touched=routing.HasField("current_version_changed_time"),
    )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
