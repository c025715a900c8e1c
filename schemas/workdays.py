"""Dutch working days: when a deadline that counts them is over. Times are on the wall in the Netherlands.

Free are Saturday and Sunday, and the holidays of the Netherlands with Liberation Day every year, as those who
work for a municipality have it; a municipality adds days of its own.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache

from schemas.calendar import AMSTERDAM

END = time(17)
NOON = time(12)
LATEST_TODAY = time(13)
"""What comes in later in the day cannot be asked for before its end."""

SATURDAY = 5


@cache
def _free(year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - calendars of the whole world: read with the first day

    return frozenset(country_holidays("NL", years=year, categories=("public", "optional")))


def is_working_day(day: date, closed: Sequence[date] = ()) -> bool:
    """Whether people work on a day; ``closed`` are further free days."""
    return day.weekday() < SATURDAY and day not in _free(day.year) and day not in closed


def next_working_day(day: date, closed: Sequence[date] = ()) -> date:
    """The first working day after a day."""
    day += timedelta(days=1)
    while not is_working_day(day, closed):
        day += timedelta(days=1)
    return day


def deadline(moment: datetime, days: int, closed: Sequence[date] = ()) -> datetime:
    """The end of the n-th working day after a moment.

    No days means: still today; what comes too late for that has until noon of the next working day.
    """
    local = moment.astimezone(AMSTERDAM)
    day = local.date()
    if days == 0:
        if is_working_day(day, closed) and local.time() < LATEST_TODAY:
            return datetime.combine(day, END, AMSTERDAM)
        return datetime.combine(next_working_day(day, closed), NOON, AMSTERDAM)
    for _ in range(days):
        day = next_working_day(day, closed)
    return datetime.combine(day, END, AMSTERDAM)
