"""A receiver of webhooks on this machine: a real server that answers as a test wants, and keeps what came."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from standardwebhooks import Webhook

Moves: TypeAlias = "Callable[[asyncio.StreamWriter], Awaitable[None]]"


@dataclass
class Taken:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: str


def status(code: int, *headers: str) -> Moves:
    """Answer with a status and nothing else."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} So", "content-length: 0", "connection: close", *headers]
        writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        await writer.drain()

    return answer


async def cut(writer: asyncio.StreamWriter) -> None:
    """Hang up without a word."""
    writer.transport.abort()


async def nonsense(writer: asyncio.StreamWriter) -> None:
    """Answer something that is no HTTP."""
    writer.write(b"hello there\r\n\r\n")
    await writer.drain()


async def hang(_: asyncio.StreamWriter) -> None:
    """Say nothing, for ever."""
    await asyncio.Event().wait()


@dataclass
class Receiver:
    """What it will answer, one after the other, and then 200; and what it took."""

    port: int = 0
    answers: list[Moves] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    always: Moves = field(default_factory=lambda: status(200))
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    talking: set["asyncio.Task[None]"] = field(default_factory=set)

    def url(self, path: str = "/events", scheme: str = "http", host: str = "127.0.0.1") -> str:
        """Where it is."""
        return f"{scheme}://{host}:{self.port}{path}"

    async def until(self, number: int) -> None:
        """Wait until so many requests came in all."""
        async with asyncio.timeout(15), self.came:
            await self.came.wait_for(lambda: len(self.taken) >= number)

    def verified(self, secret: str, number: int = -1) -> Any:
        """A request's event, as a receiver checks it; raises for a wrong signature."""
        taken = self.taken[number]
        return Webhook(secret).verify(taken.body, taken.headers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task
        self.talking.add(task)
        task.add_done_callback(self.talking.discard)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(_header(line) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            async with self.came:
                self.taken.append(Taken(head[0].split(" ")[1], headers, body.decode()))
                self.came.notify_all()
            await (self.answers.pop(0) if self.answers else self.always)(writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return
        finally:
            self.at_once -= 1
            writer.close()


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


@asynccontextmanager
async def receiving(*answers: Moves, context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver while the block runs."""
    receiver = Receiver(answers=list(answers))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.talking:
            task.cancel()
        await asyncio.gather(*receiver.talking, return_exceptions=True)
