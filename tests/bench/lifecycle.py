"""Whole first years, from the form to the paid potje, beside three others that do as much.

Bare SDK code gives the same commands, with steps that do nothing, and with steps that write the same rows;
DBOS does the same steps and writes the same rows. All of them go through the year in the same waves. The
payment batch, one for all streets, is outside the clock.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from activities.context import Tools
from deploy.local.postgres import Postgres
from deploy.local.temporal import Temporal
from schemas.calendar import dutch_date
from schemas.facts import LinkOrder, LinkPurpose
from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.potje import PotjeAct
from schemas.refs import intake_id, potje_id, signup_id
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import inbox, links
from store.inbox import Submission
from tests.bench import bare
from tests.bench.counted import Counted
from tests.bench.engine import BY, ROOT, bounded, folder
from tests.bench.ground import CITY, Ground, opened
from tests.bench.paying import pay
from tests.bench.row import Row, at_least
from tests.bench.rows import ANS, PLACE, Rows, Template
from tests.bench.worker import bare_worker, tools_on
from tests.conftest import free_port
from workers.relay import Relay
from workers.worker import temporal_worker
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow

TREASURER = f"{CITY}:treasurer-1"
PEERS = ROOT / ".bench" / "venv" / "bin" / "python"
THIS_YEAR = dutch_date(datetime.now(UTC)).year
Lives = Callable[[list[str]], Awaitable[float]]
"""Brings streets through their year; the seconds it took."""


async def soon(call: Callable[[], Awaitable[Any]]) -> Any:
    """A call to a workflow that is about to be there."""
    while True:
        try:
            return await call()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.01)


class Ours:
    """The real thing: inbox, relay, workflows and steps."""

    def __init__(self, made: Ground, client: Client, tools: Tools, counted: Counted) -> None:
        self._made, self._client, self._tools, self._counted = made, client, tools, counted
        self._relay = Relay(tools, self._connected)
        self._terms = ([timedelta(days=3)], timedelta(days=14))
        self.last: tuple[str, Any, Any] | None = None

    async def _connected(self) -> Client:
        return self._client

    async def _brought(self) -> None:
        """What came in reaches its workflow."""
        await self._relay.work()

    async def lives(self, streets: list[str]) -> float:
        """Wave by wave."""
        ended, many = dict(self._counted.ended), len(streets)

        async def until(step: str) -> None:
            await self._counted.until(step, ended.get(step, 0) + many)

        begun = perf_counter()
        orders = await bounded([partial(self._signs_up, street) for street in streets])
        await self._brought()
        await until("ask_confirmation")
        await bounded([partial(self._answers, order) for order in orders])
        await self._brought()
        await until("join_street")
        await bounded([partial(self._planned, order) for order in orders])
        await bounded([partial(self._recorded, order) for order in orders])
        await until("decide_street")
        await bounded([partial(self._approved, order) for order in orders])
        taken = perf_counter() - begun
        await pay(self._made, self._tools, orders, THIS_YEAR)
        begun = perf_counter()
        await self._brought()
        return taken + perf_counter() - begun

    async def _signs_up(self, street: str) -> SignupOrder:
        """What the form does."""
        reminders, expires = self._terms
        async with self._tools.db.transaction() as conn:
            order = SignupOrder(
                submission=uuid4(),
                municipality=CITY,
                street=street,
                street_name="Rozenlaan",
                wijk="Noord",
                campaign="voorjaar",
                gangmaker=await self._tools.vault.put(conn, CITY, ANS),
                reminders=reminders,
                expires_after=expires,
            )
            payload = order.model_dump(mode="json")
            await inbox.receive(conn, Submission(order.submission, "signup", CITY, payload))
        return order

    async def _answers(self, order: SignupOrder) -> None:
        """A click on the mailed link."""
        link = LinkOrder(purpose=LinkPurpose.CONFIRM_SIGNUP, workflow_id=signup_id(order.submission))
        async with self._tools.db.transaction() as conn:
            token = links.token_of(self._tools.keyring, link, order.gangmaker)
            assert await links.answer(conn, token, yes=True)

    async def _planned(self, order: SignupOrder) -> None:
        async with self._tools.db.transaction() as conn:
            place = await self._tools.vault.put(conn, CITY, PLACE)
        self.last = order.street, order.gangmaker, place
        plan = IntakePlan(at=datetime.now(UTC) + timedelta(days=3), place=place, coordinator=BY)
        await soon(partial(self._intake(order).execute_update, IntakeWorkflow.plan, plan))

    async def _recorded(self, order: SignupOrder) -> None:
        record = IntakeRecord(outcome=Outcome.ACCEPTED, agreed=[order.gangmaker], coordinator=BY)
        await self._intake(order).execute_update(IntakeWorkflow.record, record)

    def _intake(self, order: SignupOrder) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(intake_id(CITY, order.street, 1))

    async def _approved(self, order: SignupOrder) -> None:
        potje = self._client.get_workflow_handle(potje_id(CITY, order.street, THIS_YEAR))
        await potje.execute_update(PotjeWorkflow.approve, PotjeAct(by=TREASURER))


class Bare:
    """The same commands; ``rows`` writes what ours write."""

    def __init__(self, client: Client, counted: Counted, queue: str, rows: Rows | None = None) -> None:
        self._client, self._counted, self._queue, self.rows = client, counted, queue, rows

    async def lives(self, streets: list[str]) -> float:
        """Wave by wave."""
        ended, many = dict(self._counted.ended), len(streets)

        async def until(step: str) -> None:
            await self._counted.until(step, ended.get(step, 0) + many)

        begun = perf_counter()
        if self.rows is not None:
            await bounded([partial(self.rows.begin, street) for street in streets])
        await bounded([partial(self._start, street) for street in streets])
        await until("ask_confirmation")
        await bounded([partial(self._handle("signup", each).signal, "answer") for each in streets])
        await until("bare_join")
        for update, workflow in (("plan", "intake"), ("record", "intake"), ("approve", "potje")):
            if update == "approve":
                await until("bare_decide")
            handles = [self._handle(workflow, each) for each in streets]
            told = zip(handles, streets, strict=True)
            await bounded([partial(soon, partial(one.execute_update, update, each)) for one, each in told])
        if self.rows is not None:
            await bounded([partial(self.rows.pay, street) for street in streets])
        await bounded([partial(self._handle("potje", each).signal, "payment") for each in streets])
        return perf_counter() - begun

    async def _start(self, street: str) -> None:
        await self._client.start_workflow(
            bare.BareSignup.run,
            street,
            id=f"bare-signup-{street}",
            task_queue=self._queue,
            static_summary=f"Aanmelding voor {street}",
        )

    def _handle(self, kind: str, street: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(f"bare-{kind}-{street}")


class Dbos:
    """A child with the libraries of the peers; a line in, a line out."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def lives(self, streets: list[str]) -> float:
        """As the child measured it."""
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps(streets).encode() + b"\n")
        while line := await self._child.stdout.readline():
            if line.startswith(b"seconds "):
                return float(line.split()[1])
        raise RuntimeError("the DBOS program ended")


@asynccontextmanager
async def dbos(place: Path, made: Ground, template: Template) -> AsyncIterator[Dbos]:
    """The program of DBOS, ready."""
    told = place / "template.json"
    told.write_text(template.dump())
    await made.admin.execute("create database dbos_sys owner postgres")
    system = f"{made.admin_url.rpartition('/')[0]}/dbos_sys"
    with (place / "dbos.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *(str(PEERS), "-m", "tests.bench.dbos_year", str(told), made.url, system),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            yield Dbos(child)
        finally:
            if child.returncode is None:
                child.terminate()
            await child.wait()


async def lifecycle(streets: int, rounds: int, *, with_dbos: bool = True) -> list[Row]:
    """In turns, each time another goes first; a turn before the first warms all of them up."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        place = await enter(folder())
        postgres = await enter(Postgres(place, free_port()))
        temporal = await enter(Temporal(place, free_port()))
        made = await enter(opened(postgres.admin_url, postgres.app_url))
        kinds = await warmed(stack, place, made, temporal.address, with_dbos=with_dbos)
        taken: dict[str, list[float]] = {name: [] for name in kinds}
        for number in range(rounds):
            names = [*kinds]
            for name in names[number % len(names) :] + names[: number % len(names)]:
                taken[name].append(await kinds[name](_slugs(name, number, streets)))
        return _rows(taken, streets)


async def warmed(
    stack: AsyncExitStack, place: Path, made: Ground, address: str, *, with_dbos: bool
) -> dict[str, Lives]:
    """The four, warm."""
    tools, counted = tools_on(made.url), Counted()
    stack.push_async_callback(tools.db.close)
    client = await Client.connect(address, data_converter=pydantic_data_converter, interceptors=[counted])
    await stack.enter_async_context(temporal_worker(client, tools, queue=QUEUE))
    ours = Ours(made, client, tools, counted)
    await grant(made)
    counted.heard = {}
    await ours.lives(["warmrozen"])
    assert ours.last
    template = Template.of(*ours.last, counted.heard)
    counted.heard = None
    rows = Rows(template, tools)
    await stack.enter_async_context(bare_worker(client, queue="bare"))
    writes = partial(rows.write)
    await stack.enter_async_context(bare_worker(client, queue="bare-rows", writes=writes))
    kinds: dict[str, Lives] = {
        "ours": ours.lives,
        "bare": Bare(client, counted, "bare").lives,
        "rows": Bare(client, counted, "bare-rows", rows).lives,
    }
    if with_dbos:
        kinds["dbos"] = (await stack.enter_async_context(dbos(place, made, template))).lives
    for name, lives in kinds.items():
        await lives([f"warm{name}"])
    return kinds


async def grant(made: Ground) -> None:
    """Money enough for everybody, this year."""
    await made.granted(THIS_YEAR)


def _slugs(name: str, number: int, streets: int) -> list[str]:
    return [f"{name}-{number}-{each}" for each in range(streets)]


BESIDE = {
    "bare": ("the same commands in bare SDK code, whose steps do nothing", at_least(0.9)),
    "rows": ("the same in bare SDK code, whose steps write the same rows", at_least(0.9)),
    "dbos": ("DBOS doing the same steps and writing the same rows", at_least(1.5)),
}


def _rows(taken: dict[str, list[float]], streets: int) -> list[Row]:
    rates = {name: streets / median(seconds) for name, seconds in taken.items()}
    return [
        Row(
            "first years, sign-up to paid potje",
            rates["ours"],
            "a second",
            BESIDE[name][0],
            rates[name],
            median(theirs / ours for ours, theirs in zip(taken["ours"], taken[name], strict=True)),
            BESIDE[name][1],
        )
        for name in taken
        if name != "ours"
    ]


if __name__ == "__main__":
    sys.exit("python -m tests.bench lifecycle")
