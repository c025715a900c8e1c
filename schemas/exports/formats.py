"""The books of a year in every format that there is."""

from collections.abc import Mapping
from enum import StrEnum

from schemas.book import Book
from schemas.exports import beancount, comma, sheet
from schemas.reports import Report, Table


class Format(StrEnum):
    """What the books can be written as; the value is the file's ending."""

    XLSX = "xlsx"
    CSV = "csv"
    BEANCOUNT = "beancount"


MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.BEANCOUNT: "text/plain; charset=utf-8",
}


def books_as(kind: Format, book: Book, tables: Mapping[Report, Table], funders: Mapping[str, str]) -> bytes:
    """The file's bytes; a spreadsheet holds the reports as well."""
    match kind:
        case Format.CSV:
            return comma.books(book)
        case Format.BEANCOUNT:
            return beancount.books(book)
        case Format.XLSX:
            return sheet.workbook(f"{book.name} {book.year}", tables, funders, book)
