"""What is measured, beside its ceiling, in turns: figures drift, ratios in one run do not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from tests.bench.row import Row, at_least, no_more_than

Timed = Callable[[], Awaitable[float]]
"""Makes ready, does the work once, gives the seconds of the work alone."""


@dataclass(frozen=True)
class Line:
    """``amount`` things done, by us and by the ceiling; seconds a round."""

    what: str
    ceiling: str
    amount: int
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    least_ratio: float | None = None
    most_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """Ours, in a middling round."""
        return median(self.ours)

    @property
    def ratio(self) -> float:
        """Our rate as a part of the ceiling's, in a middling round."""
        return median(bare / ours for ours, bare in zip(self.ours, self.bare, strict=True))

    def row(self) -> Row:
        """As a line of the table."""
        target = no_more_than(self.most_seconds) if self.most_seconds else at_least(self.least_ratio or 0)
        if self.most_seconds:
            return Row(self.what, self.seconds, "s", self.ceiling, median(self.bare), self.ratio, target)
        ours, theirs = self.amount / self.seconds, self.amount / median(self.bare)
        return Row(self.what, ours, "a second", self.ceiling, theirs, self.ratio, target)


async def measure(line: Line, rounds: int, ours: Timed, bare: Timed) -> Line:
    """Both in turns; who goes first changes every round. A round before the first warms both up."""
    await ours()
    await bare()
    for number in range(rounds):
        for turn in (0, 1):
            if turn == number % 2:
                line.ours.append(await ours())
            else:
                line.bare.append(await bare())
    return line


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """How long the work takes."""
    start = perf_counter()
    await work()
    return perf_counter() - start
