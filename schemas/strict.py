"""What every part of a policy file is made of."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from schemas.model import Model
from schemas.refs import Language

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

LONGEST = timedelta(days=730)


def _written_out(value: object) -> object:
    """A bare number would be read as seconds."""
    if isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise ValueError('a length of time is written as "P14D" (14 days) or "PT12H" (12 hours)')


def once(kind: str, values: Sequence[object]) -> None:
    """Raises ``ValueError`` for a list that names something twice."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"each {kind} may occur once; {', '.join(twice)} occurs more often")


def _bounded(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST:
        raise ValueError(f"allowed is more than nothing and at most {LONGEST.days} days")
    return value


Span = Annotated[timedelta, BeforeValidator(_written_out), AfterValidator(_bounded)]


class Strict(Model):
    """A file that people type: an unknown key is a typing error, so it is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(Strict):
    """Lines in every language, equally many in each: a reader of English gets no fewer than one of Dutch."""

    nl: Annotated[list[Text], Field(min_length=1, max_length=12)]
    en: Annotated[list[Text], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def equally_long(self) -> Self:
        """Raises ``ValueError`` when one language tells more than the other."""
        if len(self.nl) != len(self.en):
            raise ValueError(
                f"nl and en must hold the same number of lines; they hold {len(self.nl)} and {len(self.en)}"
            )
        return self

    def within(self, language: Language) -> list[str]:
        """The lines in one language."""
        return self.en if language is Language.EN else self.nl
