"""The mail catcher: takes every mail the stack sends, and shows it on a page.

python -m deploy.local.catcher --smtp-port 8606 --web-port 8603 --dir mails
"""

import argparse
import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.catcher_web import catcher_app
from deploy.local.mailbox import Mailbox

SIZE_LIMIT_BYTES = 25_000_000
LOCAL = "127.0.0.1"


REFUSED = {
    "weigert.example": "550 5.1.1 <{}>: there is no such mailbox",
    "later.example": "451 4.2.2 <{}>: the mailbox is full, try again later",
}
"""Addresses that a mail server would refuse, for good or for now, to see what becomes of their mails."""


class Handler:
    """What happens with a mail: it is kept, and only then acknowledged."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, mail: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes every address but those that are there to be refused; as servers do, it says whose it is."""
        refusal = REFUSED.get(address.rpartition("@")[2].lower())
        if refusal is not None:
            return refusal.format(address)
        mail.rcpt_tos.append(address)
        mail.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, mail: Envelope) -> str:  # noqa: N802
        """Answers 250 when the mail is on the disk, and 452 when it could not be written."""
        content = mail.original_content or b""
        sender = mail.mail_from or ""
        try:
            await asyncio.to_thread(self.box.keep, sender, mail.rcpt_tos, content)
        except OSError:
            return "452 4.3.1 The mail could not be stored, try again later"
        return "250 2.0.0 Stored"


async def serve(smtp_port: int, web_port: int, folder: Path) -> None:
    """Takes and shows mail until the process is asked to stop."""
    box, loop = Mailbox(folder), asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            Handler(box),
            hostname="localhost",
            enable_SMTPUTF8=True,
            data_size_limit=SIZE_LIMIT_BYTES,
            loop=loop,
        )

    web = uvicorn.Config(
        catcher_app(box),
        host=LOCAL,
        port=web_port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = await loop.create_server(session, LOCAL, smtp_port)
    try:
        await uvicorn.Server(web).serve()
    finally:
        server.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of the catcher."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    given = parser.parse_args(arguments)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(serve(given.smtp_port, given.web_port, given.dir))


if __name__ == "__main__":
    main()
