"""My data: what is kept of one person, as they read it, and what they may change."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from schemas.model import Model
from schemas.payee import gangmaker_ref
from schemas.person import Person
from schemas.refs import Slug, StaffRef, VaultRef
from schemas.signup import Email, Name, Phone

OPERATOR: StaffRef = "operator"
"""The actor of what is done from the command line, for who asked for it by letter or telephone."""

ROLES = {
    "coordinator": "coördinator",
    "treasurer": "penningmeester",
    "privacy": "privacyfunctionaris",
    "scout": "verkenner",
    "pro": "professional die gevraagd is",
    "gangmaker": "gangmaker",
}
SOMEBODY = "medewerker"
"""How a look is told to who was looked at: the role of the one who looked, never a name."""


def role_of(staff: StaffRef) -> str:
    """The role in a ref such as ``rotterdam:coordinator-1`` or ``pro:buurtteam``."""
    words = {part.rpartition("-")[0] or part for part in staff.split(":")}
    return next((told for role, told in ROLES.items() if role in words), SOMEBODY)


def resident_ref(person: VaultRef) -> StaffRef:
    """How the journal calls somebody who acts on their own data: opaque, and after an erasure empty."""
    return gangmaker_ref(person)


class AddressForm(Model):
    """The address somebody asks by."""

    email: Email


class ContactForm(Model):
    """What somebody may correct."""

    name: Name
    email: Email
    phone: Phone = None


def _ticked(value: object) -> bool:
    if value != "ja":
        raise PydanticCustomError("missing", "not ticked")
    return True


class EraseForm(Model):
    """Whether somebody said that they are sure."""

    sure: Annotated[bool, BeforeValidator(_ticked)]


class Contact(Model):
    """Somebody's details, as one form gave them: every form makes a record of its own."""

    ref: VaultRef
    name: str
    email: str
    phone: str | None
    language: str
    why: str | None
    since: datetime

    @classmethod
    def of(cls, ref: VaultRef, person: Person, since: datetime) -> "Contact":
        """From the vault."""
        return cls(ref=ref, since=since, **person.model_dump())


class StreetHeld(Model):
    """A street that somebody carries now."""

    street: Slug
    title: str
    phase: str
    wijk: str


class AskedHeld(Model):
    """A question that was mailed, and what came back."""

    question: str
    street: str
    asked_at: datetime
    answered_at: datetime | None
    answer: bool | None


class AccountHeld(Model):
    """An account number that somebody gave for a street."""

    street: Slug
    holder: str
    iban: str
    state: str
    given_at: datetime


class StoryHeld(Model):
    """A story, and whether it may be shared."""

    street: Slug
    text: str
    shared: bool
    told_at: datetime


class ConcernHeld(Model):
    """A concern that somebody told with their name; what it says is about somebody else."""

    reference: str
    status: str
    raised_at: datetime


class MailHeld(Model):
    """A mail: which, when, and whether it left. We keep no text of what was sent."""

    template: str
    state: str
    queued_at: datetime


class LookHeld(Model):
    """Somebody of the office looked."""

    role: str
    purpose: str
    at: datetime


class Held(Model):
    """All that is kept of one person in one municipality."""

    municipality: Slug
    written_at: datetime
    contacts: list[Contact]
    streets: list[StreetHeld] = []
    asked: list[AskedHeld] = []
    accounts: list[AccountHeld] = []
    stories: list[StoryHeld] = []
    concerns: list[ConcernHeld] = []
    mails: list[MailHeld] = []
    looks: list[LookHeld] = []

    @property
    def refs(self) -> list[UUID]:
        """Their references."""
        return [contact.ref for contact in self.contacts]
