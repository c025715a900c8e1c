"""The mail catcher as a server of the stack; `deploy.local.catcher` is the program itself."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import aiosmtpd  # noqa: F401 - not used here, but who lacks it must be told before anything starts

from deploy.local.process import Service

LOCAL = "127.0.0.1"


class Catcher(Service):
    """The catcher as a child process; `async with Catcher(home, smtp, web) as catcher: ...`."""

    name = "mail"
    patience = 0.8

    def __init__(self, home: Path, smtp_port: int, web_port: int) -> None:
        super().__init__(home / "logs" / "mail.log")
        self.folder = home.resolve() / "mails"
        self.smtp_port, self.web_port = smtp_port, web_port

    @property
    def smtp_url(self) -> str:
        """Where mail is handed in."""
        return f"smtp://{LOCAL}:{self.smtp_port}"

    @property
    def url(self) -> str:
        """Where mail is read."""
        return f"http://{LOCAL}:{self.web_port}"

    def command(self) -> Sequence[str]:
        """The command line, in the same Python."""
        ports = ["--smtp-port", str(self.smtp_port), "--web-port", str(self.web_port)]
        module = [sys.executable, "-m", "deploy.local.catcher"]
        return [*module, *ports, "--dir", str(self.folder)]

    async def ready(self) -> bool:
        """Whether it answers the way an SMTP server does, and the page listens too."""
        return await _greets(self.smtp_port) and await _listens(self.web_port)


async def _greets(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOCAL, port)
    except OSError:
        return False
    try:
        return (await asyncio.wait_for(reader.readline(), 5)).startswith(b"220")
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOCAL, port)
    except OSError:
        return False
    writer.close()
    return True
