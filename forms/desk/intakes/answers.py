"""What a coordinator types: an agenda, a plan, an outcome. Mistakes become Dutch sentences."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas.calendar import AMSTERDAM, dutch_date
from schemas.intake import Outcome, Referral
from schemas.model import Model

FURTHEST = timedelta(days=365)
"""A conversation further away than this is a typing error in the year."""

DUTCH_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)(?: ?uur)?")


def day_as_typed(value: object) -> object:
    """ISO as a date field sends it, or day-month-year as people type it."""
    text = str(value or "").strip()
    found = DUTCH_DAY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "not a date") from None


def _clock(value: object) -> object:
    found = CLOCK.fullmatch(str(value or "").strip())
    if not found:
        raise PydanticCustomError("clock", "not a time")
    return time(int(found[1]), int(found[2]))


def _tidy(value: object) -> object:
    return " ".join(str(value or "").split())


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("place", "unprintable characters")
    return value


LONGEST = 1000
MOST_WEEKS = 12
MOST_A_DAY = 12
PlaceText = Annotated[
    str, BeforeValidator(_tidy), StringConstraints(min_length=2, max_length=200), AfterValidator(_printable)
]


class PlanAnswers(Model):
    """Day, time and place of a conversation, in Dutch time. Validate with the context ``{"now": ...}``."""

    day: Annotated[date, BeforeValidator(day_as_typed)]
    clock: Annotated[time, BeforeValidator(_clock)]
    place: PlaceText

    @model_validator(mode="after")
    def can_be_kept(self, info: ValidationInfo) -> Self:
        """The moment has yet to come, is within a year, and exists (summer time skips none)."""
        now: datetime = (info.context or {})["now"]
        if self.at <= now:
            raise PydanticCustomError("past", "in the past")
        if self.at > now + FURTHEST:
            raise PydanticCustomError("far", "too far away")
        if self.at.astimezone(UTC).astimezone(AMSTERDAM).time() != self.clock:
            raise PydanticCustomError("skipped", "the clock skips this time")
        return self

    @property
    def at(self) -> datetime:
        """The moment, aware of its zone."""
        return datetime.combine(self.day, self.clock, AMSTERDAM)


class RecordAnswers(Model):
    """The outcome of a conversation."""

    outcome: Outcome
    approach: Annotated[str, BeforeValidator(_tidy), StringConstraints(max_length=LONGEST)] = ""
    """How the street wants to go about it, in its own words."""
    referral: Annotated[Referral | None, BeforeValidator(lambda value: value or None)] = None

    @model_validator(mode="after")
    def says_where_to(self) -> Self:
        """Who is referred is referred to something."""
        if self.outcome is Outcome.REFERRED and self.referral is None:
            raise PydanticCustomError("referral", "referred to nothing")
        return self


class AgendaAnswers(Model):
    """Moments that a coordinator can: a stretch of a day, perhaps for some weeks. Validate like a plan."""

    day: Annotated[date, BeforeValidator(day_as_typed)]
    start: Annotated[time, BeforeValidator(_clock)]
    end: Annotated[time, BeforeValidator(_clock)]
    place: PlaceText
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = 1

    @model_validator(mode="after")
    def can_be_kept(self, info: ValidationInfo) -> Self:
        """There is room for a conversation, not too many on a day, and all within a year."""
        now: datetime = (info.context or {})["now"]
        minutes: int = (info.context or {})["minutes"]
        if self.day > dutch_date(now + FURTHEST):
            raise PydanticCustomError("far", "too far away")
        found = self.moments(minutes)
        if not found or len(found) > self.weeks * MOST_A_DAY:
            raise PydanticCustomError("stretch", "no room for a conversation, or for too many")
        if found[0] <= now:
            raise PydanticCustomError("past", "in the past")
        if found[-1] > now + FURTHEST:
            raise PydanticCustomError("far", "too far away")
        return self

    def moments(self, minutes: int) -> list[datetime]:
        """When each conversation can begin, one after the other, in Dutch time."""
        found = []
        for week in range(self.weeks):
            day = self.day + timedelta(weeks=week)
            at, until = (datetime.combine(day, clock) for clock in (self.start, self.end))
            while at + timedelta(minutes=minutes) <= until:
                found.append(at.replace(tzinfo=AMSTERDAM))
                at += timedelta(minutes=minutes)
        return found


SENTENCES = {
    "day": "Vul een datum in, bijvoorbeeld 24-11-2026.",
    "clock": "Vul een tijd in, bijvoorbeeld 14:30.",
    "place": "Vul in waar het gesprek is, in ten hoogste 200 tekens.",
    "outcome": "Kies wat er uit het gesprek kwam.",
    "approach": "Maak het korter: ten hoogste 1000 tekens.",
    "referral": "Kies waarnaar u verwijst.",
    "start": "Vul een begintijd in, bijvoorbeeld 13:00.",
    "end": "Vul een eindtijd in, bijvoorbeeld 17:00.",
    "weeks": "Kies een aantal weken van 1 tot 12.",
    "stretch": "Kies een eindtijd met ruimte voor minstens één gesprek, en ten hoogste twaalf op een dag.",
    "skipped": "Deze tijd bestaat niet: de klok gaat dan een uur vooruit. Kies een andere tijd.",
    "past": "Kies een moment dat nog moet komen.",
    "far": "Kies een moment binnen een jaar.",
}
FIELDS = {"skipped": "clock", "past": "day", "far": "day", "stretch": "end"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        key = str(one["loc"][0]) if one["loc"] else one["type"]
        found.setdefault(FIELDS.get(key, key), SENTENCES[key])
    return found
