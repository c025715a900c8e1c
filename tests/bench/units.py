"""What one street's first year costs of each process and of each disk: the units to reckon a country with.

A worker process of its own lives the years wave by wave, as ``lifecycle`` does; beside it stand the sums of
the kernel: seconds of CPU by process, and bytes by database, less what the same processes use at rest.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from deploy.local.temporal import size_of
from tests.bench.engine import connected, resident_mb, until
from tests.bench.form import House, house
from tests.bench.ground import Ground
from tests.bench.lifecycle import Ours, grant
from tests.bench.row import Row
from tests.bench.worker import tools_on

TICK = os.sysconf("SC_CLK_TCK")
AT_REST = 5.0
"""Seconds in which nothing happens, to know what waiting costs."""
PAID = "paid"
FACTS = {
    "ask_confirmation": "signup.confirm_signup",
    "join_street": "street.joined",
    "decide_street": "potje.reserved",
    PAID: "potje.paid",
}
"""What the journal says when a step has been done, and when the bank has paid."""
SAID = "select count(*) from registry.fact where split_part(name, '-', 1) = $1"
QUEUED = "select count(*) from post.mail where state = 'queued'"


class Journal:
    """Hears of a step by its fact in the journal, since the worker is another process."""

    def __init__(self, made: Ground) -> None:
        self.ended: Counter[str] = Counter()
        self._made = made

    async def until(self, step: str, count: int) -> None:
        """Until so many of them are written."""

        async def there() -> bool:
            return int(await self._made.app.fetchval(SAID, FACTS[step])) >= count

        await until(there, every=0.1)
        self.ended[step] = count


class Elsewhere(Ours):
    """Years whose submissions are brought by the worker's own relay."""

    async def _brought(self) -> None:
        """Nothing to do here."""


@dataclass(frozen=True)
class Used:
    """Seconds of CPU, and bytes, since the processes began."""

    server: float
    worker: float
    postgres: float
    history: int
    database: int
    mails: int


async def used(there: House) -> Used:
    """As the kernel and the databases have it."""
    assert there.temporal.pid
    assert there.worker.pid
    assert there.postgres.pid
    row = await there.made.admin.fetchrow(
        "select pg_database_size(current_database()) as bytes, (select count(*) from post.mail) as mails"
    )
    return Used(
        cpu(there.temporal.pid),
        cpu(there.worker.pid),
        sum(map(cpu, [there.postgres.pid, *children(there.postgres.pid)])),
        size_of(there.temporal.database),
        row["bytes"],
        row["mails"],
    )


def cpu(pid: int) -> float:
    """Seconds of a process and of its children that ended; zero for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def children(pid: int) -> list[int]:
    """The processes that it began and that still are."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def units(streets: int, rounds: int) -> list[Row]:
    """So many years, that many times."""
    async with AsyncExitStack() as stack:
        there = await house(stack)
        tools, client = tools_on(there.made.url), await connected(there.temporal.address)
        stack.push_async_callback(tools.db.close)
        await grant(there.made)
        journal = Journal(there.made)
        years = Elsewhere(there.made, client, tools, journal)
        await years.lives(["warm"])
        await journal.until(PAID, 1)
        before = await used(there)
        await asyncio.sleep(AT_REST)
        rest, begun = await used(there), perf_counter()
        for number in range(rounds):
            await years.lives([f"eenheid-{number}-{each}" for each in range(streets)])
            await journal.until(PAID, 1 + (number + 1) * streets)
        await until(there_is_no_mail(there.made), every=0.2)
        took = perf_counter() - begun
        after = await used(there)
        rows = _rows(before, rest, after, took / AT_REST, streets * rounds)
        assert there.worker.pid
        return [*rows, Row.of("memory of the worker after them", resident_mb(there.worker.pid), "MB")]


def there_is_no_mail(made: Ground) -> Callable[[], Awaitable[bool]]:
    """Whether every letter has left."""

    async def none() -> bool:
        return not await made.app.fetchval(QUEUED)

    return none


def _rows(before: Used, rest: Used, after: Used, spans: float, years: int) -> list[Row]:
    def busy(name: str) -> float:
        """Milliseconds of CPU a year, without what the process uses at rest."""
        idle = (getattr(rest, name) - getattr(before, name)) * spans
        return 1000 * max(0.0, getattr(after, name) - getattr(rest, name) - idle) / years

    return [
        Row.of("a first year: CPU of Temporal's server", busy("server"), "ms"),
        Row.of("a first year: CPU of the worker", busy("worker"), "ms"),
        Row.of("a first year: CPU of PostgreSQL", busy("postgres"), "ms"),
        Row.of("a first year: Temporal's database", (after.history - rest.history) / years / 1000, "KB"),
        Row.of("a first year: our database", (after.database - rest.database) / years / 1000, "KB"),
        Row.of("a first year: mails", (after.mails - rest.mails) / years, "mails"),
        Row.of("at rest: CPU of Temporal's server", _share(rest.server - before.server), "%"),
        Row.of("at rest: CPU of the worker", _share(rest.worker - before.worker), "%"),
    ]


def _share(seconds: float) -> float:
    """Of one core."""
    return 100 * seconds / AT_REST
