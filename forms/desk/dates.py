"""Dates in few words, for lists."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date

from schemas.calendar import AMSTERDAM, dutch_date


@lru_cache(maxsize=2048)
def short_date(day: date | datetime, language: str) -> str:
    """``23 november``, ``23 November``: a date, or the Dutch date of a moment."""
    return format_date(dutch_date(day) if isinstance(day, datetime) else day, "d MMMM", locale=language)


@lru_cache(maxsize=2048)
def short_moment(moment: datetime, language: str) -> str:
    """``di 24 nov 14.30``, ``Tue 24 Nov 14:30``, in Dutch time."""
    local = moment.astimezone(AMSTERDAM)
    clock = f"{local:%H.%M}" if language == "nl" else f"{local:%H:%M}"
    return f"{format_date(local.date(), 'EEE d MMM', locale=language)} {clock}"
