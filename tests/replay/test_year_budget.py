"""A street's year stays within its budget of events, bytes and actions; so does each workflow by itself."""

from collections.abc import Sequence

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.bench.budget import ACTIONS, BYTES, EVENTS, Cost, cost, total, year

MOST = {
    "signup": (23, 6),
    "intake": (33, 10),
    "street": (30, 8),
    "potje": (30, 9),
    "renewal": (19, 6),
    "street, decision": (12, 4),
    "round, its share": (5, 2),
    "payment batch, its share": (2, 1),
}
"""Events and actions. Whoever needs more takes it from another, and says why."""

WHAT_TO_DO = """
A street's year costs more than it may. One fact, one step, one transaction: does this need a task, a timer
or a step of its own? If it does, say so in docs/performance.md, and change the budget there and here.
"""


def test_a_year_stays_within_its_budget() -> None:
    together = total()
    assert together.events <= EVENTS, WHAT_TO_DO
    assert together.bytes <= BYTES, WHAT_TO_DO
    assert together.actions <= ACTIONS, WHAT_TO_DO


@pytest.mark.parametrize("name", MOST)
def test_each_workflow_stays_within_its_own(name: str) -> None:
    part = year()[name]
    assert (part.events <= MOST[name][0], part.actions <= MOST[name][1]) == (True, True), WHAT_TO_DO


def test_nothing_of_the_year_is_left_out() -> None:
    assert year().keys() == MOST.keys()
    assert all(part.events > 0 and part.bytes > 0 for part in year().values())


def _history(*kinds: int) -> Sequence[HistoryEvent]:
    return [HistoryEvent(event_type=kind) for kind in kinds]  # type: ignore[arg-type]


def test_how_actions_are_counted() -> None:
    begun = _history(
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_TIMER_FIRED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    )
    found = cost(begun)
    assert (found.events, found.actions) == (4, 2)
    assert cost([]) == Cost(0, 0, 0)
