"""What the address of a list asks for: a page, a year. What means nothing is left out."""

from datetime import UTC, datetime

from forms.desk.visit import Visit
from schemas.calendar import dutch_date
from schemas.policy import budget_year

LAST_PAGE = 10_000
YEARS = range(2020, 2101)


def page_of(visit: Visit) -> int:
    """The page; the first one when the address says nothing usable."""
    page = visit.request.query_params.get("pagina", "1")
    return min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() else 1


def year_of(visit: Visit, asked: str | None = None) -> int:
    """The budget year that is asked for, or the one of today."""
    text = asked if asked is not None else visit.request.query_params.get("jaar", "")
    if text.isascii() and text.isdigit() and len(text) == len("2026") and int(text) in YEARS:
        return int(text)
    return budget_year(dutch_date(datetime.now(UTC)))
