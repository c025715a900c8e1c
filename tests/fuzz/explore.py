"""Hypothesis makes the inputs up, in a thread of its own; what they do is done in the loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

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

    await asyncio.to_thread(_only_from_the_number, each)


def _only_from_the_number(each: Callable[[], None]) -> None:
    """Hypothesis also tries what stands in the modules read by then, and each thread keeps what it found."""
    providers.CONSTANTS_CACHE.cache.clear()
    with patch.object(providers, "_get_local_constants", Constants):
        each()
    providers.CONSTANTS_CACHE.cache.clear()


async def _done(doing: Awaitable[None]) -> None:
    await doing
