"""What a programme lead fills in for another system. Mistakes become Dutch sentences."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from forms.site.i18n import marked
from schemas.client import Scope
from schemas.model import Model
from schemas.refs import Slug
from store.clients import NewClient


class Life(StrEnum):
    """How long a key counts."""

    QUARTER = "90"
    YEAR = "365"
    TWO_YEARS = "730"

    def until(self, today: date) -> date:
        """The last day."""
        return today + timedelta(days=int(self))


def _tidy(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


ClientName = Annotated[
    str,
    BeforeValidator(_tidy),
    StringConstraints(min_length=2, max_length=60, pattern=r"^[^\x00-\x1f<>]+$"),
]


class ClientAnswers(Model):
    """A name, what it may do, and how long."""

    name: ClientName
    scopes: Annotated[list[Scope], Field(min_length=1)]
    life: Life

    def client(self, form: UUID, municipality: Slug, today: date) -> NewClient:
        """The form's id is the client's."""
        return NewClient(form, municipality, self.name, self.scopes, self.life.until(today))


SCOPES = {
    Scope.SUBMISSIONS_WRITE: marked("straten aanmelden, en zien hoe het met die aanmeldingen staat"),
    Scope.STREETS_READ: marked("straten lezen, zonder wie er wonen"),
    Scope.TOTALS_READ: marked("totalen lezen"),
    Scope.EVENTS_READ: marked("gebeurtenissen lezen"),
}
LIVES = {
    Life.QUARTER: marked("drie maanden"),
    Life.YEAR: marked("een jaar"),
    Life.TWO_YEARS: marked("twee jaar"),
}
SENTENCES = {
    "name": marked("Geef het systeem een korte naam, bijvoorbeeld: Open Formulieren."),
    "scopes": marked("Kies minstens één ding dat het systeem mag."),
    "life": marked("Kies hoe lang de sleutel geldt."),
}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0])
        found.setdefault(field, SENTENCES[field])
    return found
