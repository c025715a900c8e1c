"""What a coordinator types about a campaign. Mistakes become Dutch sentences."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from forms.desk.intakes.answers import day_as_typed
from forms.site.i18n import marked
from schemas.campaign import Campaign, ChannelKind
from schemas.model import Model
from schemas.money import NotAnAmount, cents_from_text
from schemas.refs import Slug

MOST = 10_000_000_00


def _tidy(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _cents(value: object) -> int:
    try:
        cents = cents_from_text(str(value or "0"))
    except NotAnAmount:
        raise PydanticCustomError("planned", "no amount") from None
    if not 0 <= cents <= MOST:
        raise PydanticCustomError("planned", "out of range")
    return cents


Words = Annotated[str, BeforeValidator(_tidy), StringConstraints(min_length=2, max_length=60)]


class CampaignAnswers(Model):
    """A campaign and its period."""

    name: Words
    first: Annotated[date, BeforeValidator(day_as_typed)]
    last: Annotated[date, BeforeValidator(day_as_typed)]
    planned: Annotated[int, BeforeValidator(_cents)]

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """It ends after it began."""
        if self.last < self.first:
            raise PydanticCustomError("backwards", "ends before it begins")
        return self

    def campaign(self, form: UUID, municipality: Slug) -> Campaign:
        """The form's id is the campaign's."""
        return Campaign(
            id=form,
            municipality=municipality,
            name=self.name,
            first_day=self.first,
            last_day=self.last,
            planned_cents=self.planned,
        )


class ChannelAnswers(Model):
    """A channel in words, such as *Bibliotheek Noord*."""

    kind: ChannelKind
    words: Words


SENTENCES = {
    "name": marked("Geef de campagne een korte naam, bijvoorbeeld: voorjaar in Noord."),
    "first": marked("Vul een datum in, bijvoorbeeld 1-4-2027."),
    "last": marked("Vul een datum in, bijvoorbeeld 1-4-2027."),
    "planned": marked("Vul een bedrag in, bijvoorbeeld 250."),
    "backwards": marked("De laatste dag komt na de eerste."),
    "kind": marked("Kies een soort uit de lijst."),
    "words": marked("Schrijf kort waar het is, bijvoorbeeld: bibliotheek Noord."),
}
FIELDS = {"backwards": "last"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        key = str(one["loc"][0]) if one["loc"] else one["type"]
        found.setdefault(FIELDS.get(key, key), SENTENCES[key])
    return found
