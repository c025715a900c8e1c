"""What runs for the tests of deploy/: the real pages as production has them, and a bare Temporal server."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.healthy import all_answer, asked
from deploy.local.postgres import Postgres
from tests.conftest import Urls, _other, free_port
from tests.deploy.tools import STRAAT, tool

PATIENCE = 30.0
"""Seconds that anything may take on a busy machine."""

QUIET = ("DATABASE_URL", "ADMIN_DATABASE_URL", "SMTP_URL")


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def surroundings() -> dict[str, str]:
    """Our environment without what belongs to another stack."""
    return {
        k: v for k, v in os.environ.items() if k not in QUIET and not k.startswith(("STRAAT_", "TEMPORAL_"))
    }


@dataclass
class Web:
    """`straat web` on two ports, with its secrets in files."""

    process: subprocess.Popen[bytes]
    public: int
    desk: int

    def is_well(self) -> bool:
        """Whether both pages answer: the check of the image."""
        ports = {"STRAAT_PUBLIC_PORT": str(self.public), "STRAAT_DESK_PORT": str(self.desk)}
        return asyncio.run(all_answer(asked(ports)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(postgres: Postgres) -> AsyncIterator[Urls]:
    """A database for the tests of one file, which only read."""
    name = f"t_{uuid4().hex}"
    server = await asyncpg.connect(_other(postgres.admin_url, "postgres"))
    try:
        await server.execute(f"create database {name} template straat")
        yield Urls(_other(postgres.admin_url, name), _other(postgres.app_url, name))
        await server.execute(f"drop database {name} with (force)")
    finally:
        await server.close()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory, shared: Urls) -> Path:
    """A folder as Compose, Kubernetes and systemd mount it."""
    database, folder = shared, tmp_path_factory.mktemp("secrets")
    (folder / "database_url").write_text(database.app_url + "\n")
    (folder / "master_key").write_text("1:" + "A" * 43 + "=\n")
    return folder


@pytest.fixture(scope="module")
def web(secrets: Path) -> Iterator[Web]:
    """The real process, as an installation without the local stack runs it."""
    public, desk = free_port(), free_port()
    env = surroundings() | {
        "STRAAT_SECRETS": str(secrets),
        "STRAAT_MASTER_KEY_FILE": str(secrets / "master_key"),
        "STRAAT_PUBLIC_URL": "https://straat.test",
        "STRAAT_DESK_URL": "https://bureau.test",
        "STRAAT_TEMPORAL_UI_URL": "https://temporal.test",
        "STRAAT_TRUSTED_PROXIES": "127.0.0.1",
        "STRAAT_PUBLIC_PORT": str(public),
        "STRAAT_DESK_PORT": str(desk),
    }
    process = subprocess.Popen([*STRAAT, "web"], env=env, stdout=subprocess.DEVNULL)
    found = Web(process, public, desk)
    until(found.is_well, "the pages answer")
    yield found
    process.kill()
    process.wait()


@dataclass
class Bare:
    """A Temporal server without namespace or search attributes of ours, and its UI."""

    address: str
    ui: int


@pytest.fixture(scope="session")
def temporal() -> Iterator[Bare]:
    """As `temporal server start-dev` starts it, in memory."""
    port, ui = free_port(), free_port()
    words = [
        tool("temporal"),
        "server",
        "start-dev",
        "--ip",
        "127.0.0.1",
        "--port",
        str(port),
        "--ui-port",
        str(ui),
    ]
    process = subprocess.Popen(
        [*words, "--log-level", "error"], stdout=subprocess.DEVNULL, env=surroundings()
    )
    health = [tool("temporal"), "operator", "cluster", "health", "--address", f"127.0.0.1:{port}"]

    def well() -> bool:
        return subprocess.run(health, capture_output=True, check=False, env=surroundings()).returncode == 0

    until(well, "Temporal answers")
    yield Bare(f"127.0.0.1:{port}", ui)
    process.kill()
    process.wait()


@dataclass
class Caddy:
    """A Caddy of ours, and what it has written."""

    process: subprocess.Popen[bytes]
    log: Path
    root: Path
    """The certificate of its own authority, where it has one."""


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Caddy]]:
    """Starts one with a configuration and an environment; all of them end with the tests of a file."""
    running: list[subprocess.Popen[bytes]] = []
    tmp_path = tmp_path_factory.mktemp("caddy")

    def start(config: Path, **env: str) -> Caddy:
        log = tmp_path / f"caddy-{len(running)}.log"
        words = [tool("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]
        own = surroundings() | {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)} | env
        with log.open("wb") as out:
            process = subprocess.Popen(words, env=own, stdout=out, stderr=out)
        running.append(process)
        until(lambda: "serving initial configuration" in log.read_text(), f"Caddy runs: {log.read_text()}")
        return Caddy(process, log, tmp_path / "caddy/pki/authorities/local/root.crt")

    yield start
    for process in running:
        process.kill()
        process.wait()
