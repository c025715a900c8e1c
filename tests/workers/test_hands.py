"""Several hands of the relay: nobody waits for a slow one, and one workflow hears things in their order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from schemas.refs import signup_id
from store.database import Database
from store.inbox import Submission
from tests.workers.test_relay import answering, connection, receive, server, signals, signup, stands, tools
from workers.loops import Loop
from workers.relay import HANDS, Relay
from workers.temporal import Temporal as Connection

__all__ = ["connection", "server"]
"""Fixtures, the same as of the other tests of the relay."""


class Held:
    """A way to the server whose first traveller is held up until told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._first = True
        self.on_its_way, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> Client:
        """The client, later for the first."""
        if self._first:
            self._first = False
            self.on_its_way.set()
            await self.go_on.wait()
        return await self._connection()


@asynccontextmanager
async def hands_of(db: Database, temporal: Held) -> AsyncIterator[None]:
    """The relay as a worker runs it."""
    task = asyncio.create_task(Loop(db, "inbox", Relay(tools(db), temporal).work, hands=HANDS).run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def taken(db: Database, submission: Submission) -> None:
    """Wait until a hand holds it."""
    sql = "select from post.submission where id = $1 for update skip locked"
    async with asyncio.timeout(20), db.connection() as conn:
        while await conn.fetchrow(sql, submission.id) is not None:
            await asyncio.sleep(0.02)


async def brought(db: Database, submission: Submission) -> None:
    """Wait until it is."""
    async with asyncio.timeout(20):
        while not (await stands(db, submission))[0]:
            await asyncio.sleep(0.02)


async def test_who_comes_after_a_slow_one_does_not_wait_for_it(db: Database, connection: Connection) -> None:
    slow, quick = signup(), signup()
    temporal = Held(connection)
    async with hands_of(db, temporal):
        await receive(db, slow)
        await temporal.on_its_way.wait()
        await receive(db, quick)
        await brought(db, quick)
        assert await stands(db, slow) == (False, None, 0)
        temporal.go_on.set()
        await brought(db, slow)


async def test_what_is_for_one_workflow_arrives_in_the_order_of_its_coming(
    db: Database, connection: Connection
) -> None:
    begun, other = signup(), signup()
    await receive(db, begun)
    await Relay(tools(db), connection).work()
    name, temporal = signup_id(begun.id), Held(connection)
    first, second = answering(name), answering(name)
    second.payload["yes"] = False
    async with hands_of(db, temporal):
        await receive(db, first)
        await temporal.on_its_way.wait()
        await receive(db, second)
        await taken(db, second)
        await receive(db, other)
        await brought(db, other)
        assert await stands(db, second) == (False, None, 0)
        temporal.go_on.set()
        await brought(db, second)
    told = await signals(await connection(), name)
    assert [json.loads(each.removeprefix("answer"))["yes"] for each in told] == [True, False]
