"""What a coordinator types: the plan of a conversation, and its outcome. Mistakes become Dutch sentences."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas.calendar import AMSTERDAM
from schemas.intake import Outcome

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


def _ticked(value: object) -> bool:
    """A box sends *yes* or nothing; whatever else comes in is no yes."""
    return value == "yes"


class PlanAnswers(BaseModel):
    """Day, time and place of a conversation, in Dutch time. Validate with the context ``{"now": ...}``."""

    day: Annotated[date, BeforeValidator(day_as_typed)]
    clock: Annotated[time, BeforeValidator(_clock)]
    place: Annotated[
        str,
        BeforeValidator(_tidy),
        StringConstraints(min_length=2, max_length=200),
        AfterValidator(_printable),
    ]

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


class RecordAnswers(BaseModel):
    """The outcome of a conversation."""

    outcome: Outcome
    spelregels_agreed: Annotated[bool, BeforeValidator(_ticked)] = False


SENTENCES = {
    "day": "Vul een datum in, bijvoorbeeld 24-11-2026.",
    "clock": "Vul een tijd in, bijvoorbeeld 14:30.",
    "place": "Vul in waar het gesprek is, in ten hoogste 200 tekens.",
    "outcome": "Kies wat er uit het gesprek kwam.",
    "skipped": "Deze tijd bestaat niet: de klok gaat dan een uur vooruit. Kies een andere tijd.",
    "past": "Kies een moment dat nog moet komen.",
    "far": "Kies een moment binnen een jaar.",
}
FIELDS = {"skipped": "clock", "past": "day", "far": "day"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        key = str(one["loc"][0]) if one["loc"] else one["type"]
        found.setdefault(FIELDS.get(key, key), SENTENCES[key])
    return found
