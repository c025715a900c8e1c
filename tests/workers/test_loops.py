"""The loop: woken at once, patient when PostgreSQL restarts, one at a time where only one may."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.postgres import Postgres
from schemas.facts import Fact
from store import inbox, outbox, registry
from store.database import Database
from store.inbox import Submission
from tests.conftest import free_port
from workers import loops
from workers.loops import Loop

MONEY = {"municipality": "rotterdam", "year": 2026}


class Works:
    """Counts rounds, and lets a test wait for the next."""

    def __init__(self, soonest: float | None = None) -> None:
        self.rounds = 0
        self._soonest = soonest
        self._done = asyncio.Condition()

    async def __call__(self) -> float | None:
        """One round."""
        async with self._done:
            self.rounds += 1
            self._done.notify_all()
        return self._soonest

    async def until(self, rounds: int) -> None:
        """Wait for that many rounds in all."""
        async with asyncio.timeout(20), self._done:
            await self._done.wait_for(lambda: self.rounds >= rounds)


@asynccontextmanager
async def running(
    db: Database,
    channel: str,
    work: Callable[[], Awaitable[float | None]],
    turn: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
) -> AsyncIterator["asyncio.Task[None]"]:
    """A loop that runs while the block does, and lives to its end unless the test ends it."""
    task = asyncio.create_task(Loop(db, channel, work, turn).run())
    try:
        yield task
        assert task.cancelling() or not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a notice wakes a loop."""
    monkeypatch.setattr(loops, "LONGEST_SLEEP", 3600.0)


async def receive(db: Database) -> None:
    """A submission comes in."""
    async with db.transaction() as conn:
        await inbox.receive(conn, Submission(uuid4(), "money", "rotterdam", MONEY))


async def queue(db: Database) -> None:
    """A mail is queued."""
    async with db.transaction() as conn:
        mail = outbox.Mail(
            uuid4(), str(uuid4()), "rotterdam", uuid4(), "welcome", "nl", "<1@x.example>", b"sealed"
        )
        await outbox.put(conn, mail)


async def tell(db: Database) -> None:
    """Something happens that others hear of."""
    async with db.transaction() as conn:
        fact = Fact(key=str(uuid4()), name="street.stopped", municipality="rotterdam", subject="rozenlaan")
        await registry.enter(conn, fact)


@pytest.mark.parametrize(("channel", "comes"), [("inbox", receive), ("outbox", queue), ("events", tell)])
async def test_a_commit_wakes_its_loop_at_once(
    db: Database, no_poll: None, channel: str, comes: Callable[[Database], Awaitable[None]]
) -> None:
    work = Works()
    async with running(db, channel, work):
        for rounds in (1, 2, 3):
            await work.until(rounds)
            await comes(db)
        await work.until(4)


async def test_what_comes_while_it_works_is_not_slept_through(db: Database, no_poll: None) -> None:
    rounds: list[int] = []
    second = asyncio.Event()

    async def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            await receive(db)
        else:
            second.set()

    async with running(db, "inbox", work), asyncio.timeout(20):
        await second.wait()


async def test_it_wakes_for_what_becomes_due(db: Database, no_poll: None) -> None:
    work = Works(soonest=0.01)
    async with running(db, "inbox", work):
        await work.until(3)


async def test_a_lost_notice_costs_no_more_than_the_longest_sleep(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "LONGEST_SLEEP", 0.02)
    work = Works()
    async with running(db, "a channel nobody rings", work):
        await work.until(3)


async def test_an_error_that_is_no_lost_server_ends_the_loop(db: Database) -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Loop(db, "inbox", work).run()


async def test_only_one_has_the_turn_and_the_next_takes_over(db: Database, no_poll: None) -> None:
    first, second = Works(), Works()
    turn = outbox.become_the_postman
    async with running(db, "outbox", first, turn) as working:
        await first.until(1)
        async with running(db, "outbox", second, turn), db.connection() as conn:
            async with asyncio.timeout(20):
                while not await conn.fetchval("select exists (select from pg_locks where not granted)"):
                    await asyncio.sleep(0.01)
            await queue(db)
            await first.until(2)
            assert second.rounds == 0
            working.cancel()
            await second.until(1)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a PostgreSQL of this test's own."""
    path = Path(tempfile.mkdtemp(prefix="straat-loop-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
async def test_a_restart_of_postgresql_is_waited_for(home: Path, ending: signal.Signals) -> None:
    port, rounds, waiting = free_port(), asyncio.Queue[int](), asyncio.Event()
    first = Postgres(home, port)
    await first.start()
    db = Database(first.admin_url)

    async def work() -> float:
        async with db.connection() as conn:
            await rounds.put(await conn.fetchval("select pg_backend_pid()"))
            if rounds.qsize() == 1 and not waiting.is_set():
                waiting.set()
                await conn.execute("select pg_sleep(60)")
        return 0.05

    async with running(db, "inbox", work, outbox.become_the_postman):
        await asyncio.wait_for(waiting.wait(), 20)
        before = await rounds.get()
        assert first.pid is not None
        os.kill(first.pid, ending)
        await first.wait()
        async with Postgres(home, port):
            for _ in range(2):
                assert await asyncio.wait_for(rounds.get(), 20) != before
        await db.close()
