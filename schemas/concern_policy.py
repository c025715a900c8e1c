"""The part of a policy file about concerns: topics, who picks them up, and how soon."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.mail_address import MailAddress
from schemas.refs import Language
from schemas.strict import Span, Strict, Text, once

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Urgency(StrEnum):
    """How soon somebody should look, in the words of a neighbour."""

    TODAY = "today"
    WEEK = "week"
    LATER = "later"


class Topic(Strict):
    """What a concern is about."""

    key: Key
    nl: Text
    en: Text

    def within(self, language: Language) -> str:
        """Its name in one language."""
        return self.en if language is Language.EN else self.nl


class Professional(Strict):
    """Who can pick up a concern: an organisation with a mailbox that is read every working day."""

    key: Key
    organisation: Text
    email: MailAddress
    phone: Text


class Route(Strict):
    """Who is asked first, second, and so on. An empty list means: any."""

    wijken: list[Text] = Field(default=[])
    topics: list[Key] = Field(default=[])
    urgencies: list[Urgency] = Field(default=[])
    ladder: Annotated[list[Key], Field(min_length=1, max_length=5)]

    def fits(self, wijk: str, topic: str, urgency: Urgency) -> bool:
        """Whether this route is for such a concern."""
        return (
            (not self.wijken or wijk in self.wijken)
            and (not self.topics or topic in self.topics)
            and (not self.urgencies or urgency in self.urgencies)
        )


Days = Annotated[int, Field(ge=0, le=20)]


class Acknowledge(Strict):
    """Working days to acknowledge a concern; 0 is the same day."""

    today: Days = 0
    week: Days = 1
    later: Days = 3

    def days(self, urgency: Urgency) -> int:
        """For one urgency."""
        return {Urgency.TODAY: self.today, Urgency.WEEK: self.week, Urgency.LATER: self.later}[urgency]


TOPICS = [
    Topic(key="loneliness", nl="Iemand is veel alleen", en="Somebody is alone a lot"),
    Topic(
        key="care",
        nl="Iemand zorgt niet goed meer voor zichzelf",
        en="Somebody no longer looks after themselves",
    ),
    Topic(key="money", nl="Zorgen over geld", en="Worries about money"),
    Topic(key="safety", nl="Iemand is misschien niet veilig", en="Somebody may not be safe"),
    Topic(key="home", nl="Zorgen over de woning", en="Worries about the home"),
    Topic(key="conflict", nl="Ruzie of overlast", en="Conflict or nuisance"),
    Topic(key="other", nl="Iets anders", en="Something else"),
]
"""What municipalities use most; a policy may have a list of its own."""


class Concerns(Strict):
    """How concerns go."""

    topics: list[Topic] = Field(default=TOPICS, min_length=1, max_length=20)
    professionals: list[Professional] = Field(default=[], max_length=200)
    routes: list[Route] = Field(default=[], max_length=200)
    acknowledge: Acknowledge = Acknowledge()
    again: Days = 1
    """Working days after which the next one is asked, when a mail that was sent again stays unanswered."""
    follow_up: Span = timedelta(days=14)
    """After this long the one who picked it up is asked how it stands, and each time again."""
    keep: Span = timedelta(days=28)
    """How long text and reporter stay after a concern was closed; it can be opened again until then."""
    lead_email: MailAddress | None = None
    """The programme lead, who hears of a concern that nobody picked up."""
    closed: list[date] = Field(default=[], max_length=100)
    """Further days on which nobody works."""

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        """Keys are used once, and routes name only what there is."""
        once("topic", [topic.key for topic in self.topics])
        once("professional", [professional.key for professional in self.professionals])
        if taken := sorted({each.key for each in self.professionals} & {"coordinator", "lead"}):
            raise ValueError(f"these keys stand for the desk itself: {', '.join(taken)}")
        _known("professional", [key for route in self.routes for key in route.ladder], self.professionals)
        _known("topic", [key for route in self.routes for key in route.topics], self.topics)
        return self

    def ladder(self, wijk: str, topic: str, urgency: Urgency) -> list[str]:
        """Whom to ask, in order: the first route that fits. Empty when none does."""
        fitting = (route.ladder for route in self.routes if route.fits(wijk, topic, urgency))
        return list(dict.fromkeys(next(fitting, [])))

    def professional(self, key: str) -> Professional | None:
        """One of them, by key."""
        return next((each for each in self.professionals if each.key == key), None)

    def topic(self, key: str) -> Topic | None:
        """One of them, by key; None for one that the policy no longer has."""
        return next((each for each in self.topics if each.key == key), None)


def _known(what: str, used: Sequence[str], there: Sequence[Topic] | Sequence[Professional]) -> None:
    strangers = sorted({*used} - {each.key for each in there})
    if strangers:
        raise ValueError(f"no such {what}: {', '.join(strangers)}")
