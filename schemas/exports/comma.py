"""Comma-separated values (RFC 4180): the books and the reports. Amounts in euros with a point."""

import csv
import io
from collections.abc import Iterable, Mapping

from schemas.book import Book, Line
from schemas.exports import words
from schemas.reports import Row, Table, Unit

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a text cell that begins so."""

COLUMNS = (
    *("seq", "booked_on", "kind", "debit", "credit", "euros", "reason", "actor"),
    *("id", "pending_id", "reverses_id", "group_id", "recorded_at", "hash"),
)


def safe(text: str) -> str:
    """The text as a spreadsheet shows it, and never runs it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def euros(cents: int) -> str:
    """``-1250.05``."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def written(rows: Iterable[Iterable[str]]) -> bytes:
    """The rows as a file in UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def fields(line: Line) -> list[str]:
    """One transfer, in the order of :data:`COLUMNS`."""
    told = line.model_dump(mode="json") | {"euros": euros(line.cents)}
    return ["" if told[name] is None else str(told[name]) for name in COLUMNS]


def books(book: Book) -> bytes:
    """Every transfer of the chain, in its order."""
    lines = ([safe(text) for text in fields(line)] for line in book.lines)
    return written([COLUMNS, *lines])


def report(table: Table, funders: Mapping[str, str]) -> bytes:
    """One report; ``funders`` are their names by key."""
    titles = [words.FIRST_COLUMNS[table.report], *(words.COLUMNS[each.key] for each in table.columns)]
    rows = [(words.label(table.report, row.key, funders), row) for row in table.rows]
    rows.append((words.TOTAL, table.total))
    return written([titles, *([safe(name), *_cells(table, row)] for name, row in rows)])


def _cells(table: Table, row: Row) -> list[str]:
    return [
        words.TOO_SMALL
        if cell.value is None
        else euros(cell.value)
        if column.unit is Unit.CENTS
        else str(cell.value)
        for column, cell in zip(table.columns, row.cells, strict=True)
    ]
