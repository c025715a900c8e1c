"""The figures as people see them: read off the report page, its charts, the spreadsheet and the CSV files."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from lxml import html
from openpyxl import load_workbook

from schemas.exports import words
from schemas.reports import Report
from tests.e2e.resident import Staff
from tests.e2e.year_books import Cells, total
from tests.e2e.year_town import CITY, FUNDERS

COUNTED = {
    Report.WIJKEN: {words.COLUMNS["streets"], words.COLUMNS["potjes_approved"]},
    Report.OCCASIONS: {words.COLUMNS["count"]},
}
"""The columns that are no money."""

SMALL = 5
"""Fewer attenties than this of a kind could point at somebody."""

Shown = dict[str, dict[str, int | None]]
"""By line and column, in cents or how many; None where the page says that it is too small to tell."""


def label(report: Report, key: str, *, typed: bool = False) -> str:
    """What a line is called; ``typed`` as in a file, where a month is its number."""
    match report:
        case Report.BUDGET:
            return words.LINES[key]  # type: ignore[index]
        case Report.OCCASIONS:
            return words.OCCASIONS[key]  # type: ignore[index]
        case Report.FUNDERS:
            return FUNDERS[key]
        case Report.MONTHS if not typed:
            return str(format_date(date.fromisoformat(f"{key}-01"), "LLLL y", locale="nl"))
    return key


def hidden(counts: Mapping[str, int]) -> set[str]:
    """Those too small to show, and as many of the next as keep anybody from computing them."""
    rising = sorted(counts, key=lambda key: counts[key])
    out = [key for key in rising if counts[key] < SMALL]
    for key in rising[len(out) :]:
        if out and (len(out) == 1 or sum(counts[each] for each in out) < SMALL):
            out.append(key)
    return set(out)


def expected(report: Report, rows: Mapping[str, Cells], *, typed: bool = False) -> Shown:
    """A folded report as it is to be shown, its total last."""
    secret: set[str] = set()
    if report is Report.OCCASIONS:
        secret = hidden({key: cells["count"].value for key, cells in rows.items()})
    shown: Shown = {}
    for key, cells in rows.items():
        name = label(report, key, typed=typed)
        shown[name] = {
            words.COLUMNS[column]: None if key in secret else figure.value for column, figure in cells.items()
        }
    whole = {words.COLUMNS[column]: figure.value for column, figure in total(rows.values()).items()}
    many = report is not Report.OCCASIONS or whole[words.COLUMNS["count"]] >= SMALL
    shown[words.TOTAL] = {
        column: value if many or column != words.COLUMNS["count"] else None for column, value in whole.items()
    }
    return shown


def cents(text: str) -> int | None:
    """``€ 1.234,56``, with or without its spaces; a plain number is that number."""
    plain = re.sub(r"\s|€", "", text)
    if plain == re.sub(r"\s", "", words.TOO_SMALL):
        return None
    found = re.fullmatch(r"(-?)([\d.]+)(?:,(\d\d))?", plain)
    assert found, f"no figure: {text!r}"
    sign, whole, part = found.groups()
    return int(f"{sign}{whole.replace('.', '')}{part or ''}")


def euros(text: str) -> int:
    """``€ 1.250`` or ``€ 1.250,50``, as the desk's own pages write amounts, in cents."""
    found = cents(text)
    assert found is not None
    return found if "," in text else found * 100


def words_of(element: Any) -> str:
    """What one reads there."""
    return " ".join(element.text_content().replace("\xa0", " ").split())


class Page:
    """The reports of a year on the desk."""

    def __init__(self, text: str) -> None:
        self.tree = html.fromstring(text)

    def section(self, report: Report) -> Any:
        """One report."""
        (found,) = self.tree.xpath(f'//section[@aria-labelledby="{report}"]')
        return found

    def table(self, report: Report) -> Shown:
        """Its table; every cell says its column itself, too."""
        (table,) = self.section(report).xpath(".//table")
        return figures_in(table)

    def chart(self, report: Report) -> Shown:
        """Its chart: the values that stand beside its bars. Without a bar there is none."""
        shown: Shown = {}
        charts = self.section(report).xpath('.//figure[@class="chart"]')
        if not charts:
            return shown
        (chart,) = charts
        series = [words_of(each) for each in chart.xpath("./figcaption/span")] or [words.COLUMNS["count"]]
        for text in chart.xpath("./svg/text"):
            if text.get("class") == "name":
                values = shown.setdefault(words_of(text), {})
            else:
                values[series[len(values)]] = cents(words_of(text))
        return shown

    def bars(self, report: Report) -> list[float]:
        """How long its bars are, as parts of the longest."""
        rects = self.section(report).xpath('.//svg/rect[starts-with(@class, "bar")][@y]')
        lengths = [float(each.get("width").removesuffix("%")) for each in rects if each.get("width") != "12"]
        return [length / max(lengths, default=1) for length in lengths]

    @property
    def chain(self) -> list[str]:
        """Where the chain stands, as the page tells it."""
        (found,) = self.tree.xpath('//*[@class="head-of-chain"]')
        return words_of(found).split()


def figures_in(table: Any, read: Callable[[str], int | None] = cents) -> Shown:
    """Every line of a table on a page."""
    columns = [words_of(each) for each in table.xpath("./thead/tr/th")][1:]
    shown: Shown = {}
    for row in table.xpath("./tbody/tr | ./tfoot/tr"):
        (name,) = row.xpath("./th")
        cells = row.xpath("./td")
        assert [cell.get("data-label") for cell in cells] == columns
        assert words_of(name) not in shown
        shown[words_of(name)] = {
            column: read(words_of(cell)) for column, cell in zip(columns, cells, strict=True)
        }
    return shown


def listed_in(dl: Any) -> dict[str, int]:
    """A list of terms and amounts."""
    terms, amounts = dl.xpath(".//dt"), dl.xpath(".//dd")
    return {words_of(term): euros(words_of(amount)) for term, amount in zip(terms, amounts, strict=True)}


async def page_of(staff: Staff, year: int) -> Page:
    """What somebody at the desk sees."""
    answer = await staff.get(f"/{CITY}/rapporten?jaar={year}")
    assert answer.status_code == 200
    return Page(answer.text)


async def fetched(staff: Staff, path: str) -> bytes:
    """A file of the reports."""
    answer = await staff.get(f"/{CITY}/rapporten/{path}")
    assert answer.status_code == 200, path
    return answer.content


def of_csv(content: bytes) -> Shown:
    """A report as comma-separated values: amounts have a point and two decimals, numbers have none."""
    (_, *columns), *rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    return {name: dict(zip(columns, map(_typed, cells), strict=True)) for name, *cells in rows}


def _typed(text: str) -> int | None:
    if text == words.TOO_SMALL:
        return None
    assert re.fullmatch(r"-?\d+(\.\d\d)?", text), text
    return int(text.replace(".", ""))


def of_sheet(content: bytes) -> dict[Report, Shown]:
    """Every report of a spreadsheet, read back."""
    read = load_workbook(io.BytesIO(content), read_only=True)
    found = {}
    for report in Report:
        counts = COUNTED.get(report, set())
        (_, *columns), *rows = list(read[words.TITLES[report]].iter_rows(values_only=True))
        found[report] = {
            str(name): {
                str(column): _number(cell, counted=column in counts)
                for column, cell in zip(columns, cells, strict=True)
            }
            for name, *cells in rows
        }
    return found


def _number(cell: object, *, counted: bool) -> int | None:
    if cell == words.TOO_SMALL:
        return None
    assert isinstance(cell, int | float), cell
    exact = cell if counted else cell * 100
    assert abs(exact - round(exact)) < 1e-6, "a fraction of a cent"
    return round(exact)


def sheet_rows(content: bytes, name: str) -> list[tuple[object, ...]]:
    """One sheet, its titles first."""
    read = load_workbook(io.BytesIO(content), read_only=True)
    rows: Iterable[tuple[object, ...]] = read[name].iter_rows(values_only=True)
    return list(rows)
