"""A first year as a DBOS program: ``python -m tests.bench.dbos_year TEMPLATE DATABASE_URL SYSTEM_URL``.

The same steps as ours, written as its documentation does; each writes the same rows by the same functions.
A line of JSON on the standard input names streets; the answer is how long their year took.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from activities.context import Tools
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Vault
from tests.bench.rows import Rows, Template

AT_ONCE = 20
DAYS = 24 * 3600.0


class Done:
    """How often each step ended."""

    def __init__(self) -> None:
        self.count: dict[str, int] = {}
        self.moved = asyncio.Event()

    async def until(self, step: str, count: int) -> None:
        """Until a step ended so often."""
        while self.count.get(step, 0) < count:
            self.moved.clear()
            await self.moved.wait()


ROWS: list[Rows] = []
DONE = Done()


@DBOS.step()
async def do(step: str, street: str) -> None:
    """One step: its rows, in one transaction of ours."""
    await ROWS[0].write(step, street)
    DONE.count[step] = DONE.count.get(step, 0) + 1
    DONE.moved.set()


@DBOS.workflow()
async def signup(street: str) -> None:
    """Ask, wait for an answer, join."""
    await do("ask_confirmation", street)
    await DBOS.recv_async("answer", timeout_seconds=3 * DAYS)
    with SetWorkflowID(f"street-{street}"):
        await DBOS.start_workflow_async(live, street)


@DBOS.workflow()
async def live(street: str) -> None:
    """Opened, an intake, a decision, a potje, and the rest of the year."""
    await do("open_street", street)
    with SetWorkflowID(f"intake-{street}"):
        talk = await DBOS.start_workflow_async(intake, street)
    await talk.get_result()
    await do("decide_street", street)
    await do("begin_potje", street)
    with SetWorkflowID(f"potje-{street}"):
        await DBOS.start_workflow_async(potje, street)
    await DBOS.recv_async("poke", timeout_seconds=300 * DAYS)


@DBOS.workflow()
async def intake(street: str) -> None:
    """Planned, and its outcome."""
    await DBOS.recv_async("plan", timeout_seconds=14 * DAYS)
    await do("plan_intake", street)
    await DBOS.recv_async("record", timeout_seconds=3 * DAYS)
    await do("record_intake", street)


@DBOS.workflow()
async def potje(street: str) -> None:
    """Approved, paid; the bank can still send it back for a while."""
    await DBOS.recv_async("approve", timeout_seconds=300 * DAYS)
    await do("approve_potje", street)
    await DBOS.recv_async("payment", timeout_seconds=7 * DAYS)
    await DBOS.recv_async("payment", timeout_seconds=10 * DAYS)


async def bounded(work: list[Callable[[], Awaitable[Any]]]) -> None:
    """All of it, so many at the same moment."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(go: Callable[[], Awaitable[Any]]) -> None:
        async with gate:
            await go()

    await asyncio.gather(*map(one, work))


async def begin(street: str) -> None:
    """The form: who it is goes into the vault, and the workflow starts."""
    await ROWS[0].begin(street)
    with SetWorkflowID(f"signup-{street}"):
        await DBOS.start_workflow_async(signup, street)


async def lives(streets: list[str]) -> float:
    """The same waves as everybody's."""
    ended, many = dict(DONE.count), len(streets)
    waves = [
        ("signup", "answer", "ask_confirmation"),
        ("intake", "plan", "open_street"),
        ("intake", "record", "plan_intake"),
        ("potje", "approve", "begin_potje"),
        ("potje", "payment", "approve_potje"),
    ]
    begun = perf_counter()
    await bounded([partial(begin, street) for street in streets])
    for workflow, topic, after in waves:
        await DONE.until(after, ended.get(after, 0) + many)
        if topic == "payment":
            await bounded([partial(ROWS[0].pay, street) for street in streets])
        await bounded([partial(_tell, f"{workflow}-{street}", topic) for street in streets])
    return perf_counter() - begun


async def _tell(workflow_id: str, topic: str) -> None:
    """A workflow that is about to be there is told as soon as it is."""
    while True:
        try:
            await DBOS.send_async(workflow_id, "yes", topic)
        except Exception as error:
            if "NonExistent" not in type(error).__name__:
                raise
            await asyncio.sleep(0.01)
        else:
            return


async def main(template: str, database_url: str, system_url: str) -> None:
    """Until the standard input ends."""
    keyring = Keyring({1: bytes(KEY_BYTES)})
    db, mail_from = Database(database_url), "noreply@straat.example"
    tools = Tools(db, keyring, Vault(keyring), "http://public.test", "http://desk.test", mail_from)
    ROWS.append(Rows(Template.load(Path(template).read_text()), tools))
    config: DBOSConfig = {"name": "year", "system_database_url": system_url, "log_level": "WARNING"}
    DBOS(config=config)
    DBOS.launch()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(f"seconds {await lives(json.loads(line))}", flush=True)  # noqa: T201
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
