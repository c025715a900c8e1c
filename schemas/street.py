"""The street: its state, and the pure rules by which it moves."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from schemas.calendar import next_turn
from schemas.facts import SignupSnapshot, StarterStatus, StreetSnapshot, Template
from schemas.intake import IntakeResult, Outcome
from schemas.model import Model
from schemas.policy import Terms, budget_year
from schemas.refs import ENGINE, Slug, StaffRef, VaultRef, street_id


class Phase(StrEnum):
    """Where a street is in its life."""

    INTAKE = "intake"
    ACTIVE = "active"
    SLEEPING = "sleeping"
    ENDED = "ended"


class Shape(StrEnum):
    """What carries one potje: not every street is one street."""

    STREET = "street"
    PART = "part"
    BLOCK = "block"
    FLAT = "flat"
    SEVERAL = "several"


class Leaver(Model):
    """A gangmaker who stopped, and when they are forgotten."""

    person: VaultRef
    until: datetime


class StreetState(Model):
    """All that a street's run carries; stored in histories, so only add fields."""

    municipality: Slug
    slug: Slug
    name: str
    part: str | None = None
    wijk: str
    phase: Phase = Phase.INTAKE
    gangmakers: list[VaultRef] = []
    accepted_by: StaffRef | None = None
    """Who proposes the potje that has yet to begin."""
    intakes: int = 0
    potjes: int = 0
    next_date: date | None = None
    revision: int = 0
    paused: bool = False
    shape: Shape = Shape.STREET
    since: date | None = None
    asleep_since: date | None = None
    merged_into: Slug | None = None
    split_from: Slug | None = None
    approach: VaultRef | None = None
    decided_year: int = 0
    """The last year of which the renewal was decided."""
    potje: str | None = None
    """The workflow of the latest potje."""
    potje_year: int = 0
    potje_from: date | None = None
    withdrawn: int = 0
    """How many potjes were taken back because the street slept or stopped."""
    leavers: list[Leaver] = []
    starter: StarterStatus | None = None
    """The starter package: ordered when the street first begins."""
    kept_until: datetime | None = None
    """When the people of a street that sleeps or ended are forgotten, whichever run it is by then."""

    @property
    def workflow_id(self) -> str:
        """The id of the street's workflow."""
        return street_id(self.municipality, self.slug)

    @property
    def title(self) -> str:
        """The name as people say it, with the part that carries this potje."""
        return f"{self.name} ({self.part})" if self.part else self.name

    @property
    def attempt(self) -> int:
        """The number of the next potje in its year: a new beginning has a potje of its own."""
        return self.intakes + self.withdrawn


class StreetStart(Model):
    """What StreetWorkflow starts with. Without ``terms`` it reads the policy of its new year itself."""

    state: StreetState
    terms: Terms | None = None


class Join(Model):
    """A confirmed resident who becomes gangmaker of a street, with the sign-up that this confirms."""

    person: VaultRef
    signup: SignupSnapshot | None = None
    replaces: VaultRef | None = None
    """The gangmaker who hands over to this one."""


class Joining(StrEnum):
    """What a join meant."""

    OPENED = "opened"
    JOINED = "joined"
    ALREADY = "already"


class Joined(Model):
    """The answer to a join."""

    joining: Joining


class JoinOrder(Model):
    """What the ``join_street`` activity needs to find or begin a street."""

    street: StreetState
    join: Join


class Leave(Model):
    """A gangmaker stops."""

    person: VaultRef
    by: StaffRef


class StreetAct(Model):
    """Something a member of staff does to a street."""

    by: StaffRef


class PotjeOfStreet(Model):
    """A potje that its street does not need any more."""

    workflow_id: str
    by: StaffRef


class PotjeTaken(Model):
    """Whether it could be taken back: what is paid, or on its way, stays with the street."""

    withdrawn: bool


def joined(state: StreetState, person: VaultRef) -> tuple[StreetState, Joining]:
    """The street after somebody joined; joining twice changes nothing.

    A street that ended or sleeps begins again with the newcomer alone: nobody else said yes to that.
    """
    if person in state.gangmakers and state.phase in (Phase.INTAKE, Phase.ACTIVE):
        return state, Joining.ALREADY
    if not state.gangmakers or state.phase in (Phase.ENDED, Phase.SLEEPING):
        fresh = {
            "gangmakers": [person],
            "phase": Phase.INTAKE,
            "intakes": state.intakes + 1,
            "paused": False,
            "asleep_since": None,
            "merged_into": None,
            "accepted_by": None,
        }
        return state.model_copy(update=fresh), Joining.OPENED
    people = [*state.gangmakers, person]
    return state.model_copy(update={"gangmakers": people}), Joining.JOINED


def weighed(state: StreetState, minimum: int) -> StreetState:
    """Paused while an active street has fewer gangmakers than the municipality asks."""
    paused = state.phase is Phase.ACTIVE and len(state.gangmakers) < minimum
    return state.model_copy(update={"paused": paused})


def without(state: StreetState, gone: Sequence[VaultRef], minimum: int, today: date) -> StreetState:
    """The street after gangmakers left; one that nobody carries any more sleeps."""
    people = [person for person in state.gangmakers if person not in gone]
    after = state.model_copy(update={"gangmakers": people})
    if after.phase is Phase.ACTIVE and not people:
        after = asleep(after, today)
    return weighed(after, minimum)


def asleep(state: StreetState, today: date) -> StreetState:
    """The street that sleeps: no potje begins, nobody is asked."""
    rest = {"phase": Phase.SLEEPING, "asleep_since": today, "paused": False, "accepted_by": None}
    return state.model_copy(update=rest)


def stopped(state: StreetState) -> StreetState:
    """The street that stops for good, or until somebody comes forward again."""
    rest = {"phase": Phase.ENDED, "asleep_since": None, "paused": False, "accepted_by": None}
    return state.model_copy(update=rest)


def awake(state: StreetState, terms: Terms, today: date) -> StreetState:
    """The street that goes on after its sleep; its potje comes as after a renewal."""
    up = state.model_copy(update={"phase": Phase.ACTIVE, "asleep_since": None})
    return weighed(renewed(begun_year(up, terms, today), today), terms.minimum_gangmakers)


def renewed(state: StreetState, today: date) -> StreetState:
    """The street that gets its next potje: one a budget year, so perhaps on the first day of the next."""
    year = budget_year(today)
    begins = date(state.potje_year + 1, 1, 1) if state.potje_year >= year else today
    return state.model_copy(update={"accepted_by": ENGINE, "potje_from": begins})


def decided(state: StreetState, result: IntakeResult, today: date) -> StreetState:
    """The street after its intake: it begins, with a starter package the first time, or it ends."""
    if result.outcome is not Outcome.ACCEPTED:
        return state.model_copy(update={"phase": Phase.ENDED, "accepted_by": None})
    begun = {
        "phase": Phase.ACTIVE,
        "accepted_by": result.coordinator,
        "since": state.since or today,
        "potje_from": today,
        "approach": result.approach or state.approach,
        "starter": state.starter or StarterStatus.ORDERED,
    }
    return state.model_copy(update=begun)


def begun_year(state: StreetState, terms: Terms, today: date) -> StreetState:
    """The street with the date on which its year turns."""
    return state.model_copy(update={"next_date": next_turn(today, terms.turn_month, terms.turn_day)})


def potje_is_due(state: StreetState, today: date) -> bool:
    """Whether a potje begins now: proposed, its year has come, and enough people to carry it."""
    if state.accepted_by is None or state.paused or state.phase is not Phase.ACTIVE:
        return False
    return state.potje_from is None or state.potje_from <= today


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
        paused=state.paused,
        shape=state.shape,
        since=state.since,
        asleep_since=state.asleep_since,
        merged_into=state.merged_into,
        split_from=state.split_from,
        approach=state.approach,
    )
