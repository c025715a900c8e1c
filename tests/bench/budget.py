"""What a street's year costs of Temporal: events, bytes and actions, counted in the recorded histories.

The year is that of ``tests/replay/journeys_year.py``: sign-up, intake, potje by bank, the yearly question. Of
the payment batch and of the round, which are for many streets, a street bears its share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.bench.row import Row, no_more_than
from tests.replay.strict import HISTORIES, read

EVENTS, BYTES, ACTIONS = 150, 60_000, 60
BATCH = 25
"""Payments in a batch: one week of a city."""
STREETS = 25
"""Streets of a round, each of which answers by itself: what a municipality asks at once."""

KIND = EventType
ONLY_IN_TESTS = {
    KIND.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    KIND.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
}
PAID = {
    KIND.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    KIND.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
    KIND.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    KIND.EVENT_TYPE_TIMER_STARTED,
    KIND.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    KIND.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
    KIND.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    KIND.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
}
"""Events that are an action as Temporal counts them for a bill. A child is two: asking for it, and its start.

Continuing as new is the start of the next run. Steps that are done at once count once for each workflow task.
"""


@dataclass(frozen=True)
class Cost:
    """Of one workflow, or of a share in one."""

    events: float
    bytes: float
    actions: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.events + other.events, self.bytes + other.bytes, self.actions + other.actions)

    def part(self, of: float) -> "Cost":
        """A share."""
        return Cost(self.events * of, self.bytes * of, self.actions * of)


def cost(events: Iterable[HistoryEvent]) -> Cost:
    """What these events are together."""
    own = [event for event in events if event.event_type not in ONLY_IN_TESTS]
    paid = sum(event.event_type in PAID for event in own)
    return Cost(len(own), sum(event.ByteSize() for event in own), paid)


def year() -> dict[str, Cost]:
    """By workflow, what one street's year costs."""
    told = {name: _events(f"{name}-a-whole-year") for name in ("signup", "intake", "street", "potje")}
    found = {name: cost(events) for name, events in told.items()}
    found["renewal"] = cost(_events("renewal-a-whole-year-2"))
    found["street, decision"] = cost(decision(_events("street-a-whole-year-2")))
    found["round, its share"] = cost(_events("renewal-round-of-a-city")).part(1 / STREETS)
    found["payment batch, its share"] = cost(_events("payout-a-whole-year")).part(1 / BATCH)
    return found


def total() -> Cost:
    """All workflows together."""
    return sum(year().values(), Cost(0, 0, 0))


def decision(events: Sequence[HistoryEvent]) -> Sequence[HistoryEvent]:
    """What the street did with the decision of its people: from the signal to the end of that task."""
    kinds = [event.event_type for event in events]
    start = kinds.index(KIND.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    following = kinds[start:]
    end = following.index(KIND.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
    return events[start : start + end + 1]


def _events(name: str) -> Sequence[HistoryEvent]:
    return read(HISTORIES / f"{name}.json").events


async def budget() -> list[Row]:
    """The year, workflow by workflow, and together beside the targets."""
    together = total()
    rows = [
        Row.of("events of a street's year", together.events, "events", target=no_more_than(EVENTS)),
        Row.of("bytes of a street's year", together.bytes, "bytes", target=no_more_than(BYTES)),
        Row.of("actions of a street's year", together.actions, "actions", target=no_more_than(ACTIONS)),
    ]
    for name, part in year().items():
        rows.append(Row.of(f"{name}: events", part.events, "events"))
    return rows
