"""Whatever a recorded street, potje or batch wrote in the journal, the desk has a sentence for it."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from activities.payees import NAMES
from forms.desk.story import UNTOLD, sentence
from tests.replay.strict import HISTORIES


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
    found: set[str] = set()
    for path in HISTORIES.glob("*.json"):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            step = event.get("activityTaskScheduledEventAttributes", {})
            for payload in step.get("input", {}).get("payloads", []):
                found.update(_names(json.loads(base64.b64decode(payload["data"]))))
    return found


def test_every_fact_has_a_sentence() -> None:
    recorded = _recorded()
    assert len(recorded) > 20
    assert [name for name in sorted({*recorded, *NAMES.values()}) if sentence(name) == UNTOLD] == []
