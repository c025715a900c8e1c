"""A whole country on paper: ``python -m tests.bench.country [--streets N]``, from units that were measured.

The units are those of docs/performance.md (``python -m tests.bench units idle desk``). What is assumed of
people stands apart from what was measured of machines. docs/scaling.md shows the table; a test holds it.
"""

import argparse
import sys
from dataclasses import dataclass

COUNTRY = 250_000
HOUR, YEAR_HOURS = 3_600, 8_760
MILLION = 1_000_000


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a core, of each process."""

    server: float
    worker: float
    postgres: float

    @property
    def together(self) -> float:
        """Of all three."""
        return self.server + self.worker + self.postgres

    def hours(self, times: float) -> "Cost":
        """Hours of a core, so many times."""
        per = times / 1000 / HOUR
        return Cost(self.server * per, self.worker * per, self.postgres * per)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.server + other.server, self.worker + other.worker, self.postgres + other.postgres)


@dataclass(frozen=True)
class Measured:
    """Units; kilobytes are thousands of bytes."""

    first_year: Cost = Cost(259, 178, 40)
    """From the form to the paid potje; of a busy machine, which is dearer than a quiet one."""
    renewal_events: float = 35
    """Of a yearly question that is answered, with the decision of its street and its share in the round."""
    first_year_events: float = 114
    first_year_mails: float = 6
    first_year_kilobytes: float = 57
    """In our own database, which keeps it."""
    closed_kilobytes: float = 115
    """Of a first year in Temporal's database, until the term of its namespace is over."""
    waiting_kilobytes: float = 21
    """A street that waits, in Temporal's database."""
    desk_page: float = 30
    """Milliseconds of web and PostgreSQL, a page of the desk."""
    public_page: float = 10

    @property
    def renewal(self) -> Cost:
        """Reckoned by its events, as it was not weighed by itself."""
        part = self.renewal_events / self.first_year_events
        year = self.first_year
        return Cost(year.server * part, year.worker * part, year.postgres * part)


@dataclass(frozen=True)
class Assumed:
    """Of people, in a year. Change them here, and read the table again."""

    new: float = 0.10
    """Of all streets, those in their first year."""
    renewal_mails: float = 5
    """A question and a reminder to two gangmakers, and what it came to."""
    concerns: float = 0.10
    """For each street."""
    desk_pages: float = 60
    """For each street."""
    visits: float = 200
    """For each street: its page, its door, forms, feeds."""
    peak: float = 0.25
    """Of all streets, those asked on the busiest day of rounds."""
    closed_days: float = 30
    """How long Temporal keeps what has ended."""


def table(streets: int, unit: Measured, people: Assumed) -> list[tuple[str, str]]:
    """What, and how much of it in a year."""
    first, old = streets * people.new, streets * (1 - people.new)
    engine = unit.first_year.hours(first) + unit.renewal.hours(old)
    web = streets * (people.desk_pages * unit.desk_page + people.visits * unit.public_page) / 1000 / HOUR
    asked = streets * people.peak
    busiest = unit.renewal.hours(asked)
    mails = first * unit.first_year_mails + old * people.renewal_mails
    kept = first * unit.first_year_kilobytes + old * unit.first_year_kilobytes / 2
    closed = (first + old / 2) * unit.closed_kilobytes * people.closed_days / 365
    return [
        ("streets in their first year", f"{first:,.0f}"),
        ("streets that are asked whether they go on", f"{old:,.0f}"),
        ("Temporal's server", f"{engine.server:,.1f} hours of a core"),
        ("workers", f"{engine.worker:,.1f} hours of a core"),
        ("PostgreSQL, for the engine", f"{engine.postgres:,.1f} hours of a core"),
        ("pages, with their part of PostgreSQL", f"{web:,.0f} hours of a core"),
        ("all of it, spread over the year", f"{100 * (engine.together + web) / YEAR_HOURS:.1f}% of one core"),
        ("the busiest day of rounds", f"{asked:,.0f} streets, {busiest.together:,.1f} hours of a core"),
        ("mails", f"{mails:,.0f}"),
        ("mails of that busiest day", f"{2 * asked:,.0f}"),
        ("concerns", f"{streets * people.concerns:,.0f}"),
        ("our database grows by", _gigabytes(kept)),
        ("Temporal's database: streets that wait", _gigabytes(streets * unit.waiting_kilobytes)),
        ("Temporal's database: what ended in the last month", _gigabytes(closed)),
    ]


def markdown(rows: list[tuple[str, str]]) -> str:
    """As the page shows it."""
    lines = ["| in a year | so much |", "| --- | ---: |", *(f"| {what} | {much} |" for what, much in rows)]
    return "\n".join(lines)


def _gigabytes(kilobytes: float) -> str:
    return f"{kilobytes / MILLION:,.1f} GB"


def main() -> None:
    """The table for so many streets."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.country", description=__doc__)
    parser.add_argument("--streets", type=int, default=COUNTRY)
    given = parser.parse_args()
    sys.stdout.write(markdown(table(given.streets, Measured(), Assumed())) + "\n")


if __name__ == "__main__":
    main()
