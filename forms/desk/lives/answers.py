"""What a coordinator types about the life of a street. Mistakes become Dutch sentences."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from forms.site.i18n import marked
from schemas.model import Model
from schemas.refs import Language, Slug, street_slug
from schemas.signup import Email, Name, StreetPart
from schemas.street import Shape

WITH_PART = (Shape.PART, Shape.BLOCK, Shape.FLAT, Shape.SEVERAL)


class HandOnAnswers(Model):
    """Who takes over."""

    name: Name
    email: Email
    language: Language = Language.NL


class ShapeAnswers(Model):
    """A shape; all but a whole street need words for what carries the potje."""

    shape: Shape
    part: StreetPart = None

    @model_validator(mode="after")
    def in_words(self) -> "ShapeAnswers":
        """A part without a name could be any part."""
        if self.shape in WITH_PART and not self.part:
            raise PydanticCustomError("part_missing", "no words for the part")
        return self


class MergeAnswers(Model):
    """The street in which this one goes on."""

    into: Annotated[Slug, BeforeValidator(str)]


class SplitAnswers(Model):
    """The part that becomes a street, and who goes along."""

    split_part: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
    people: list[UUID]

    @model_validator(mode="after")
    def has_letters(self) -> "SplitAnswers":
        """A part needs a name that can stand in an address."""
        if not street_slug(self.split_part, None) or any(sign in self.split_part for sign in "@<>{}\\"):
            raise PydanticCustomError("split_part", "not the name of a part")
        return self


SENTENCES = {
    "name": marked("Vul de naam in van wie het overneemt."),
    "email": marked("Vul een e-mailadres in, zoals naam@voorbeeld.nl."),
    "language": marked("Kies in welke taal de mail komt."),
    "shape": marked("Kies een vorm uit de lijst."),
    "part": marked("Schrijf kort om welk deel het gaat, bijvoorbeeld: tot de brug."),
    "into": marked("Kies een straat uit de lijst."),
    "split_part": marked("Schrijf kort hoe het nieuwe deel heet, bijvoorbeeld: even kant."),
    "people": marked("Vink aan wie er in het nieuwe deel woont."),
}
FIELDS = {"part_missing": "part"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else FIELDS.get(one["type"], one["type"])
        found.setdefault(field, SENTENCES[field])
    return found
