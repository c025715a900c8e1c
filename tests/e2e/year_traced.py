"""Every figure that a page, a chart or a file shows is the sum of transfers that this finds by itself."""

import asyncio
import csv
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core.data import Open, Posting, Transaction
from lxml import html

from schemas.exports import words
from schemas.reports import Report
from tests.e2e.year_books import INTO, LINES, OUT_OF, Books, Cells, books_of, side
from tests.e2e.year_desk import HOME, Desk
from tests.e2e.year_shown import (
    Shown,
    euros,
    expected,
    fetched,
    figures_in,
    listed_in,
    of_csv,
    of_sheet,
    page_of,
    sheet_rows,
    words_of,
)
from tests.e2e.year_town import CITY, FUNDERS, Town

BESIDE = re.compile(r"(?m)^; \S+ (reserve|release) seq (\d+) ([\d.]+) EUR (\S+) to (\S+) id (\S+) hash ")
"""What is set apart, or set free again, stands in the Beancount file as a comment."""

CHECK = Path(sys.executable).with_name("bean-check")


@dataclass(frozen=True)
class Traced:
    """How many figures were compared, and how many transfers they come from."""

    figures: int
    transfers: int
    books: Books


async def trace(town: Town, staff: Desk, year: int) -> Traced:
    """Fails on the first figure that is not what its transfers come to, and on a transfer in no figure."""
    books = await books_of(town, year)
    tables = books.reports()
    page = await page_of(staff, year)
    sheets = of_sheet(await fetched(staff, f"{year}/rapporten.xlsx"))
    for report in Report:
        rows, written = tables[report], of_csv(await fetched(staff, f"{year}/{report}.csv"))
        assert sheets[report] == written, report
        if not rows:
            _empty(page.section(report), written)
            continue
        wanted = expected(report, rows)
        assert page.table(report) == wanted, report
        _charted(page.chart(report), page.bars(report), wanted)
        assert written == expected(report, rows, typed=True), report
    (head,) = await town.rows(
        "select seq, encode(head, 'hex') as head from ledger.year"
        " where municipality = $1 and fiscal_year = $2",
        CITY,
        year,
    )
    assert page.chain == [str(head["seq"]), head["head"]]
    await _budget_page(staff, books, tables["begroting"], year)
    figures = [figure for rows in tables.values() for cells in rows.values() for figure in cells.values()]
    used = frozenset().union(*(figure.of for figure in figures))
    _nothing_is_left_out(books, used)
    return Traced(len(figures), len(used), books)


def _empty(section: Any, written: Shown) -> None:
    """A report without a line says so; its files have a total of nothing."""
    assert "Hier is nog niets geboekt." in words_of(section)
    assert not section.xpath(".//table | .//figure")
    assert list(written) == [words.TOTAL]
    assert not any(written[words.TOTAL].values())


def _charted(chart: Shown, bars: list[float], wanted: Shown) -> None:
    """What stands beside the bars is what the table says; a bar is as long as its figure."""
    told = {name: cells for name, cells in wanted.items() if any(cell is not None for cell in cells.values())}
    rows = {name: cells for name, cells in told.items() if name != words.TOTAL}
    assert list(chart) == list(rows)
    assert all(
        rows[name][column] == value for name, cells in chart.items() for column, value in cells.items()
    )
    values = [value for cells in chart.values() for value in cells.values() if value and value > 0]
    assert len(bars) == len(values)
    for bar, value in zip(bars, values, strict=True):
        assert abs(bar - value / max(values)) < 0.001


def _nothing_is_left_out(books: Books, used: frozenset[int]) -> None:
    """Only what a bank line brought into or out of suspense is no figure: where it belongs is one."""
    every = {move.row["seq"]: move for move in (*books.posted, *books.waiting)}
    for seq in every.keys() - used:
        kinds = {every[seq].debit.kind, every[seq].credit.kind}
        assert "suspense" in kinds or _of_no_report(every[seq].debit.kind, every[seq].credit.kind), every[seq]
    assert used <= every.keys()


def _of_no_report(debit: str, credit: str) -> bool:
    """A reservation of a street's payment: no report tells what is on its way."""
    return (debit, credit) == ("bank", "street")


async def _budget_page(staff: Desk, books: Books, budget: dict[str, Cells], year: int) -> None:
    """The page where the treasurer sees what there is, and where it came from."""
    tree = html.fromstring((await staff.get(f"{HOME}/budget/{year}")).text)
    (lines,) = tree.xpath('//section[@aria-labelledby="posten"]/table')
    shown = figures_in(lines, euros)
    for line in LINES:
        cells = {name: figure.value for name, figure in budget[line].items()}
        row = shown[words.LINES[line]]  # type: ignore[index]
        whole = sum(cells[name] for name in INTO) - cells["returned"] - cells["carried_out"]
        assert row["Budget"] == whole
        assert row["Besteed"] == cells["spent"]
        assert row["Gereserveerd"] == cells["reserved"]
        assert row["Nog vrij"] == cells["left"]
        if "Nog verwacht" in row:
            assert row["Aan het eind over"] == cells["left"] - (row["Nog verwacht"] or 0)
    (sources,) = tree.xpath('//section[@aria-labelledby="bronnen"]/table')
    funders = books.by_funder()
    for line, row in figures_in(sources, euros).items():
        (key,) = [key for key, word in words.LINES.items() if word == line]
        given = {FUNDERS[funder]: cells[key].value for funder, cells in funders.items()}
        rest = {words.COLUMNS[name]: budget[key][name].value for name in (*INTO, *OUT_OF)}
        assert row == {column: (given | rest)[column] for column in row}
        assert sum(given.values()) == budget[key]["granted"].value


async def outcome_of(staff: Desk, year: int) -> dict[str, int]:
    """What the page of a year says that its closing comes to, or came to."""
    tree = html.fromstring((await staff.get(f"{HOME}/jaar/{year}")).text)
    (outcome,) = tree.xpath('//dl[@class="money"]')
    return {word: cents for word, cents in listed_in(outcome).items() if cents}


async def closed_year_page(staff: Desk, books: Books, year: int, *, keep: bool) -> None:
    """The page on which a closed year says how it ended; ``keep``: streets keep what they have left."""
    tree = html.fromstring((await staff.get(f"{HOME}/jaar/{year}")).text)
    (table,) = tree.xpath('//section[@aria-labelledby="einde"]/table')
    shown, budget = figures_in(table, euros), books.budget()
    for line in LINES:
        cells = budget[line]
        assert shown[words.LINES[line]] == {  # type: ignore[index]
            "Budget": sum(cells[name].value for name in INTO),
            **{words.COLUMNS[name]: cells[name].value for name in ("spent", "returned", "carried_out")},
        }
    closing = [move for move in books.posted if move.closing]

    def summed(debit: str, credit: str, name: str = "") -> int:
        return sum(
            move.row["cents"]
            for move in closing
            if (move.debit.kind, move.credit.kind) == (debit, credit)
            and name in ("", move.debit.name, move.credit.name)
        )

    back = {f"Terug naar {name}": summed("budget", "funding", key) for key, name in FUNDERS.items()}
    told = {
        "Straten houden voor volgend jaar wat ze over hebben": summed("street", "carry") if keep else 0,
        "Straten geven terug wat ze over hebben, voor de potjes van volgend jaar": (
            0 if keep else summed("street", "carry")
        ),
        "Van de posten naar volgend jaar": summed("budget", "carry"),
        **back,
        "Wat gangmakers zelf bijlegden": summed("funding", "street"),
    }
    assert await outcome_of(staff, year) == {word: cents for word, cents in told.items() if cents}
    left = sum(1 for move in closing if (move.debit.kind, move.credit.kind) == ("street", "carry"))
    assert f"{left} straten hebben geld over." in words_of(tree)


async def exports(town: Town, staff: Desk, books: Books, year: int) -> None:
    """The command line's files hold every transfer, and the desk's are the same bytes."""
    files = {}
    for kind in ("csv", "xlsx", "beancount"):
        path = town.folder / f"books.{kind}"
        where = ("--municipality", CITY, "--year", str(year), "--format", kind, "--output", str(path))
        ended = await town.straat("ledger", "export", *where)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        files[kind] = path.read_bytes()
        assert files[kind] == await fetched(staff, f"{year}/boeken.{kind}")
    _csv_is_the_ledger(files["csv"], books)
    _sheet_is_the_ledger(files["xlsx"], books)
    _beancount_is_the_ledger(files["beancount"].decode(), books)
    command = [CHECK, town.folder / "books.beancount"]
    checked = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def _csv_is_the_ledger(content: bytes, books: Books) -> None:
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert len(rows) == len(books.rows)
    for written, row in zip(rows, books.rows, strict=True):
        assert int(written["euros"].replace(".", "")) == row["cents"]
        for name in ("seq", "id", "kind", "debit", "credit", "reason", "actor", "group_id", "booked_on"):
            assert written[name] == str(row[name]), name
        for name in ("pending_id", "reverses_id"):
            assert written[name] == str(row[name] or "")
        assert written["hash"] == row["hash"].hex()


def _sheet_is_the_ledger(content: bytes, books: Books) -> None:
    titles, *lines = sheet_rows(content, "Boekingen")
    place = {str(title): number for number, title in enumerate(titles)}
    assert len(lines) == len(books.rows)
    for line, row in zip(lines, books.rows, strict=True):
        assert round(float(str(line[place["euros"]])) * 100) == row["cents"]
        assert [line[place[name]] for name in ("seq", "debit", "credit", "id")] == [
            row["seq"],
            row["debit"],
            row["credit"],
            str(row["id"]),
        ]
    _, *saldi = sheet_rows(content, "Saldi")
    balances = {str(code): round(float(str(value)) * 100) for code, value, _ in saldi}
    assert {code: cents for code, cents in balances.items() if side(code).kind != "carry"} == {
        code: books.balance(code).value for code in books.accounts
    }


def _beancount_is_the_ledger(text: str, books: Books) -> None:
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    code_of = {each.account: each.meta["code"] for each in entries if isinstance(each, Open)}
    found = {each.meta["id"]: each for each in entries if isinstance(each, Transaction)}
    assert found.keys() == {str(move.row["id"]) for move in books.posted}
    for move in books.posted:
        written = found[str(move.row["id"])]
        amounts = {code_of[each.account]: _in_cents(each) for each in written.postings}
        assert amounts == {move.row["debit"]: -move.row["cents"], move.row["credit"]: move.row["cents"]}
        assert written.date == move.row["booked_on"]
    beside = {
        (seq, kind, cents.replace(".", ""), debit, credit, number)
        for kind, seq, cents, debit, credit, number in BESIDE.findall(text)
    }
    assert beside == {
        (str(row["seq"]), row["kind"], f"{row['cents']:03}", row["debit"], row["credit"], str(row["id"]))
        for row in books.rows
        if row["kind"] in ("reserve", "release")
    }


def _in_cents(posting: Posting) -> int:
    assert posting.units is not None
    assert isinstance(posting.units.number, Decimal)
    assert posting.units.number * 100 % 1 == 0
    return int(posting.units.number * 100)
