"""Sign-up: what a resident fills in, and what the workflow gets of it."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.facts import LinkPurpose
from schemas.mail_address import MailAddress
from schemas.model import Model
from schemas.refs import Language, Slug, StaffRef, VaultRef, street_slug

HANDOVER = "handover"
"""The source of a sign-up that a gangmaker who stops asked for."""

CAMPAIGN = re.compile(r"^[a-z0-9-]{1,40}$")


def _tidy(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _tidy_or_none(value: object) -> object:
    tidy = _tidy(value)
    return None if tidy == "" else tidy


def _no_control(value: str | None) -> str | None:
    if value and (not value.isprintable() or "://" in value):
        raise PydanticCustomError("text", "no name")
    return value


def _plain_address(value: str) -> str:
    """The form every mail server takes: an international domain in its ASCII form, a local part in ASCII."""
    from email_validator import validate_email  # noqa: PLC0415 - read with the first address

    ascii_form = validate_email(value, check_deliverability=False).ascii_email
    if ascii_form is None:
        raise PydanticCustomError("value_error", "an address that not every mail server takes")
    return ascii_form


def _street_text(value: str | None) -> str | None:
    if value and (re.search(r"[@<>{}\\]|\d{5}", value) or not value.isprintable()):
        raise PydanticCustomError("street_text", "not the name of a street")
    return value


def _dutch_phone(value: str | None) -> str | None:
    if value is None:
        return None
    import phonenumbers  # noqa: PLC0415 - read with the first number

    try:
        number = phonenumbers.parse(value, "NL")
    except phonenumbers.NumberParseException:
        raise PydanticCustomError("phone", "not a telephone number") from None
    if not phonenumbers.is_valid_number(number):
        raise PydanticCustomError("phone", "not a telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


Name = Annotated[
    str, BeforeValidator(_tidy), StringConstraints(min_length=1, max_length=80), AfterValidator(_no_control)
]
StreetName = Annotated[
    str, BeforeValidator(_tidy), StringConstraints(min_length=2, max_length=60), AfterValidator(_street_text)
]
StreetPart = Annotated[
    Annotated[str, StringConstraints(max_length=60)] | None,
    BeforeValidator(_tidy_or_none),
    AfterValidator(_street_text),
]
Email = Annotated[MailAddress, BeforeValidator(_tidy), AfterValidator(_plain_address)]
Phone = Annotated[
    Annotated[str, StringConstraints(max_length=30)] | None,
    BeforeValidator(_tidy_or_none),
    AfterValidator(_dutch_phone),
]


class StreetAnswers(Model):
    """Step 1: which street."""

    street: StreetName
    part: StreetPart = None
    wijk: Annotated[str, BeforeValidator(_tidy), StringConstraints(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def has_letters(self) -> Self:
        """A street needs a name that can stand in an address."""
        if not street_slug(self.street, None):
            raise PydanticCustomError("street_text", "not the name of a street")
        return self

    @property
    def slug(self) -> Slug:
        """The street's slug within its municipality."""
        return street_slug(self.street, self.part)


class YourAnswers(Model):
    """Step 2: who signs up."""

    name: Name
    email: Email
    phone: Phone = None


class Together(StrEnum):
    """Whether a second gangmaker is known already."""

    YES = "yes"
    NOT_YET = "not_yet"


class TogetherAnswers(Model):
    """Step 3: who takes part; a named neighbour confirms for themselves."""

    together: Together
    second_name: Annotated[Name | None, BeforeValidator(_tidy_or_none)] = None
    second_email: Annotated[Email | None, BeforeValidator(_tidy_or_none)] = None

    @model_validator(mode="before")
    @classmethod
    def alone_is_alone(cls, data: object) -> object:
        """Who answers *not yet* has nothing checked that they typed below it."""
        if isinstance(data, dict) and data.get("together") == Together.NOT_YET:
            return {key: value for key, value in data.items() if not key.startswith("second_")}
        return data

    @model_validator(mode="after")
    def named_in_full(self) -> Self:
        """A second gangmaker needs a name and an address to be asked."""
        if self.together is Together.YES and not (self.second_name and self.second_email):
            raise PydanticCustomError("second_incomplete", "name and e-mail of the second gangmaker")
        return self


class SignupForm(StreetAnswers, YourAnswers, TogetherAnswers):
    """The whole form."""

    @model_validator(mode="after")
    def two_people(self) -> Self:
        """Two gangmakers are two people, so they have two addresses."""
        if self.second_email and self.second_email.casefold() == self.email.casefold():
            raise PydanticCustomError("second_same", "the second gangmaker has the same address")
        return self


class SignupOrder(Model):
    """What SignupWorkflow starts with: the terms the resident read, and references to people."""

    submission: UUID
    municipality: Slug
    street: Slug
    street_name: str
    part: str | None = None
    wijk: str
    campaign: str | None = None
    language: Language = Language.NL
    gangmaker: VaultRef
    second: VaultRef | None = None
    reminders: list[timedelta]
    expires_after: timedelta
    source: str = "campaign"
    """How they came: by themselves (*campaign*), or found at the door (*scouting*)."""
    round: UUID | None = None
    """The scouting round that found them."""
    replaces: VaultRef | None = None
    """The gangmaker who hands over to this one (source *handover*)."""
    by: StaffRef | None = None
    """Who of the office wrote it down or found them at the door, or which other system brought it.

    None for who signed up themselves.
    """
    desk_url: str = ""

    @property
    def title(self) -> str:
        """The street as people say it, with the part that is meant."""
        return f"{self.street_name} ({self.part})" if self.part else self.street_name


class Answer(Model):
    """A resident's answer to a mailed question, brought by the relay."""

    person: VaultRef
    yes: bool
    purpose: LinkPurpose | None = None
    """What was asked, for who asks more than one thing."""


MOST_AGAIN = 3
"""How often somebody of the office may have a question sent again; the policy's reminders come besides."""


class AskAgain(Model):
    """Somebody called: the mail is not there."""

    by: StaffRef


class SignupResult(Model):
    """How a sign-up ended: the street it joined, if any, and how many people said yes."""

    joined: int
