"""The page about chaos: its commands play a plan, and its tables name every fault and every check."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.chaos.auditor import CHECKS
from tests.chaos.plan import Kind
from workers.commands import chaos as command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "chaos.md").read_text("utf-8")
COMMANDS = re.findall(r"^\.venv/bin/(straat chaos .*)$", PAGE, re.MULTILINE)


def straat(told: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page, as far as telling its plan; run from anywhere."""
    _, *words = shlex.split(told)
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *words, "--plan"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("told", COMMANDS)
def test_its_commands_play_a_plan(told: str, tmp_path: Path) -> None:
    first, second = straat(told, tmp_path), straat(told, tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    assert len(first.stdout.splitlines()) > 45


def test_there_are_commands() -> None:
    assert COMMANDS


def test_every_fault_and_every_check_is_told() -> None:
    rows = re.findall(r"^\| (\w+)(?::[^|]*)? \|", PAGE, re.MULTILINE)
    assert {kind.value for kind in Kind} <= set(rows)
    assert {check.__name__ for check in CHECKS} <= set(rows)


def test_an_installation_without_the_tests_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "HARNESS", tmp_path / "nowhere.py")
    with pytest.raises(typer.Exit) as ended:
        command.chaos(1, 1.0, None, 9100, None, only_plan=True)
    assert ended.value.exit_code == 2
    assert "in a checkout" in capsys.readouterr().err
