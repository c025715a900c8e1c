"""The street: its state, and the pure rules by which it moves."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel

from schemas.calendar import next_turn
from schemas.facts import SignupSnapshot, StreetSnapshot, Template
from schemas.intake import Outcome
from schemas.policy import Terms
from schemas.refs import Slug, StaffRef, VaultRef, street_id


class Phase(StrEnum):
    """Where a street is in its life."""

    INTAKE = "intake"
    ACTIVE = "active"
    ENDED = "ended"


class StreetState(BaseModel):
    """All that a street's run carries; stored in histories, so only add fields."""

    municipality: Slug
    slug: Slug
    name: str
    part: str | None = None
    wijk: str
    phase: Phase = Phase.INTAKE
    gangmakers: list[VaultRef] = []
    accepted_by: StaffRef | None = None
    intakes: int = 0
    potjes: int = 0
    next_date: date | None = None
    revision: int = 0

    @property
    def workflow_id(self) -> str:
        """The id of the street's workflow."""
        return street_id(self.municipality, self.slug)

    @property
    def title(self) -> str:
        """The name as people say it, with the part that carries this potje."""
        return f"{self.name} ({self.part})" if self.part else self.name


class StreetStart(BaseModel):
    """What StreetWorkflow starts with. Without ``terms`` it reads the policy of its new year itself."""

    state: StreetState
    terms: Terms | None = None


class Join(BaseModel):
    """A confirmed resident who becomes gangmaker of a street, with the sign-up that this confirms."""

    person: VaultRef
    signup: SignupSnapshot | None = None


class Joining(StrEnum):
    """What a join meant."""

    OPENED = "opened"
    JOINED = "joined"
    ALREADY = "already"


class Joined(BaseModel):
    """The answer to a join."""

    joining: Joining


class JoinOrder(BaseModel):
    """What the ``join_street`` activity needs to find or begin a street."""

    street: StreetState
    join: Join


def joined(state: StreetState, person: VaultRef) -> tuple[StreetState, Joining]:
    """The street after somebody joined; joining twice changes nothing.

    An ended street begins again with the newcomer alone: nobody else said yes to this beginning.
    """
    if not state.gangmakers or state.phase is Phase.ENDED:
        fresh = {"gangmakers": [person], "phase": Phase.INTAKE, "intakes": state.intakes + 1}
        return state.model_copy(update=fresh), Joining.OPENED
    if person in state.gangmakers:
        return state, Joining.ALREADY
    people = [*state.gangmakers, person]
    return state.model_copy(update={"gangmakers": people}), Joining.JOINED


def decided(state: StreetState, outcome: Outcome, by: StaffRef) -> StreetState:
    """The street after its intake: it begins, or it ends before it began."""
    phase = Phase.ACTIVE if outcome is Outcome.ACCEPTED else Phase.ENDED
    return state.model_copy(update={"phase": phase, "accepted_by": by})


def begun_year(state: StreetState, terms: Terms, today: date) -> StreetState:
    """The street with the date on which its year turns."""
    return state.model_copy(update={"next_date": next_turn(today, terms.turn_month, terms.turn_day)})


OUTCOME_LETTERS = {
    Outcome.ACCEPTED: Template.STREET_ACCEPTED,
    Outcome.REFERRED: Template.STREET_REFERRED,
    Outcome.DECLINED: Template.STREET_DECLINED,
}
"""The mail that tells gangmakers what came of their intake."""


def snapshot(state: StreetState, minimum: int) -> StreetSnapshot:
    """The street as the registry shows it."""
    return StreetSnapshot(
        municipality=state.municipality,
        slug=state.slug,
        name=state.name,
        part=state.part,
        wijk=state.wijk,
        phase=state.phase,
        gangmakers=state.gangmakers,
        minimum=minimum,
        next_date=state.next_date,
        revision=state.revision,
    )
