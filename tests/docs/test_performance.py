"""The page with the desk's speed names every list that is measured, and commands that are there."""

import re
import subprocess
from pathlib import Path

from tests.bench.__main__ import BENCHES
from tests.bench.budget import total, year
from tests.bench.desk import PAGES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")


def test_every_list_that_is_measured_stands_in_the_table() -> None:
    rows = {(row[1], row[0]) for row in re.findall(r"^\| (\S+) \| (\w+) \|", PAGE, re.MULTILINE)}
    measured = {(seat.partition("-")[0], page) for seat, pages in PAGES.items() for page in pages}
    assert measured <= rows


def test_its_command_is_there() -> None:
    assert "python -m tests.bench desk" in PAGE


def test_every_bench_is_named() -> None:
    told = re.search(r"The names are (.+?);", PAGE, re.DOTALL)
    assert told
    assert re.findall(r"`(\w+)`", told[1]) == list(BENCHES)


def test_make_bench_runs_what_it_is_told() -> None:
    (asked,) = re.findall(r"^make bench ARGS=\"(.+)\"$", PAGE, re.MULTILINE)
    would = subprocess.run(
        ["make", "-n", "bench", f"ARGS={asked}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"-m tests.bench {asked}" in would.stdout
    assert asked.split()[0] in BENCHES


def test_the_budget_on_the_page_is_the_one_that_is_counted() -> None:
    found = total()
    assert f"| together | {found.events:.0f} | {found.bytes:,.0f} | {found.actions:.0f} |" in PAGE
    for name, part in year().items():
        assert re.search(rf"^\| {name} \| [\d.]+ \| {part.bytes:,.0f} \|", PAGE, re.MULTILINE), name
