"""The page about retention tells what the code does: its table is that of ``schemas/retention.py``."""

import re
from pathlib import Path

import pytest

from schemas.policy import Policy
from schemas.retention import CLASSES, How, Kept
from schemas.street_policy import Retention

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "retention.md").read_text("utf-8")
PLACES = [name for each in CLASSES for name in re.findall(r"`([\w/]+\.\w+)`", each.where)]


def term(each: Kept) -> str:
    """With the default of the policy where it is the municipality's to choose."""
    field = Retention.model_fields.get(each.term)
    if each.how is not How.ROUND or field is None:
        return each.term
    default = field.default
    told = f"{default} years" if isinstance(default, int) else f"{default.days} days"
    return f"`retention.{each.term}`: {told}"


def row(each: Kept) -> str:
    """One line of the table."""
    tables = ", ".join(f"`{table}`" for table in each.tables)
    where = f"{each.how}: {each.where}" if each.where else str(each.how)
    return f"| {each.what} | {tables} | {term(each)} | {where} | {each.reason} |"


@pytest.mark.parametrize("key", [each.key for each in CLASSES])
def test_each_class_stands_there_as_it_is(key: str) -> None:
    (each,) = [each for each in CLASSES if each.key == key]
    assert row(each) in PAGE.splitlines()


def test_the_table_has_nothing_else() -> None:
    assert len([line for line in PAGE.splitlines() if line.startswith("| ")]) == len(CLASSES) + 2


def test_every_term_of_the_policy_is_somebodys() -> None:
    text = " ".join(term(each) for each in CLASSES)
    assert "retention" in Policy.model_fields
    assert [name for name in Retention.model_fields if f"retention.{name}`" not in text] == []


@pytest.mark.parametrize("name", sorted({name for name in PLACES if "/" in name}))
def test_where_it_happens_is_there(name: str) -> None:
    assert (ROOT / name).exists()
