"""The reports on the desk: the figures of the ledger, charts, what one may take along."""

import csv
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import httpx
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from forms.desk.app import desk_app
from forms.desk.reports.charts import SERIES, chart_of
from schemas.calendar import dutch_date
from schemas.exports import words
from schemas.money import format_euros
from schemas.reports import Report, Table, reports
from store import ledger
from store.database import Database
from store.keys import Keyring
from store.reports import figures
from tests.store.a_year import CITY, WIJKEN, YEAR, Year
from tests.web.desk.conftest import browser_of, settings
from tests.web.desk.fakes import FakeTemporal

PAGE = f"/{CITY}/rapporten?jaar={YEAR}"


@pytest_asyncio.fixture
async def year(db: Database) -> Year:
    """A year of money at random."""
    async with db.transaction() as conn:
        return await Year(conn, 21).live()


@asynccontextmanager
async def _signed_in(db: Database, keyring: Keyring, seat: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(desk_app(db, keyring, FakeTemporal(), settings())) as browser:
        await browser.post("/", data={"municipality": CITY, "seat": seat})
        yield browser


@pytest_asyncio.fixture
async def treasurer(db: Database, keyring: Keyring, year: Year) -> AsyncIterator[httpx.AsyncClient]:
    async with _signed_in(db, keyring, "treasurer-1") as browser:
        yield browser


@pytest_asyncio.fixture
async def coordinator(db: Database, keyring: Keyring, year: Year) -> AsyncIterator[httpx.AsyncClient]:
    async with _signed_in(db, keyring, "coordinator-1") as browser:
        yield browser


def plain(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").replace("&#39;", "'")


async def test_every_figure_of_the_reports_is_on_the_page(treasurer: httpx.AsyncClient, db: Database) -> None:
    page = await treasurer.get(PAGE)
    assert page.status_code == 200
    text = plain(page.text)
    async with db.connection() as conn:
        tables = reports(await figures(conn, CITY, YEAR))
    for table in tables.values():
        assert words.TITLES[table.report] in text
        for row in (*table.rows, table.total):
            for column, cell in zip(table.columns, row.cells, strict=True):
                shown = words.TOO_SMALL if cell.value is None else str(cell.value)
                if cell.value is not None and column.unit == "cents":
                    shown = format_euros(cell.value)
                assert shown in text, (table.report, row.key, column.key)
    assert all(wijk in text for wijk in WIJKEN)


class Pictures(HTMLParser):
    """The charts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attrs for tag, attrs in self.tags if tag == name]


async def test_a_chart_says_what_it_shows_and_has_its_table(treasurer: httpx.AsyncClient) -> None:
    page = await treasurer.get(PAGE)
    found = Pictures(page.text)
    charts = [svg for svg in found.of("svg") if svg.get("aria-hidden") != "true"]
    assert len(charts) == len(found.of("table")) == len(Report)
    ids = {attrs.get("id") for _, attrs in found.tags}
    for svg in charts:
        assert svg["role"] == "img"
        assert set((svg["aria-labelledby"] or "").split()) <= ids
    assert len(found.of("title")) == len(Report) + 1
    assert len(found.of("desc")) == len(Report)
    assert not any("style" in attrs for _, attrs in found.tags)
    assert not found.of("script")
    assert not found.of("style")


def _told(table: Table, key: str) -> bool:
    return any(table.value(key, column) is not None for column in SERIES[table.report])


async def test_bars_are_as_long_as_their_figures(db: Database, year: Year) -> None:
    async with db.connection() as conn:
        tables = reports(await figures(conn, CITY, YEAR))
    for report, table in tables.items():
        chart = chart_of(table, str)
        assert chart.series == SERIES[report]
        longest = max((part.percent for bar in chart.bars for part in bar.parts), default=0)
        assert longest in (0, 100)
        told = [row for row in table.rows if _told(table, row.key)]
        for bar, row in zip(chart.bars, told, strict=True):
            for part, column in zip(bar.parts, chart.series, strict=True):
                assert part.value == table.value(row.key, column)
                assert (part.percent > 0) == ((part.value or 0) > 0) or part.percent < 0.01


async def test_the_whole_page_is_there_in_english(treasurer: httpx.AsyncClient) -> None:
    text = plain((await treasurer.get(f"{PAGE}&taal=en")).text)
    dutch = {*words.TITLES.values(), *words.COLUMNS.values(), *words.OCCASIONS.values()} - {
        "Potjes",
        "Attenties",
        "Diploma",
    }
    assert [word for word in sorted(dutch) if re.search(rf"\b{re.escape(word)}\b", text)] == []
    assert "Budget and spending" in text


async def test_without_a_year_this_one_is_shown_and_the_others_are_a_click_away(
    treasurer: httpx.AsyncClient, db: Database
) -> None:
    async with db.transaction() as conn:
        today = dutch_date(await conn.fetchval("select now()")).year
        for year in (today, today + 1):
            await ledger.open_year(conn, CITY, year)
    page = (await treasurer.get(f"/{CITY}/rapporten")).text
    assert f"<h1>Rapporten {today}</h1>" in page
    assert f'href="/{CITY}/rapporten?jaar={today + 1}"' in page
    assert (
        f"<h1>Rapporten {today + 1}</h1>" in (await treasurer.get(f"/{CITY}/rapporten?jaar={today + 1}")).text
    )


@pytest.mark.parametrize(
    "path",
    [
        "?jaar=2044",
        "/2044/rapporten.xlsx",
        "/2044/boeken.csv",
        "/2044/begroting.csv",
        "/2026/nergens.csv",
        "/2026/boeken.pdf",
        "/1/boeken.csv",
        "/x/boeken.csv",
    ],
)
async def test_what_is_not_there(treasurer: httpx.AsyncClient, path: str) -> None:
    assert (await treasurer.get(f"/{CITY}/rapporten{path}")).status_code == 404


@pytest.mark.parametrize("jaar", ["", "x", "-1", "²"])
async def test_a_year_that_means_nothing_is_left_out(treasurer: httpx.AsyncClient, jaar: str) -> None:
    assert (await treasurer.get(f"/{CITY}/rapporten", params={"jaar": jaar})).status_code == 200


async def test_taking_the_reports_along(coordinator: httpx.AsyncClient, db: Database) -> None:
    answer = await coordinator.get(f"/{CITY}/rapporten/{YEAR}/rapporten.xlsx")
    assert answer.headers["content-disposition"] == f'attachment; filename="rapporten-{CITY}-{YEAR}.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    read = load_workbook(io.BytesIO(answer.content), read_only=True)
    assert read.sheetnames == list(words.TITLES.values())
    for report in Report:
        answer = await coordinator.get(f"/{CITY}/rapporten/{YEAR}/{report}.csv")
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert rows[0][0] == words.FIRST_COLUMNS[report]
        assert rows[-1][0] == words.TOTAL


@pytest.mark.parametrize("kind", ["xlsx", "csv", "beancount"])
async def test_the_books_are_for_treasurers(
    coordinator: httpx.AsyncClient, treasurer: httpx.AsyncClient, kind: str
) -> None:
    """They hold every attentie of every street."""
    path = f"/{CITY}/rapporten/{YEAR}/boeken.{kind}"
    assert (await coordinator.get(path)).status_code == 403
    assert path not in (await coordinator.get(PAGE)).text
    assert path in (await treasurer.get(PAGE)).text
    answer = await treasurer.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    assert len(answer.content) > 5000


async def test_another_municipality_is_not_there(treasurer: httpx.AsyncClient) -> None:
    assert (await treasurer.get("/den-haag/rapporten")).status_code == 404


async def test_who_is_not_signed_in_signs_in_first(db: Database, keyring: Keyring) -> None:
    async with browser_of(desk_app(db, keyring, FakeTemporal(), settings())) as stranger:
        answer = await stranger.get(PAGE)
        assert answer.status_code == 303
