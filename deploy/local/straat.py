"""Our own processes, `straat worker` and `straat web`, and our own one-off commands."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.health import answers
from deploy.local.process import Service, complete, last_line
from deploy.stopping import PATIENCE

STRAAT = (sys.executable, "-m", "workers.cli")
SERVING = (sys.executable, "-m", "workers.commands.serving")
"""Without the command line around it, which takes a moment to read."""


class StraatProcess(Service):
    """One of our processes; ready when all its pages answer, or at once when it has none."""

    patience = PATIENCE

    def __init__(self, name: str, logs: Path, env: Mapping[str, str], pages: Sequence[str] = ()) -> None:
        super().__init__(logs / f"{name}.log")
        self.name = name
        self._env = env
        self._pages = pages

    def command(self) -> Sequence[str]:
        """The command line in the same Python."""
        return [*SERVING, self.name]

    def environment(self) -> Mapping[str, str]:
        """The addresses of this stack."""
        return self._env

    async def ready(self) -> bool:
        """Whether every page of it answers."""
        for page in self._pages:
            if not await answers(page):
                return False
        return True


async def once(logs: Path, env: Mapping[str, str], *command: str) -> None:
    """Runs a `straat` command to its end; `StackError` with its last words when it fails."""
    log = logs / f"{command[0]}.log"
    if await complete([*STRAAT, *command], log, env):
        raise StackError(f"`straat {' '.join(command[:2])}` failed: {last_line(log)} (see {log})")
