"""Hears of every step that a worker ended, so that a driver knows when to go on; the same for all kinds."""

import asyncio
from collections import Counter
from typing import Any

from temporalio.client import Interceptor as ClientInterceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

GIVE_UP = 300.0


class Counted(Interceptor, ClientInterceptor):
    """How often each step ended; a bare step says its name first. ``heard`` keeps what was asked."""

    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        self.heard: dict[str, Any] | None = None
        self._moved = asyncio.Event()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Around each."""
        return _Inbound(next, self)

    def end(self, name: str, args: Any) -> None:
        """One more."""
        self.ended[name] += 1
        if self.heard is not None:
            self.heard.setdefault(name, args[0])
        self._moved.set()

    async def until(self, name: str, count: int) -> None:
        """Until a step ended so often."""
        async with asyncio.timeout(GIVE_UP):
            while self.ended[name] < count:
                self._moved.clear()
                await self._moved.wait()


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, counted: Counted) -> None:
        super().__init__(following)
        self._counted = counted

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        """Count it when it is done."""
        done = await super().execute_activity(input)
        definition = getattr(input.fn, "__temporal_activity_definition", None)
        name = definition.name if definition else ""
        self._counted.end(str(input.args[0]) if name == "bare_step" else name, input.args)
        return done
