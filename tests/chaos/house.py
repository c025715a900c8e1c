"""The real local stack, with our wires between its processes, and a hand on each of them."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from deploy.local.errors import StackError
from deploy.local.home import Home
from deploy.local.ports import Ports, is_free
from deploy.local.postgres import Postgres
from deploy.local.process import Service
from deploy.local.processes import PROC, birth_of
from deploy.local.stack import Stack
from deploy.local.supervisor import Supervisor
from deploy.local.temporal import TIME_SKIPPING
from tests.chaos.letterbox import Letterbox
from tests.chaos.plan import SERVICES
from tests.chaos.wires import LOCAL, Wire

ROOM = 14
"""Ports in a row: eleven of the stack, and three wires."""


@dataclass
class Holding(Supervisor):
    """The supervisor of the stack; what is held stays away until it is let go."""

    held: dict[str, asyncio.Event] = field(default_factory=dict)

    async def _restart(self, service: Service) -> None:
        if event := self.held.get(service.name):
            await event.wait()
        await super()._restart(service)


class House:
    """A stack whose worker and web reach PostgreSQL, Temporal and the mail server over wires of ours."""

    def __init__(self, folder: Path, base: int, say: Callable[[str], None]) -> None:
        self.home = Home(folder)
        self.ports = Ports.from_base(base)
        self.wires: dict[str, Wire] = {
            "postgres": Wire(base + 11, self.ports.postgres),
            "temporal": Wire(base + 12, self.ports.temporal),
        }
        self.letterbox = Letterbox(base + 13, self.ports.smtp)
        self.wires["smtp"] = self.letterbox
        self._say = say
        self._ours = ExitStack()
        self._frozen: dict[str, list[tuple[int, str]]] = {}
        self.stopped_in: list[tuple[str, float]] = []
        """What a process needed to stop when it was asked to, in seconds."""
        if any(os.environ.get(name) for name in ("DATABASE_URL", "ADMIN_DATABASE_URL")):
            raise StackError("Chaos needs servers of its own: unset DATABASE_URL and ADMIN_DATABASE_URL.")
        self.stack = self._made()
        self.services: dict[str, Service] = {each.name: each for each in self.stack.supervisor.services}

    async def up(self) -> None:
        """Everything, until the pages answer; ``StackError`` when it cannot."""
        self._ours.enter_context(self.home.claimed())
        if self.database.data.exists():
            raise StackError(f"{self.home.folder} holds an earlier run: choose an empty or new --home.")
        self.home.check_room()
        self.home.make_master_key()
        self.ports.check_free()
        for wire in self.wires.values():
            if not is_free(wire.port):
                raise StackError(f"Port {wire.port} is in use by another program: choose other --ports.")
            await wire.start()
        await self.stack.up()

    def _made(self) -> Stack:
        """The stack, pointed at the wires; migrations go straight to PostgreSQL."""
        stack = Stack(self.home, self.ports, self._say)
        postgres, temporal, smtp = (self.wires[name].port for name in ("postgres", "temporal", "smtp"))
        stack.env["DATABASE_URL"] = stack.database.app_url.replace(
            f":{self.ports.postgres}/", f":{postgres}/"
        )
        stack.env["TEMPORAL_ADDRESS"] = f"{LOCAL}:{temporal}"
        stack.env["SMTP_URL"] = f"smtp://{LOCAL}:{smtp}"
        # Street workflows live a year, and a concern waits for working days: their own clocks can be moved.
        stack.temporal._dynamic = (*stack.temporal._dynamic, TIME_SKIPPING)
        stack.supervisor = Holding(stack.supervisor.services, self._say, stack.remember)
        return stack

    async def down(self) -> None:
        """Stop everything, however far it came."""
        for event in self.holding.held.values():
            event.set()
        for name in SERVICES:
            self.thaw(name)
        for wire in self.wires.values():
            wire.flow()
        await self.stack.down()
        for wire in self.wires.values():
            await wire.close()
        self._ours.close()

    @property
    def holding(self) -> Holding:
        """The supervisor."""
        assert isinstance(self.stack.supervisor, Holding)
        return self.stack.supervisor

    @property
    def database(self) -> Postgres:
        """The server of this house."""
        assert isinstance(self.stack.database, Postgres)
        return self.stack.database

    @property
    def urls(self) -> dict[str, str]:
        """The pages."""
        return self.stack.urls

    async def temporal(self) -> Client:
        """A client of the server itself, past the wires."""
        address = f"{LOCAL}:{self.ports.temporal}"
        return await Client.connect(address, data_converter=pydantic_data_converter)

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What a query as superuser gives, past the wires."""
        conn = await asyncpg.connect(self.database.admin_url, timeout=5)
        try:
            found: list[asyncpg.Record] = await conn.fetch(sql, *values, timeout=20)
        finally:
            conn.terminate()
        return found

    # What can be done to it

    def signal(self, name: str, number: signal.Signals, *, family: bool = False) -> None:
        """To a process, and to its children too; one that is gone at this moment is left alone."""
        pid = self.services[name].pid
        if pid is None:
            return
        for each in [pid, *(children(pid) if family else [])]:
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def freeze(self, name: str) -> None:
        """Hold it still, with all its children."""
        pid = self.services[name].pid
        held = [pid, *children(pid)] if pid else []
        self._frozen.setdefault(name, []).extend((each, birth_of(each)) for each in held)
        self.signal(name, signal.SIGSTOP, family=True)

    def thaw(self, name: str) -> None:
        """Let it go on, and also what lost its parent meanwhile: it would hold on to memory for ever."""
        for pid, birth in self._frozen.pop(name, []):
            if birth and birth_of(pid) == birth:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def crash(self) -> None:
        """Kill one backend of PostgreSQL; it restarts the others."""
        pid = self.services["postgres"].pid
        backends = [each for each in children(pid) if b"straat_app" in command(each)] if pid else []
        for each in backends[:1]:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    async def ask_to_stop(self, name: str, patience: float) -> None:
        """As an operator does, and note how long it took; it comes back by itself."""
        service = self.services[name]
        pid, began = service.pid, time.monotonic()
        if pid is None:
            return
        birth = birth_of(pid)
        self.signal(name, service.stop_signal)
        while birth_of(pid) == birth and time.monotonic() - began < patience:
            await asyncio.sleep(0.05)
        self.stopped_in.append((name, time.monotonic() - began))

    def keep_away(self, names: Sequence[str]) -> None:
        """Kill without a word, and hold back."""
        for name in names:
            self.holding.held.setdefault(name, asyncio.Event()).clear()
            self.signal(name, signal.SIGKILL)

    def let_back(self, name: str) -> None:
        """It may start again."""
        if event := self.holding.held.pop(name, None):
            event.set()

    async def is_well(self, name: str) -> bool:
        """Whether a process runs and answers."""
        service = self.services[name]
        if not service.alive:
            return False
        try:
            async with asyncio.timeout(6):
                return await (self._temporal_serves() if name == "temporal" else service.ready())
        except TimeoutError:
            return False

    async def _temporal_serves(self) -> bool:
        """Cheaper than a process for each look."""
        try:
            return await (await self.temporal()).service_client.check_health()
        except (RuntimeError, RPCError):
            return False

    async def until_well(self, patience: float) -> list[str]:
        """Until everything runs and answers; gives what does not by then."""
        until = time.monotonic() + patience
        while True:
            ill = [name for name in SERVICES if not await self.is_well(name)]
            if not ill or time.monotonic() > until:
                return ill
            await asyncio.sleep(0.2)


def children(pid: int) -> list[int]:
    """The processes that a process started; none where the system has no /proc."""
    found = []
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return sorted(found)


def command(pid: int) -> bytes:
    """The title of a process."""
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes()
    return b""
