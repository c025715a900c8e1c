"""What is measured, beside its ceiling, in turns: figures drift, ratios in one run do not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

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

    @property
    def wanted(self) -> str:
        """The target, in words."""
        if self.most_seconds is not None:
            return f"< {self.most_seconds:g} s"
        return f">= {self.least_ratio:g}"

    @property
    def reached(self) -> bool:
        """Whether the target holds."""
        if self.most_seconds is not None:
            return self.seconds < self.most_seconds
        return self.least_ratio is not None and self.ratio >= self.least_ratio

    def cells(self) -> tuple[str, ...]:
        """As a row of the table."""
        return (
            self.what,
            f"{self.amount / self.seconds:,.0f}/s ({self.seconds:.3f} s)",
            f"{self.amount / median(self.bare):,.0f}/s",
            f"{self.ratio:.2f}",
            self.wanted,
            "yes" if self.reached else "NO",
            self.ceiling,
        )


HEADINGS = ("what", "this", "ceiling", "ratio", "wanted", "reached", "the ceiling is")


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


def table(lines: list[Line]) -> str:
    """The lines under their headings."""
    rows = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
