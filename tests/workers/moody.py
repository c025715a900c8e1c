"""An SMTP server in this process that misbehaves on order."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic_core import Url

HANG_UP = "hang up"
KEEP_AND_HANG_UP = "keep and hang up"


def hang_up(server: SMTP) -> None:
    """Cut the line without a word."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@dataclass(frozen=True)
class Arrived:
    """A mail as the server got it."""

    sender: str
    readers: tuple[str, ...]
    content: bytes


@dataclass
class Moods:
    """What came in, and what the server says instead of yes: by command and reader, in order."""

    arrived: list[Arrived] = field(default_factory=list)
    said: dict[tuple[str, str], deque[str]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[str] = field(default_factory=list)
    logins: list[LoginPassword] = field(default_factory=list)

    def say(self, command: str, *replies: str, to: str = "ans@example.org") -> None:
        """The next replies to a command about a reader."""
        self.said[command, to].extend(replies)

    def _next(self, command: str, reader: str) -> str | None:
        self.asked.append(command)
        replies = self.said[command, reader]
        return replies.popleft() if replies else None

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        """Whether the sender may."""
        envelope.mail_from = sender
        return self._next("MAIL", "") or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, reader: str, options: list[str]
    ) -> str:
        """Whether the reader is known."""
        reply = self._next("RCPT", reader) or "250 OK"
        if reply == HANG_UP:
            hang_up(server)
        elif reply.startswith("250"):
            envelope.rcpt_tos.append(reader)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail, or do what was ordered."""
        reply = self._next("DATA", envelope.rcpt_tos[0]) or "250 OK"
        if reply in ("250 OK", KEEP_AND_HANG_UP):
            content = envelope.original_content or b""
            self.arrived.append(Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if reply in (HANG_UP, KEEP_AND_HANG_UP):
            hang_up(server)
        return reply

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: object
    ) -> AuthResult:
        """One password is right."""
        assert isinstance(said, LoginPassword)
        self.logins.append(said)
        right = said == LoginPassword(b"straat@mail", b"p@ss:word/1")
        return AuthResult(success=right, handled=False)


class Moody(SMTP):
    """aiosmtpd, which can also refuse the DATA command itself."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Refuse before the content, if ordered to."""
        readers = self.envelope.rcpt_tos if self.envelope else []
        reply = self.event_handler._next("DATA?", readers[0]) if readers else None
        if reply:
            await self.push(reply)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def smtp_server(
    moods: Moods, port: int, *, international: bool = True, password: bool = False
) -> AsyncIterator[Url]:
    """Listen on a port of 127.0.0.1 while the block runs."""
    loop = asyncio.get_running_loop()

    def session() -> Moody:
        return Moody(
            moods,
            hostname="localhost",
            enable_SMTPUTF8=international,
            loop=loop,
            auth_require_tls=not password,
            authenticator=moods.login,
        )

    server = await loop.create_server(session, "127.0.0.1", port)
    try:
        yield Url(f"smtp://127.0.0.1:{port}")
    finally:
        server.close()
        await server.wait_closed()
