"""Keeps services running: a dead one is started again, and all stop in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deploy.local.errors import StackError
from deploy.local.process import Service

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
STEADY_SECONDS = 30.0


def next_pause(pause: float, lived: float) -> float:
    """Seconds before the next start: doubles while a service keeps dying young."""
    return FIRST_PAUSE if lived > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)


@dataclass
class Supervisor:
    """The services in the order in which they stop; `changed` is called after every spawn."""

    services: Sequence[Service]
    say: Callable[[str], None]
    changed: Callable[[], None]
    _keepers: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, service: Service) -> None:
        """Starts a service and keeps it running from then on."""
        service.spawned = self.changed
        await service.start()
        self._keepers.append(asyncio.create_task(self._keep(service)))

    async def stop(self) -> None:
        """Ends all services one after another, each within its own patience."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for service in self.services:
            await service.stop()

    async def _keep(self, service: Service) -> None:
        clock, pause = asyncio.get_running_loop().time, FIRST_PAUSE / 2
        while True:
            began = clock()
            code = await service.wait()
            pause = next_pause(pause, clock() - began)
            self.say(
                f"{service.name} stopped by itself (exit code {code}); starting it again in "
                f"{pause:g} s. Its log: {service.log}"
            )
            await asyncio.sleep(pause)
            await self._restart(service)

    async def _restart(self, service: Service) -> None:
        try:
            await service.start()
        except (StackError, OSError) as error:
            await service.stop()
            self.say(str(error))
        else:
            self.say(f"{service.name} runs again.")
