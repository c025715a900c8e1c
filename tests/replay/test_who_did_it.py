"""Who did what: every fact of every recorded journey bears who did it, and *engine* only where nobody did."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from forms.desk.story import NUMBER, SENTENCES, UNTOLD, sentence
from tests.replay.told import asked

BY_ITSELF = {
    *("signup.confirm_second-n", "signup.confirm_handover-n"),
    *("signup.candidate_reminder-n", "signup.expired-n"),
    *("street.year", "street.parted", "street.forgotten", "street.released", "street.asleep"),
    *("renewal.asked", "renewal.reminded", "renewal.call", "renewal.tidied", "round.ended"),
    *("intake.invited", "intake.reminded", "intake.nudged"),
    *("concern.asked", "concern.again", "concern.followed", "concern.forgotten"),
    *("potje.reminded", "potje.account", "potje.told", "potje.paid", "potje.bounced"),
    *("scouting.due",),
}
"""Time passed, or the engine told what somebody else's fact or the bank's statement says already."""

EITHER = {
    "potje.reserved": "a street that goes on for another year gets its potje without anybody's proposal",
    "potje.short": "the same, where the budget is short",
    "potje.withdrawn": "a street that fell asleep needs none",
    "scouting.ended": "the last day of a round passed, or somebody ended it before",
    "signup.confirm_signup-n": "a reminder on its day, or once more because somebody asked",
    "street.stopped": "all gangmakers answered that they stop, or a coordinator ended it",
    "renewal.decided": "the answers of all gangmakers together, or nobody's",
    "street.renewed": "the answers of all gangmakers together",
}
"""What somebody does, and in one case nobody."""


def facts(told: Any) -> Iterator[dict[str, Any]]:
    """The facts in what a step was given, however deep."""
    if isinstance(told, dict):
        if {"key", "name", "municipality", "subject"} <= told.keys():
            yield told
        for each in told.values():
            yield from facts(each)
    elif isinstance(told, list):
        for each in told:
            yield from facts(each)


def recorded() -> dict[str, set[str]]:
    """The actors of each name of a fact, over all journeys."""
    found: dict[str, set[str]] = defaultdict(set)
    for step in asked():
        for fact in facts(step):
            found[NUMBER.sub("-n", fact["name"])].add(fact.get("actor", ""))
    return found


def test_the_journeys_tell_of_most_that_can_happen() -> None:
    found = recorded()
    assert len(found) > 60
    assert [name for name in found if sentence(name) == UNTOLD] == []
    assert BY_ITSELF | EITHER.keys() <= SENTENCES.keys()


def test_no_fact_is_without_an_actor() -> None:
    assert [name for name, actors in recorded().items() if "" in actors] == []


def test_the_engine_acts_only_where_nobody_did() -> None:
    found = recorded()
    allowed = BY_ITSELF | EITHER.keys()
    assert {name for name, actors in found.items() if "engine" in actors} <= allowed
    assert {name for name in found if found[name] != {"engine"}}.isdisjoint(BY_ITSELF - {"potje.told"})


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("signup.confirm_signup", "gangmaker:"),
        ("signup.candidate_invite", "rotterdam:"),
        ("signup.withdrawn-n", "gangmaker:"),
        ("street.joined", "gangmaker:"),
        ("street.startercame", ("gangmaker:", "rotterdam:")),
        ("intake.unsuited", "gangmaker:"),
        ("concern.reopened", "reporter"),
        ("concern.pickedup", "pro:"),
    ],
)
def test_who_answered_is_in_the_fact(name: str, prefix: str | tuple[str, ...]) -> None:
    actors = recorded()[name]
    assert actors
    assert all(actor.startswith(prefix) for actor in actors)
