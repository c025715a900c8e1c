"""The numbers: how the programme goes. Money has reports of its own."""

from datetime import UTC, datetime
from itertools import dropwhile

from babel.dates import format_date
from fastapi import APIRouter
from starlette.responses import Response

from forms.desk.numbers import words
from forms.desk.paging import year_of
from forms.desk.reports.charts import Chart, plain_chart
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import translated
from schemas.calendar import dutch_date
from schemas.numbers import Month
from schemas.street import Phase
from store.numbers import Numbers, numbers
from store.reports import snapshot

router = APIRouter(prefix="/{municipality}/cijfers")


@router.get("")
async def front(visit: Visiting) -> Response:
    """The year of today, or the one that is asked for, beside the year before it."""
    today = dutch_date(datetime.now(UTC))
    year = min(year_of(visit), today.year)
    async with snapshot(visit.desk.db) as conn:
        found = await numbers(conn, visit.municipality, year, today)
    return visit.render(
        "numbers.html",
        here="numbers",
        found=found,
        today=today,
        years=[today.year, today.year - 1],
        streets=sum(found.now.values()),
        monthly=_monthly(visit, found),
        funnel=_funnel(visit, found),
        month_name=lambda month: _month_name(visit, month),
        number_words=words,
    )


def _monthly(visit: Visit, found: Numbers) -> Chart:
    """Active streets at the end of each month beside a year ago, from the first month that had any."""
    ours = {month.first.month: month for month in found.months}
    before = {month.first.month: month for month in found.before}
    rows = [
        (_month_name(visit, each, year=False), (_active(ours.get(number)), _active(before.get(number))))
        for number, each in sorted({**before, **ours}.items())
    ]
    begun = dropwhile(lambda row: not any(row[1]), rows)
    return plain_chart(("year", "before"), list(begun))


def _active(month: Month | None) -> int | None:
    return month.counts[Phase.ACTIVE] if month else None


def _funnel(visit: Visit, found: Numbers) -> Chart:
    counts = found.funnel.model_dump()
    rows = [(translated(word, visit.language), (counts[key],)) for key, word in words.FUNNEL.items()]
    return plain_chart(("streets",), rows)


def _month_name(visit: Visit, month: Month, *, year: bool = True) -> str:
    return format_date(month.first, "LLLL y" if year else "LLLL", locale=visit.language)
