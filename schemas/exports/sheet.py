"""Spreadsheets (.xlsx): the same bytes for the same figures, and no cell that a spreadsheet runs."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemas.book import Book
from schemas.exports import words
from schemas.exports.comma import COLUMNS, fields
from schemas.reports import Report, Table, Unit

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MONEY = "#,##0.00"
MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A fixed moment, for two files that say the same to be the same."""

WIDE, NARROW = 38, 16


def workbook(
    title: str, tables: Mapping[Report, Table], funders: Mapping[str, str], book: Book | None = None
) -> bytes:
    """A sheet a report, and with ``book`` the balances and every transfer."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - read with the first sheet

    file = io.BytesIO()
    made = Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    made.set_properties({"title": title, "created": MADE})
    writer = _Writer(made)
    for table in tables.values():
        writer.report(table, funders)
    if book is not None:
        writer.balances(book)
        writer.transfers(book)
    made.close()
    return file.getvalue()


class _Writer:
    """Writes sheets row by row, which is all that ``constant_memory`` allows."""

    def __init__(self, made: "Workbook") -> None:
        self._made = made
        self._bold = made.add_format({"bold": True})
        self._money = made.add_format({"num_format": MONEY})
        self._sum = made.add_format({"num_format": MONEY, "bold": True, "top": 1})
        self._count = made.add_format({"num_format": "0", "bold": True, "top": 1})

    def report(self, table: Table, funders: Mapping[str, str]) -> None:
        """One report with its total."""
        titles = [words.FIRST_COLUMNS[table.report], *(words.COLUMNS[each.key] for each in table.columns)]
        sheet = self._sheet(words.TITLES[table.report], titles)
        rows = [(words.label(table.report, row.key, funders), row, False) for row in table.rows]
        for number, (name, row, last) in enumerate([*rows, (words.TOTAL, table.total, True)], start=1):
            sheet.write_string(number, 0, name, self._bold if last else None)
            for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
                if cell.value is None:
                    sheet.write_string(number, place, words.TOO_SMALL)
                elif column.unit is Unit.CENTS:
                    sheet.write_number(number, place, cell.value / 100, self._sum if last else self._money)
                else:
                    sheet.write_number(number, place, cell.value, self._count if last else None)

    def balances(self, book: Book) -> None:
        """Every account with what it holds and what is promised from it."""
        sheet = self._sheet("Saldi", ["account", "saldo", "gereserveerd"])
        for number, (code, cents) in enumerate(sorted(book.balances.items()), start=1):
            sheet.write_string(number, 0, code)
            sheet.write_number(number, 1, cents / 100, self._money)
            sheet.write_number(number, 2, book.reserved.get(code, 0) / 100, self._money)

    def transfers(self, book: Book) -> None:
        """The chain's transfers, in its order."""
        sheet = self._sheet("Boekingen", COLUMNS)
        for number, line in enumerate(book.lines, start=1):
            for place, (name, text) in enumerate(zip(COLUMNS, fields(line), strict=True)):
                if name == "seq":
                    sheet.write_number(number, place, line.seq)
                elif name == "euros":
                    sheet.write_number(number, place, line.cents / 100, self._money)
                else:
                    sheet.write_string(number, place, text)

    def _sheet(self, title: str, titles: Sequence[str]) -> Any:  # noqa: ANN401 - the library has no types
        sheet = self._made.add_worksheet(title)
        sheet.set_column(0, 0, WIDE)
        sheet.set_column(1, len(titles) - 1, NARROW)
        sheet.freeze_panes(1, 1)
        for place, name in enumerate(titles):
            sheet.write_string(0, place, name, self._bold)
        return sheet
