"""The README does what it says: its commands run as written, its links and pictures are there."""

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import pytest_asyncio

from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.strip().splitlines()
]
STRAAT = [command for command in COMMANDS if command.startswith(".venv/bin/straat")]
MAKE = [command for command in COMMANDS if command.startswith("make ")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(run_dir: Path) -> AsyncIterator[Path]:
    """What the first command starts: ``make up``, on ports of its own and in a home of its own."""
    home, base = run_dir / "readme", _free_base()
    process = await asyncio.create_subprocess_exec(
        "make",
        "up",
        f"ARGS=--home {home} --ports {base}",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = b""
    async with asyncio.timeout(240):
        while b"Ctrl-C" not in told:
            line = await process.stdout.readline()
            assert line, told.decode()
            told += line
    assert f"http://127.0.0.1:{base}/rotterdam/aanmelden" in told.decode()
    yield home
    os.killpg(process.pid, signal.SIGINT)
    async with asyncio.timeout(15):
        await process.wait()


def _free_base() -> int:
    """The start of a range that is most likely free: far from where single free ports are found."""
    return 21_000 + free_port() % 900 * 10


def test_every_command_is_one_we_run() -> None:
    assert sorted(STRAAT + MAKE) == sorted(COMMANDS)
    assert sorted(MAKE) == ["make test", "make up"]
    shown = subprocess.run(
        ["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "pytest" in shown, "make test runs this very test"


@pytest.mark.parametrize("command", STRAAT)
async def test_straat_as_written(stack: Path, command: str) -> None:
    words = shlex.split(command.replace(".venv/bin/straat", f"{sys.executable} -m workers.cli"))
    at_home = [] if "--help" in words else ["--home", str(stack)]
    process = await asyncio.create_subprocess_exec(*words, *at_home, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0, out.decode()
    if "--json" in words:
        assert json.loads(out)
    if "demo" in words:
        assert "potje paid" in out.decode()


def test_pictures_and_pages_are_there() -> None:
    places = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_rooms_are_the_folders() -> None:
    rooms = re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE)
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert set(rooms) == folders | {"tests"}


def test_list_links_name_phases_that_exist() -> None:
    """A link that filters on a phase nobody sets would show an empty list for ever."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "workflows").glob("*.py"))
    code += "".join(path.read_text("utf-8") for path in (ROOT / "schemas").glob("*.py"))
    phases = re.findall(r'Phase="(\w+)"', unquote(README))
    assert phases
    for phase in phases:
        _, _, status = phase.partition("_")
        assert f'"{phase}"' in code or f'"{status}"' in code, phase
