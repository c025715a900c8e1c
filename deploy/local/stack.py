"""The whole local stack: up in one go, kept up, down in order."""

import asyncio
import os
import signal
import time
from collections import ChainMap
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.local.addresses import (
    ALIVE_PATH,
    HEALTH_PATH,
    NAMESPACE,
    OwnDatabase,
    child_environment,
    doors,
    pages,
    watches,
)
from deploy.local.errors import StackError
from deploy.local.home import Home, os_sentence
from deploy.local.mail import Catcher
from deploy.local.ports import DEFAULT_BASE, Ports
from deploy.local.postgres import Postgres
from deploy.local.process import Service
from deploy.local.processes import birth_of, end_leftover
from deploy.local.straat import StraatProcess, once
from deploy.local.supervisor import Supervisor
from deploy.local.telling import Teller
from deploy.local.temporal import Temporal

HOUSE = Path(__file__).parents[2]
MUNICIPALITIES = HOUSE / "deploy" / "municipalities"
MAKES_READY = (HOUSE / "store" / "migrations", MUNICIPALITIES, HOUSE / "schemas")
"""Migrations, policies, and the code that reads those: with another byte a database is made ready anew."""
READ = {".sql", ".toml", ".svg", ".png", ".py"}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Shape = Callable[[str], Awaitable[str]]
"""Asked at a superuser's URL: the schema and the policies of a database, as a text that changes with them."""


class Stack:
    """The parts of one stack and how they depend on each other."""

    def __init__(
        self, home: Home, ports: Ports, say: Callable[[str], None], shape: Shape | None = None
    ) -> None:
        self.home, self.ports, self.say, self._shape = home, ports, say, shape
        folder, self.urls = home.folder, pages(ports)
        self.own = OwnDatabase.from_environment(os.environ)
        self.database = self.own or Postgres(folder, ports.postgres)
        self.env = child_environment(ports, self.database.app_url, str(home.master_key))
        self.env.setdefault("STRAAT_ERASURE_LOG", str(home.erasures))
        self.temporal = Temporal(
            folder,
            ports.temporal,
            ports.temporal_ui,
            http_port=ports.temporal_http,
            metrics_port=ports.temporal_metrics,
            namespace=NAMESPACE,
        )
        self.mail = Catcher(folder, ports.smtp, ports.mail)
        watch = watches(ports)
        self.worker = StraatProcess(
            "worker", home.logs, self._watched(ports.worker_watch), [watch["worker"] + ALIVE_PATH]
        )
        health = [self.urls[page] + HEALTH_PATH for page in ("public", "desk")]
        self.web = StraatProcess("web", home.logs, self._watched(ports.web_watch), health)
        self.supervisor = Supervisor(self._stop_order(), say, self.remember)
        self.started_at = datetime.now(UTC)

    async def up(self) -> None:
        """Starts everything; returns when the pages answer.

        Worker and web wait for their servers by themselves, so they read their own code meanwhile: they come
        first, and web before all, since it takes longest. Only a database that is new to this schema, or that
        is somebody's own, is made ready first. One that is as it was left is not made ready again: without
        `shape` nobody can say so, and it is.
        """
        start = self.supervisor.start
        self.remember()
        servers = (self._database_up(), start(self.temporal), start(self.mail))
        ours = (start(self.web), start(self.worker))
        if self.home.was_prepared(self._preparing()):
            await together(*ours, *servers)
        else:
            await together(*servers)
            await together(*ours)
        if not self.worker.alive:
            raise StackError(f"The worker does not stay up; see {self.worker.log}.")

    async def down(self) -> None:
        """Stops everything that runs."""
        await self.supervisor.stop()
        self.home.forget_state()

    def remember(self) -> None:
        """Writes who runs where, for `straat status` and for the start after a crash."""
        urls = self.urls | doors(self.ports)
        if self.own:
            del urls["postgres"]
        self.home.write_state(
            {
                "pid": os.getpid(),
                "birth": birth_of(os.getpid()),
                "started_at": self.started_at.isoformat(timespec="seconds"),
                "ports": asdict(self.ports),
                "urls": urls,
                "services": {
                    service.name: {
                        "pid": service.pid,
                        "birth": birth_of(service.pid),
                        "signal": int(service.stop_signal),
                    }
                    for service in self.supervisor.services
                    if service.pid
                },
            }
        )

    def _watched(self, port: int) -> Mapping[str, str]:
        """What the stack tells everybody, also what it is told later, and a port of one's own."""
        return ChainMap({"STRAAT_WATCH_PORT": str(port)}, self.env)

    def _stop_order(self) -> list[Service]:
        servers: list[Service] = [self.web, self.worker, self.mail, self.temporal]
        return servers + ([self.database] if isinstance(self.database, Postgres) else [])

    def _preparing(self) -> str:
        """What makes the database ready, as a digest; of a database that was never made, nothing."""
        made = self.database.data if isinstance(self.database, Postgres) else None
        if made is None or not made.exists():
            return ""
        told = sha256(str(made.stat().st_ino).encode())
        for folder in MAKES_READY:
            for path in sorted(each for each in folder.rglob("*") if each.suffix in READ):
                told.update(path.name.encode() + path.read_bytes())
        return told.hexdigest()

    async def _database_up(self) -> None:
        if isinstance(self.database, Postgres):
            await self.supervisor.start(self.database)
        how = self._preparing()
        if self._shape and self.home.was_prepared(how, await self._shape(self.database.admin_url)):
            return
        admin = self.env | {"ADMIN_DATABASE_URL": self.database.admin_url}
        await once(self.home.logs, admin, "migrate")
        files = sorted(str(path) for path in MUNICIPALITIES.glob("*.toml"))
        if files:
            await once(self.home.logs, self.env, "municipality", "apply", *files)
        self.home.note_prepared(how, await self._shape(self.database.admin_url) if self._shape else "")


async def run(
    home: Path, base: int = DEFAULT_BASE, *, fresh: bool = False, shape: Shape | None = None
) -> int:
    """Runs a stack until Ctrl-C; the exit code is 1 when it could not start."""
    teller = Teller()
    try:
        ports, place = Ports.from_base(base), Home(home)
        with place.claimed():
            return await _claimed(place, ports, teller, shape, fresh=fresh)
    except StackError as error:
        teller.complain(str(error))
    except OSError as error:
        teller.complain(os_sentence(error, home))
    return 1


async def _claimed(home: Home, ports: Ports, teller: Teller, shape: Shape | None, *, fresh: bool) -> int:
    began = time.monotonic()
    end_leftovers(home, teller.say)
    if fresh:
        home.empty()
    home.check_room()
    home.make_master_key()
    stack = Stack(home, ports, teller.say, shape)
    ports.check_free({"postgres"} if stack.own else ())
    asked = stop_request()
    try:
        if await unless(asked, stack.up()):
            teller.show(stack.urls, home.folder, time.monotonic() - began)
            await asked.wait()
    finally:
        stopping = time.monotonic()
        teller.say("Stopping ...")
        await stack.down()
        took = time.monotonic() - stopping
        teller.say(f"Stopped in {took:.1f} s. The data stays in {home.folder}.")
    return 0


def end_leftovers(home: Home, say: Callable[[str], None]) -> None:
    """Ends the processes that an `up` which was itself killed has left behind."""
    left = (home.read_state() or {}).get("services", {})
    for name in ("web", "worker", "mail", "temporal", "postgres"):
        if (one := left.get(name)) and end_leftover(one["pid"], one["birth"], signal.Signals(one["signal"])):
            say(f"Ended {name} (process {one['pid']}), left over from an earlier start.")


async def together(*jobs: Coroutine[Any, Any, None]) -> None:
    """All at once; when one fails the others are cancelled, and its error is the error."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def stop_request() -> asyncio.Event:
    """Set by Ctrl-C, by an ordinary kill, and when the terminal closes."""
    asked = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked


async def unless(asked: asyncio.Event, job: Coroutine[Any, Any, None]) -> bool:
    """True when the job finished; False, and the job cancelled, when a stop was asked first."""
    work, stop = asyncio.create_task(job), asyncio.create_task(asked.wait())
    await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if work.done():
        work.result()
        return True
    work.cancel()
    await asyncio.wait({work})
    return False
