"""What systemd is told, where it asks: that we run, that we still go round, that we stop."""

import asyncio
import os
import socket

from workers.watching.health import Health

AT_MOST = 10.0
"""Seconds between two looks at ourselves."""


def notify(word: str) -> None:
    """To the socket that the environment names; without one nobody asked."""
    if place := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.connect("\0" + place[1:] if place.startswith("@") else place)
            line.send(word.encode())


async def keep_awake(health: Health) -> None:
    """Until cancelled: say that we live, while it is true. What blocks everything is silent by itself."""
    asked = int(os.environ.get("WATCHDOG_USEC") or 0) / 1_000_000
    while True:
        if asked and not health.stuck():
            notify("WATCHDOG=1")
        await asyncio.sleep(min(asked / 3, AT_MOST) if asked else AT_MOST)
