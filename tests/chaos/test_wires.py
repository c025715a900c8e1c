"""The wires themselves: what they pass on, break, hold back, and count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.chaos.auditor import window
from tests.chaos.letterbox import Letterbox
from tests.chaos.wires import LOCAL, Wire
from tests.conftest import free_port
from tests.workers.moody import Moods, smtp_server

READER = "ans@example.org"


@asynccontextmanager
async def echo() -> AsyncIterator[Wire]:
    """A wire to a server that says what it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1000):
            writer.write(said)
        writer.close()

    there = free_port()
    server = await asyncio.start_server(serve, LOCAL, there)
    wire = Wire(free_port(), there)
    await wire.start()
    try:
        yield wire
    finally:
        await wire.close()
        server.close()


async def test_a_wire_passes_on_and_is_cut() -> None:
    async with echo() as wire:
        reader, writer = await asyncio.open_connection(LOCAL, wire.port)
        writer.write(b"hallo")
        assert await reader.readexactly(5) == b"hallo"
        assert wire.cut() == 1
        with pytest.raises((ConnectionResetError, EOFError)):
            await reader.readexactly(1)
        again, beyond = await asyncio.open_connection(LOCAL, wire.port)
        beyond.write(b"weer")
        assert await again.readexactly(4) == b"weer"
        beyond.close()
        writer.close()


async def test_a_stalled_wire_holds_back_and_loses_nothing() -> None:
    async with echo() as wire:
        reader, writer = await asyncio.open_connection(LOCAL, wire.port)
        wire.stall()
        writer.write(b"later")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(5), 0.2)
        wire.flow()
        assert await reader.readexactly(5) == b"later"
        writer.close()


async def test_a_deaf_wire_takes_nobody() -> None:
    async with echo() as wire:
        wire.deaf = True
        reader, writer = await asyncio.open_connection(LOCAL, wire.port)
        with pytest.raises((ConnectionResetError, EOFError)):
            await reader.readexactly(1)
        writer.close()


@asynccontextmanager
async def letterbox(moods: Moods) -> AsyncIterator[Letterbox]:
    """A wire to a mail server of this process."""
    there = free_port()
    async with smtp_server(moods, there):
        box = Letterbox(free_port(), there)
        await box.start()
        try:
            yield box
        finally:
            await box.close()


async def send(box: Letterbox, number: int = 1) -> None:
    """Hand a mail in; raises what its sender would see."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "straat@example.org", READER, "Dag"
    message["Message-ID"] = f"<{number}@example.org>"
    message.set_content("Een brief.\n.met een punt\n" * 20)
    async with aiosmtplib.SMTP(
        hostname=LOCAL, port=box.port, use_tls=False, start_tls=False, timeout=5
    ) as smtp:
        await smtp.send_message(message)


async def test_a_mail_goes_through_and_is_counted() -> None:
    moods = Moods()
    async with letterbox(moods) as box:
        await send(box)
        (offer,) = box.offers
        assert (offer.message_id, offer.taken, offer.heard) == ("<1@example.org>", True, True)
        assert window(offer, []) is None
    (arrived,) = moods.arrived
    assert b"\n.met een punt" in arrived.content.replace(b"\n..", b"\n.")


async def test_the_server_has_it_and_its_250_is_lost() -> None:
    moods = Moods()
    async with letterbox(moods) as box:
        box.lose = 1
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(box)
        (offer,) = box.offers
        assert (offer.taken, offer.heard) == (True, False)
        assert window(offer, []) == "its 250 was lost"
        await send(box)
    assert len(moods.arrived) == 2


class Stalling(Moods):
    """It takes a mail, and at that moment nothing passes the wire any more."""

    box: Letterbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The answer is held back."""
        self.box.stall()
        return await super().handle_DATA(server, session, envelope)


async def test_who_hung_up_before_the_250_did_not_hear_it() -> None:
    """A stalled wire: the server has the mail, its sender waited too long."""
    moods = Stalling()
    async with letterbox(moods) as box:
        moods.box = box
        reader, writer = await asyncio.open_connection(LOCAL, box.port)
        for said in (b"", b"EHLO ik\r\n", b"MAIL FROM:<a@b.nl>\r\n", b"RCPT TO:<c@d.nl>\r\n", b"DATA\r\n"):
            writer.write(said)
            while (await reader.readline())[3:4] == b"-":
                pass
        writer.write(b"Message-ID: <9@example.org>\r\n\r\nDag\r\n.\r\n")
        async with asyncio.timeout(5):
            while not (box.offers and box.offers[0].reply):
                await asyncio.sleep(0.01)
        writer.close()
        await asyncio.sleep(0.1)
        box.flow()
        await asyncio.sleep(0.1)
        (offer,) = box.offers
    assert (offer.message_id, offer.taken, len(moods.arrived)) == ("<9@example.org>", True, 1)
    assert not offer.heard


async def test_half_a_mail_is_no_mail() -> None:
    moods = Moods()
    async with letterbox(moods) as box:
        box.half = 1
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(box)
        assert box.offers == []
        await send(box)
    assert len(moods.arrived) == 1


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_the_server_is_unwilling_at_every_command(command: str) -> None:
    moods = Moods()
    async with letterbox(moods) as box:
        box.unwilling = command
        with pytest.raises(aiosmtplib.SMTPException):
            await send(box)
        assert box.refused >= 1
        assert (moods.arrived, box.offers) == ([], [])
        box.unwilling = ""
        await send(box, 2)
    assert len(moods.arrived) == 1
