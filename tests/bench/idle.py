"""Streets that wait for their next year, beside as many bare workflows that wait: space, lists, signals.

Each kind has a Temporal server and a worker of its own, and both grow in turns.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from deploy.local.temporal import Temporal, size_of
from schemas.policy import read_policy, terms_of
from schemas.renewal import RenewalDecision, RenewalOutcome
from schemas.steps import QUEUE
from schemas.street import Phase, StreetStart, StreetState
from tests.bench import bare
from tests.bench.engine import AT_ONCE, Program, bounded, connected, folder, resident_mb, until
from tests.bench.ground import BY, CITY
from tests.bench.row import Row, at_most
from tests.conftest import MUNICIPALITIES, free_port
from tests.today import today
from workflows.engine import MUNICIPALITY, PHASE, WIJK
from workflows.street import StreetWorkflow

TURN = 250
"""Workflows a turn: then the other kind has its."""
LISTS = 20
SIGNALS = 5000
"""To so many of them at most; the rate does not depend on it."""
NO_YEAR = RenewalDecision(year=0, outcome=RenewalOutcome.GO_ON, leaving=[], by=BY)
"""A decision of a year that was decided long ago changes nothing: it is heard, and that is all."""


@dataclass
class Kind:
    """One kind of waiting workflow, its server and its worker."""

    name: str
    server: Temporal
    worker: Program
    client: Client
    query: str
    starting: list[float] = field(default_factory=list)
    signalling: list[float] = field(default_factory=list)
    listing: list[float] = field(default_factory=list)

    async def start(self, numbers: range) -> None:
        """So many more."""
        begun = perf_counter()
        await bounded([partial(self._start, number) for number in numbers])
        await self._quiet(numbers)
        self.starting.append(perf_counter() - begun)

    async def signal(self, numbers: range) -> None:
        """Tell each something that it need not act upon, until it has heard."""
        begun = perf_counter()
        await bounded([partial(self._signal, number) for number in numbers])
        await self._quiet(numbers)
        self.signalling.append(perf_counter() - begun)

    async def list_page(self) -> None:
        """A page of fifty, filtered as an operator does."""
        begun = perf_counter()
        asked = ListWorkflowExecutionsRequest(namespace="default", page_size=50, query=self.query)
        found = await self.client.workflow_service.list_workflow_executions(asked)
        self.listing.append((perf_counter() - begun) * 1000)
        assert found.executions

    @property
    def megabytes(self) -> tuple[float, float, float]:
        """The database, the server's memory, the worker's memory."""
        assert self.server.pid
        assert self.worker.pid
        size = size_of(self.server.database) / 1_000_000
        return size, resident_mb(self.server.pid), resident_mb(self.worker.pid)

    async def _quiet(self, numbers: range) -> None:
        """Until none of them has a task that waits; tasks are taken in turn, so some of them tell of all."""
        some = [*numbers[::10], *numbers[-AT_ONCE:]]
        await bounded([partial(self._one_quiet, number) for number in some])

    async def _one_quiet(self, number: int) -> None:
        handle = self.client.get_workflow_handle(self._id(number))

        async def there() -> bool:
            return not (await handle.describe()).raw_description.HasField("pending_workflow_task")

        await until(there)

    def _id(self, number: int) -> str:
        return f"street-{CITY}-idle-{number}" if self.name == "ours" else f"idle-{number}"

    async def _start(self, number: int) -> None:
        if self.name == "ours":
            await _begin_street(self.client, number)
        else:
            await bare.start_idle(self.client, self._id(number))

    async def _signal(self, number: int) -> None:
        handle = self.client.get_workflow_handle(self._id(number))
        if self.name == "ours":
            await handle.signal(StreetWorkflow.renewal_decided, NO_YEAR)
        else:
            await handle.signal(bare.BareIdle.poke)


async def _begin_street(client: Client, number: int) -> None:
    """A street in the middle of its year, as its run of this year began."""
    state = StreetState(
        municipality=CITY,
        slug=f"idle-{number}",
        name="Stille straat",
        wijk="Noord",
        phase=Phase.ACTIVE,
        gangmakers=[UUID(int=number + 1), UUID(int=number + 2**40)],
        intakes=1,
        potjes=1,
        potje=f"potje-{CITY}-idle-{number}-2026",
        potje_year=2026,
        since=date(2026, 3, 1),
        next_date=today() + timedelta(days=200),
        revision=1,
    )
    found = [
        SearchAttributePair(MUNICIPALITY, CITY),
        SearchAttributePair(WIJK, state.wijk),
        SearchAttributePair(PHASE, Phase.ACTIVE.value),
    ]
    await client.start_workflow(
        StreetWorkflow.run,
        StreetStart(state=state, terms=TERMS),
        id=state.workflow_id,
        task_queue=QUEUE,
        search_attributes=TypedSearchAttributes(found),
        static_summary="Stille straat, Rotterdam",
    )


POLICY = next(policy for policy in map(read_policy, MUNICIPALITIES) if policy.slug == CITY)
TERMS = terms_of(POLICY, 1, "http://desk.test")


@asynccontextmanager
async def kind(place: Path, name: str, query: str) -> AsyncIterator[Kind]:
    """A server and a worker for one kind."""
    home = place / name
    home.mkdir(mode=0o755)
    async with (
        Temporal(home, free_port()) as server,
        Program(home, "tests.bench.worker", name, server.address, "postgresql://nowhere") as worker,
    ):
        yield Kind(name, server, worker, await connected(server.address), query)


async def idle(streets: int, rounds: int) -> list[Row]:
    """Grow both in turns; then lists and signals."""
    of_ours = f"Municipality = '{CITY}' and Phase = 'active'"
    of_bare = "WorkflowType = 'BareIdle'"
    async with (
        folder() as place,
        kind(place, "ours", of_ours) as ours,
        kind(place, "bare", of_bare) as other,
    ):
        kinds = (ours, other)
        grown = await _grow(kinds, streets)
        for _ in range(max(LISTS, rounds)):
            for each in kinds:
                await each.list_page()
        for start in range(0, min(streets, SIGNALS), TURN):
            for each in kinds:
                await each.signal(range(start, min(start + TURN, streets)))
        return _rows(ours, other, streets, grown)


Sizes = dict[int, tuple[tuple[float, float, float], tuple[float, float, float]]]


async def _grow(kinds: tuple[Kind, Kind], streets: int) -> Sizes:
    """What both hold, at nothing, a quarter, half and all."""
    grown: Sizes = {0: (kinds[0].megabytes, kinds[1].megabytes)}
    marks = {max(1, streets * part // 4) for part in (1, 2, 4)}
    for start in range(0, streets, TURN):
        end = min(start + TURN, streets)
        for each in kinds:
            await each.start(range(start, end))
        if marks & set(range(start + 1, end + 1)):
            grown[end] = (kinds[0].megabytes, kinds[1].megabytes)
            print(f"{end} waiting: ours, bare in MB (database, server, worker):", *grown[end], flush=True)  # noqa: T201
    return grown


def _rows(ours: Kind, other: Kind, streets: int, grown: Sizes) -> list[Row]:
    mine, theirs = grown[streets]
    before = grown[0]
    beside = "as many bare workflows that wait"
    rows = [
        Row(f"{streets:,} idle streets: database", mine[0], "MB", beside, theirs[0], None, at_most(1.2)),
        Row(
            f"{streets:,} idle streets: memory of server and worker",
            mine[1] + mine[2],
            "MB",
            beside,
            theirs[1] + theirs[2],
            None,
            at_most(1.1),
        ),
    ]
    for size, (one, two) in grown.items():
        if size:
            each = [
                1000 * (held[0] - start[0]) / size for held, start in zip((one, two), before, strict=True)
            ]
            rows.append(Row(f"database a street, at {size:,}", each[0], "KB", beside, each[1]))
    rate = [streets / sum(each.starting) for each in (ours, other)]
    rows.append(Row("streets started", rate[0], "a second", beside, rate[1]))
    told = min(streets, SIGNALS)
    rate = [told / sum(each.signalling) for each in (ours, other)]
    rows.append(Row(f"signals to {told:,} of them, until heard", rate[0], "a second", beside, rate[1]))
    lists = [median(each.listing) for each in (ours, other)]
    return [*rows, Row("a page of fifty of a list", lists[0], "ms", beside, lists[1])]
