"""kill -9 of all of PostgreSQL while many book: nothing acknowledged is lost, the rest can be asked again."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest_asyncio

from deploy.local.postgres import Postgres
from schemas.ledger import Leg, LegKind, MarkKind, Verified
from store import ledger
from store.database import LOST
from store.migrate import migrate
from tests.conftest import free_port
from tests.store.ledger_books import (
    BUDGET,
    CITY,
    STREETS,
    TREASURER,
    YEAR,
    book,
    open_books,
    reserve,
    resolve,
)
from tests.store.ledger_chain import chain_lines, recomputed

WRITERS, CENTS = 6, 10
GRANTED = 1_000_000_00
ENOUGH = 150
"""Acknowledged calls before the server is killed."""


@pytest_asyncio.fixture
async def home() -> AsyncIterator[Path]:
    """A folder of its own, that PostgreSQL's unprivileged user can reach."""
    with TemporaryDirectory(prefix="straat-crash-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


class Writer:
    """Reserves and posts potjes one after the other, and remembers what PostgreSQL acknowledged."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.asked: list[tuple[Leg, ...]] = []
        self.acknowledged: list[tuple[Leg, ...]] = []

    def calls(self, number: int) -> list[tuple[Leg, ...]]:
        """A potje in one leg and then in another; now and then so many that they are booked together."""
        name, street = f"{self.name} {number}", STREETS[number % len(STREETS)]
        potje = reserve(f"potje {name}", CENTS, street)
        post = resolve(f"post {name}", potje, LegKind.POST)
        many = tuple(reserve(f"many {name} {n}", 1, street) for n in range(10))
        return [(potje,), (post,), many] if number % 5 == 0 else [(potje,), (post,)]

    async def write(self) -> None:
        """Until the server is gone."""
        conn = await asyncpg.connect(self.url)
        number = 0
        try:
            while True:
                number += 1
                for legs in self.calls(number):
                    self.asked.append(legs)
                    async with conn.transaction():
                        await book(conn, *legs)
                        await self.marks(conn, number)
                    self.acknowledged.append(legs)
        except LOST:
            conn.terminate()

    async def marks(self, conn: asyncpg.Connection, number: int) -> None:
        """What is marked in the same transaction."""
        if number % 3 == 0:
            subject, digest = f"batch/{self.name}-{number}", number.to_bytes(32, "big")
            await ledger.mark(
                conn, CITY, YEAR, kind=MarkKind.FILE, subject=subject, digest=digest, actor=TREASURER
            )


def kill_all(server: int) -> None:
    """The server and every process that it started, before any of them can help another."""
    os.kill(server, signal.SIGSTOP)
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    rows = [[int(number) for number in line.split()] for line in listed.stdout.splitlines()]
    for pid in [pid for pid, parent in rows if parent == server] + [server]:
        os.kill(pid, signal.SIGKILL)


async def until_killed(pg: Postgres, name: str) -> list[Writer]:
    """Everybody writes, and in the middle of it the server dies."""
    writers = [Writer(f"{name}-{n}", pg.app_url) for n in range(WRITERS)]
    working = [asyncio.create_task(writer.write()) for writer in writers]
    while sum(len(writer.acknowledged) for writer in writers) < ENOUGH:
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in working)
    assert pg.pid is not None
    kill_all(pg.pid)
    await asyncio.gather(*working)
    assert await pg.wait() == -signal.SIGKILL
    return writers


async def test_no_acknowledged_commit_is_lost(home: Path) -> None:
    async with Postgres(home, free_port()) as pg:
        await migrate(pg.admin_url)
        conn = await asyncpg.connect(pg.app_url)
        await open_books(conn, GRANTED)
        await conn.close()
        writers = await until_killed(pg, "first")
    async with Postgres(home, free_port()) as pg:
        await nothing_is_lost(pg, writers)
        writers += await until_killed(pg, "second")
    async with Postgres(home, free_port()) as pg:
        await nothing_is_lost(pg, writers)
        await all_can_be_asked_again(pg, writers)


async def nothing_is_lost(pg: Postgres, writers: list[Writer]) -> None:
    """Acknowledged calls are there; one that was under way is there as a whole, or not at all."""
    conn = await asyncpg.connect(pg.app_url)
    booked = {
        row["id"] for row in await conn.fetch("select id from ledger.transfer where municipality = $1", CITY)
    }
    for writer in writers:
        for legs in writer.acknowledged:
            assert {leg.id for leg in legs} <= booked
        for legs in writer.asked:
            assert len({leg.id for leg in legs} & booked) in (0, len(legs))
        assert len(writer.asked) - len(writer.acknowledged) <= 1
    lines = await chain_lines(conn, CITY, YEAR)
    assert recomputed(CITY, YEAR, lines) == [line.hash for line in lines]
    verdict = await ledger.verify(conn, CITY, YEAR)
    assert verdict == Verified(seq=len(lines), head=lines[-1].hash.hex())
    await conn.close()


async def all_can_be_asked_again(pg: Postgres, writers: list[Writer]) -> None:
    """What a worker does after the crash: everything once more, also what it does not know the end of."""
    conn = await asyncpg.connect(pg.app_url)
    for writer in writers:
        for legs in writer.asked:
            await book(conn, *legs)
    asked = {leg.id: leg for writer in writers for legs in writer.asked for leg in legs}
    posted = sum(leg.cents for leg in asked.values() if leg.kind is LegKind.POST)
    reserved = sum(leg.cents for leg in asked.values() if leg.kind is LegKind.RESERVE)
    budget = await ledger.balance(conn, BUDGET)
    assert (budget.debits_posted, budget.debits_pending) == (posted, reserved - posted)
    assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
    await conn.close()
