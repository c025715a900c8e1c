"""What the doctor finds: a state, a sentence, and what to do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from workers.doctor.groups import Group
from workers.doctor.place import Part, Place


class State(StrEnum):
    """How a thing is. Not checked is no verdict: the sentence says why nobody could look."""

    GOOD = "good"
    ATTENTION = "attention"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """One of them. ``paste``: lines to copy as they are. No secret and nobody is in any of it."""

    state: State
    told: str
    do: str = ""
    paste: tuple[str, ...] = ()


def good(told: str) -> Finding:
    """As it should be."""
    return Finding(State.GOOD, told)


def attention(told: str, do: str, paste: tuple[str, ...] = ()) -> Finding:
    """Works, and somebody should look at it in daylight."""
    return Finding(State.ATTENTION, told, do, paste)


def broken(told: str, do: str, paste: tuple[str, ...] = ()) -> Finding:
    """Does not work, or does not keep what is promised."""
    return Finding(State.BROKEN, told, do, paste)


def not_checked(told: str, do: str = "", paste: tuple[str, ...] = ()) -> Finding:
    """Nobody could look."""
    return Finding(State.NOT_CHECKED, told, do, paste)


Ask: TypeAlias = Callable[[Place], Awaitable[list[Finding]]]


@dataclass(frozen=True)
class Check:
    """A question: what it is about, what has to be there to ask it, and how many seconds it gets.

    ``later``: once every door was tried, though it needs none of them.
    """

    group: Group
    name: str
    ask: Ask
    needs: tuple[Part, ...] = field(default=())
    seconds: float = 5.0
    later: bool = False
