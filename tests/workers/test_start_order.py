"""Worker and web come first, their servers later and in the wrong order: all of them are ready in the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import httpx
import pytest

from deploy.local.postgres import Postgres
from deploy.local.temporal import Temporal
from store.migrate import migrate
from tests.conftest import free_port
from tests.deploy.tools import STRAAT
from workers.watching.leaving import BOUND

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can come to."""
    folder = Path(tempfile.mkdtemp(prefix="straat-order-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def says(port: int, page: str) -> tuple[int, dict[str, bool]]:
    """The answer at a process's door, and its parts; 0 while there is none."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}{page}", timeout=20, trust_env=False)
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json().get("parts", {})


def until_says(port: int, page: str, status: int) -> dict[str, bool]:
    """Wait for an answer."""
    deadline = time.monotonic() + PATIENCE
    while (told := says(port, page))[0] != status:
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    return told[1]


def begin(name: str, env: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """One of our processes."""
    return subprocess.Popen([*STRAAT, name], env=env, stdout=log, stderr=log)


def until_told(log: Path, words: str) -> None:
    """Until a log says so."""
    deadline = time.monotonic() + PATIENCE
    while words not in log.read_text():
        assert time.monotonic() < deadline, f"not told within {PATIENCE} seconds: {words}"
        time.sleep(0.1)


def end(process: subprocess.Popen[bytes]) -> None:
    """Whatever state it is in."""
    process.kill()
    process.wait()


async def test_whoever_comes_first_waits_for_the_others(home: Path) -> None:
    database, frontend = free_port(), free_port()
    (home / "master.key").write_text("1:" + "A" * 43 + "=\n")
    env = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")} | {
        "DATABASE_URL": f"postgresql://straat_app@127.0.0.1:{database}/straat",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{frontend}",
        "STRAAT_MASTER_KEY_FILE": str(home / "master.key"),
        "STRAAT_PUBLIC_URL": "http://127.0.0.1:8600",
        "STRAAT_DESK_URL": "http://127.0.0.1:8601",
        "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:8602",
        "STRAAT_PUBLIC_PORT": str(free_port()),
        "STRAAT_DESK_PORT": str(free_port()),
    }
    doors = {"worker": free_port(), "web": free_port()}
    with ExitStack() as stack:
        running = {}
        for name, door in doors.items():
            log = stack.enter_context((home / f"{name}.log").open("wb"))
            told = env | {"STRAAT_WATCH_PORT": str(door)}
            running[name] = begin(name, told, log)
            stack.callback(end, running[name])
        for door in doors.values():
            until_says(door, "/levend", 200)
            assert says(door, "/klaar")[0] == 503
        async with Temporal(home, frontend):
            assert not until_says(doors["worker"], "/klaar", 503)["database"]
            async with Postgres(home, database) as server:
                # It answers, and has nothing yet: still not ready.
                assert not until_says(doors["web"], "/klaar", 503)["database"]
                until_told(home / "worker.log", "the database is not fit")
                await migrate(server.admin_url)
                for door in doors.values():
                    assert all(until_says(door, "/klaar", 200).values())
                began = time.monotonic()
                for process in running.values():
                    process.send_signal(signal.SIGTERM)
                assert [process.wait(PATIENCE) for process in running.values()] == [0, 0]
                assert time.monotonic() - began < PATIENCE
    assert BOUND < 15, "systemd and Compose wait that long before they kill"
