"""Are the pages there? ``python -m deploy.healthy`` asks both, as the image's health check does."""

import asyncio
import os
import sys
from collections.abc import Mapping

from deploy.local.addresses import HEALTH_PATH, LOCAL
from deploy.local.health import answers

PORTS = {"STRAAT_PUBLIC_PORT": "8600", "STRAAT_DESK_PORT": "8601"}
"""The settings that say where the pages are, and what they are without."""


def asked(environment: Mapping[str, str]) -> list[str]:
    """The addresses that say 200 while the pages and their database work."""
    return [f"http://{LOCAL}:{environment.get(name) or usual}{HEALTH_PATH}" for name, usual in PORTS.items()]


async def all_answer(urls: list[str]) -> bool:
    """Whether each of them does."""
    return all(await asyncio.gather(*map(answers, urls)))


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(all_answer(asked(os.environ))) else 1)
