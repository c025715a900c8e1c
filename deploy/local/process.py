"""A server of the local stack: one child process, started until it answers, stopped by its id."""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.local.errors import StackError

READY_SECONDS = 60.0
POLL_SECONDS = 0.05
LOG_LIMIT_BYTES = 20_000_000


class Service(ABC):
    """Base of every server; a subclass says its command and how to see that it is ready."""

    name = "service"
    stop_signal = signal.SIGTERM
    patience = 3.0
    """Seconds between the stop signal and the kill."""
    attempts = 1

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: asyncio.subprocess.Process | None = None
        self.spawned: Callable[[], None] = lambda: None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    def environment(self) -> Mapping[str, str] | None:
        """The child's environment; None inherits ours."""
        return None

    def spawn_options(self) -> Mapping[str, Any]:
        """More for the spawn, such as another user."""
        return {}

    async def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What must be there before the process starts."""

    async def ready(self) -> bool:
        """Whether the server really answers."""
        return True

    async def arrived(self) -> None:  # noqa: B027 - most need nothing
        """What is done once, as soon as the server answers."""

    @property
    def pid(self) -> int | None:
        """The id of the running process, or None."""
        return self.process.pid if self.process and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process runs; says nothing about its health."""
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Returns when the server answers; `StackError` when it died or stayed silent."""
        await self.prepare()
        for attempt in range(1, self.attempts + 1):
            await self._spawn()
            if await self._answers():
                await self.arrived()
                return
            if attempt < self.attempts:
                await asyncio.sleep(0.3 * attempt)
        raise StackError(f"{self.name} ended while starting: {last_line(self.log)} (see {self.log})")

    async def wait(self) -> int:
        """The exit code, once the process has ended."""
        return await self.process.wait() if self.process else 0

    async def stop(self) -> None:
        """Ends the process: asks first, kills after `patience`."""
        if self.process is not None:
            await end(self.process, self.stop_signal, self.patience)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _spawn(self) -> None:
        self.process = await spawn(self.command(), self.log, self.environment(), self.spawn_options())
        self.spawned()

    async def _answers(self) -> bool:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        while self.alive:
            if await self.ready():
                return True
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(
                    f"{self.name} gave no answer in {READY_SECONDS:.0f} seconds; see {self.log}."
                )
            await asyncio.sleep(POLL_SECONDS)
        return False


async def spawn(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> asyncio.subprocess.Process:
    """A child in a session of its own, so that Ctrl-C reaches only us; it writes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    _turn(log)
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            start_new_session=True,
            **(options or {}),
        )


async def complete(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> int:
    """Runs a command to its end and returns the exit code; a cancelled wait ends the command."""
    process = await spawn(command, log, env, options)
    try:
        return await process.wait()
    finally:
        await end(process, signal.SIGTERM, 1.0)


async def end(process: asyncio.subprocess.Process, ask: signal.Signals, patience: float) -> None:
    """Signals and reaps; kills after `patience` seconds."""
    if process.returncode is not None:
        return
    process.send_signal(ask)
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        process.kill()
        await process.wait()


def last_line(log: Path) -> str:
    """The last thing a server said, for an error sentence."""
    with log.open("rb") as lines:
        lines.seek(max(0, os.fstat(lines.fileno()).st_size - 2000))
        said = lines.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(said) if line.strip()), "it said nothing")


def _turn(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
