"""Campaigns: channels with a code each, and what came of them. Counted, never tracked."""

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from schemas.model import Model
from schemas.refs import Slug, plain

LONGEST_CODE = 30
"""Short enough to type over from a poster."""


class ChannelKind(StrEnum):
    """How people hear of it."""

    POSTER = "poster"
    FLYER = "flyer"
    SOCIAL = "social"
    MAIL = "mail"
    EVENT = "event"
    OTHER = "other"


class Campaign(Model):
    """A campaign with its period, both days included, and what it may cost in euro cents."""

    id: UUID
    municipality: Slug
    name: str
    first_day: date
    last_day: date
    planned_cents: int


class Channel(Model):
    """One way of a campaign."""

    campaign: UUID
    code: str
    kind: ChannelKind
    words: str


class Funnel(Model):
    """From visit to active street. A street counts where its first confirmed sign-up came from."""

    visits: int = 0
    signups: int = 0
    confirmed: int = 0
    intakes: int = 0
    active: int = 0


def code_for(kind: ChannelKind, words: str, taken: Collection[str]) -> str:
    """A code that can be read aloud, such as ``poster-bibliotheek``; numbered when it is taken."""
    base = plain(words, longest=LONGEST_CODE) or kind.value
    if base not in taken:
        return base
    return next(code for number in range(2, len(taken) + 3) if (code := f"{base}-{number}") not in taken)


def together(funnels: Iterable[Funnel]) -> Funnel:
    """The sum of channels."""
    total = Funnel()
    for each in funnels:
        for step in Funnel.model_fields:
            setattr(total, step, getattr(total, step) + getattr(each, step))
    return total


def cents_per_street(spent: int, active: int) -> int | None:
    """What an active street cost, rounded to a cent; None without one."""
    return round(spent / active) if active else None
