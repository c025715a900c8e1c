"""One line of the table: ours beside its ceiling or peer, in one run, as a ratio beside its target."""

from dataclasses import dataclass
from typing import Self

HEADINGS = ("what", "ours", "beside", "ratio", "target", "reached", "the other is")


@dataclass(frozen=True)
class Target:
    """The ratio, or the figure itself, is at least or at most so much."""

    value: float
    least: bool
    figure: bool = False

    def __str__(self) -> str:
        times = "" if self.figure or self.least else " times"
        return f"{'≥' if self.least else '≤'} {self.value:g}{times}"

    def holds(self, found: float) -> bool:
        """Whether it is reached."""
        return found >= self.value if self.least else found <= self.value


def at_least(ratio: float) -> Target:
    """Our figure divided by the other's is no less."""
    return Target(ratio, least=True)


def at_most(ratio: float) -> Target:
    """Our figure divided by the other's is no more."""
    return Target(ratio, least=False)


def no_more_than(figure: float) -> Target:
    """Our figure itself is no more: it has no peer."""
    return Target(figure, least=False, figure=True)


@dataclass(frozen=True)
class Row:
    """Two figures of the same unit; the ratio is that of a middling turn, where there were turns.

    A row without a target tells what stands around one.
    """

    what: str
    ours: float
    unit: str
    beside: str = ""
    theirs: float | None = None
    ratio: float | None = None
    target: Target | None = None

    @classmethod
    def of(cls, what: str, ours: float, unit: str, *, target: Target | None = None) -> Self:
        """A figure by itself."""
        return cls(what, ours, unit, target=target)

    @property
    def reached(self) -> bool:
        """Whether its target holds; what has none is never missed."""
        if self.target is None:
            return True
        found = self.ours if self.target.figure else self.quotient
        return found is not None and self.target.holds(found)

    @property
    def quotient(self) -> float | None:
        """The ratio that counts."""
        if self.ratio is not None:
            return self.ratio
        return self.ours / self.theirs if self.theirs else None

    def cells(self) -> tuple[str, ...]:
        """As a line of the table."""
        return (
            self.what,
            f"{number(self.ours)} {self.unit}",
            "" if self.theirs is None else f"{number(self.theirs)} {self.unit}",
            "" if self.quotient is None else f"{self.quotient:.2f}",
            str(self.target or ""),
            "" if self.target is None else "yes" if self.reached else "NO",
            self.beside,
        )


def number(value: float) -> str:
    """Three digits are enough, and large ones have their commas."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(rows: list[Row]) -> str:
    """The rows as a table."""
    lines = [HEADINGS, ("---", "---:", "---:", "---:", "---:", "---", "---"), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
