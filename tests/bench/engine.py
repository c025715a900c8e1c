"""The servers of a bench of the engine, and workers in processes of their own."""

import asyncio
import os
import shutil
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from deploy.local.process import Service
from store.keys import KEY_BYTES
from tests.bench.ground import CITY

ROOT = Path(__file__).parents[2]
AT_ONCE = 20
"""Calls of a client that are under way at the same moment."""

T = TypeVar("T")


@asynccontextmanager
async def folder() -> AsyncIterator[Path]:
    """An empty one that PostgreSQL's user can reach, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="straat-bench-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


async def connected(address: str) -> Client:
    """A client as ours are."""
    return await Client.connect(address, data_converter=pydantic_data_converter)


def master_key(place: Path) -> Path:
    """A file with the key that :class:`~tests.bench.ground.Ground` works with."""
    path = place / "master.key"
    path.write_text(f"1:{b64encode(bytes(KEY_BYTES)).decode()}\n")
    path.chmod(0o600)
    return path


class Program(Service):
    """A Python module as a child; it is ready when it has written a file."""

    patience = 10.0

    def __init__(self, place: Path, module: str, *args: str, env: dict[str, str] | None = None) -> None:
        name = "-".join([module.rpartition(".")[2], *args[:1]])
        super().__init__(place / "logs" / f"{name}.log")
        self.name, self._sign = name, place / f"{name}.ready"
        self._command = [sys.executable, "-m", module, *args]
        self._env = {**os.environ, **(env or {}), "BENCH_READY": str(self._sign)}

    def command(self) -> list[str]:
        """The same Python, from the root of the repository."""
        return self._command

    def environment(self) -> dict[str, str]:
        """Ours, and where it says that it is ready."""
        return self._env

    def spawn_options(self) -> dict[str, Any]:
        """Where our packages are."""
        return {"cwd": ROOT}

    async def prepare(self) -> None:
        """Not ready yet."""
        self._sign.unlink(missing_ok=True)

    async def ready(self) -> bool:
        """Whether it said so."""
        return self._sign.exists()


def say_ready() -> None:
    """What a :class:`Program` does when it can be used."""
    Path(os.environ["BENCH_READY"]).touch()


async def bounded(work: Iterable[Callable[[], Awaitable[T]]], at_once: int = AT_ONCE) -> list[T]:
    """All of it, so many at the same moment; what it gave, in order."""
    gate = asyncio.Semaphore(at_once)

    async def one(do: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await do()

    return list(await asyncio.gather(*map(one, work)))


async def until(there: Callable[[], Awaitable[bool]], *, every: float = 0.02) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(600):
        while not await there():
            await asyncio.sleep(every)


def resident_mb(pid: int) -> float:
    """What a process holds in memory, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no memory known of {pid}")


BY = f"{CITY}:coordinator-1"
