"""What is done at once may be decided again, some moments later: no key of it carries the clock."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.replay.strict import HISTORIES, read
from workers.reconciling.at_once import AtOnce

CLOCK = re.compile(r"\d{16}")
"""Microseconds since 1970 have sixteen digits; a number of ``workflows.engine.once`` has fifteen at most."""


def _keys(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if {"key", "name", "subject"} <= told.keys():
            yield told["key"]
        for each in told.values():
            yield from _keys(each)


def _written_at_once() -> set[str]:
    found: set[str] = set()
    for path in HISTORIES.glob("*.json"):
        for event in read(path).events:
            if step := AtOnce.of(event):
                found.update(_keys(json.loads(step.asked.data)))
    return found


def test_no_key_carries_the_clock() -> None:
    keys = _written_at_once()
    assert len(keys) > 100
    assert [key for key in sorted(keys) if CLOCK.search(key.rpartition("/")[2].rpartition("-")[2])] == []


def test_the_clock_is_seen() -> None:
    assert CLOCK.search("1795703489076546")
    assert not CLOCK.search(str(2**48 - 1))
