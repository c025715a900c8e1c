"""Intake: the good conversation that comes instead of control afterwards."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from schemas.facts import Fact
from schemas.model import Model
from schemas.policy import Terms
from schemas.refs import Slug, StaffRef, VaultRef
from schemas.refusals import Refusal


class Outcome(StrEnum):
    """What a conversation leads to. *Waiting* is no end: the intake stays open for a further gangmaker."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    REFERRED = "referred"
    DECLINED = "declined"


class IntakeStatus(StrEnum):
    """Where an intake stands; a final one bears the name of its outcome."""

    OPEN = "open"
    PROPOSED = "proposed"
    PLANNED = "planned"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFERRED = "referred"
    DECLINED = "declined"


class Referral(StrEnum):
    """What fits better than a potje, as a category: what was said about it stays in the conversation."""

    COMMUNITY_WORK = "community_work"
    VOLUNTEERING = "volunteering"
    OTHER_FUND = "other_fund"
    HELP = "help"
    OTHER = "other"


FEWEST, MOST = 2, 4
"""How many moments a gangmaker can choose from: one is no choice, more are tiring."""


class IntakeOrder(Model):
    """What IntakeWorkflow starts with."""

    municipality: Slug
    street: Slug
    street_name: str
    number: int
    gangmakers: list[VaultRef]
    terms: Terms


class IntakePlan(Model):
    """A moment and a place, given by a coordinator."""

    at: datetime
    place: VaultRef
    coordinator: StaffRef
    slot: UUID | None = None
    """The moment in somebody's agenda, if it is one."""


class Moment(Model):
    """A free moment in the agenda of a coordinator."""

    slot: UUID
    at: datetime


class Offer(Model):
    """Moments that the gangmakers may pick from."""

    moments: list[Moment]
    coordinator: StaffRef


class OfferFact(Model):
    """The n-th offer of an intake, with the mails that tell of it."""

    fact: Fact
    workflow_id: str
    number: int
    slots: list[UUID]


class Offered(Model):
    """Whether all of its moments were still free; else nothing was written."""

    free: bool


class Pick(Model):
    """What a gangmaker picked; without a plan none of the moments suits them."""

    person: VaultRef
    number: int
    plan: IntakePlan | None = None


class PlanFact(Model):
    """A planned conversation; it ends every offer, and gives back any other moment that was picked."""

    fact: Fact
    workflow_id: str
    slot: UUID | None = None


class NudgeFact(Model):
    """Nothing is planned yet: the party's own mailbox hears it."""

    fact: Fact
    street_name: str
    waits_since: datetime


class Missed(Model):
    """Nobody came."""

    coordinator: StaffRef


class IntakeRecord(Model):
    """The outcome, recorded by a coordinator after the conversation."""

    outcome: Outcome
    agreed: list[VaultRef] = []
    """The gangmakers who said yes to the spelregels."""
    coordinator: StaffRef
    approach: VaultRef | None = None
    """How the street wants to go about it, in its own words."""
    referral: Referral | None = None


class IntakeResult(Model):
    """What the street learns of it."""

    outcome: Outcome
    coordinator: StaffRef
    approach: VaultRef | None = None


class IntakeNews(Model):
    """The same as a signal, with the number of the intake that it is about."""

    number: int
    result: IntakeResult


class Opening(Model):
    """A street that begins, and the intake that begins with it."""

    fact: Fact
    order: IntakeOrder
    wijk: str


class Recording(Model):
    """What came of a conversation; ``news`` for the street, when that decides."""

    fact: Fact
    news: IntakeNews | None = None


def plan_refusal(plan: IntakePlan, now: datetime, *, closed: bool) -> Refusal | None:
    """Why a plan is refused, if it is."""
    if closed:
        return Refusal.INTAKE_CLOSED
    return Refusal.INTAKE_IN_THE_PAST if plan.at <= now else None


def offer_refusal(offer: Offer, now: datetime, *, closed: bool) -> Refusal | None:
    """Why moments cannot be proposed, if they cannot."""
    if closed:
        return Refusal.INTAKE_CLOSED
    ahead = {moment.slot for moment in offer.moments if moment.at > now}
    return None if len(ahead) == len(offer.moments) and FEWEST <= len(ahead) <= MOST else Refusal.FEW_MOMENTS


def missed_refusal(plan: IntakePlan | None, status: IntakeStatus, now: datetime) -> Refusal | None:
    """Nobody can have missed what is not planned, has yet to come, or was recorded."""
    if status is not IntakeStatus.PLANNED or plan is None:
        return Refusal.INTAKE_NOT_PLANNED
    return Refusal.INTAKE_NOT_YET if plan.at > now else None


def record_refusal(
    record: IntakeRecord, *, planned: bool, closed: bool, gangmakers: Sequence[VaultRef], minimum: int
) -> Refusal | None:
    """Why an outcome is refused, if it is. The minimum of gangmakers is the municipality's policy."""
    if closed:
        return Refusal.INTAKE_CLOSED
    if not planned:
        return Refusal.INTAKE_NOT_PLANNED
    if record.outcome is not Outcome.ACCEPTED:
        return None
    if len(gangmakers) < minimum:
        return Refusal.TOO_FEW_GANGMAKERS
    return None if set(gangmakers) <= set(record.agreed) else Refusal.SPELREGELS_NOT_AGREED
