"""The page with the desk's speed names every list that is measured, and commands that are there."""

import re
from pathlib import Path

from tests.bench.desk import PAGES

PAGE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text("utf-8")


def test_every_list_that_is_measured_stands_in_the_table() -> None:
    rows = {(row[1], row[0]) for row in re.findall(r"^\| (\S+) \| (\w+) \|", PAGE, re.MULTILINE)}
    measured = {(seat.partition("-")[0], page) for seat, pages in PAGES.items() for page in pages}
    assert measured <= rows


def test_its_command_is_there() -> None:
    assert "python -m tests.bench desk" in PAGE
