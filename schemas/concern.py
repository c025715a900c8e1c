"""A concern: what a neighbour tells, who looks at it, and the pure rules by which it never gets lost."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.concern_policy import Urgency
from schemas.facts import ConcernStatus, Doubt, Fact
from schemas.model import Model
from schemas.refs import Language, Slug, StaffRef, VaultRef
from schemas.signup import Email, Name, Phone

COORDINATOR, LEAD = "coordinator", "lead"
"""The last two rungs of every ladder: the local party, and the programme lead."""

OFFICE = (COORDINATOR, LEAD)
"""Rungs that read at the desk, and not by mail."""

LONGEST = 2000


class Knows(StrEnum):
    """Whether the neighbour knows that this is told."""

    AGREES = "agrees"
    KNOWS = "knows"
    NOT = "not"


class Outcome(StrEnum):
    """How a concern ended, as a category: what was done stays with the professional."""

    HELPED = "helped"
    IN_TOUCH = "in_touch"
    NO_NEED = "no_need"
    NOT_FOUND = "not_found"
    KNOWN = "known"


def _tidy(value: object) -> object:
    """Line breaks stay, what cannot be seen goes."""
    text = str(value or "").replace("\r\n", "\n")
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable()).strip()


class ConcernForm(Model):
    """What somebody tells. Without a way to be reached it is anonymous."""

    topic: str
    urgency: Urgency
    wijk: str
    words: Annotated[str, BeforeValidator(_tidy), StringConstraints(min_length=10, max_length=LONGEST)]
    knows: Knows
    who: Annotated[str, StringConstraints(pattern="^(me|anonymous)$")]
    name: Name | None = None
    email: Email | None = None
    phone: Phone = None
    may_call: Annotated[bool, BeforeValidator(lambda value: value == "yes")] = False

    @model_validator(mode="after")
    def can_be_reached(self) -> Self:
        """Who is not anonymous gives a name, and a way to hear from us."""
        if self.who == "me" and self.name is None:
            raise PydanticCustomError("name_missing", "no name")
        if self.who == "me" and self.email is None and self.phone is None:
            raise PydanticCustomError("contact_missing", "no way to be reached")
        if self.may_call and self.phone is None and self.who == "me":
            raise PydanticCustomError("phone_missing", "no number to call")
        return self


class ConcernOrder(Model):
    """What EscalationWorkflow starts with. No street and no address: nobody can list who lives where."""

    concern: UUID
    municipality: Slug
    wijk: str
    topic: str
    urgency: Urgency
    knows: Knows
    text: VaultRef
    reporter: VaultRef | None = None
    may_call: bool = False
    may_mail: bool = False
    """Whether the reporter left an address to hear from us."""
    language: Language = Language.NL
    raised_at: datetime
    desk_url: str
    doubt: Doubt | None = None


class Ladder(Model):
    """Who is asked, in order, and the periods of the policy when the concern was raised."""

    rungs: list[str]
    follow_up: timedelta
    keep: timedelta


class Ask(Model):
    """Ask one rung to pick a concern up."""

    fact: Fact
    order: ConcernOrder
    rung: str
    again: bool
    at: datetime


class Asked(Model):
    """Until when that rung has; ``gone`` when the policy does not know it any more, and nobody was asked."""

    due: datetime
    gone: bool = False


class FollowUp(Model):
    """Ask who picked it up how it stands."""

    fact: Fact
    order: ConcernOrder
    rung: str


class ActKind(StrEnum):
    """What somebody does with a concern."""

    PICK_UP = "pick-up"
    HAND_ON = "hand-on"
    NOT_OURS = "not-ours"
    CLOSE = "close"


class ConcernAct(Model):
    """One such deed. ``by`` is the rung that did it, ``actor`` who that was for the journal."""

    kind: ActKind
    by: str
    actor: StaffRef
    to: str | None = None
    outcome: Outcome | None = None


class Standing(Model):
    """Where a concern stands on its ladder."""

    status: ConcernStatus = ConcernStatus.WAITING
    rungs: list[str]
    at: int = 0
    tries: int = 0
    asked: list[str] = []

    @property
    def holder(self) -> str:
        """Whose turn it is."""
        return self.rungs[self.at]


def standing(ladder: list[str]) -> Standing:
    """At the foot of the ladder, which ends at the party and its lead."""
    return Standing(rungs=[*ladder, *OFFICE])


def asking(state: Standing) -> Standing:
    """Once more asked."""
    asked = state.asked if state.holder in state.asked else [*state.asked, state.holder]
    return state.model_copy(update={"tries": state.tries + 1, "asked": asked})


def unanswered(state: Standing) -> Standing:
    """The deadline passed: the same one once more, then the next; the last one again and again."""
    if state.tries < 2 or state.at == len(state.rungs) - 1:  # noqa: PLR2004
        return state
    return state.model_copy(update={"at": state.at + 1, "tries": 0})


def skipped(state: Standing) -> Standing:
    """Whoever it was with is there no more: the next one."""
    following = min(state.at + 1, len(state.rungs) - 1)
    return state.model_copy(update={"status": ConcernStatus.WAITING, "at": following, "tries": 0})


def counts(state: Standing, act: ConcernAct) -> bool:
    """Whether a deed counts: the concern is open, and they were asked (receipts may arrive late)."""
    theirs = act.by == state.holder
    if state.status is ConcernStatus.CLOSED or not (theirs or act.by in state.asked):
        return False
    match act.kind:
        case ActKind.HAND_ON:
            return theirs and act.to is not None and act.to != state.holder
        case ActKind.NOT_OURS:
            return theirs
        case ActKind.CLOSE:
            return act.outcome is not None
        case ActKind.PICK_UP:
            return theirs or state.status is ConcernStatus.WAITING


def moved(state: Standing, act: ConcernAct) -> Standing:
    """The concern after a deed that counts."""
    at = state.rungs.index(act.by, 0) if act.by in state.rungs else state.at
    match act.kind:
        case ActKind.PICK_UP:
            return state.model_copy(update={"status": ConcernStatus.PICKED_UP, "at": at})
        case ActKind.CLOSE:
            return state.model_copy(update={"status": ConcernStatus.CLOSED, "at": at})
        case ActKind.NOT_OURS:
            following = min(max(at, state.at) + 1, len(state.rungs) - 1)
            up = {"status": ConcernStatus.WAITING, "at": following, "tries": 0, "asked": _but(state, act.by)}
            return state.model_copy(update=up)
        case ActKind.HAND_ON:
            here = max(at, state.at)
            rungs = [*state.rungs[: here + 1], str(act.to), *_after(state, here, str(act.to))]
            return state.model_copy(
                update={
                    "status": ConcernStatus.WAITING,
                    "rungs": rungs,
                    "at": here + 1,
                    "tries": 0,
                    "asked": _but(state, act.by),
                }
            )


def _but(state: Standing, gone: str) -> list[str]:
    """Who let go of it: what they pressed before comes too late to count."""
    return [rung for rung in state.asked if rung != gone]


def _after(state: Standing, here: int, newcomer: str) -> list[str]:
    """Who comes after the newcomer: nobody twice, but the party and its lead always."""
    rest = [rung for rung in state.rungs[here + 1 :] if rung != newcomer]
    return rest if LEAD in rest else [*rest, *OFFICE]


def reopened(state: Standing) -> Standing:
    """The reporter still worries: whoever closed it is asked first, as if for the first time."""
    return standing([] if state.holder in OFFICE else [state.holder])


def reference(concern: UUID) -> str:
    """How mails and people call a concern: ``Z-1A2B3C4D``. Says nothing about it."""
    return f"Z-{concern.hex[:8].upper()}"


def concern_id(concern: UUID) -> str:
    """Workflow id of a concern."""
    return f"escalation-{concern}"
