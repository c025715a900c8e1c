"""Intake: the good conversation that comes instead of control afterwards."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

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
    PLANNED = "planned"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFERRED = "referred"
    DECLINED = "declined"


class IntakeOrder(BaseModel):
    """What IntakeWorkflow starts with."""

    municipality: Slug
    street: Slug
    street_name: str
    number: int
    gangmakers: list[VaultRef]
    terms: Terms


class IntakePlan(BaseModel):
    """A moment and a place, given by a coordinator."""

    at: datetime
    place: VaultRef
    coordinator: StaffRef


class IntakeRecord(BaseModel):
    """The outcome, recorded by a coordinator after the conversation."""

    outcome: Outcome
    spelregels_agreed: bool
    coordinator: StaffRef


class IntakeResult(BaseModel):
    """What the street learns of it."""

    outcome: Outcome
    coordinator: StaffRef


def plan_refusal(plan: IntakePlan, now: datetime, *, closed: bool) -> Refusal | None:
    """Why a plan is refused, if it is."""
    if closed:
        return Refusal.INTAKE_CLOSED
    return Refusal.INTAKE_IN_THE_PAST if plan.at <= now else None


def record_refusal(
    record: IntakeRecord, *, planned: bool, closed: bool, gangmakers: int, minimum: int
) -> Refusal | None:
    """Why an outcome is refused, if it is. The minimum of gangmakers is the municipality's policy."""
    if closed:
        return Refusal.INTAKE_CLOSED
    if not planned:
        return Refusal.INTAKE_NOT_PLANNED
    if record.outcome is not Outcome.ACCEPTED:
        return None
    if gangmakers < minimum:
        return Refusal.TOO_FEW_GANGMAKERS
    return None if record.spelregels_agreed else Refusal.SPELREGELS_NOT_AGREED
