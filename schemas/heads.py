"""The heads of the ledger's chains, told to the auditors each day."""

from datetime import datetime

from schemas.model import Model
from schemas.refs import Slug

HEADS = "ledger-heads"
"""The schedule, and how the ids of its workflows begin."""

BETWEEN = "|"
"""Between the years in a letter's value."""


class Audited(Model):
    """The municipalities whose policy names an auditor."""

    municipalities: list[Slug]
    desk_url: str = ""


class HeadOrder(Model):
    """Look at the books of a municipality and tell where they stand. ``day`` is the Dutch date, ISO 8601."""

    municipality: Slug
    day: str
    at: datetime


class HeadPublished(Model):
    """What was told: how many years, and in how many something is broken."""

    municipality: Slug
    years: int = 0
    broken: int = 0


class HeadsPublished(Model):
    """What a day came to."""

    told: list[HeadPublished]
