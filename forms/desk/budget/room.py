"""What the pages for budget and year share: which years there are, and today."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Path
from starlette.exceptions import HTTPException

from schemas.calendar import dutch_date
from schemas.policy import budget_year
from schemas.refs import Slug
from store import budgets
from store.database import Connection

BudgetYear = Annotated[int, Path(ge=2020, le=2100)]


def today() -> date:
    """The Dutch date of now."""
    return dutch_date(datetime.now(UTC))


async def years_of(conn: Connection, municipality: Slug) -> list[int]:
    """The years to choose from: those that were opened, this one and the next."""
    now = budget_year(today())
    return sorted({*await budgets.years(conn, municipality), now, now + 1})


def known_year(years: Sequence[int], year: int) -> None:
    """404 for a year that one cannot choose."""
    if year not in years:
        raise HTTPException(404)
