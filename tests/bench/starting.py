"""How soon a stack is there that ran before, beside the sum of its servers' own starts."""

from statistics import median
from time import perf_counter

from deploy.local.home import Home
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres
from deploy.local.process import Service
from deploy.local.stack import Stack
from deploy.local.temporal import Temporal
from store.prepared import shape
from tests.bench.engine import folder
from tests.bench.row import Row, at_most

SERVERS = ("postgres", "temporal", "mail")


async def starting(base: int, rounds: int) -> list[Row]:
    """The whole stack, and each server by itself in the same home, in turns."""
    async with folder() as place:
        home = Home(place / "home")
        with home.claimed():
            home.make_master_key()
            await _whole(home, base)
            whole: list[float] = []
            alone: dict[str, list[float]] = {}
            for number in range(rounds):
                for turn in (0, 1):
                    if turn == number % 2:
                        whole.append(await _whole(home, base))
                    else:
                        await _each(home, base, alone)
    return _rows(whole, alone)


async def _whole(home: Home, base: int) -> float:
    stack = Stack(home, Ports.from_base(base), lambda _: None, shape)
    begun = perf_counter()
    try:
        await stack.up()
        return perf_counter() - begun
    finally:
        await stack.down()


async def _each(home: Home, base: int, alone: dict[str, list[float]]) -> None:
    """Servers one after the other; then worker and web on top of them."""
    stack = Stack(home, Ports.from_base(base), lambda _: None, shape)
    assert isinstance(stack.database, Postgres)
    assert isinstance(stack.temporal, Temporal)
    up: list[Service] = []
    try:
        for service in (stack.database, stack.temporal, stack.mail, stack.worker, stack.web):
            begun = perf_counter()
            up.append(service)
            await service.start()
            alone.setdefault(service.name, []).append(perf_counter() - begun)
    finally:
        for service in reversed(up):
            await service.stop()


def _rows(whole: list[float], alone: dict[str, list[float]]) -> list[Row]:
    sums = [sum(each) for each in zip(*(alone[name] for name in SERVERS), strict=True)]
    beside = "PostgreSQL, Temporal and the mail catcher, each by itself, added"
    rows = [
        Row(
            "local stack, a second start",
            median(whole),
            "s",
            beside,
            median(sums),
            median(one / other for one, other in zip(whole, sums, strict=True)),
            at_most(2),
        )
    ]
    return rows + [Row.of(f"start of {name}", median(times), "s") for name, times in alone.items()]
