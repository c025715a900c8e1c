"""Calendar rules in Dutch time. Dates are calendar dates: a year is not 365 days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def dutch_date(moment: datetime) -> date:
    """The calendar date of a moment in the Netherlands."""
    return moment.astimezone(AMSTERDAM).date()


def next_turn(today: date, month: int, day: int) -> date:
    """The first ``month``/``day`` strictly after ``today``: when a street's year turns."""
    turn = date(today.year, month, day)
    return turn if turn > today else date(today.year + 1, month, day)


def start_of(day: date) -> datetime:
    """Midnight of a Dutch calendar date, with its own offset on that day."""
    return datetime.combine(day, time(), AMSTERDAM)


def long_date(day: date, language: str) -> str:
    """``maandag 23 november 2026``, or ``Monday 23 November 2026``."""
    return format_date(day, "EEEE d MMMM y", locale=language)


def long_moment(moment: datetime, language: str) -> str:
    """``maandag 23 november 2026 om 14.30 uur``, in Dutch time."""
    local = moment.astimezone(AMSTERDAM)
    clock = f"om {local:%H.%M} uur" if language == "nl" else f"at {local:%H:%M}"
    return f"{long_date(local.date(), language)} {clock}"


def in_words(span: timedelta, language: str) -> str:
    """``14 dagen``, ``1 day``: as a resident reads a deadline."""
    return format_timedelta(span, granularity="day", threshold=100, locale=language)
