"""What coordinators and scouts type about a round. Mistakes become Dutch sentences."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from forms.desk.intakes.answers import day_as_typed
from schemas.model import Model
from schemas.refs import Language, street_slug
from schemas.scouting import Target, VisitOutcome
from schemas.signup import Email, Name, StreetName, StreetPart

FURTHEST = timedelta(days=365)
OLDEST = timedelta(days=14)
"""A visit may have been kept on a phone for so long; one from before counts as made today."""

MOST_STREETS = 100
PART = re.compile(r"(.+?)\s*\((.+)\)")

_name: TypeAdapter[str] = TypeAdapter(StreetName)
_part: TypeAdapter[str | None] = TypeAdapter(StreetPart)


def _day_or_none(value: object) -> object:
    return day_as_typed(value) if str(value or "").strip() else None


def _ticked(value: object) -> bool:
    return value == "yes"


def _tidy_or_none(value: object) -> object:
    return " ".join(str(value or "").split()) or None


class RoundAnswers(Model):
    """Where and until when. Validate with the context ``{"today": ..., "wijken": ...}``."""

    wijk: str
    day: Annotated[date, BeforeValidator(day_as_typed)]

    @field_validator("wijk")
    @classmethod
    def of_ours(cls, wijk: str, info: ValidationInfo) -> str:
        """One of the municipality's own."""
        if wijk not in (info.context or {})["wijken"]:
            raise PydanticCustomError("wijk", "not ours")
        return wijk

    @field_validator("day")
    @classmethod
    def to_come(cls, day: date, info: ValidationInfo) -> date:
        """Today or later, within a year."""
        today: date = (info.context or {})["today"]
        if day < today:
            raise PydanticCustomError("past", "in the past")
        if day > today + FURTHEST:
            raise PydanticCustomError("far", "too far away")
        return day


def streets_of(text: str) -> tuple[list[Target], list[str]]:
    """The streets in a list, one a line, such as ``Rozenlaan (tot de brug)``; and the lines that are none."""
    found: dict[str, Target] = {}
    wrong = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        try:
            target = _target(line)
            found.setdefault(target.street, target)
        except ValueError:
            wrong.append(line)
    return list(found.values()), wrong


def _target(line: str) -> Target:
    """A street as typed; raises ``ValueError`` for what can be none."""
    split = PART.fullmatch(line)
    name = _name.validate_python(split[1] if split else line)
    part = _part.validate_python(split[2] if split else None)
    slug = street_slug(name, part)
    if not slug:
        raise ValueError("no letters")
    return Target(street=slug, name=name, part=part)


class VisitAnswers(Model):
    """What came of a visit. Validate with the context ``{"streets", "now", "today", "last"}``."""

    street: str
    outcome: VisitOutcome
    again: Annotated[date | None, BeforeValidator(_day_or_none)] = None
    at: datetime | None = None

    @field_validator("street")
    @classmethod
    def of_this_round(cls, street: str, info: ValidationInfo) -> str:
        """One of the round's streets."""
        if street not in (info.context or {})["streets"]:
            raise PydanticCustomError("street", "not of this round")
        return street

    @field_validator("again")
    @classmethod
    def within_the_round(cls, again: date | None, info: ValidationInfo) -> date | None:
        """After today, and on a day on which the round still runs."""
        context: dict[str, Any] = info.context or {}
        if again and again <= context["today"]:
            raise PydanticCustomError("again_past", "in the past")
        if again and again > context["last"]:
            raise PydanticCustomError("again_late", "after the round")
        return again

    @field_validator("at", mode="before")
    @classmethod
    def as_the_phone_says(cls, value: object, info: ValidationInfo) -> datetime | None:
        """When the scout was there; a clock that cannot be right is not believed."""
        now: datetime = (info.context or {})["now"]
        try:
            at = datetime.fromisoformat(str(value or ""))
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return at if now - OLDEST <= at <= now else None


class CandidateAnswers(Model):
    """Who wants to be invited, and said that we may keep this."""

    name: Name
    email: Email
    language: Language = Language.NL
    why: Annotated[
        Annotated[str, StringConstraints(max_length=500)] | None, BeforeValidator(_tidy_or_none)
    ] = None
    consent: Annotated[bool, BeforeValidator(_ticked)] = False

    @field_validator("consent")
    @classmethod
    def given(cls, consent: bool) -> bool:  # noqa: FBT001  a validator takes what its field holds
        """Without it nothing about a person is kept."""
        if not consent:
            raise PydanticCustomError("consent", "not given")
        return consent


PERSONAL = ("name", "email", "language", "why", "consent")
AGAIN = (VisitOutcome.NOBODY_HOME, VisitOutcome.TALKED)


def visit_of(
    values: Mapping[str, str], context: dict[str, Any]
) -> tuple[VisitAnswers, CandidateAnswers | None]:
    """A scout's answers. What was typed about a person is not even read unless they are a candidate.

    Raises :class:`Wrong`.
    """
    asked = dict(values)
    if values.get("outcome") not in list(AGAIN):
        asked.pop("again", None)
    visit: VisitAnswers | None = None
    candidate: CandidateAnswers | None = None
    wrong: dict[str, str] = {}
    try:
        visit = VisitAnswers.model_validate(asked, context=context)
    except ValidationError as error:
        wrong |= problems(error)
    if values.get("outcome") == VisitOutcome.CANDIDATE:
        try:
            fields = {field: values[field] for field in PERSONAL if field in values}
            candidate = CandidateAnswers.model_validate({"consent": "", **fields})
        except ValidationError as error:
            wrong |= problems(error)
    if visit is None or wrong:
        raise Wrong(wrong)
    return visit, candidate


class Wrong(Exception):
    """Sentences by field; nothing of what was typed is in them."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("the form has mistakes")
        self.problems = problems


SENTENCES = {
    "wijk": "Kies een wijk uit de lijst.",
    "day": "Vul een datum in, bijvoorbeeld 24-11-2026.",
    "past": "Kies vandaag of een dag die nog moet komen.",
    "far": "Kies een dag binnen een jaar.",
    "street": "Kies de straat waar u was.",
    "outcome": "Kies wat er van uw bezoek kwam.",
    "again": "Vul een datum in, bijvoorbeeld 24-11-2026.",
    "again_past": "Kies een dag na vandaag.",
    "again_late": "Dan is deze ronde al voorbij. Kies een eerdere dag, of laat het leeg.",
    "name": "Vul de naam in van wie u uitnodigt.",
    "email": "Vul een e-mailadres in, zoals naam@voorbeeld.nl.",
    "language": "Kies in welke taal de mail komt.",
    "why": "Maak het korter: ten hoogste 500 tekens.",
    "consent": (
        "Vraag of we de gegevens mogen bewaren, en vink dat aan. Zonder toestemming bewaren we niets over "
        "iemand."
    ),
}
FIELDS = {"past": "day", "far": "day", "again_past": "again", "again_late": "again"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else one["type"]
        key = one["type"] if one["type"] in SENTENCES else field
        found.setdefault(FIELDS.get(key, field), SENTENCES[key])
    return found
