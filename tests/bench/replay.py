"""How fast a worker reads histories again, beside bare workflows with as many events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from statistics import median
from time import perf_counter
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from deploy.local.postgres import Postgres
from deploy.local.temporal import Temporal
from schemas.refs import intake_id, potje_id, street_id
from tests.bench import bare
from tests.bench.engine import connected, folder
from tests.bench.ground import CITY, opened
from tests.bench.lifecycle import THIS_YEAR, warmed
from tests.bench.row import Row, at_least
from tests.conftest import free_port
from workers.worker import WORKFLOWS

SLUG = "gelezen"


async def replay(times: int, rounds: int) -> list[Row]:
    """One street of each kind lives its year; then all of its histories are read in turns."""
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(folder())
        postgres = await stack.enter_async_context(Postgres(place, free_port()))
        temporal = await stack.enter_async_context(Temporal(place, free_port()))
        made = await stack.enter_async_context(opened(postgres.admin_url, postgres.app_url))
        kinds = await warmed(stack, place, made, temporal.address, with_dbos=False)
        for name in ("ours", "bare"):
            await kinds[name]([SLUG])
        client = await connected(temporal.address)
        ours, theirs = await _histories(client, OURS), await _histories(client, BARE)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(rounds + 1):
        for name in ("ours", "bare") if number % 2 else ("bare", "ours"):
            rate = (
                await _rate(ours, WORKFLOWS, times)
                if name == "ours"
                else await _rate(theirs, bare.WORKFLOWS, times)
            )
            if number:
                taken[name].append(rate)
    counts = [sum(len(each.events) for each in those) for those in (ours, theirs)]
    return [
        Row(
            f"replay of a year of {counts[0]} events",
            median(taken["ours"]),
            "events a second",
            f"bare workflows of {counts[1]} events",
            median(taken["bare"]),
            median(one / other for one, other in zip(taken["ours"], taken["bare"], strict=True)),
            at_least(0.8),
        )
    ]


OURS = [street_id(CITY, SLUG), intake_id(CITY, SLUG, 1), potje_id(CITY, SLUG, THIS_YEAR)]
BARE = [f"bare-{kind}-{SLUG}" for kind in ("street", "intake", "potje")]


async def _histories(client: Client, ids: Sequence[str]) -> list[WorkflowHistory]:
    return [await client.get_workflow_handle(each).fetch_history() for each in ids]


async def _rate(histories: Sequence[WorkflowHistory], workflows: Sequence[type], times: int) -> float:
    """Events a second, in the way a running worker reads them."""
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )

    async def all_of_them() -> AsyncIterator[Any]:
        for _ in range(times):
            for history in histories:
                yield history

    begun = perf_counter()
    await replayer.replay_workflows(all_of_them(), raise_on_replay_failure=True)
    return times * sum(len(each.events) for each in histories) / (perf_counter() - begun)
