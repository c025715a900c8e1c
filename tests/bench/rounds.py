"""The yearly round: every street gets its question, beside signalling as many bare workflows that wait.

Both are over when the workflows have heard: the question of each street is written, and its workflow waits.
"""

from contextlib import AsyncExitStack
from functools import partial
from statistics import median
from time import perf_counter
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.postgres import Postgres
from deploy.local.temporal import Temporal
from schemas.renewal import RoundState
from schemas.steps import QUEUE
from tests.bench import bare
from tests.bench.engine import AT_ONCE, Program, bounded, connected, folder, until
from tests.bench.ground import CITY, Ground, opened
from tests.bench.row import Row, at_most
from tests.bench.rows import ANS
from tests.conftest import free_port
from workflows.renewal_round import RenewalRoundWorkflow

STREETS = """
insert into registry.street
    (municipality, slug, name, part, wijk, phase, gangmakers, minimum, revision, since)
select $1, slug, 'Straat', null, 'Noord', 'active', array[person], 1, 1, '2020-01-01'
from unnest($2::text[], $3::uuid[]) as t (slug, person)
"""
ASKED = "select count(*) = $2 from registry.renewal where year = $1"
QUESTIONS = "select workflow_id from registry.renewal where year = $1 order by street"
FIRST_YEAR = 2030


async def rounds(streets: int, turns: int) -> list[Row]:
    """A round a turn, each about another year."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        place = await enter(folder())
        postgres = await enter(Postgres(place, free_port()))
        temporal = await enter(Temporal(place, free_port()))
        made = await enter(opened(postgres.admin_url, postgres.app_url))
        await settle(made, streets)
        for kind in ("ours", "bare"):
            await enter(Program(place, "tests.bench.worker", kind, temporal.address, postgres.app_url))
        client = await connected(temporal.address)
        names = [f"idle-{number}" for number in range(streets)]
        await bounded([partial(bare.start_idle, client, name) for name in names])
        await _heard(client, names)
        taken: dict[str, list[float]] = {"ours": [], "bare": []}
        for number in range(turns):
            for name in ("ours", "bare") if number % 2 == 0 else ("bare", "ours"):
                begun = perf_counter()
                if name == "ours":
                    await _ask_all(made, client, FIRST_YEAR + number, streets)
                else:
                    await _signal_all(client, names)
                taken[name].append(perf_counter() - begun)
    return _rows(taken, streets)


async def settle(made: Ground, streets: int) -> None:
    """Active streets that are old enough, each with somebody to ask."""
    async with made.db.transaction() as conn:
        people: list[UUID] = [await made.vault.put(conn, CITY, ANS) for _ in range(streets)]
        await conn.execute(STREETS, CITY, [f"straat-{number}" for number in range(streets)], people)


async def _ask_all(made: Ground, client: Client, year: int, streets: int) -> None:
    await client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality=CITY, year=year),
        id=f"renewal-round-{CITY}-{year}",
        task_queue=QUEUE,
    )

    async def asked() -> bool:
        return bool(await made.app.fetchval(ASKED, year, streets))

    await until(asked, every=0.1)
    await _heard(client, [row["workflow_id"] for row in await made.app.fetch(QUESTIONS, year)])


async def _signal_all(client: Client, names: list[str]) -> None:
    await bounded([partial(client.get_workflow_handle(name).signal, bare.BareIdle.poke) for name in names])
    await _heard(client, names)


async def _heard(client: Client, names: list[str]) -> None:
    """Until none has a task that waits; tasks are taken in turn, so some of them tell of all."""

    async def one(name: str) -> None:
        handle = client.get_workflow_handle(name)

        async def there() -> bool:
            try:
                told = await handle.describe()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return False
            return not told.raw_description.HasField("pending_workflow_task")

        await until(there)

    await bounded([partial(one, name) for name in [*names[::10], *names[-AT_ONCE:]]])


def _rows(taken: dict[str, list[float]], streets: int) -> list[Row]:
    beside = "as many bare workflows signalled, until heard"
    ratio = median(one / other for one, other in zip(taken["ours"], taken["bare"], strict=True))
    ours, theirs = median(taken["ours"]), median(taken["bare"])
    return [
        Row(f"renewal round of {streets:,} streets", ours, "s", beside, theirs, ratio, at_most(2)),
        Row("streets asked", streets / ours, "a second", beside, streets / theirs),
    ]
