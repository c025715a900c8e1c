"""Keeping services up, and ending them: in order, by id, for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.errors import StackError
from deploy.local.process import Service
from deploy.local.processes import birth_of, end_leftover
from deploy.local.supervisor import LONGEST_PAUSE, Supervisor, next_pause


class Script(Service):
    """A service that is a line of Python; it is ready when it has written a line."""

    def __init__(self, home: Path, name: str, script: str) -> None:
        super().__init__(home / f"{name}.log")
        self.name, self.script, self.patience = name, script, 0.5

    def command(self) -> Sequence[str]:
        """That line."""
        return [sys.executable, "-u", "-c", self.script]

    async def ready(self) -> bool:
        """Whether it has spoken."""
        return "here" in self.log.read_text()


STAYS = "import time; print('here'); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here'); time.sleep(60)"


async def test_a_killed_service_is_started_again_and_all_stop_in_order(home: Path) -> None:
    services = [Script(home, "front", STAYS), Script(home, "back", STUBBORN)]
    said: list[str] = []
    both_lines = asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            both_lines.set()

    spawned: list[int | None] = []
    supervisor = Supervisor(services, say, lambda: spawned.append(services[0].pid))
    for service in services:
        await supervisor.start(service)
    first = services[0].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await both_lines.wait()
    assert "front stopped by itself (exit code -9)" in said[0]
    assert said[1] == "front runs again."
    assert services[0].pid not in {None, first}
    assert spawned[-1] == services[0].pid
    await supervisor.stop()
    assert [service.process.returncode for service in services if service.process] == [
        -signal.SIGTERM,
        -signal.SIGKILL,
    ]
    assert len(said) == 2


async def test_a_service_that_dies_at_once_says_why(home: Path) -> None:
    service = Script(home, "broken", "raise SystemExit('no such luck')")
    with pytest.raises(StackError, match="broken ended while starting: no such luck"):
        await service.start()


def test_pauses_double_up_to_a_bound_and_are_forgotten_after_a_steady_while() -> None:
    assert next_pause(0.5, lived=1) == 1.0
    assert next_pause(LONGEST_PAUSE, lived=1) == LONGEST_PAUSE
    assert next_pause(LONGEST_PAUSE, lived=60) == 0.5


async def test_a_leftover_is_ended_only_when_it_is_the_same_process(home: Path) -> None:
    service = Script(home, "left", STAYS)
    await service.start()
    pid = service.pid
    assert pid is not None
    assert not end_leftover(pid, "another-birth", signal.SIGTERM)
    assert service.alive
    assert await asyncio.to_thread(end_leftover, pid, birth_of(pid), signal.SIGTERM)
    assert await service.wait() == -signal.SIGTERM
    assert not end_leftover(pid, "", signal.SIGTERM)
