"""What a gangmaker types behind the street's own door. On trust: nothing here is checked by anybody."""

import re
import unicodedata
from contextlib import suppress
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from schemas.attentie import Occasion
from schemas.iban import LONGEST_NAME, Iban
from schemas.model import Model
from schemas.money import NotAnAmount, cents_from_text
from schemas.refs import Slug, VaultRef

MOST_CENTS = 50_000
"""Above this it is a typing error rather than an attentie: three times the largest potje we know."""

LONGEST_STORY = 2000

SIX_DIGITS = re.compile(r"\d{6}", re.ASCII)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})(?:[-/. ](\d{4}|\d{2}))?", re.ASCII)
WORDS = re.compile(r"(?:[a-z]+,? )?(\d{1,2})(?:e|st|nd|rd|th)? ([a-z]{3,9})\.?(?: (\d{4}))?", re.ASCII)
MONTHS = ("jan", "feb", "maa mrt mar", "apr", "mei may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dec")
DAYS_AGO = {"vandaag": 0, "today": 0, "gisteren": 1, "yesterday": 1, "eergisteren": 2}
EURO = re.compile(r"\beuro'?s?\b", re.IGNORECASE)
OTHER_MONEY = re.compile(
    r"\b(aed|aud|bgn|cad|chf|cny|czk|dkk|gbp|huf|inr|jpy|mad|nok|pln|ron|sek|try|usd|xof|ang|awg|srd)\b"
    r"|dollar|pond|pound|frank|franc|lira|yen|z[lł]oty|dirham|gulden|guilder|kron|bitcoin",
    re.IGNORECASE,
)


class NotADate(ValueError):
    """The text is no date as people write one; the message does not repeat it."""


def date_from_text(text: str, today: date) -> date:
    """``23-11-2026``, ``23/11``, ``23 november``, ``2026-11-23``; without a year the latest that is past."""
    plain = " ".join(text.lower().split())
    if plain in DAYS_AGO:
        return today - timedelta(days=DAYS_AGO[plain])
    if found := ISO.fullmatch(plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := NUMBERS.fullmatch(plain):
        return _latest(int(found[1]), int(found[2]), found[3], today)
    if found := WORDS.fullmatch(plain):
        return _latest(int(found[1]), _month(found[2]), found[3], today)
    raise NotADate("not a date")


def _month(word: str) -> int:
    numbers = (number for number, names in enumerate(MONTHS, start=1) if word[:3] in names.split())
    return next(numbers, 0)


def _latest(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return _date(int(year) + (2000 if len(year) == len("26") else 0), month, day)
    with suppress(NotADate):
        this_year = _date(today.year, month, day)
        if this_year <= today:
            return this_year
    return _date(today.year - 1, month, day)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADate("no such day") from None


def _past(value: object, info: ValidationInfo) -> object:
    """A date as typed; ``today`` comes with the context."""
    today: date = (info.context or {})["today"]
    try:
        day = date_from_text(str(value), today)
    except NotADate:
        raise PydanticCustomError("not_a_date", "not a date") from None
    if day > today:
        raise PydanticCustomError("in_the_future", "a day that is still to come")
    return day


def _is_other_money(text: str) -> bool:
    return bool(OTHER_MONEY.search(text)) or any(
        unicodedata.category(sign) == "Sc" and sign != "€" for sign in text
    )


def _euros(value: object) -> int:
    """Euros as typed, in cents."""
    text = EURO.sub("EUR", str(value))
    if _is_other_money(text):
        raise PydanticCustomError("other_money", "an amount in another currency")
    try:
        cents = cents_from_text(text)
    except NotAnAmount:
        raise PydanticCustomError("not_an_amount", "not an amount") from None
    if cents == 0:
        raise PydanticCustomError("nothing", "an amount above nothing")
    if cents > MOST_CENTS:
        raise PydanticCustomError("too_much", "more than an attentie costs")
    return cents


def _digits(value: object) -> str:
    digits = re.sub(r"[\s.-]", "", str(value))
    if not SIX_DIGITS.fullmatch(digits):
        raise PydanticCustomError("six_digits", "not six digits")
    return digits


def _words(value: object) -> str:
    """A text of several lines, without the signs that no reader sees."""
    lines = str(value).replace("\r\n", "\n").strip().split("\n")
    return "\n".join("".join(sign for sign in line if sign.isprintable()).rstrip() for line in lines).strip()


def _tidy(value: object) -> str:
    return " ".join(str(value).split())


def _written(value: str) -> str:
    if not value.isprintable() or not any(sign.isalpha() for sign in value):
        raise PydanticCustomError("text", "no name")
    return value


class CodeForm(Model):
    """The code from the mail; spaces, dots and hyphens between the digits are forgiven."""

    code: Annotated[str, BeforeValidator(_digits)]


class AttentieForm(Model):
    """An attentie. There is no field for who got it, and there will be none."""

    day: Annotated[date, BeforeValidator(_past)]
    occasion: Occasion
    amount: Annotated[int, BeforeValidator(_euros)]
    """In euro cents."""


class Share(StrEnum):
    """Whether a story may be shown to others; asked each time, never assumed."""

    YES = "yes"
    NO = "no"


class StoryForm(Model):
    """A story, and whether it may be shared under the street's name."""

    text: Annotated[str, BeforeValidator(_words), StringConstraints(min_length=1, max_length=LONGEST_STORY)]
    share: Share


class AccountForm(Model):
    """Where the street is paid: the name as the gangmaker gives it, and the IBAN without spaces."""

    holder: Annotated[
        str,
        BeforeValidator(_tidy),
        StringConstraints(min_length=1, max_length=LONGEST_NAME),
        AfterValidator(_written),
    ]
    iban: Iban


class Gangmaker(Model):
    """Somebody behind their own street's door."""

    municipality: Slug
    street: Slug
    person: VaultRef
    title: str
    """The street as people say it."""

    @property
    def actor(self) -> str:
        """How the ledger and the journal call them."""
        return f"gangmaker:{self.person}"
