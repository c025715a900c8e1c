"""What a treasurer types about the budget. Mistakes become Dutch sentences."""

import re
import unicodedata
from abc import abstractmethod
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas import budget
from schemas.accounts import BudgetLine
from schemas.budget import Entry, EntryKind, Reason
from schemas.model import Model
from schemas.money import NotAnAmount, cents_from_text
from schemas.refs import Slug

MOST = 100_000_000_00
"""A municipality's whole programme costs a fraction of this; more is a typing error."""

EURO = re.compile(r"\beuro('s)?", re.IGNORECASE)
OTHER_MONEY = re.compile(
    r"\b(usd|gbp|chf|sek|nok|dkk|pln|czk|huf|jpy|cny|cad|aud|try|mad|dollars?|pond(en)?|kronen|yen)\b",
    re.IGNORECASE,
)


def _cents(value: object) -> int:
    text = EURO.sub("", str(value or ""))
    if OTHER_MONEY.search(text) or any(unicodedata.category(c) == "Sc" and c != "€" for c in text):
        raise PydanticCustomError("not_euro", "another currency")
    try:
        cents = cents_from_text(text)
    except NotAnAmount:
        raise PydanticCustomError("cents", "not an amount") from None
    if cents == 0:
        raise PydanticCustomError("nothing", "nothing")
    if cents > MOST:
        raise PydanticCustomError("most", "too much")
    return cents


def _known_funder(key: str, info: ValidationInfo) -> str:
    if key not in (info.context or {})["funders"]:
        raise PydanticCustomError("funder", "not a funder")
    return key


Funder = Annotated[str, AfterValidator(_known_funder)]


class Answers(Model):
    """What every entry says. Validate with the context ``{"funders": keys}``."""

    cents: Annotated[int, BeforeValidator(_cents)]
    reason: Reason

    @abstractmethod
    def entry(self, form: UUID, municipality: Slug, year: int) -> Entry:
        """The entry that was typed."""


class GrantAnswers(Answers):
    """Money of a funder for a line."""

    funder: Funder
    line: BudgetLine

    def entry(self, form: UUID, municipality: Slug, year: int) -> Entry:
        """A grant."""
        return budget.grant(form, municipality, year, **self.model_dump())


class LessAnswers(GrantAnswers):
    """Money of a line that goes back to a funder."""

    def entry(self, form: UUID, municipality: Slug, year: int) -> Entry:
        """Less of a grant."""
        return budget.less(form, municipality, year, **self.model_dump())


class MoveAnswers(Answers):
    """From one line to another."""

    line: BudgetLine
    to: BudgetLine

    @model_validator(mode="after")
    def two_lines(self) -> Self:
        """From a line to itself is no move."""
        if self.line is self.to:
            raise PydanticCustomError("same", "the same line")
        return self

    def entry(self, form: UUID, municipality: Slug, year: int) -> Entry:
        """A move."""
        return budget.move(form, municipality, year, **self.model_dump())


class ExpenseAnswers(Answers):
    """What was spent of a line, outside the engine."""

    line: Literal[BudgetLine.STARTER, BudgetLine.CAMPAIGN, BudgetLine.HOURS]

    def entry(self, form: UUID, municipality: Slug, year: int) -> Entry:
        """An expense."""
        return budget.expense(form, municipality, year, **self.model_dump())


class CorrectAnswers(Model):
    """Why an entry is undone."""

    reason: Reason


FORMS: dict[EntryKind, type[Answers]] = {
    EntryKind.GRANT: GrantAnswers,
    EntryKind.LESS: LessAnswers,
    EntryKind.MOVE: MoveAnswers,
    EntryKind.EXPENSE: ExpenseAnswers,
}

SENTENCES = {
    "funder": "Kies een geldgever.",
    "line": "Kies een post.",
    "to": "Kies de post waar het geld naartoe gaat.",
    "same": "Kies een andere post dan waar het geld vandaan komt.",
    "cents": "Vul een bedrag in euro's in, bijvoorbeeld 1.250,50.",
    "not_euro": "Vul het bedrag in euro's in. Ander geld kunnen we niet boeken.",
    "nothing": "Vul een bedrag in dat hoger is dan nul.",
    "most": "Dit bedrag is te hoog. Kijk de punten en komma's na.",
    "reason": "Schrijf in een paar woorden waarom, in ten hoogste 300 tekens.",
}
FIELDS = {"same": "to", "not_euro": "cents", "nothing": "cents", "most": "cents"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else FIELDS[one["type"]]
        found.setdefault(field, SENTENCES.get(one["type"]) or SENTENCES[field])
    return found
