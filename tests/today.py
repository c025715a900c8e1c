"""The day it is, asked at the moment of use: a run takes a while, and may pass midnight."""

from datetime import UTC, date, datetime

from schemas.calendar import dutch_date
from schemas.policy import budget_year


def today() -> date:
    """The Dutch day, as the product means it."""
    return dutch_date(datetime.now(UTC))


def this_year() -> int:
    """The budget's year of that day."""
    return budget_year(today())
