"""The page about privacy names every place that is searched, and nothing that is not."""

import re
from pathlib import Path

from schemas.person import Person
from store.vault import KINDS
from tests.privacy.places import PLACES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "privacy.md").read_text("utf-8")


def column(title: str) -> list[str]:
    """The first cells of the table with this title."""
    _, _, rest = PAGE.partition(f"| {title} |")
    lines = rest.split("\n\n")[0].splitlines()[2:]
    return [line.split("|")[1].strip() for line in lines]


def test_every_place_is_named_in_its_order() -> None:
    assert column("place") == list(PLACES)


def test_every_kind_in_the_vault_is_told() -> None:
    assert KINDS[Person] == "person"
    assert set(re.findall(r"vault, \*(\w+)\*", PAGE)) == set(KINDS.values())


def test_the_pages_that_it_leads_to_are_there() -> None:
    links = re.findall(r"\]\(([\w.-]+)\)", PAGE)
    assert links
    assert all((DOCS / link).exists() for link in links)
    assert all((DOCS.parent / path).exists() for path in re.findall(r"`(tests/[\w/.]+)`", PAGE))
