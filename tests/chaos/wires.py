"""Wires: ports of ours between a process and its server, so that a connection breaks when we say so."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

LOCAL = "127.0.0.1"
CHUNK = 65_536
LONGEST_LINE = 4_000_000
"""Bytes; a whole mail is read as one."""


class Wire:
    """Passes on what comes in at one port to another; can be cut, stalled, or deaf for a while."""

    def __init__(self, port: int, to: int) -> None:
        self.port, self._to = port, to
        self.deaf = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, LOCAL, self.port, limit=LONGEST_LINE)

    async def close(self) -> None:
        """Listen no more, and let go of every connection."""
        self._flows.set()
        if self._server:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> int:
        """Break every connection, without a word; gives how many there were."""
        here = list(self._open)
        for writer in here:
            writer.transport.abort()
        return len(here) // 2

    def stall(self) -> None:
        """Nothing passes until :meth:`flow`."""
        self._flows.clear()

    def flow(self) -> None:
        """Let it pass again."""
        self._flows.set()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._open.add(writer)
        beyond: StreamWriter | None = None
        try:
            if self.deaf:
                return
            there, beyond = await asyncio.open_connection(LOCAL, self._to)
            self._open.add(beyond)
            await self.converse(reader, writer, there, beyond)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return
        except asyncio.CancelledError:
            return
        finally:
            for each in (writer, beyond):
                if each is not None:
                    self._open.discard(each)
                    each.transport.abort()
            self._tasks.discard(task)

    async def converse(
        self, reader: StreamReader, writer: StreamWriter, there: StreamReader, beyond: StreamWriter
    ) -> None:
        """Both ways at once, until either side has no more to say."""
        ways = {
            asyncio.create_task(self._pass(reader, beyond)),
            asyncio.create_task(self._pass(there, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            with suppress(OSError):
                await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        while said := await reader.read(CHUNK):
            await self._flows.wait()
            writer.write(said)
            await writer.drain()

    async def passes(self) -> None:
        """Wait until this wire is not stalled."""
        await self._flows.wait()
