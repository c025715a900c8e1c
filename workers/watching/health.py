"""How a process is: whether it lives, and whether it can do its work now.

Alive says no when a loop is stuck: only a new start helps then. A server that is away is no reason to die,
since everything comes back by itself. Ready says no when something is missing for the work, and from the word
to stop on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import asyncpg
import structlog

from store import watching
from store.database import LOST, Database
from workers.watching.pulse import Pulse

log = structlog.get_logger("health")

Check = Callable[[], Awaitable[bool]]

FRESH = 2.0
"""Seconds that an answer may be old: many who ask cost no more than one."""
AGAIN = 0.5
"""Seconds between two looks whether it is there."""
PATIENCE = 3.0
"""Seconds for each question; no answer is a no."""


class Health:
    """What is asked, by name. ``lenient``: once all was there, what is away later is forgiven."""

    def __init__(self, pulse: Pulse, checks: Mapping[str, Check], *, lenient: bool = False) -> None:
        self._pulse = pulse
        self._checks = checks
        self._lenient = lenient
        self._was_ready = False
        self._stopping = False
        self._parts: dict[str, bool] = dict.fromkeys(checks, False)
        self._asked = 0.0
        self._lock = asyncio.Lock()

    @property
    def parts(self) -> Mapping[str, bool]:
        """What was found at the last look."""
        return self._parts

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def stop(self) -> None:
        """Not ready any more, whatever the parts say."""
        self._stopping = True

    def stuck(self) -> list[str]:
        """The loops for which only a new start helps."""
        return sorted(self._pulse.stuck())

    async def ready(self) -> bool:
        """Whether it can do its work, looked at afresh."""
        async with self._lock:
            if time.monotonic() - self._asked > FRESH:
                await self._look()
        well = all(self._parts.values())
        self._was_ready = self._was_ready or well
        return not self._stopping and (well or (self._lenient and self._was_ready))

    async def _look(self) -> None:
        found = await asyncio.gather(*(_ask(check) for check in self._checks.values()))
        parts = dict(zip(self._checks, found, strict=True))
        for part in [name for name in parts if parts[name] != self._parts[name]]:
            log.info("found", process=part, state="well" if parts[part] else "away")
        self._parts, self._asked = parts, time.monotonic()


async def _ask(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except Exception:  # noqa: BLE001 - whatever it was, the answer is no
        return False


async def when(check: Check, work: Coroutine[Any, Any, None]) -> None:
    """Begin a work once what it needs is there, however long that takes."""
    try:
        while not await _ask(check):  # noqa: ASYNC110 - it is another server that has to be there
            await asyncio.sleep(AGAIN)
        await work
    finally:
        work.close()


def database(db: Database) -> Check:
    """PostgreSQL answers, and has every migration that this release was made for."""
    told: str | None = None

    async def check() -> bool:
        nonlocal told
        try:
            async with db.connection() as conn:
                lacking = await watching.lacking(conn)
        except LOST:
            return False
        except asyncpg.PostgresError as error:
            # One that was never migrated, or does not let us in: a setting to mend, and then it goes on.
            lacking = [type(error).__name__]
        found = lacking[0] if lacking else None
        if found != told and found:
            log.error("the database is not fit", count=len(lacking), code=found)
        told = found
        return not lacking

    return check
