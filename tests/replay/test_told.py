"""Whatever a recorded street, potje or batch wrote in the journal, the desk has a sentence for it."""

from collections.abc import Iterator
from typing import Any

from activities.payees import NAMES
from forms.desk.story import UNTOLD, sentence
from tests.replay.told import asked


def _names(value: Any) -> Iterator[str]:
    """The names of the facts in a payload, however deep."""
    if isinstance(value, dict):
        if {"key", "name", "subject", "actor"} <= value.keys():
            yield value["name"]
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)


def _recorded() -> set[str]:
    return {name for step in asked() for name in _names(step)}


def test_every_fact_has_a_sentence() -> None:
    recorded = _recorded()
    assert len(recorded) > 20
    assert [name for name in sorted({*recorded, *NAMES.values()}) if sentence(name) == UNTOLD] == []
