"""Are the pages there? ``python -m deploy.healthy`` asks both, as the image's health check does.

``python -m deploy.healthy klaar`` asks a process whether it can do its work, on its port for who watches.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence

from deploy.local.addresses import HEALTH_PATH, LOCAL, READY_PATH
from deploy.local.health import answers

PORTS = {"STRAAT_PUBLIC_PORT": "8600", "STRAAT_DESK_PORT": "8601"}
"""The settings that say where the pages are, and what they are without."""


WATCH = "STRAAT_WATCH_PORT"


def asked(environment: Mapping[str, str], words: Sequence[str] = ()) -> list[str]:
    """The addresses that say 200 while the pages and their database work, or while the process is ready."""
    if READY_PATH.strip("/") in words:
        return [f"http://{LOCAL}:{environment.get(WATCH) or 8610}{READY_PATH}"]
    return [f"http://{LOCAL}:{environment.get(name) or usual}{HEALTH_PATH}" for name, usual in PORTS.items()]


async def all_answer(urls: list[str]) -> bool:
    """Whether each of them does."""
    return all(await asyncio.gather(*map(answers, urls)))


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(all_answer(asked(os.environ, sys.argv[1:]))) else 1)
