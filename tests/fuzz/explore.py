"""Hypothesis makes the inputs up, in a thread of its own; what they do is done in the loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Made = TypeVar("Made")


async def explore(
    making: st.SearchStrategy[Made], do: Callable[[Made], Awaitable[None] | None], inputs: int, number: int
) -> None:
    """Do so many of what a strategy makes; the same number makes the same. A plain function needs no loop."""
    loop = asyncio.get_running_loop()

    @seed(number)
    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(making)
    def each(made: Made) -> None:
        doing = do(made)
        if doing is not None:
            asyncio.run_coroutine_threadsafe(_done(doing), loop).result()

    await asyncio.to_thread(each)


async def _done(doing: Awaitable[None]) -> None:
    await doing
