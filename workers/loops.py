"""What relay, postman and herald share: listen, work until nothing is due, survive a lost PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
import structlog

from deploy.stopping import GRACE
from store.database import LOST, Database
from workers.watching.pulse import PULSE

log = structlog.get_logger("loops")

LONGEST_SLEEP = 5.0
"""Seconds. A notice that got lost costs no more than this."""


async def to_its_end(step: Coroutine[Any, Any, None]) -> None:
    """One step that is not cut in the middle, if it can help it: who is told to stop ends it first."""
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        _, left = await asyncio.wait([task], timeout=GRACE)
        for each in left:
            each.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


class Loop:
    """``work`` does what is due and gives the seconds until the next, None when there is nothing."""

    def __init__(
        self,
        db: Database,
        channel: str,
        work: Callable[[], Awaitable[float | None]],
        turn: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
    ) -> None:
        """``turn`` waits on the listening connection until this process may work, where only one may."""
        self._db = db
        self._turn = turn
        self._channel = channel
        self._work = work
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Work again at once: there is room for more."""
        self._rung.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            PULSE.beat(self._channel)
            try:
                await self._listen_and_work()
            except LOST as error:
                log.warning(
                    "waits for PostgreSQL", process=self._channel, exception_type=type(error).__name__
                )
                await asyncio.sleep(0.5)

    async def _listen_and_work(self) -> None:
        conn = await self._db.listen()
        try:
            if self._turn is not None:
                PULSE.rest(self._channel)
                await self._turn(conn)
            await conn.add_listener(self._channel, lambda *_: self._rung.set())
            while not conn.is_closed():
                PULSE.beat(self._channel)
                self._rung.clear()
                soonest = await self._work()
                await self._sleep(soonest)
        finally:
            conn.terminate()

    async def _sleep(self, soonest: float | None) -> None:
        span = LONGEST_SLEEP if soonest is None else min(max(soonest, 0.02), LONGEST_SLEEP)
        try:
            await asyncio.wait_for(self._rung.wait(), timeout=span)
        except TimeoutError:
            return
