"""Who works at a desk: their roles, how they came in, and what a lead types about them."""

import secrets
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from schemas.model import Model
from schemas.refs import Slug, StaffRef
from schemas.signup import Email, Name

KEY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
KEY_LETTERS = 10
LONGEST_PASSKEY_NAME = 60

STRANGER: StaffRef = "stranger"
"""The actor of a sign-in that failed before anybody knew who it was."""


class Role(StrEnum):
    """The roles that have a desk today."""

    COORDINATOR = "coordinator"
    TREASURER = "treasurer"
    PRIVACY = "privacy"
    """The privacy officer: sees who read what, and nothing else of the desk."""
    SCOUT = "scout"
    """Sees the pages for at the door, and nothing else of the desk."""
    LEAD = "lead"
    """The programme lead: who works at the desk, what is connected, budget and numbers. No residents."""
    OPERATOR = "operator"
    """Runs the system: what is stuck, what is connected. No residents."""


class How(StrEnum):
    """How somebody signed in."""

    LOCAL = "local"
    """Chose who they are, on a stack of their own machine."""
    PROVIDER = "provider"
    """With the account of their municipality."""
    PASSKEY = "passkey"


class Source(StrEnum):
    """Who says that somebody has a role."""

    DESK = "desk"
    """A programme lead, or the command line."""
    PROVIDER = "provider"
    """The municipality's provider, at each sign-in anew."""


class Failure(StrEnum):
    """Why a sign-in came to nothing. The codes stand in the log and the journal, never with who it was."""

    AWAY = "away"
    """The provider did not answer, or not with what it should."""
    DENIED = "denied"
    """The provider said no, or somebody turned back there."""
    STATE = "state"
    """Not begun in this browser, too long ago, or used before."""
    TOKEN = "token"  # noqa: S105 - the name of a reason
    """What the provider signed is not for us, not now, or not signed by it."""
    CLOCK = "clock"
    """What the provider signed is of another time: one of the clocks is wrong."""
    FACTOR = "factor"
    """Signed in too weakly for this municipality."""
    NO_MAIL = "no_mail"
    UNPROVEN = "unproven"
    """The address is known here, but the provider does not vouch for it."""
    TAKEN = "taken"
    """The address belongs to a colleague with another account."""
    UNKNOWN = "unknown"
    """Nobody who works here, or nobody with a role."""
    ENDED = "ended"
    """Somebody who does not work here any more."""
    SECRET = "secret"  # noqa: S105 - the name of a reason
    """The secret of the client is not there."""
    PASSKEY = "passkey"
    """An assertion that does not hold."""
    OFTEN = "often"


def new_staff_ref(municipality: Slug) -> StaffRef:
    """``rotterdam:m-7kxpm2qd4f``: opaque, and theirs whatever role they act in."""
    letters = "".join(secrets.choice(KEY_ALPHABET) for _ in range(KEY_LETTERS))
    return f"{municipality}:m-{letters}"


def key_of(ref: StaffRef) -> str:
    """The part of a ref that stands in an address of its own municipality."""
    return ref.rpartition(":")[2]


class InvitationForm(Model):
    """A colleague who is invited to the desk."""

    name: Name
    email: Email
    role: Role


class RoleForm(Model):
    """One role more."""

    role: Role


def _tidy(value: object) -> str:
    return " ".join(str(value).split())


class PasskeyForm(Model):
    """What somebody calls their passkey."""

    name: Annotated[
        str, BeforeValidator(_tidy), StringConstraints(min_length=1, max_length=LONGEST_PASSKEY_NAME)
    ]


def browser_family(agent: str) -> str:
    """What kind of browser it is, for somebody who looks through their sessions; never its exact version."""
    families = (
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    family = next((name for sign, name in families if sign in agent), None)
    system = next((name for sign, name in systems if sign in agent), None)
    return " · ".join(filter(None, (family, system))) or "other"
