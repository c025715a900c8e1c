"""A process runs until it is told to stop, or until one of its parts fails."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import structlog

from workers.watching.health import Health
from workers.watching.leaving import bound

log = structlog.get_logger("worker")


async def until_told(work: list[Coroutine[Any, Any, None]], health: Health, drain: float = 0) -> None:
    """Run all of it until a signal says stop; if one part fails, all of it ends with that error.

    Told to stop, it is not ready any more; after ``drain`` seconds it ends what is under way, within a bound.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(part) for part in work]
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    health.stop()
    bound(drain)
    if stopping in done:
        log.info("stops")
        await asyncio.sleep(drain)
    for task in [*tasks, stopping]:
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for task in done - {stopping}:
        task.result()
