"""The page on scaling shows what the model reckons, and its commands are there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.bench.__main__ import BENCHES
from tests.bench.country import COUNTRY, Assumed, Measured, markdown, table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text("utf-8")


def test_the_country_on_the_page_is_the_one_that_is_reckoned() -> None:
    assert markdown(table(COUNTRY, Measured(), Assumed())) in PAGE


def test_twice_the_streets_are_twice_the_work() -> None:
    def hours(streets: int) -> float:
        told = dict(table(streets, Measured(), Assumed()))["workers"]
        return float(re.findall(r"[\d.]+", told)[0])

    assert abs(hours(2 * COUNTRY) - 2 * hours(COUNTRY)) < 0.2


def test_its_benches_are_there() -> None:
    named = set(re.findall(r"\| `(\w+)` \|$", PAGE, re.MULTILINE)) - {"STRAAT_MAILS_PER_SECOND"}
    assert named
    assert named <= BENCHES.keys()
    assert "python -m tests.bench.country" in PAGE
    assert (ROOT / "deploy" / "helm" / "temporal-values.yaml").exists()


def test_its_units_are_those_of_the_model() -> None:
    for what, cost in (
        ("first year", Measured().first_year),
        ("yearly question that is answered", Measured().renewal),
    ):
        row = f"| {what} | {cost.server:.0f} | {cost.worker:.0f} | {cost.postgres:.0f} |"
        assert row in PAGE


def test_its_command_tells_the_table() -> None:
    (asked,) = re.findall(r"^\.venv/bin/python (-m tests\.bench\.country)$", PAGE, re.MULTILINE)
    told = subprocess.run(
        [sys.executable, *asked.split()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() in PAGE
