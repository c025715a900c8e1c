"""The facts of every recorded journey, as their workflows composed them."""

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from schemas.facts import Fact
from tests.replay.strict import HISTORIES


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
    for path in sorted(HISTORIES.glob("*.json")):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            given = event.get("activityTaskScheduledEventAttributes", {}).get("input", {}).get("payloads", [])
            for payload in given:
                for told in _facts(json.loads(base64.b64decode(payload["data"]))):
                    fact = Fact.model_validate(told)
                    found.setdefault(fact.key, fact)
    return list(found.values())
