"""How the programme goes, in numbers. Nothing personal, and nothing from which somebody could be known."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from schemas.calendar import start_of
from schemas.numbers import Counts, Funnel, Month, Wait, every_phase, months_of, quarters, wait
from schemas.refs import Slug
from store.database import Connection
from store.queries import queries

SQL = queries("numbers")


@dataclass(frozen=True)
class Numbers:
    """A year of the programme; ``before`` is the same of the year before it."""

    year: int
    now: Counts
    wijken: dict[str, Counts]
    months: list[Month]
    before: list[Month]
    funnel: Funnel
    to_intake: Wait
    to_potje: Wait
    renewals: dict[str, int]
    told: int
    shown: int
    concerns: dict[int, int | None]
    all_concerns: int | None


async def numbers(conn: Connection, municipality: Slug, year: int, today: date) -> Numbers:
    """All of a year's; the caller holds a snapshot."""
    wijken = await _by_wijk(conn, municipality)
    period = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    standing = await _standing(conn, municipality, year, today)
    begun = await conn.fetchrow(SQL["begun"], municipality, *period)
    stories = await conn.fetchrow(SQL["stories"], municipality, *period)
    renewals = await conn.fetch(SQL["renewals"], municipality, year)
    concerns = await conn.fetch(SQL["concerns"], municipality, *period)
    by_quarter, total = quarters({row["quarter"]: row["concerns"] for row in concerns})
    return Numbers(
        year=year,
        now=every_phase({phase: sum(each[phase] for each in wijken.values()) for phase in every_phase({})}),
        wijken=wijken,
        months=[month for month in standing if month.first.year == year],
        before=[month for month in standing if month.first.year < year],
        funnel=Funnel.model_validate(dict(begun)),
        to_intake=wait(begun["to_intake"], begun["talks"]),
        to_potje=wait(begun["to_potje"], begun["potjes"]),
        renewals={row["answer"]: row["streets"] for row in renewals},
        told=stories["told"],
        shown=stories["shown"],
        concerns=by_quarter,
        all_concerns=total,
    )


async def _by_wijk(conn: Connection, municipality: Slug) -> dict[str, Counts]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await conn.fetch(SQL["by_wijk"], municipality):
        found[row["wijk"]][row["phase"]] = row["streets"]
    return {wijk: every_phase(counts) for wijk, counts in found.items()}


async def _standing(conn: Connection, municipality: Slug, year: int, today: date) -> list[Month]:
    firsts = [*months_of(year - 1, today), *months_of(year, today)]
    if not firsts:
        return []
    found: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in await conn.fetch(SQL["standing"], municipality, firsts[0], firsts[-1]):
        found[row["month"]][row["phase"]] = row["streets"]
    return [Month(first=first, counts=every_phase(found[first])) for first in firsts]
