"""The wire to the mail server: it follows the conversation, breaks it where it matters, and counts."""

import re
import time
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass

from tests.chaos.wires import Wire

MESSAGE_ID = re.compile(rb"(?mi)^Message-ID:\s*(\S+)\r?$")
LATER = "451 4.3.0 Not now, try again later"
TAKEN = b"250"


@dataclass
class Offer:
    """A mail whose content went to the server, what it answered, and whether its sender heard that."""

    message_id: str
    at: float
    """Seconds since the epoch."""
    reply: str = ""
    heard: bool = False

    @property
    def taken(self) -> bool:
        """Whether the server said that it has it."""
        return self.reply.startswith("250")


class Letterbox(Wire):
    """SMTP, a command at a time. Each mood lasts for one mail, but for ``unwilling``."""

    def __init__(self, port: int, to: int) -> None:
        super().__init__(port, to)
        self.offers: list[Offer] = []
        self.unwilling = ""
        """The command that is answered with 451 (``.``: the content)."""
        self.half = 0
        self.lose = 0
        """How many mails are yet to be cut off halfway, or to lose their 250."""
        self.refused = 0

    async def converse(
        self, reader: StreamReader, writer: StreamWriter, there: StreamReader, beyond: StreamWriter
    ) -> None:
        """The greeting, then question and answer, until somebody hangs up."""
        await self._say(writer, await _reply(there))
        while line := await reader.readline():
            command = line.split()[0].decode("ascii", "replace").upper() if line.split() else ""
            if {"HELO": "EHLO"}.get(command, command) == self.unwilling:
                await self._say(writer, self._later())
                continue
            await self._say(beyond, line)
            reply = await _reply(there)
            await self._say(writer, reply)
            if command == "DATA" and reply.startswith(b"354"):
                await self._content(reader, writer, there, beyond)

    async def _content(
        self, reader: StreamReader, writer: StreamWriter, there: StreamReader, beyond: StreamWriter
    ) -> None:
        content = await reader.readuntil(b"\r\n.\r\n")
        if self.half:
            self.half -= 1
            await self._say(beyond, content[: len(content) // 2])
            raise ConnectionAbortedError
        if self.unwilling == ".":
            await self._say(writer, self._later())
            raise ConnectionAbortedError
        found = MESSAGE_ID.search(content)
        offer = Offer(found[1].decode() if found else "", time.time())
        self.offers.append(offer)
        await self._say(beyond, content)
        reply = await _reply(there)
        offer.reply = reply.decode("ascii", "replace").strip()
        if self.lose and offer.taken:
            self.lose -= 1
            raise ConnectionAbortedError
        await self.passes()
        # Who waited too long has hung up by now.
        offer.heard = not (reader.at_eof() or writer.is_closing())
        await self._say(writer, reply)

    def _later(self) -> bytes:
        self.refused += 1
        return f"{LATER}\r\n".encode()

    async def _say(self, writer: StreamWriter, said: bytes) -> None:
        await self.passes()
        writer.write(said)
        await writer.drain()


async def _reply(server: StreamReader) -> bytes:
    """All lines of an answer; ``EOFError`` when the server hung up."""
    said = b""
    while True:
        line = await server.readline()
        if not line:
            raise EOFError
        said += line
        if line[3:4] != b"-":
            return said
