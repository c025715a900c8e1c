"""The social map: what help there is near by, read from a CSV file. All of a file is right, or none of it."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas.model import Model
from schemas.refs import Language
from schemas.signup import Email

MOST_OFFERS = 500
MAX_BYTES = 300_000
BETWEEN = "|"
"""Stands between several values of one cell: commas and semicolons already part the cells."""

LONGEST_WEB = 300


def _tidy(value: object) -> object:
    """One line, without what cannot be seen; nothing at all is None."""
    if not isinstance(value, str):
        return value
    return "".join(sign for sign in " ".join(value.split()) if sign.isprintable()).strip() or None


def _plain_web(web: HttpUrl) -> HttpUrl:
    if web.username or web.password or len(str(web)) > LONGEST_WEB:
        raise PydanticCustomError("web", "not the address of a page")
    return web


Name = Annotated[str, BeforeValidator(_tidy), StringConstraints(min_length=2, max_length=80)]
Words = Annotated[str, StringConstraints(min_length=2, max_length=600)]
# Short numbers such as 113 and 14 010 are numbers too.
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()./-]{1,22}[0-9]$")]
Web = Annotated[HttpUrl, AfterValidator(_plain_web)]


class Offer(Model):
    """Somewhere people can turn to. Without wijken it is for the whole municipality."""

    model_config = ConfigDict(frozen=True)

    name: Name
    topics: Annotated[list[str], Field(min_length=1)]
    wijken: list[str]
    nl: Annotated[Words, BeforeValidator(_tidy)]
    en: Annotated[Words | None, BeforeValidator(_tidy)] = None
    phone: Annotated[Phone | None, BeforeValidator(_tidy)] = None
    email: Annotated[Email | None, BeforeValidator(_tidy)] = None
    web: Annotated[Web | None, BeforeValidator(_tidy)] = None

    @model_validator(mode="after")
    def can_be_reached(self) -> Self:
        """An offer that nobody can reach helps nobody."""
        if not (self.phone or self.email or self.web):
            raise PydanticCustomError("no_contact", "no way to reach them")
        return self

    def within(self, language: Language) -> str:
        """The text in one language; Dutch where there is no other."""
        return self.en if language is Language.EN and self.en else self.nl

    def speaks(self, language: Language) -> Language:
        """The language in which :meth:`within` says it."""
        return Language.EN if language is Language.EN and self.en else Language.NL

    @property
    def tel(self) -> str:
        """The number as a telephone dials it: a zero between brackets is only for callers from here."""
        phone = self.phone or ""
        return ("+" if phone.startswith("+") else "") + re.sub(r"\D", "", phone.replace("(0)", ""))

    @property
    def mailto(self) -> str:
        """The address as it may stand in a link."""
        return quote(self.email or "", safe="@")

    @property
    def site(self) -> str:
        """The name of the website, as people say it."""
        return (self.web.unicode_host() or "").removeprefix("www.") if self.web else ""


class Wrong(StrEnum):
    """What can be wrong with a file."""

    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    EMPTY = "empty"
    TOO_MANY = "too_many"
    NO_COLUMN = "no_column"
    STRANGE_COLUMN = "strange_column"
    QUOTES = "quotes"
    CELLS = "cells"
    TWICE = "twice"
    NAME = "name"
    TOPICS = "topics"
    WIJKEN = "wijken"
    NL = "nl"
    EN = "en"
    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"
    NO_CONTACT = "no_contact"


@dataclass(frozen=True)
class Mistake:
    """A mistake and its line in the file; None for the file as a whole. What stands there is not in it."""

    wrong: Wrong
    line: int | None = None


class Unreadable(Exception):
    """The file has mistakes, so nothing of it counts."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = mistakes


COLUMNS = {
    "naam": "name",
    "onderwerpen": "topics",
    "wijken": "wijken",
    "tekst": "nl",
    "text_en": "en",
    "telefoon": "phone",
    "email": "email",
    "web": "web",
}
"""The columns of the file, in any order, and what they are of an offer."""

NEEDED = ("naam", "onderwerpen", "tekst")
LISTS = ("topics", "wijken")


def read_map(content: bytes, topics: Mapping[str, str], wijken: Iterable[str]) -> list[Offer]:
    """The offers in a file; raises :class:`Unreadable` with every mistake.

    ``topics`` are the municipality's keys with their Dutch names: a cell may have either.
    """
    rows = _rows(content)
    if not rows:
        raise Unreadable(Mistake(Wrong.EMPTY))
    columns = _columns(*rows[0])
    if len(rows) == 1:
        raise Unreadable(Mistake(Wrong.EMPTY))
    if len(rows) - 1 > MOST_OFFERS:
        raise Unreadable(Mistake(Wrong.TOO_MANY))
    known = {
        "topics": {_same(word): key for key, name in topics.items() for word in (name, key)},
        "wijken": {_same(wijk): wijk for wijk in wijken},
    }
    return _offers(rows[1:], columns, known)


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows that say something, each with the line on which it begins."""
    if len(content) > MAX_BYTES:
        raise Unreadable(Mistake(Wrong.TOO_LARGE))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(Mistake(Wrong.NOT_TEXT)) from None
    head = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True)
    found, line = [], 1
    try:
        for row in reader:
            cells = _without_end([str(_tidy(cell) or "") for cell in row])
            if cells:
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        raise Unreadable(Mistake(Wrong.QUOTES, line)) from None
    return found


def _without_end(cells: list[str]) -> list[str]:
    """Spreadsheets write columns after the last one that is used."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _columns(line: int, head: list[str]) -> list[str]:
    columns = [cell.casefold() for cell in head]
    if any(column not in columns for column in NEEDED):
        raise Unreadable(Mistake(Wrong.NO_COLUMN, line))
    if any(column not in COLUMNS or columns.count(column) > 1 for column in columns):
        raise Unreadable(Mistake(Wrong.STRANGE_COLUMN, line))
    return columns


def _same(word: str) -> str:
    return " ".join(word.split()).casefold()


def _offers(
    rows: list[tuple[int, list[str]]], columns: list[str], known: dict[str, dict[str, str]]
) -> list[Offer]:
    offers: dict[str, Offer] = {}
    mistakes = []
    for line, cells in rows:
        try:
            offer = _offer(cells, columns, known)
        except Unreadable as error:
            mistakes += [Mistake(mistake.wrong, line) for mistake in error.mistakes]
            continue
        if _same(offer.name) in offers:
            mistakes.append(Mistake(Wrong.TWICE, line))
        offers[_same(offer.name)] = offer
    if mistakes:
        raise Unreadable(*mistakes)
    return list(offers.values())


def _offer(cells: list[str], columns: list[str], known: dict[str, dict[str, str]]) -> Offer:
    if len(cells) > len(columns):
        raise Unreadable(Mistake(Wrong.CELLS))
    typed = dict.fromkeys(COLUMNS.values(), "") | {
        COLUMNS[column]: cell for column, cell in zip(columns, cells, strict=False)
    }
    try:
        return Offer.model_validate(typed | {field: _picked(typed[field], known[field]) for field in LISTS})
    except ValidationError as error:
        wrong = [str((*one["loc"], Wrong.NO_CONTACT)[0]) for one in error.errors(include_url=False)]
        raise Unreadable(*(Mistake(Wrong(each)) for each in dict.fromkeys(wrong))) from None


def _picked(cell: str, known: dict[str, str]) -> list[str] | None:
    """The values of a cell; None, which no offer takes, when one of them is not known."""
    words = [_same(word) for word in cell.split(BETWEEN) if word.strip()]
    if any(word not in known for word in words):
        return None
    return list(dict.fromkeys(known[word] for word in words))
