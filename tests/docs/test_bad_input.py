"""The page about bad input: its command runs, its figure adds up, and the files it names are there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.run import SHARES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bad-input.md").read_text("utf-8")
ROW = re.compile(r"^\| (\w+) \| ([\d,]+) \| (\d+) \| ([\d.]+) \|$", re.MULTILINE)


def test_the_command_runs() -> None:
    (command,) = re.findall(r"^\.venv/bin/python (-m tests\.fuzz .+)$", PAGE, re.MULTILINE)
    words = command.replace("100000", "40").split()
    run = subprocess.run(
        [sys.executable, *words, "--only", "keys,logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, "0 findings" in run.stdout) == (0, True), run.stdout + run.stderr


def test_the_figure_adds_up_and_has_every_kind() -> None:
    rows = {row[0]: [float(each.replace(",", "")) for each in row[1:]] for row in ROW.findall(PAGE)}
    whole = rows.pop("all")
    assert set(rows) == set(SHARES)
    assert [round(sum(column), 1) for column in zip(*rows.values(), strict=True)] == whole


def test_every_file_that_it_names_is_there() -> None:
    for path in re.findall(r"`((?:tests|workers)/[\w/]+\.py)`", PAGE):
        assert (ROOT / path).exists(), path
