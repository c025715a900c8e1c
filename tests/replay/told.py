"""What the steps of the kept histories were asked."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.replay.strict import HISTORIES


def asked(folder: Path = HISTORIES) -> Iterator[Any]:
    """The argument of every step of every history."""
    for path in sorted(folder.glob("*.json")):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            queued = event.get("activityTaskScheduledEventAttributes", {}).get("input", {})
            yield from map(_plain, queued.get("payloads", []))


def _plain(payload: dict[str, str]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))
