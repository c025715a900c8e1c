"""The yearly question to a street, and the pure rules of its answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.calendar import dutch_date
from schemas.model import Model
from schemas.refs import ENGINE, Slug, StaffRef, VaultRef, renewal_id
from schemas.refusals import Refusal


class Choice(StrEnum):
    """What a gangmaker answers."""

    GO_ON = "go_on"
    CHANGE = "change"
    STOP = "stop"


class RenewalOutcome(StrEnum):
    """What a street's year leads to."""

    GO_ON = "go_on"
    CHANGE = "change"
    STOP = "stop"
    SILENT = "silent"


class RenewalStatus(StrEnum):
    """Where the question stands."""

    ASKED = "asked"
    TO_CALL = "to_call"
    DECIDED = "decided"


class RenewalDecision(Model):
    """What the street learns of it; ``leaving`` are gangmakers who stop while the others go on."""

    year: int
    outcome: RenewalOutcome
    leaving: list[VaultRef] = []
    by: StaffRef = ENGINE


class RenewalOrder(Model):
    """What RenewalWorkflow starts with: the question was asked, and the spans count from then on."""

    municipality: Slug
    street: Slug
    street_name: str
    wijk: str
    year: int
    people: list[VaultRef]
    minimum: int
    reminders: list[timedelta]
    call_after: timedelta
    sleep_after: timedelta
    keep_words: timedelta
    desk_url: str
    asked_at: datetime
    """When the question was written, with its mails."""
    round: str | None = None
    """The workflow of the round, which counts along."""

    @property
    def workflow_id(self) -> str:
        """Holds street and year, so that nobody is asked twice."""
        return renewal_id(self.municipality, self.street, self.year)

    @property
    def ends_at(self) -> datetime:
        """Until when an answer counts: the mails say so."""
        return self.asked_at + self.sleep_after


class RenewalAnswer(Model):
    """A gangmaker's answer, brought by the relay; ``words`` are sealed."""

    person: VaultRef
    choice: Choice
    words: VaultRef | None = None


class CallOutcome(StrEnum):
    """What a coordinator heard on the telephone."""

    GO_ON = "go_on"
    CHANGE = "change"
    STOP = "stop"
    NOT_REACHED = "not_reached"


class RenewalCall(Model):
    """A call to a street that did not answer."""

    outcome: CallOutcome
    by: StaffRef


class LateAnswers(Model):
    """Whose answer was receipted just before: it is on its way, so wait for it, and decide again."""

    people: list[VaultRef]


class RoundState(Model):
    """All that a round carries from run to run; without a ``year`` it begins now."""

    municipality: Slug
    year: int = 0
    after: str = ""
    """The slug of the last street that was asked."""
    listed: bool = False
    total: int = 0
    open: list[Slug] = []
    early: dict[Slug, RenewalOutcome] = {}
    """What was decided before the step that asked had ended: an answer can be that quick."""
    told: list[Slug] = []
    """Who was counted while streets are still to ask: news of them that comes again is not early."""
    counts: dict[str, int] = {}
    desk_url: str = ""


class RoundPage(Model):
    """The next streets of a round, in the order of their slugs."""

    municipality: Slug
    year: int
    after: str = ""
    round: str | None = None
    """The workflow that asks."""


class PageAsked(Model):
    """Streets that have their question, and whose workflows are to begin."""

    orders: list[RenewalOrder]
    more: bool
    """Whether there are streets after these."""


class PageBegun(Model):
    """Streets whose workflow this round began; what another round began stays with that."""

    streets: list[Slug]
    last: str
    """The last one that was looked at."""
    more: bool


class RoundNews(Model):
    """What came of one street."""

    street: Slug
    outcome: RenewalOutcome


def outcome_of(
    choices: Mapping[str, Choice], people: Sequence[VaultRef], minimum: int, *, waited: bool
) -> RenewalOutcome | None:
    """What the answers so far decide, or None.

    Everybody answered; or enough people go on and the others had the time of the first reminder.
    """
    said = [choices[str(person)] for person in people if str(person) in choices]
    on = [choice for choice in said if choice is not Choice.STOP]
    enough = waited and len(on) >= minimum and len(on) > 0
    return in_the_end(choices, people) if enough or len(said) == len(people) else None


def in_the_end(choices: Mapping[str, Choice], people: Sequence[VaultRef]) -> RenewalOutcome:
    """What the answers come to when nobody else will answer."""
    said = [choices[str(person)] for person in people if str(person) in choices]
    if Choice.CHANGE in said:
        return RenewalOutcome.CHANGE
    if Choice.GO_ON in said:
        return RenewalOutcome.GO_ON
    return RenewalOutcome.STOP if said else RenewalOutcome.SILENT


def leaving_of(choices: Mapping[str, Choice], people: Sequence[VaultRef]) -> list[VaultRef]:
    """Who stops, while others may go on."""
    return [person for person in people if choices.get(str(person)) is Choice.STOP]


def call_refusal(status: RenewalStatus) -> Refusal | None:
    """Why a call cannot be recorded any more."""
    return Refusal.RENEWAL_DECIDED if status is RenewalStatus.DECIDED else None


def renewal_code(workflow_id: str, person: VaultRef) -> str:
    """The subject of the code in a gangmaker's mail."""
    return f"renewal/{workflow_id}/{person}"


def year_asked(moment: datetime) -> int:
    """The year a round asks about: that of the Dutch calendar on its day."""
    return dutch_date(moment).year
