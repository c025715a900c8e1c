"""Which build of ours a worker is: with a build id it works beside others, and each run knows its own.

The street lives for years, so a run of it stays on the build that it began on, and continues as new on the
one that is current. Everything else moves with its next task, and strict replay holds it to that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import WorkerDeploymentConfig

from schemas.steps import QUEUE
from workers.builds import Builds, Role
from workers.settings import Settings
from workflows.pinned import PinnedStreetWorkflow
from workflows.street import StreetWorkflow

log = structlog.get_logger("worker")

SOON = 1.0
"""Seconds: a build is known to the server a moment after its worker first asks for work."""

LATER = 60.0
"""Seconds between two looks at whether the current build has workers."""


def version_of(settings: Settings) -> WorkerDeploymentVersion | None:
    """What this process is; None without a build id, and then it works as one that knows no versions."""
    return WorkerDeploymentVersion(settings.deployment, settings.build_id) if settings.build_id else None


def config_of(version: WorkerDeploymentVersion | None) -> WorkerDeploymentConfig | None:
    """As the SDK takes it; who does not say otherwise moves to the current build."""
    if version is None:
        return None
    return WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def workflows_of(workflows: Sequence[type], version: WorkerDeploymentVersion | None) -> list[type]:
    """The workflows as this worker registers them: a server takes *pinned* from versioned workers only."""
    if version is None:
        return list(workflows)
    return [PinnedStreetWorkflow if each is StreetWorkflow else each for each in workflows]


async def watch(
    temporal: Callable[[], Awaitable[Client]], version: WorkerDeploymentVersion | None, queue: str = QUEUE
) -> None:
    """For ever. The very first build makes itself current, since nothing would start else."""
    pause = SOON
    while version is not None:
        try:
            builds = Builds(await temporal(), version.deployment_name, queue)
            if await _known(builds, version.build_id):
                pause = LATER
        except (RPCError, RuntimeError, OSError) as error:
            log.warning("waits to know the builds", exception_type=type(error).__name__)
        await asyncio.sleep(pause)
    await asyncio.Event().wait()


async def _known(builds: Builds, name: str) -> bool:
    found = await builds.look()
    if found is None or name not in found.routing.builds:
        return False
    routing = found.routing
    if not routing.touched:
        await builds.promote(name, token=routing.token)
        log.info("the first build: it is current", version=name)
    elif not any(each.workers for each in found.builds if each.role is Role.CURRENT):
        log.warning("no worker of the current build: straat deploy status", version=routing.current or "none")
    return True
