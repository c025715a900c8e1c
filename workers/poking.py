"""Waking idle streets: a signal each, so many a second. Who moved is not found again."""

import asyncio
import time
from collections.abc import Callable

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workers.builds import Builds, Routing
from workflows.street import StreetWorkflow

EVERY = 500
"""How many streets between two lines of progress."""

MOMENT = 0.5
"""Seconds between two looks at who is left."""

AGAIN = 5.0
"""Seconds until who is left is woken once more: a step was under way, or the news had not come yet."""


class Poker:
    """Pokes, says how far it is, and waits until the streets are over."""

    def __init__(self, builds: Builds, client: Client, rate: int, say: Callable[[str], object]) -> None:
        self._builds = builds
        self._client = client
        self._pause = 1 / rate
        self._say = say

    async def poke(self, routing: Routing, patience: float) -> int:
        """How many streets are still elsewhere so many seconds after all were woken; 0 is hoped for."""
        total = await self._builds.count(routing)
        if not total:
            self._say(f"Every street is on build {routing.current}.")
            return 0
        self._say(f"{total} street(s) are elsewhere; waking them ...")
        await self._wake(routing, total)
        end = time.monotonic() + patience
        left = await self._until_over(routing, min(AGAIN, patience))
        while left and time.monotonic() < end:
            await self._wake(routing, left)
            left = await self._until_over(routing, min(AGAIN, max(end - time.monotonic(), 0)))
        self._say(
            f"{left} street(s) are still elsewhere: a step is under way, or nobody works for their build. "
            "See straat deploy status, and poke again."
            if left
            else f"Every street is on build {routing.current}."
        )
        return left

    async def _wake(self, routing: Routing, total: int) -> None:
        done, due = 0, time.monotonic()
        async for street in self._client.list_workflows(self._builds.elsewhere(routing)):
            await self._one(street.id)
            done += 1
            if done % EVERY == 0:
                self._say(f"{done} of {total} woken")
            due = max(due + self._pause, time.monotonic() - 1)
            await asyncio.sleep(max(due - time.monotonic(), 0))
        self._say(f"{done} woken; waiting until they are over ...")

    async def _one(self, street: str) -> None:
        try:
            await self._client.get_workflow_handle(street).signal(StreetWorkflow.poke)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _until_over(self, routing: Routing, patience: float) -> int:
        end = time.monotonic() + patience
        left = await self._builds.count(routing)
        while left and time.monotonic() < end:
            await asyncio.sleep(MOMENT)
            left = await self._builds.count(routing)
        return left
