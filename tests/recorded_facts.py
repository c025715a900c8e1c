"""The facts of every recorded journey, as their workflows composed them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from schemas.facts import Fact
from tests.replay.told import asked


def _facts(told: Any) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        if {"key", "name", "municipality", "subject"} <= told.keys():
            yield told
        for each in told.values():
            yield from _facts(each)
    elif isinstance(told, list):
        for each in told:
            yield from _facts(each)


@cache
def recorded_facts() -> list[Fact]:
    """Each fact once, in the order of the histories."""
    found: dict[str, Fact] = {}
    for step in asked():
        for told in _facts(step):
            fact = Fact.model_validate(told)
            found.setdefault(fact.key, fact)
    return list(found.values())
