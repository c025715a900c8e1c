"""The list a worker registers: every step of ``schemas.steps`` and the function that does it."""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import activity
from temporalio.client import Client

from activities.context import Tools
from activities.facts import Facts
from activities.streets import Streets
from schemas import steps
from schemas.steps import Step

Does = Callable[[Any], Awaitable[Any]]


def _named(step: Step[Any, Any], does: Does) -> Does:
    """The same function under a step's own name, so that the Temporal UI and the metrics tell them apart."""

    async def run(arg: Any) -> Any:  # noqa: ANN401
        return await does(arg)

    run.__annotations__ = {"arg": step.takes, "return": step.gives}
    return activity.defn(name=step.name)(run)


def activities(tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> list[Does]:
    """Every step, ready to be registered."""
    facts, streets = Facts(tools), Streets(tools, temporal)
    return [
        *(_named(step, facts.record) for step in steps.FACT_STEPS),
        *(_named(step, facts.book) for step in steps.BOOKING_STEPS),
        _named(steps.LAPSE_SIGNUP, facts.lapse),
        _named(steps.READ_TERMS, streets.read_terms),
        _named(steps.JOIN_STREET, streets.join_street),
    ]
