"""How the programme goes: streets by phase and month, from sign-up to active; and what is too few to tell."""

from collections.abc import Mapping
from datetime import date

from schemas.ledger import Frozen
from schemas.street import Phase
from schemas.suppression import SMALLEST_SHOWN, hidden

QUARTERS = (1, 2, 3, 4)
MONTHS_A_YEAR = 12

Counts = dict[Phase, int]
"""Streets by phase; every phase is there."""


class Funnel(Frozen):
    """Sign-ups of a year, and how far their streets came since."""

    signups: int
    confirmed: int
    streets: int
    intakes: int
    active: int


class Wait(Frozen):
    """Days in the middle of how many waits; None where there were too few to tell."""

    days: float | None
    of: int


class Month(Frozen):
    """How the streets stood at the end of a month, or stand now."""

    first: date
    counts: Counts


def every_phase(counts: Mapping[str, int]) -> Counts:
    """With a nought for what is not there."""
    return {phase: counts.get(phase, 0) for phase in Phase}


def months_of(year: int, today: date) -> list[date]:
    """The first days of a year's months, as far as they have begun."""
    firsts = (date(year, month, 1) for month in range(1, MONTHS_A_YEAR + 1))
    return [first for first in firsts if first <= today]


def wait(days: float | None, of: int) -> Wait:
    """A middle of few tells of one of them."""
    return Wait(days=days if of >= SMALLEST_SHOWN else None, of=of)


def quarters(counts: Mapping[int, int]) -> tuple[dict[int, int | None], int | None]:
    """Concerns by quarter and of the year; None is too small, or would tell what is."""
    every = {quarter: counts.get(quarter, 0) for quarter in QUARTERS}
    total = sum(every.values())
    unseen = hidden(every) if total else set()
    shown = {quarter: None if quarter in unseen else count for quarter, count in every.items()}
    return shown, total if total >= SMALLEST_SHOWN or not total else None
