"""References: what workflows, ids and logs may carry about people. Opaque, never a name or an address."""

import secrets
from enum import StrEnum
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

VaultRef = UUID
"""Points at one sealed item in the vault: a person, a place."""

StaffRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9:-]{1,60}$")]
"""An opaque staff id such as ``rotterdam:coordinator-1``; never a name."""

LONGEST_SLUG = 80
DIGEST_LETTERS = 8

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=LONGEST_SLUG)]

ENGINE: StaffRef = "engine"
"""The actor of what nobody did by hand: reminders, expiry, deadlines."""

REPORTER: StaffRef = "reporter"
"""The actor of what somebody did about a concern they told of: never with a reference to who that is."""

RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L: a receipt is read aloud over the telephone."""


class Language(StrEnum):
    """The languages every page and mail exists in; Dutch is the first."""

    NL = "nl"
    EN = "en"


def new_receipt() -> str:
    """Eight characters in two groups, such as ``7KXP-M2QD``: 31^8 possibilities."""
    letters = "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def plain(words: str, *, joined: str = "-", longest: int = 0) -> str:
    """Words in small letters and digits, at most so many whole ones as fit; 0: all of them.

    What knows the letters of all languages is read with the first.
    """
    from slugify import slugify  # noqa: PLC0415

    return str(slugify(words, max_length=longest, word_boundary=longest > 0, separator=joined))


def street_slug(name: str, part: str | None) -> str:
    """The slug of a street, or of the part of a long street that has a potje of its own.

    One that has to be cut ends in a digest, so that two parts never become one street.
    """
    slug = plain(f"{name} {part or ''}")
    if len(slug) <= LONGEST_SLUG:
        return slug
    digest = sha256(slug.encode()).hexdigest()[:DIGEST_LETTERS]
    return f"{slug[: LONGEST_SLUG - DIGEST_LETTERS - 1].rstrip('-')}-{digest}"


def street_id(municipality: str, slug: str) -> str:
    """Workflow id of a street."""
    return f"street-{municipality}-{slug}"


def signup_id(submission: UUID) -> str:
    """Workflow id of a sign-up."""
    return f"signup-{submission}"


def intake_id(municipality: str, slug: str, number: int) -> str:
    """Workflow id of the n-th intake of a street."""
    return f"intake-{municipality}-{slug}-{number}"


def renewal_id(municipality: str, slug: str, year: int) -> str:
    """Workflow id of the yearly question to a street."""
    return f"renewal-{municipality}-{slug}-{year}"


def round_id(municipality: str) -> str:
    """Id of a municipality's schedule of rounds, and the beginning of each round's own."""
    return f"renewal-round-{municipality}"


def potje_id(municipality: str, slug: str, year: int, attempt: int = 1) -> str:
    """Workflow id of a street's potje of a year; a street that comes back gets a further attempt."""
    suffix = "" if attempt == 1 else f"-{attempt}"
    return f"potje-{municipality}-{slug}-{year}{suffix}"
