"""The reports of a year: to read, and to take along. The whole books are for treasurers."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from babel.dates import format_date
from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk.reports.charts import chart_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import language_of, translated
from schemas.calendar import dutch_date
from schemas.exports import comma, sheet, words
from schemas.exports.formats import MEDIA_TYPES, Format, books_as
from schemas.money import format_euros
from schemas.refs import Language
from schemas.reports import Report, Table, Unit, reports
from store.reports import NoSuchYear, book, chains, figures, snapshot

router = APIRouter(prefix="/{municipality}/rapporten")
Year = Annotated[int, Path(ge=2000, le=2999)]


@router.get("")
async def front(visit: Visiting) -> Response:
    """The year one asks for, else this year, else the latest."""
    asked = visit.request.query_params.get("jaar", "")
    async with snapshot(visit.desk.db) as conn:
        years = {each.fiscal_year: each for each in await chains(conn, visit.municipality)}
        year = int(asked) if asked.isascii() and asked.isdigit() else _usual(years)
        if years and year not in years:
            raise HTTPException(404)
        found = await figures(conn, visit.municipality, year) if years else None
    tables = reports(found) if found else {}
    return visit.render(
        "report_year.html",
        here="reports",
        year=year,
        chain=years.get(year),
        years=sorted(years, reverse=True),
        tables=tables,
        charts={report: chart_of(table, partial(_label, visit, report)) for report, table in tables.items()},
        label=partial(_label, visit),
        report_words=words,
        cents=Unit.CENTS,
        money=partial(_money, language_of(visit.request)),
        may_take_books=visit.may(Act.DOWNLOAD),
    )


@router.get("/{year}/rapporten.xlsx")
async def spreadsheet(visit: Visiting, year: Year) -> Response:
    """Every report as a spreadsheet."""
    tables = await _tables(visit, year)
    content = sheet.workbook(f"{visit.policy.name} {year}", tables, _funders(visit))
    return _file(content, f"rapporten-{visit.municipality}-{year}.xlsx", MEDIA_TYPES[Format.XLSX])


@router.get("/{year}/boeken.{kind}")
async def books(visit: Visiting, year: Year, kind: Format) -> Response:
    """Every transfer of the year."""
    visit.require(Act.DOWNLOAD)
    async with snapshot(visit.desk.db) as conn:
        try:
            written = await book(conn, visit.municipality, year, visit.policy.name)
        except NoSuchYear:
            raise HTTPException(404) from None
        tables = reports(await figures(conn, visit.municipality, year))
    content = books_as(kind, written, tables, _funders(visit))
    return _file(content, f"boeken-{visit.municipality}-{year}.{kind}", MEDIA_TYPES[kind])


@router.get("/{year}/{report}.csv")
async def one_report(visit: Visiting, year: Year, report: Report) -> Response:
    """One report as comma-separated values."""
    tables = await _tables(visit, year)
    content = comma.report(tables[report], _funders(visit))
    return _file(content, f"{report}-{visit.municipality}-{year}.csv", MEDIA_TYPES[Format.CSV])


def _usual(years: Collection[int]) -> int:
    today = dutch_date(datetime.now(UTC)).year
    return today if today in years else max(years, default=0)


def _money(language: Language, cents: int) -> str:
    """With its cents, so that the figures of a column stand under one another."""
    return format_euros(cents, language).replace(" ", "\u00a0")


async def _tables(visit: Visit, year: int) -> dict[Report, Table]:
    async with snapshot(visit.desk.db) as conn:
        if not await chains(conn, visit.municipality, year):
            raise HTTPException(404)
        return reports(await figures(conn, visit.municipality, year))


def _funders(visit: Visit) -> dict[str, str]:
    return {funder.key: funder.name for funder in visit.policy.funders}


def _label(visit: Visit, report: Report, key: str) -> str:
    """What a line is called, in the reader's language; wijken and funders keep their names."""
    language = language_of(visit.request)
    if report is Report.MONTHS:
        return format_date(date.fromisoformat(f"{key}-01"), "LLLL y", locale=language)
    return translated(words.label(report, key, _funders(visit)), language)


def _file(content: bytes, name: str, media_type: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
