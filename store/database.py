"""The pool: connections that speak JSON, and come back by themselves when PostgreSQL does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"

LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
"""What a lost or restarting PostgreSQL looks like: nothing was receipted, so say so or try again."""

ALIVE = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""PostgreSQL asks a silent listener whether it is still there. By default it would ask after two hours, and
until then a machine that vanished would keep its turn: no mail would leave."""


async def _speak_json(conn: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await conn.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave(_: Connection) -> None:
    """No statement of ours leaves anything behind on a connection of the pool, so nothing is undone.

    That would be one more way to PostgreSQL and back for each use. An open transaction is rolled back
    all the same.
    """


class Database:
    """A pool that is made at the first use, so that the order in which servers start does not matter."""

    def __init__(self, url: str, *, size: int = 10, told: Mapping[str, str] | None = None) -> None:
        """``told``: settings of PostgreSQL for each connection, such as that nothing may be written."""
        self._url = url
        self._size = size
        self._told = dict(told or {})
        self._pool: asyncpg.Pool | None = None

    async def pool(self) -> asyncpg.Pool:
        """The pool; raises one of :data:`LOST` while PostgreSQL is away."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=0,
                max_size=self._size,
                init=_speak_json,
                reset=_leave,
                timeout=5,
                command_timeout=20,
                server_settings=self._told,
            )
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection, for reading, or for a single statement: that is a transaction by itself."""
        pool = await self.pool()
        async with pool.acquire() as conn:
            try:
                yield conn
            finally:
                if conn.is_in_transaction():
                    conn.terminate()  # what could not be rolled back, since its server was away, goes with it

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: all of it, or nothing."""
        async with self.connection() as conn, conn.transaction():
            yield conn

    async def listen(self) -> asyncpg.Connection:
        """A connection outside the pool, for LISTEN; the caller closes it."""
        return await asyncpg.connect(self._url, timeout=5, server_settings=ALIVE)

    async def close(self) -> None:
        """Close politely; whoever still holds a connection is cut off after a moment."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), timeout=3)
        except TimeoutError:
            self._pool.terminate()
        self._pool = None
