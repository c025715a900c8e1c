"""What a treasurer types in the money rooms. Mistakes become Dutch sentences."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from forms.desk.intakes.answers import day_as_typed
from schemas.accounts import BudgetLine
from schemas.budget import Reason
from schemas.model import Model
from schemas.suspense import Cost, Grant, LateReturn, PaidStreet, Placing

FURTHEST = timedelta(days=31)
"""Banks take payments up to some weeks ahead; further away is a typing error."""

SATURDAY = 5


def next_working_day(today: date) -> date:
    """The first day after today that is no Saturday or Sunday."""
    day = today + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


class FreezeAnswers(Model):
    """When a batch is paid. Validate with the context ``{"today": ...}``."""

    day: Annotated[date, BeforeValidator(day_as_typed)]

    @model_validator(mode="after")
    def can_be_paid(self, info: ValidationInfo) -> Self:
        """Today or later, and within a month."""
        today: date = (info.context or {})["today"]
        if self.day < today:
            raise PydanticCustomError("past_day", "in the past")
        if self.day > today + FURTHEST:
            raise PydanticCustomError("far_day", "too far away")
        return self


class Place(StrEnum):
    """Where a line of the bank can belong; the first two came in, the others went out."""

    GRANT = "grant"
    LATE_RETURN = "late-return"
    COST = "cost"
    STREET = "street"


PLACES = {
    True: (Place.GRANT, Place.LATE_RETURN),
    False: (Place.COST, Place.STREET),
}
"""By whether money came in."""

NEEDED = {
    Place.GRANT: {"funder": "funder", "line": "line"},
    Place.LATE_RETURN: {"street": "street-back"},
    Place.COST: {"line": "cost-line"},
    Place.STREET: {"street": "street-paid"},
}
"""What each place needs to know, and the field that tells it."""

BUILD: dict[Place, type[Placing]] = {
    Place.GRANT: Grant,
    Place.LATE_RETURN: LateReturn,
    Place.COST: Cost,
    Place.STREET: PaidStreet,
}


class PlaceAnswers(Model):
    """Where a line of the bank belongs, and why. Validate with the context ``{"incoming": ...}``."""

    place: Place
    reason: Reason

    @field_validator("place")
    @classmethod
    def this_way(cls, place: Place, info: ValidationInfo) -> Place:
        """Money that came in has other places than money that went out."""
        if place not in PLACES[(info.context or {})["incoming"]]:
            raise PydanticCustomError("place", "the other way")
        return place


def placing_of(
    values: Mapping[str, str], place: Place, funders: Collection[str], streets: Collection[str]
) -> Placing | dict[str, str]:
    """The place as the ledger wants it, or a sentence for each field that is wrong."""
    known = {"funder": funders, "street": streets, "line": list(BudgetLine)}
    told = {name: values.get(field, "") for name, field in NEEDED[place].items()}
    wrong = {NEEDED[place][name]: SENTENCES[name] for name, value in told.items() if value not in known[name]}
    return wrong or BUILD[place].model_validate(told)


SENTENCES = {
    "day": "Vul een datum in, bijvoorbeeld 24-11-2026.",
    "past_day": "Kies vandaag of een dag die nog moet komen.",
    "far_day": "Kies een dag binnen een maand.",
    "place": "Kies waar dit geld bij hoort.",
    "funder": "Kies van wie het geld komt.",
    "line": "Kies een post van het budget.",
    "street": "Kies een straat.",
    "reason": "Schrijf in een paar woorden waarom, in ten hoogste 300 tekens.",
}
FIELDS = {"past_day": "day", "far_day": "day"}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        key = str(one["loc"][0]) if one["loc"] else one["type"]
        found.setdefault(FIELDS.get(key, key), SENTENCES[key])
    return found
