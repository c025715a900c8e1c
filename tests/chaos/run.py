"""A run: a house, a town, a storm over it, and at the end what everything holds."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.house import House
from tests.chaos.lives import Street, Town
from tests.chaos.neighbour import Neighbour
from tests.chaos.office import operate, pay
from tests.chaos.people import GaveUp, Letters, Seen
from tests.chaos.plan import SHORT, Plan
from tests.chaos.storm import Storm
from tests.chaos.town import BANK, TURNS, found

AT_ONCE = 8
"""Streets that are busy at the same moment."""

REST = 240.0
"""Seconds in which everything comes to rest, once nothing is broken any more."""

BUSY = """select (select count(*) from post.submission where relayed_at is null)
               + (select count(*) from post.mail where state in ('queued', 'sending', 'unknown')) as busy"""


@dataclass
class Ran:
    """What a run leaves for the auditor, beside what the servers hold."""

    plan: Plan
    house: House
    town: Town
    storm: Storm
    streets: list[Street]
    unfinished: list[str] = field(default_factory=list)
    """Streets whose story did not come to its end."""
    rested: float = 0.0
    """When inbox and outbox were empty (seconds since the epoch); 0: they never were."""
    seconds: float = 0.0

    @property
    def kinds(self) -> Counter[str]:
        """Faults by kind."""
        return Counter(each.fault.kind.value for each in self.storm.struck)


async def run(plan: Plan, house: House, say: Callable[[str], None]) -> Ran:
    """Play the whole plan in a house that is up; returns when all is at rest."""
    began = time.monotonic()
    long = plan.minutes > SHORT
    await found(house, sleep=45 if long else 14, keep=90 if long else 15)
    town = Town(house, Seen(), Letters(house.home.folder / "mails"))
    storm = Storm(house, say)
    ran = Ran(plan, house, town, storm, [Street(town, life) for life in plan.lives])
    work = [operate(town), *(pay(town, city) for city in (BANK, TURNS))]
    helpers = [asyncio.create_task(each) for each in work]
    try:
        blowing = asyncio.create_task(storm.blow(plan.faults))
        turns = asyncio.Semaphore(AT_ONCE)
        lives = [asyncio.create_task(_live(ran, street, turns, began, say)) for street in ran.streets]
        await asyncio.gather(blowing, *lives)
        _still_there(helpers, ran)
        ran.rested = await at_rest(house)
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    ran.seconds = time.monotonic() - began
    return ran


def _still_there(helpers: list[asyncio.Task[None]], ran: Ran) -> None:
    """Who works for all streets never stops by themselves."""
    for helper in helpers:
        if helper.done() and (error := helper.exception()):
            ran.unfinished.append(f"the office: {type(error).__name__}: {error}")


async def _live(
    ran: Ran, street: Street, turns: asyncio.Semaphore, began: float, say: Callable[[str], None]
) -> None:
    await asyncio.sleep(max(0.0, began + street.life.begins - time.monotonic()))
    parts = [street.live(), *([Neighbour(street).worries()] if street.story.concern else [])]
    async with turns:
        for outcome in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, Exception):
                    raise outcome
                why = outcome if isinstance(outcome, GaveUp) else f"{type(outcome).__name__}: {outcome}"
                told = f"{street.name} ({street.story.name}, after {street.done or 'nothing'}): {why}"
                ran.unfinished.append(told)
                say(f"           {told}")
    say(f"{time.monotonic() - began:7.1f} s  {street.name}: {street.story.name}, {street.done}")


async def at_rest(house: House) -> float:
    """Wait until inbox and outbox are empty; the moment at which they were, or 0 when they never got so."""
    until = time.monotonic() + REST
    while time.monotonic() < until:
        now = time.time()
        (row,) = await house.rows(BUSY)
        if row["busy"] == 0:
            return now
        await asyncio.sleep(0.5)
    return 0.0
