"""Talent scouting (*talentenjacht*): a round from door to door in a wijk, and the rules it goes by."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5

from schemas.calendar import dutch_date, start_of
from schemas.facts import Fact
from schemas.model import Model
from schemas.refs import Slug, StaffRef
from schemas.refusals import Refusal

SIGNUPS = UUID("5d3c6b7e-2f1a-5c94-8e0b-9a6d2f4c7b18")

SOURCE = "scouting"
"""Where a sign-up comes from that began at the door."""


class VisitOutcome(StrEnum):
    """What came of ringing at a street's doors."""

    NOBODY_HOME = "nobody_home"
    TALKED = "talked"
    CANDIDATE = "candidate"
    REFUSED = "refused"


class Target(Model):
    """A street that a round looks for gangmakers in."""

    street: Slug
    name: str
    part: str | None = None

    @property
    def title(self) -> str:
        """The street as people say it, with the part that is meant."""
        return f"{self.name} ({self.part})" if self.part else self.name


class RoundOrder(Model):
    """A round as a coordinator starts it; ``until`` is the first moment after its last day."""

    round: UUID
    municipality: Slug
    wijk: str
    targets: list[Target]
    scouts: list[StaffRef]
    until: datetime
    by: StaffRef
    desk_url: str

    @property
    def workflow_id(self) -> str:
        """The id of the round's workflow."""
        return scouting_id(self.municipality, self.round)

    @property
    def last_day(self) -> date:
        """The last Dutch day on which scouts go out."""
        return last_day(self.until)


class DoorVisit(Model):
    """A visit as a scout noted it. Nothing in it says who was spoken to."""

    visit: UUID
    round: UUID
    street: Slug
    outcome: VisitOutcome
    scout: StaffRef
    at: datetime
    again_on: date | None = None
    """When the scout comes back."""
    rest_until: date | None = None
    """Until when the street is not asked again."""


class Counts(Model):
    """How far a round is; ``visited`` counts streets, the outcomes count visits."""

    targets: int = 0
    visited: int = 0
    nobody_home: int = 0
    talked: int = 0
    candidate: int = 0
    refused: int = 0

    @property
    def visits(self) -> int:
        """All visits together."""
        return self.nobody_home + self.talked + self.candidate + self.refused


class FollowUp(Model):
    """A street that a scout promised to come back to; ``told`` once that day has come."""

    street: Slug
    on: date
    told: bool = False


class RoundState(Model):
    """All that a round's run carries; stored in histories, so only add fields."""

    order: RoundOrder
    begun: bool = False
    counts: Counts = Counts()
    follow_ups: list[FollowUp] = []
    longest: int = 4000
    """Events of a run after which the next one goes on."""

    @classmethod
    def fresh(cls, order: RoundOrder) -> Self:
        """A round that begins."""
        return cls(order=order, counts=Counts(targets=len(order.targets)))

    def title_of(self, street: Slug) -> str:
        """The street as people say it."""
        return next((each.title for each in self.order.targets if each.street == street), street)


class EndRound(Model):
    """Somebody ends a round before its date."""

    by: StaffRef


class RoundFact(Model):
    """A round began or ended."""

    fact: Fact
    order: RoundOrder
    at: datetime


class VisitFact(Model):
    """A scout was at the door."""

    fact: Fact
    visit: DoorVisit


class DueFact(Model):
    """The day has come on which a scout promised to come back."""

    fact: Fact
    round: UUID
    street: Slug
    at: datetime


class Noted(Model):
    """What the registry knows after a visit: it alone counts, so that no visit counts twice."""

    counts: Counts
    latest: DoorVisit


def scouting_id(municipality: Slug, round_id: UUID) -> str:
    """Workflow id of a round."""
    return f"scouting-{municipality}-{round_id}"


def signup_of(visit: UUID) -> UUID:
    """The sign-up that a candidate's visit becomes: the same however often the visit is sent."""
    return uuid5(SIGNUPS, str(visit))


def last_day(until: datetime) -> date:
    """The last Dutch day before a moment."""
    return dutch_date(until - timedelta(microseconds=1))


def again_on(
    outcome: VisitOutcome, asked: date | None, today: date, last: date, follow_up: timedelta
) -> date | None:
    """When to come back: as the scout says, or by policy to a door that nobody opened; never after the end.

    ``last`` is the round's last day.
    """
    if outcome is VisitOutcome.TALKED:
        return asked
    if outcome is not VisitOutcome.NOBODY_HOME:
        return None
    day = asked or min(today + follow_up, last)
    return day if day > today else None


def rest_until(outcome: VisitOutcome, today: date, rest: timedelta) -> date | None:
    """Until when a street that said no is left alone, by policy."""
    return today + rest if outcome is VisitOutcome.REFUSED else None


def noted(state: RoundState, noting: Noted) -> RoundState:
    """The round after a visit: the street's latest visit alone says whether somebody comes back."""
    visit = noting.latest
    others = [each for each in state.follow_ups if each.street != visit.street]
    mine = [FollowUp(street=visit.street, on=visit.again_on)] if visit.again_on else []
    kept = [each for each in state.follow_ups if each.street == visit.street and each.on == visit.again_on]
    return state.model_copy(update={"counts": noting.counts, "follow_ups": others + (kept or mine)})


def due(state: RoundState, now: datetime) -> FollowUp | None:
    """A follow-up whose day has come and that nobody was told of, the earliest first."""
    open_ones = [each for each in state.follow_ups if not each.told and start_of(each.on) <= now]
    return min(open_ones, key=lambda each: (each.on, each.street), default=None)


def told(state: RoundState, follow_up: FollowUp) -> RoundState:
    """The round after the scouts were told."""
    after = [
        each.model_copy(update={"told": True}) if each == follow_up else each for each in state.follow_ups
    ]
    return state.model_copy(update={"follow_ups": after})


def next_moment(state: RoundState) -> datetime:
    """When something happens by itself: the earliest follow-up, or the end."""
    days = [start_of(each.on) for each in state.follow_ups if not each.told]
    return min([*days, state.order.until])


def end_refusal(*, over: bool) -> Refusal | None:
    """Why a round cannot be ended by hand, if so."""
    return Refusal.ROUND_OVER if over else None
