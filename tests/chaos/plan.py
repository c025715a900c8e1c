"""What a seed stands for: the streets with what happens to each, and every fault with its moment.

The same seed, length and number of streets give the same plan on any machine, under any hash seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

SERVICES = ("worker", "web", "postgres", "temporal", "mail")
WIRES = ("postgres", "temporal", "smtp")
SMTP_COMMANDS = ("EHLO", "MAIL", "RCPT", "DATA", ".")


class Kind(StrEnum):
    """What can be done to a running stack."""

    KILL = "kill"
    """kill -9: no word of warning."""
    STOP = "stop"
    """The signal with which an operator stops it; it is started again."""
    FREEZE = "freeze"
    """SIGSTOP with all its children, and SIGCONT later: connections stay open, nobody answers."""
    AWAY = "away"
    """kill -9, and it stays away for a while."""
    CRASH = "crash"
    """kill -9 of one backend of PostgreSQL, which then restarts all of them."""
    CUT = "cut"
    """Every connection over a wire breaks; new ones work."""
    DEAF = "deaf"
    """A wire breaks and takes no new connection for a while."""
    STALL = "stall"
    """Nothing passes a wire for a while; nothing breaks."""
    HALF = "half"
    """The next mail is cut off in the middle of its content."""
    LOSE = "lose"
    """The mail server takes the next mail, and its 250 is lost."""
    UNWILLING = "unwilling"
    """The mail server answers a command with 4xx for a while."""
    POWER = "power"
    """Every process is killed at once; they come back in an order of their own."""


LASTING = (Kind.FREEZE, Kind.AWAY, Kind.DEAF, Kind.STALL, Kind.UNWILLING)
TARGETS: dict[Kind, tuple[str, ...]] = {
    Kind.KILL: SERVICES,
    Kind.STOP: SERVICES,
    Kind.FREEZE: SERVICES,
    Kind.AWAY: SERVICES,
    Kind.CRASH: ("postgres",),
    Kind.CUT: WIRES,
    Kind.DEAF: WIRES,
    Kind.STALL: WIRES,
    Kind.HALF: ("smtp",),
    Kind.LOSE: ("smtp",),
    Kind.UNWILLING: ("smtp",),
    Kind.POWER: ("all",),
}


@dataclass(frozen=True)
class Fault:
    """One of them: when (seconds from the start), what, to whom, how long (0: a moment)."""

    at: float
    kind: Kind
    target: str
    seconds: float = 0.0
    word: str = ""
    """The SMTP command that is refused, or the order in which services come back."""

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind} {self.target}{lasts}{f' ({self.word})' if self.word else ''}"


class Yes(StrEnum):
    """What somebody says to a question in a mail."""

    YES = "yes"
    NO = "no"
    SILENT = "silent"


@dataclass(frozen=True)
class Story:
    """How far a street comes, and by which way."""

    name: str
    city: str = "stormdorp"
    confirm: Yes = Yes.YES
    second: Yes | None = None
    intake: str = "accepted"
    """The outcome of the conversation; empty: nobody plans one."""
    moments: bool = False
    """Whether the gangmaker picks one of several moments."""
    potje: str = ""
    """What the desk does: approve, reject or withdraw."""
    bulk: bool = False
    """Whether it is approved on the page for many."""
    paid: bool = False
    attenties: int = 0
    change: Yes | None = None
    """Whether another account is given later, and what is said about it."""
    renewal: str = ""
    concern: str = ""
    """What becomes of a concern that a neighbour tells: closed, reopened, or ignored."""


STORIES = (
    Story(
        "paid and goes on", "stormveld", potje="approve", bulk=True, paid=True, attenties=2, renewal="go_on"
    ),
    Story("never confirmed", confirm=Yes.SILENT, intake="", concern="closed"),
    Story("a second, another account", second=Yes.YES, potje="approve", paid=True, change=Yes.YES),
    Story("cash for two, by code", "stormhaven", second=Yes.YES, potje="approve", paid=True),
    Story("picks a moment, stops", "stormveld", moments=True, potje="approve", paid=True, renewal="stop"),
    Story("referred", intake="referred", concern="reopened"),
    Story("says no", confirm=Yes.NO, intake="", concern="ignored"),
    Story("potje rejected, falls silent", "stormveld", potje="reject", renewal="silent"),
    Story(
        "second says no, account kept", second=Yes.NO, potje="approve", bulk=True, paid=True, change=Yes.NO
    ),
    Story("waits for a second", "stormhaven", intake="waiting", concern="closed"),
    Story("potje withdrawn, goes on", "stormveld", potje="withdraw", renewal="go_on"),
    Story("second is silent, potje waits", second=Yes.SILENT),
    Story("declined", intake="declined"),
)


@dataclass(frozen=True)
class Life:
    """One street of a run; ``begins`` in seconds from the start."""

    number: int
    begins: float
    story: Story
    twice: bool
    """Whether its sign-up is sent twice, as by somebody in doubt."""

    @property
    def street(self) -> str:
        """Its name, for people."""
        return f"Stormstraat {_letters(self.number)}"


def _letters(number: int) -> str:
    """A number in letters: a street with digits may be taken for something else."""
    first, last = divmod(number, 26)
    return f"{chr(ord('A') + first % 26)}{chr(ord('a') + last)}"


@dataclass(frozen=True)
class Plan:
    """Everything that a run will do."""

    seed: int
    minutes: float
    lives: tuple[Life, ...]
    faults: tuple[Fault, ...]


GAP, CLOSE = 4.0, 2.5
"""Seconds between two faults, on average, of a long run and of a short one."""

SHORT = 2.0
"""Minutes up to which a run is a short one."""

TWICE = 0.3
"""How many of the sign-ups are sent twice."""

CALM_AT_FIRST = 2.0


def plan(seed: int, minutes: float, streets: int) -> Plan:
    """The plan of a seed."""
    return Plan(seed, minutes, tuple(_lives(seed, minutes, streets)), tuple(_faults(seed, minutes)))


def _lives(seed: int, minutes: float, streets: int) -> Iterator[Life]:
    chance, stories = Random(f"{seed}/lives"), list(STORIES)  # noqa: S311
    told = stories[:streets]
    while len(told) < streets:
        told += chance.sample(stories, min(len(stories), streets - len(told)))
    chance.shuffle(told)
    for number, story in enumerate(told):
        begins = minutes * 60 * (0.3 if minutes <= SHORT else 0.7) * number / max(1, streets)
        yield Life(number, round(begins, 1), story, chance.random() < TWICE)


def _faults(seed: int, minutes: float) -> Iterator[Fault]:
    """Every kind comes before any comes twice, and every kind with every target before a third round."""
    chance = Random(f"{seed}/faults")  # noqa: S311
    pack, at, gap = _pack(chance), CALM_AT_FIRST, CLOSE if minutes <= SHORT else GAP
    while at < minutes * 60:
        kind, target = next(pack)
        seconds = round(chance.uniform(0.5, 2.0 + 6.0 * min(1.0, minutes / 10)), 1)
        yield Fault(round(at, 1), kind, target, seconds if kind in LASTING else 0.0, _word(chance, kind))
        at += chance.uniform(0.4 * gap, 1.6 * gap)


def _word(chance: Random, kind: Kind) -> str:
    if kind is Kind.UNWILLING:
        return chance.choice(SMTP_COMMANDS)
    return " ".join(chance.sample(SERVICES, len(SERVICES))) if kind is Kind.POWER else ""


def _pack(chance: Random) -> Iterator[tuple[Kind, str]]:
    while True:
        every = [(kind, chance.choice(targets)) for kind, targets in TARGETS.items()]
        rest = [
            (kind, target)
            for kind, targets in TARGETS.items()
            for target in targets
            if (kind, target) not in every
        ]
        yield from chance.sample(every, len(every))
        yield from chance.sample(rest, len(rest))
