"""What a rehearsal of a deploy needs: a server of its own, and builds of the worker as processes."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client, WorkflowHandle

from schemas.intake import Outcome
from schemas.signup import SignupOrder
from tests.conftest import Urls, free_port
from tests.replay.mutants import ROOT, Change
from tests.workflow.servers import SkippingTemporal
from tests.workflow.town import Town
from workers.builds import STREETS

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""

OWN = "terms = self._own_terms()"
READ = 'terms = await do(steps.READ_TERMS, self._state.municipality, "Het beleid van vandaag")'
THEN = "        async with self._lock:\n            self._told = None\n"

CHANGED = (
    Change("workflows/street_people.py", "        if again:\n", "        if True:\n"),
    Change("workflows/street_intake.py", f"        {OWN}\n{THEN}", f"        {READ}\n{THEN}"),
)
"""Another street: it reads the policy as its first step, and once more when its intake is decided."""

BAD = (
    Change(
        "workflows/street_base.py",
        "        self._merging = False\n        self._forgetting",
        '        raise RuntimeError("a bad build")\n        self._forgetting',
    ),
)
"""A street that cannot even begin."""


class RehearsalTemporal(SkippingTemporal):
    """Looks at once whether a build is drained, and not every three minutes."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home, port)
        wait = ("VersionDrainageStatusVisibilityGracePeriod", "VersionDrainageStatusRefreshInterval")
        self._dynamic = (*self._dynamic, *(f'matching.wv.{each}="1s"' for each in wait))


@dataclass
class Processes:
    """Builds of the worker that run, each from a folder with its code."""

    database: Urls
    key_file: Path
    address: str
    logs: Path
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What commands and workers find; nobody takes the mails, so they wait."""
        names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database.app_url,
            "STRAAT_MASTER_KEY_FILE": str(self.key_file),
            "SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
            "TEMPORAL_ADDRESS": self.address,
            **dict.fromkeys(names, "http://some.test"),
        }

    async def start(self, build: str, folder: Path = ROOT) -> None:
        """`straat worker` of a build."""
        with (self.logs / f"worker-{build}.log").open("w") as out:
            self.running[build] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "workers.cli", "worker"),
                cwd=folder,
                env={**self.environment, "STRAAT_BUILD_ID": build},
                stdout=out,
                stderr=out,
            )

    async def stop(self, build: str) -> None:
        """As an operator does."""
        process = self.running.pop(build)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), PATIENCE)

    async def stop_all(self) -> None:
        """Whatever a test left running."""
        for build in list(self.running):
            await self.stop(build)


async def build_of(handle: WorkflowHandle[object, object]) -> str:
    """The build that a workflow is on."""
    told = await handle.describe()
    return told.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id


async def builds_of_streets(client: Client) -> dict[str, str]:
    """Each street that lives, with its build."""
    return {
        each.id: await build_of(client.get_workflow_handle(each.id))
        async for each in client.list_workflows(STREETS)
    }


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something."""
    async with asyncio.timeout(PATIENCE):
        while not await true():
            await asyncio.sleep(0.1)


async def decided(town: Town, order: SignupOrder, outcome: Outcome = Outcome.ACCEPTED) -> None:
    """An intake planned and recorded."""
    await town.plan(order)
    await town.record(order, outcome)
