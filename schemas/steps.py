"""The steps: the contract between workflows, which decide, and activities, which do.

A workflow names a step, an activity implements it; neither imports the other. A step without an activity
fails a test.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from schemas.facts import Booked, Booking, Fact, Lapse, Lapsed
from schemas.policy import Terms
from schemas.street import Joined, JoinOrder

Takes = TypeVar("Takes", bound="BaseModel | str")
Gives = TypeVar("Gives", bound="BaseModel | None")

QUEUE = "straat"
"""The task queue of all workflows and steps."""


@dataclass(frozen=True)
class Step(Generic[Takes, Gives]):
    """One activity: its name in the Temporal UI, what it takes and what it gives."""

    name: str
    takes: type[Takes]
    gives: type[Gives]


def _fact(name: str) -> Step[Fact, None]:
    return Step(name, Fact, type(None))


def _booking(name: str) -> Step[Booking, Booked]:
    return Step(name, Booking, Booked)


READ_TERMS: Step[str, Terms] = Step("read_terms", str, Terms)

ASK_CONFIRMATION = _fact("ask_confirmation")
REMIND_CONFIRMATION = _fact("remind_confirmation")
ERASE_SIGNUP = _fact("erase_signup")
LAPSE_SIGNUP: Step[Lapse, Lapsed] = Step("lapse_signup", Lapse, Lapsed)
JOIN_STREET: Step[JoinOrder, Joined] = Step("join_street", JoinOrder, Joined)

OPEN_STREET = _fact("open_street")
WELCOME_GANGMAKER = _fact("welcome_gangmaker")
DECIDE_STREET = _fact("decide_street")
TURN_YEAR = _fact("turn_year")
FORGET_STREET = _fact("forget_street")

PLAN_INTAKE = _fact("plan_intake")
REMIND_INTAKE = _fact("remind_intake")
INVITE_GANGMAKER = _fact("invite_gangmaker")
RECORD_INTAKE = _fact("record_intake")

RESERVE_POTJE = _booking("reserve_potje")
APPROVE_POTJE = _fact("approve_potje")
HAND_OVER_POTJE = _fact("hand_over_potje")
REMIND_RECEIPT = _fact("remind_receipt")
POST_POTJE = _booking("post_potje")
RELEASE_POTJE = _booking("release_potje")

FACT_STEPS = (
    ASK_CONFIRMATION,
    REMIND_CONFIRMATION,
    ERASE_SIGNUP,
    OPEN_STREET,
    WELCOME_GANGMAKER,
    DECIDE_STREET,
    TURN_YEAR,
    FORGET_STREET,
    PLAN_INTAKE,
    REMIND_INTAKE,
    INVITE_GANGMAKER,
    RECORD_INTAKE,
    APPROVE_POTJE,
    HAND_OVER_POTJE,
    REMIND_RECEIPT,
)
BOOKING_STEPS = (RESERVE_POTJE, POST_POTJE, RELEASE_POTJE)
OTHER_STEPS = (READ_TERMS, LAPSE_SIGNUP, JOIN_STREET)
STEPS = (*FACT_STEPS, *BOOKING_STEPS, *OTHER_STEPS)
