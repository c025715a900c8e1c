"""Every figure on every report and export is traced to postings, to the cent, on a year at random."""

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openpyxl import load_workbook

from schemas.accounts import BudgetLine
from schemas.attentie import Occasion
from schemas.book import Book
from schemas.exports import beancount, comma, sheet, words
from schemas.postings import NAMED, Postings
from schemas.reports import UNPLACED, Cell, Report, Table, Unit, reports
from schemas.suppression import hidden
from store import budgets
from store.database import Connection, Database
from store.reports import NoSuchYear, book, chains, figures
from tests.store.a_year import CITY, FUNDERS, WIJKEN, YEAR, Year

SEEDS = (1, 2, 3)
CHECK = Path(sys.executable).with_name("bean-check")
NAMES = {"gemeente": "De gemeente", "fonds": "=cmd|' /C calc'!A0", "buurtpot": "Buurtpot"}

RAW = """
select t.*, coalesce(o.reason, t.reason) as why, r.group_id as of_reserve, u.group_id as of_reversed
from ledger.transfer t
left join ledger.transfer r on r.id = t.pending_id
left join ledger.transfer o on o.id = t.reverses_id
left join ledger.transfer u on u.id = o.pending_id
where t.municipality = $1 and t.fiscal_year = $2
"""


@pytest_asyncio.fixture
async def conn(db: Database) -> AsyncIterator[Connection]:
    """A connection that speaks JSON, as the application's do."""
    async with db.connection() as conn:
        yield conn


class Raw:
    """The rows of the ledger, folded in plain Python: nothing of the product's queries is used."""

    def __init__(self, rows: list[Any], wijken: dict[str, str], entries: dict[Any, Any]) -> None:
        self.rows, self.wijken, self.entries = rows, wijken, entries
        self.resolved = {row["pending_id"] for row in rows}

    def cents(self, postings: Postings) -> int:
        """What they come to."""
        return sum(self._sign(postings, row) * row["cents"] for row in self.rows)

    def times(self, postings: Postings) -> int:
        """How many there are, less what was undone."""
        return sum(self._sign(postings, row) for row in self.rows)

    def _sign(self, wanted: Postings, row: Any) -> int:
        pending = row["kind"] == "reserve" and row["id"] not in self.resolved
        if not (pending if wanted.open else row["kind"] in ("single", "post")):
            return 0
        told = (
            (wanted.reason, row["why"]),
            (wanted.month, row["booked_on"].replace(day=1)),
            (wanted.at_the_end, row["reason"].startswith("closing.")),
        )
        if any(want is not None and want != found for want, found in told):
            return 0
        if not self._of_funder(wanted, row) or not self._in_wijk(wanted, row):
            return 0
        ways = [(row["debit"], row["credit"], 1)]
        if not wanted.one_way:
            ways.append((row["credit"], row["debit"], -1))
        for debit, credit, sign in ways:
            if _is(debit, wanted.debit, wanted.debit_name) and _is(credit, wanted.credit, wanted.credit_name):
                return sign
        return 0

    def _of_funder(self, wanted: Postings, row: Any) -> bool:
        if wanted.funder is None:
            return True
        entry = self.entries.get(row["group_id"])
        by_bank = "bank" in (row["debit"].split(":")[0], row["credit"].split(":")[0])
        sides = (entry["source"], entry["target"]) if entry and by_bank else ()
        named = [code.split(":")[2] for code in sides if code.startswith("funding:")]
        return bool(named) if wanted.funder == NAMED else (named or [""])[0] == wanted.funder

    def _in_wijk(self, wanted: Postings, row: Any) -> bool:
        if wanted.wijk is None:
            return True
        for side in (row["debit"], row["credit"]):
            if side.startswith("street:"):
                return self.wijken.get(side, "") == wanted.wijk
        group = row["of_reserve"] or row["of_reversed"] or (row["group_id"] if wanted.open else None)
        return self.wijken.get(group, "") == wanted.wijk


def _is(code: str, kind: str, name: str | None) -> bool:
    parts = code.split(":")
    return parts[0] == kind and (name is None or name == parts[2])


async def raw_of(conn: Connection, city: str = CITY) -> Raw:
    from schemas.potje import PotjeMoney, potje_group

    wijken = {}
    for row in await conn.fetch("select slug, wijk from registry.street where municipality = $1", city):
        wijken[f"street:{city}:{row['slug']}:{YEAR}"] = row["wijk"]
    for row in await conn.fetch(
        "select workflow_id, wijk from registry.potje p"
        " join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)"
        " where p.municipality = $1",
        city,
    ):
        money = PotjeMoney(workflow_id=row["workflow_id"], municipality=city, year=YEAR, parts=[])
        wijken[potje_group(money)] = row["wijk"]
    entries = {row["id"]: row for row in await conn.fetch("select * from money.entry")}
    return Raw(list(await conn.fetch(RAW, city, YEAR)), wijken, entries)


def traced(raw: Raw, cell: Cell) -> int:
    return sum(raw.cents(postings) for postings in cell.of)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_figure_is_traced_to_postings(conn: Connection, seed: int) -> None:
    year = await Year(conn, seed).live()
    await year.close(back=1_001, on=2_002)
    raw = await raw_of(conn)
    tables = reports(await figures(conn, CITY, YEAR))
    seen = 0
    for table in tables.values():
        for row in (*table.rows, table.total):
            for column, cell in zip(table.columns, row.cells, strict=True):
                if column.unit is Unit.COUNT or column.key in ("left", "left_in_street", "share_spent"):
                    continue
                if cell.value is not None:
                    assert traced(raw, cell) == cell.value, (table.report, row.key, column.key)
                    seen += bool(cell.value)
    assert seen > 60
    _left_follows_from_what_came_and_went(tables)
    _counts_are_traced(tables, raw)


def _left_follows_from_what_came_and_went(tables: dict[Report, Table]) -> None:
    budget, wijken = tables[Report.BUDGET], tables[Report.WIJKEN]
    for row in (*budget.rows, budget.total):
        granted, moved, carried_in, *out, left = [cell.value or 0 for cell in row.cells]
        assert granted + moved + carried_in - sum(out) == left
    for row in (*wijken.rows, wijken.total):
        _, _, _, paid, attenties, turned, left = [cell.value or 0 for cell in row.cells]
        assert paid - attenties + turned == left


def _counts_are_traced(tables: dict[Report, Table], raw: Raw) -> None:
    for row in tables[Report.OCCASIONS].rows:
        if row.cells[0].value is not None:
            assert raw.times(row.cells[0].of[0]) == row.cells[0].value
    for row in tables[Report.WIJKEN].rows:
        codes = {
            code
            for line in raw.rows
            for code in (line["debit"], line["credit"])
            if line["kind"] in ("single", "post")
        }
        streets = [c for c in codes if c.startswith("street:") and raw.wijken.get(c, "") == row.key]
        assert tables[Report.WIJKEN].value(row.key, "streets") == len(streets)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_reports_say_what_a_plain_model_says(conn: Connection, seed: int) -> None:
    year = await Year(conn, seed).live()
    tables = reports(await figures(conn, CITY, YEAR))
    budget, wijken, funders = (tables[each] for each in (Report.BUDGET, Report.WIJKEN, Report.FUNDERS))
    for line in BudgetLine:
        granted = sum(cents for (_, to), cents in year.granted.items() if to == line)
        assert budget.value(line, "granted") == granted
        assert budget.value(line, "moved") == year.moved[line]
        assert budget.value(line, "spent") == year.spent[line]
        for funder in (*FUNDERS, "bakker"):
            assert funders.value(funder, line) == year.granted[funder, line]
    assert budget.value(BudgetLine.POTJES, "reserved") == year.reserved
    for wijk in WIJKEN:
        assert wijken.value(wijk, "potjes_approved") == year.potjes[wijk]
        assert wijken.value(wijk, "approved") == year.approved[wijk]
        assert wijken.value(wijk, "paid") == year.paid[wijk]
        assert wijken.value(wijk, "attenties") == year.attenties[wijk]
        assert wijken.value(wijk, "left_in_street") == year.paid[wijk] - year.attenties[wijk]
    secret = hidden({each: year.occasions[each] for each in Occasion})
    for each in Occasion:
        shown = None if each in secret else year.occasions[each]
        assert tables[Report.OCCASIONS].value(each, "count") == shown
        assert tables[Report.OCCASIONS].value(each, "attenties") == (
            None if each in secret else year.by_occasion[each]
        )


async def test_shares_of_funders_add_up_to_what_was_spent(conn: Connection) -> None:
    await Year(conn, 4).live()
    tables = reports(await figures(conn, CITY, YEAR))
    funders, budget = tables[Report.FUNDERS], tables[Report.BUDGET]
    assert (
        funders.value("", "share_spent")
        == budget.value("", "spent")
        == sum(funders.value(row.key, "share_spent") or 0 for row in funders.rows)
    )
    assert funders.value("bakker", "share_spent")


async def test_the_desk_and_the_reports_agree_on_every_line(conn: Connection) -> None:
    year = await Year(conn, 5).live()
    await year.close(back=77, on=88)
    table = reports(await figures(conn, CITY, YEAR))[Report.BUDGET]
    for line, told in (await budgets.lines(conn, CITY, YEAR)).items():
        assert table.value(line, "granted") == told.granted_in_all
        assert table.value(line, "moved") == told.moved
        assert table.value(line, "spent") == told.spent
        assert table.value(line, "reserved") == told.reserved
        assert table.value(line, "returned") == told.returned
        assert table.value(line, "carried_out") == told.carried_out
        assert table.value(line, "left") == told.available


async def test_months_add_up_to_the_year(conn: Connection) -> None:
    await Year(conn, 6).live()
    tables = reports(await figures(conn, CITY, YEAR))
    months, budget, wijken = (tables[each] for each in (Report.MONTHS, Report.BUDGET, Report.WIJKEN))
    assert len(months.rows) > 6
    assert months.value("", "granted") == budget.value("", "granted")
    assert months.value("", "spent") == budget.value("", "spent")
    assert months.value("", "paid") == wijken.value("", "paid")
    assert months.value("", "attenties") == wijken.value("", "attenties")


async def test_a_year_in_which_nothing_happened(conn: Connection) -> None:
    tables = reports(await figures(conn, CITY, 2031))
    assert all(not any(cell.value for cell in table.total.cells) for table in tables.values())


@pytest_asyncio.fixture
async def a_book(conn: Connection) -> Book:
    year = await Year(conn, 7).live()
    await year.close(back=10, on=20)
    return await book(conn, CITY, YEAR, "Rotterdam")


async def test_beancount_agrees(a_book: Book, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    path.write_bytes(beancount.books(a_book))
    assert checked(path) == (0, "")
    rest, last = path.read_text().rstrip().rsplit("\n", 1)
    path.write_text(f"{rest}\n{last.rsplit(maxsplit=2)[0]} 123456.78 EUR\n")
    assert checked(path)[0] != 0


def checked(path: Path) -> tuple[int, str]:
    """What bean-check says."""
    run = subprocess.run([CHECK, path], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


async def test_beancount_holds_every_posted_transfer_and_every_hash(a_book: Book) -> None:
    from beancount import loader
    from beancount.core.data import Open, Transaction

    text = beancount.books(a_book).decode()
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    found = {each.meta["id"]: each for each in entries if isinstance(each, Transaction)}
    posted = list(a_book.posted)
    assert len(found) == len(posted) > 50
    for line in posted:
        written = found[str(line.id)]
        assert (written.meta["seq"], written.meta["hash"]) == (str(line.seq), line.hash)
        assert written.date == line.booked_on
        amounts = {posting.account: posting.units.number * 100 for posting in written.postings}
        assert amounts == {
            beancount.account(line.debit): -line.cents,
            beancount.account(line.credit): line.cents,
        }
    opened = {each.account: each.meta["code"] for each in entries if isinstance(each, Open)}
    assert opened == {beancount.account(code): code for code in a_book.balances}
    assert all(each.hash in text for each in (*a_book.lines, *a_book.marks))


async def test_csv_is_the_ledger(a_book: Book, conn: Connection) -> None:
    rows = list(csv.DictReader(io.StringIO(comma.books(a_book).decode(), newline="")))
    ledger = await conn.fetch(
        "select * from ledger.transfer where municipality = $1 and fiscal_year = $2 order by seq", CITY, YEAR
    )
    assert len(rows) == len(ledger) > 80
    for written, booked in zip(rows, ledger, strict=True):
        assert written["euros"] == f"{booked['cents'] / 100:.2f}"
        assert (written["debit"], written["credit"]) == (booked["debit"], booked["credit"])
        assert written["hash"] == booked["hash"].hex()
        assert written["id"] == str(booked["id"])
        assert written["pending_id"] == str(booked["pending_id"] or "")


async def test_a_spreadsheet_read_back_is_the_ledger(a_book: Book, conn: Connection) -> None:
    tables = reports(await figures(conn, CITY, YEAR))
    content = sheet.workbook("Rotterdam 2026", tables, NAMES, a_book)
    assert content == sheet.workbook("Rotterdam 2026", tables, NAMES, a_book)
    read = load_workbook(io.BytesIO(content), read_only=True)
    for report, table in tables.items():
        _, *rows, total = list(read[words.TITLES[report]].iter_rows(values_only=True))
        for written, row in zip([*rows, total], [*table.rows, table.total], strict=True):
            assert [
                _cents(value, column.unit) for value, column in zip(written[1:], table.columns, strict=True)
            ] == [words.TOO_SMALL if cell.value is None else cell.value for cell in row.cells]
    _, *lines = list(read["Boekingen"].iter_rows(values_only=True))
    place = comma.COLUMNS.index("euros")
    assert [(line[0], round(line[place] * 100)) for line in lines] == [
        (line.seq, line.cents) for line in a_book.lines
    ]
    _, *saldi = list(read["Saldi"].iter_rows(values_only=True))
    assert {code: round(value * 100) for code, value, _ in saldi} == a_book.balances


def _cents(value: object, unit: Unit) -> object:
    return round(value * 100) if unit is Unit.CENTS and isinstance(value, int | float) else value


async def test_no_cell_is_a_formula(a_book: Book, conn: Connection) -> None:
    tables = reports(await figures(conn, CITY, YEAR))
    read = load_workbook(io.BytesIO(sheet.workbook("x", tables, NAMES, a_book)))
    cells = [cell for each in read for row in each.iter_rows() for cell in row]
    assert len(cells) > 1000
    assert all(cell.data_type in ("s", "n") for cell in cells)
    assert any(cell.value == NAMES["fonds"] for cell in cells)
    for table in tables.values():
        rows = csv.reader(io.StringIO(comma.report(table, NAMES).decode(), newline=""))
        assert all(not row[0].startswith(("=", "+", "-", "@")) for row in rows)


async def test_balances_of_the_book_are_a_fold(a_book: Book) -> None:
    folded: Counter[str] = Counter(dict.fromkeys(a_book.balances, 0))
    for line in a_book.posted:
        folded[line.debit] -= line.cents
        folded[line.credit] += line.cents
    assert dict(folded) == a_book.balances
    assert sum(folded.values()) == 0


async def test_the_chain_of_a_book_is_whole(a_book: Book) -> None:
    both = sorted([*a_book.lines, *a_book.marks], key=lambda each: each.seq)
    assert [each.seq for each in both] == list(range(1, a_book.seq + 1))
    assert both[-1].hash == a_book.head


async def test_a_year_that_is_not_there(conn: Connection) -> None:
    with pytest.raises(NoSuchYear):
        await book(conn, CITY, 2031, "Rotterdam")
    assert await chains(conn, CITY, 2031) == []
    assert {each.municipality for each in await chains(conn)} > {CITY}


def test_unplaced_is_told_in_words() -> None:
    assert words.label(Report.WIJKEN, UNPLACED, {}) == "Zonder wijk"
    assert words.label(Report.FUNDERS, UNPLACED, {}) == "Zonder geldgever"
    assert words.label(Report.FUNDERS, "gone", {}) == "gone"
