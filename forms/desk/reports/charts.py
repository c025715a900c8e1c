"""Bars for the chart macro: lengths as percentages, so that a chart fits a telephone and a page of paper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.reports import Report, Table

SERIES: dict[Report, tuple[str, ...]] = {
    Report.BUDGET: ("granted", "spent"),
    Report.WIJKEN: ("paid", "attenties"),
    Report.FUNDERS: ("granted", "share_spent"),
    Report.OCCASIONS: ("count",),
    Report.MONTHS: ("spent", "attenties"),
}
"""Which columns a report's chart compares."""


@dataclass(frozen=True)
class Part:
    """One bar; None: not shown."""

    percent: float
    value: int | None


@dataclass(frozen=True)
class Bar:
    """A line of the report, with a bar a series."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Chart:
    """What the macro draws."""

    series: tuple[str, ...]
    bars: tuple[Bar, ...]


def chart_of(table: Table, label: Callable[[str], str]) -> Chart:
    """The chart of a report; what is below zero has no length, and a line without a figure is left out."""
    series = SERIES[table.report]
    values = [[table.value(row.key, column) for column in series] for row in table.rows]
    most = max((value or 0 for each in values for value in each), default=0)
    bars = tuple(
        Bar(label(row.key), tuple(Part(_percent(value, most), value) for value in each))
        for row, each in zip(table.rows, values, strict=True)
        if any(value is not None for value in each)
    )
    return Chart(series, bars)


def plain_chart(series: tuple[str, ...], rows: Sequence[tuple[str, tuple[int | None, ...]]]) -> Chart:
    """Counts side by side, a line each."""
    most = max((value or 0 for _, values in rows for value in values), default=0)
    return Chart(
        series,
        tuple(
            Bar(label, tuple(Part(_percent(value, most), value) for value in values))
            for label, values in rows
        ),
    )


def _percent(value: int | None, most: int) -> float:
    return round(100 * value / most, 2) if value is not None and value > 0 else 0
