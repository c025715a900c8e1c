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
        *,
        hands: int = 1,
    ) -> None:
        """``turn`` waits on the listening connection until this process may work, where only one may.

        With several ``hands`` a notice is taken up while what came before it is still under way.
        """
        self._db = db
        self._turn = turn
        self._channel = channel
        self._work = work
        self._hands = hands
        self._rung: asyncio.Queue[None] = asyncio.Queue(maxsize=1)

    def ring(self) -> None:
        """Work again at once: there is room for more. Many notices at once wake one hand."""
        if self._rung.empty():
            self._rung.put_nowait(None)

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
            await conn.add_listener(self._channel, lambda *_: self.ring())
            hands = [asyncio.create_task(self._keep_working(conn)) for _ in range(self._hands)]
            try:
                await asyncio.gather(*hands)
            finally:
                for hand in hands:
                    hand.cancel()
                await asyncio.gather(*hands, return_exceptions=True)
        finally:
            conn.terminate()

    async def _keep_working(self, conn: asyncpg.Connection) -> None:
        """One hand, until the listener is gone."""
        while not conn.is_closed():
            PULSE.beat(self._channel)
            soonest = await self._work()
            await self._sleep(soonest)

    async def _sleep(self, soonest: float | None) -> None:
        span = LONGEST_SLEEP if soonest is None else min(max(soonest, 0.02), LONGEST_SLEEP)
        try:
            await asyncio.wait_for(self._rung.get(), timeout=span)
        except TimeoutError:
            return
