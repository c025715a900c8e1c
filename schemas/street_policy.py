"""The part of a policy file about how streets begin and live: sign-up, intake, renewal, scouting."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, HttpUrl, ValidationInfo, field_validator, model_validator

from schemas.strict import Bilingual, Span, Strict


class Signup(Strict):
    """When a sign-up is reminded of its confirmation, and when it lapses and is erased."""

    reminders: Annotated[list[Span], Field(max_length=5)]
    expires_after: Span

    @field_validator("reminders")
    @classmethod
    def rising(cls, reminders: list[timedelta]) -> list[timedelta]:
        """Each reminder comes later than the one before."""
        if reminders != sorted(set(reminders)):
            raise ValueError("each reminder must come later than the one before")
        return reminders

    @field_validator("expires_after")
    @classmethod
    def last(cls, end: timedelta, info: ValidationInfo) -> timedelta:
        """Nobody is reminded of what has lapsed."""
        if any(reminder >= end for reminder in info.data.get("reminders", [])):
            raise ValueError("the end must come later than every reminder")
        return end


class Intake(Strict):
    """The conversation that comes instead of control afterwards."""

    reminder_before: Span = timedelta(days=1)
    minutes: Annotated[int, Field(ge=15, le=240)] = 60
    plan_within: Span = timedelta(days=14)
    """After this long without a planned conversation the coordinator is nudged, and each time again."""
    profile: Bilingual | None = None
    """What a gangmaker is like, for the conversation; without it the desk shows a usual one."""


class Renewal(Strict):
    """The yearly question to every street, from a day in Dutch time on; the spans count from that day."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=28)]
    reminders: Annotated[list[Span], Field(max_length=5)] = Field(
        default=[timedelta(days=7), timedelta(days=14)]
    )
    call_after: Span = timedelta(days=21)
    """Then a coordinator calls who did not answer."""
    sleep_after: Span = timedelta(days=42)
    """A street that nobody could reach by then goes to sleep."""
    youngest: Span = timedelta(days=90)
    """A street that began less long ago is not asked this time."""
    at_once: Annotated[int, Field(ge=1, le=200)] = 25
    """How many streets of a round are being asked at the same moment."""
    measurement_url: HttpUrl | None = None
    """The follow-up measurement, if there is one."""

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """First the reminders, then a call, then sleep."""
        moments = [*self.reminders, self.call_after, self.sleep_after]
        if moments != sorted(set(moments)):
            raise ValueError("reminders, call_after and sleep_after must each come later than the one before")
        return self


class Scouting(Strict):
    """Looking for gangmakers from door to door."""

    follow_up: Span = timedelta(days=7)
    """When to come back to a door that nobody opened, unless the scout says otherwise."""
    rest: Span = timedelta(days=365)
    """A street that said no is not asked again for this long."""


class Retention(Strict):
    """How long personal data stays after its purpose has ended; see ``schemas/retention.py``."""

    declined: Span
    ended: Span = timedelta(days=90)
    """The people of a street that stopped."""
    sleeping: Span = timedelta(days=365)
    """The people of a street that sleeps."""
    submissions: Span = timedelta(days=730)
    """What was sent in and arrived: references and a receipt."""
    stranded: Span = timedelta(days=90)
    """People and words of what could not be brought to a workflow."""
    mails: Span = timedelta(days=180)
    """That a mail was sent, not what it said."""
    answers: Span = timedelta(days=365)
    """Mailed links that were answered or ran out."""
    sessions: Span = timedelta(days=180)
    """When and how a colleague was signed in, after it ended."""
    looks: Annotated[Span, Field(ge=timedelta(days=90))] = timedelta(days=730)
    """Who looked at whose details; 90 days at least, so that nobody looks unseen."""
    stories: Span = timedelta(days=730)
    """Stories that are on no website."""
    moments: Span = timedelta(days=30)
    """Places of conversations that are past."""
    colleagues: Span = timedelta(days=365)
    """Name and address of a colleague who left."""
    invitations: Span = timedelta(days=90)
    """The same of one who was invited and never came in."""
    fiscal_years: Annotated[int, Field(ge=7, le=20)] = 7
    """Whole years after a fiscal year in which its files of the bank stay."""

    @model_validator(mode="after")
    def whole(self) -> Self:
        """People who are stranded are found by what was sent in, so that stays as long."""
        if self.submissions < self.stranded:
            raise ValueError("submissions must stay at least as long as stranded")
        return self
