"""The whole stack as a person starts it: up, looked at, killed, up again, stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.home import Home
from deploy.local.ports import is_free
from deploy.local.processes import birth_of, command_of

STRAAT = [sys.executable, "-m", "workers.cli"]


def free_base() -> int:
    """The first of eleven free ports in a row."""
    for base in range(20_600 + os.getpid() % 1000 * 10, 60_000, 10):
        if all(is_free(port) for port in range(base, base + 11)):
            return base
    raise AssertionError


@pytest.fixture
def place() -> Iterator[tuple[Path, int]]:
    """A home that does not exist yet, and a base for its ports."""
    outer = Path(tempfile.mkdtemp(prefix="straat-stack-"))
    yield outer / "home", free_base()
    shutil.rmtree(outer)


class Terminal:
    """`straat up` as it runs in somebody's terminal."""

    def __init__(self, home: Path, base: int, *more: str) -> None:
        command = [*STRAAT, "up", "--home", str(home), "--ports", str(base), *more]
        env = {k: v for k, v in os.environ.items() if not k.endswith("DATABASE_URL")}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        )

    def read_until(self, words: str) -> str:
        """What was said up to and with the line that has these words."""
        said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(said)

    def finish(self, ask: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Asks it to stop; the exit code and the last words."""
        self.process.send_signal(ask)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


def status(home: Path) -> tuple[int, dict[str, object]]:
    """`straat status --json`."""
    shown = subprocess.run(
        [*STRAAT, "status", "--home", str(home), "--json"], capture_output=True, text=True, check=False
    )
    return shown.returncode, json.loads(shown.stdout)


def well(home: Path) -> dict[str, object]:
    """What it says once all is well: a worker has to come in line at Temporal first."""
    deadline = time.monotonic() + 60
    code, told = status(home)
    while code:
        assert time.monotonic() < deadline, told
        code, told = status(home)
    return told


def pids(home: Path) -> dict[str, int]:
    """The processes of the stack by name."""
    state = Home(home).read_state()
    assert state is not None
    return {name: one["pid"] for name, one in state["services"].items()}


def test_up_status_kill_9_up_again_and_a_clean_stop(place: tuple[Path, int]) -> None:
    home, base = place
    first = Terminal(home, base)
    said = first.read_until("Stop: Ctrl-C")
    assert f"Try first: http://127.0.0.1:{base}/rotterdam/aanmelden" in said
    told = well(home)
    assert told["healthy"] is True
    worker = {"name": "worker", "url": f"http://127.0.0.1:{base + 9}/klaar", "healthy": True}
    assert worker in told["services"]
    assert httpx.get(f"http://127.0.0.1:{base}/rotterdam/aanmelden", follow_redirects=True).status_code == 200

    second = subprocess.run(
        [*STRAAT, "up", "--home", str(home), "--ports", str(base + 11)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"process {first.process.pid}): http://127.0.0.1:{base}" in second.stderr

    left = pids(home)
    assert set(left) == {"web", "worker", "mail", "temporal", "postgres"}
    first.finish(signal.SIGKILL)
    assert status(home)[0] == 1
    assert all(birth_of(pid) for pid in left.values())

    again = Terminal(home, base)
    said = again.read_until("Stop: Ctrl-C")
    assert f"Ended postgres (process {left['postgres']}), left over from an earlier start." in said
    # As it was left: nothing was migrated or applied again.
    assert (home / "logs" / "migrate.log").read_text().count("Migrated") == 1
    now = pids(home)
    code, said = again.finish()
    assert code == 0
    assert "Stopped in" in said
    assert not any("straat" in command_of(pid) for pid in (*left.values(), *now.values()))
    assert all(is_free(port) for port in range(base, base + 11))
    code, told = status(home)
    assert (code, told["services"]) == (1, [])
    assert "make up" in str(told["reason"])


def test_a_stop_while_starting_leaves_nothing_behind(place: tuple[Path, int]) -> None:
    home, base = place
    terminal = Terminal(home, base)
    while not (home / "stack.json").exists():
        assert terminal.process.poll() is None
    code, said = terminal.finish(signal.SIGTERM)
    assert code == 0
    assert "Stopped in" in said
    assert not (home / "stack.json").exists()
    assert all(is_free(port) for port in range(base, base + 11))
