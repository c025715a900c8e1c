"""The storm: does to a house what the plan says, at its moment, and keeps a timeline."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.chaos.house import House
from tests.chaos.plan import SERVICES, Fault, Kind

PATIENCE = 90.0
"""Seconds after which what does not come back by itself is told."""

STOPS_WITHIN = 20.0
"""Seconds to wait for a process that was asked to stop."""

MEETS_WITHIN = 30.0
"""Seconds to wait for a mail to refuse."""

TOUCHES = {"smtp": "mail"}
"""The service behind a wire, where its name is another."""


@dataclass
class Struck:
    """A fault as it was: from when to when anything may have been away. Seconds since the epoch."""

    fault: Fault
    began: float
    ended: float = 0.0

    @property
    def touches(self) -> tuple[str, ...]:
        """The services that were away, or could not be reached."""
        target = self.fault.target
        return SERVICES if self.fault.kind is Kind.POWER else (TOUCHES.get(target, target),)


@dataclass
class Storm:
    """Faults overlap where the plan has it so."""

    house: House
    say: Callable[[str], None]
    struck: list[Struck] = field(default_factory=list)
    never_back: list[str] = field(default_factory=list)

    async def blow(self, faults: Iterable[Fault]) -> None:
        """All of them; returns when the last one is over and everything is well again."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
                group.create_task(self._one(fault, time.monotonic() - began))

    async def _one(self, fault: Fault, at: float) -> None:
        struck = Struck(fault, time.time())
        self.struck.append(struck)
        self.say(f"{at:7.1f} s  {fault}")
        await self._do(fault)
        if ill := await self.house.until_well(PATIENCE):
            self.never_back.append(f"{', '.join(ill)} after {fault}")
        struck.ended = time.time()

    async def _do(self, fault: Fault) -> None:
        house, target = self.house, fault.target
        match fault.kind:
            case Kind.KILL:
                house.signal(target, signal.SIGKILL)
            case Kind.STOP:
                await house.ask_to_stop(target, STOPS_WITHIN)
            case Kind.CRASH:
                house.crash()
            case Kind.FREEZE:
                house.freeze(target)
                await asyncio.sleep(fault.seconds)
                house.thaw(target)
            case Kind.AWAY:
                house.keep_away([target])
                await asyncio.sleep(fault.seconds)
                house.let_back(target)
            case Kind.POWER:
                await self._power(fault)
            case _:
                await self._on_the_wire(fault)

    async def _power(self, fault: Fault) -> None:
        """Everything is gone at once, and comes back in an order of the plan's choice."""
        self.house.keep_away(SERVICES)
        for name in fault.word.split():
            self.house.let_back(name)
            await asyncio.sleep(0.7)

    async def _on_the_wire(self, fault: Fault) -> None:
        wire, letterbox = self.house.wires[fault.target], self.house.letterbox
        match fault.kind:
            case Kind.CUT:
                wire.cut()
            case Kind.DEAF:
                wire.deaf = True
                wire.cut()
                await asyncio.sleep(fault.seconds)
                wire.deaf = False
            case Kind.STALL:
                wire.stall()
                await asyncio.sleep(fault.seconds)
                wire.flow()
            case Kind.HALF:
                letterbox.half += 1
            case Kind.LOSE:
                letterbox.lose += 1
            case Kind.UNWILLING:
                await self._unwilling(fault)

    async def _unwilling(self, fault: Fault) -> None:
        """For a while, and until a mail was refused: one that met nobody would say nothing."""
        letterbox, until = self.house.letterbox, time.monotonic() + MEETS_WITHIN
        before, letterbox.unwilling = letterbox.refused, fault.word
        await asyncio.sleep(fault.seconds)
        while letterbox.refused == before and time.monotonic() < until:
            await asyncio.sleep(0.1)
        letterbox.unwilling = ""
