"""The mail catcher: real SMTP in, pages and JSON out, nothing lost on a restart."""

import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.catcher import Handler
from deploy.local.catcher_web import linked
from deploy.local.mail import Catcher
from deploy.local.mailbox import Mailbox
from tests.conftest import free_port

INVITATION = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def a_mail(to: str, subject: str) -> EmailMessage:
    """A mail with every part ours have."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Straat <post@straat.example>", to, subject
    mail["Date"] = "Mon, 23 Nov 2026 12:00:00 +0100"
    mail.set_content("Hallo één, kijk op https://straat.example/b?x=1&y=2.")
    mail.add_alternative("<p>Hallo <script>alert(1)</script></p>", subtype="html")
    mail.add_attachment(INVITATION, subtype="calendar", filename="intake.ics")
    return mail


def send(catcher: Catcher, mail: EmailMessage) -> None:
    """Through the front door."""
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port) as server:
        server.send_message(mail)


async def test_a_mail_can_be_read_in_every_way_and_survives_a_restart(home: Path) -> None:
    ports = free_port(), free_port()
    async with Catcher(home, *ports) as catcher:
        send(catcher, a_mail("Ans@Example.nl", "Bevestig <uw> aanmelding"))
        send(catcher, a_mail("bo@example.nl", "Later"))
    async with Catcher(home, *ports) as catcher, httpx.AsyncClient(base_url=catcher.url) as web:
        everything = (await web.get("/api/mails")).json()
        assert [mail["subject"] for mail in everything] == ["Later", "Bevestig <uw> aanmelding"]
        [mail] = (await web.get("/api/mails", params={"to": "ans@example.nl"})).json()
        assert mail["from"] == "Straat <post@straat.example>"
        assert mail["to"] == "Ans@Example.nl"
        assert mail["text"].startswith("Hallo één")
        assert mail["date"] == "Mon, 23 Nov 2026 12:00:00 +0100"
        [file] = mail["attachments"]
        assert (file["name"], file["kind"]) == ("intake.ics", "text/calendar")
        assert "BEGIN:VCALENDAR" in file["text"]

        overview = (await web.get("/")).text
        assert overview.index("Later") < overview.index("Bevestig &lt;uw&gt; aanmelding")
        assert 'http-equiv="refresh"' in overview
        page = (await web.get(f"/mail/{mail['id']}")).text
        assert 'http-equiv="refresh"' not in page
        assert '<a href="https://straat.example/b?x=1&amp;y=2">' in page
        html = await web.get(f"/mail/{mail['id']}/html")
        assert "sandbox" in html.headers["content-security-policy"]
        assert "allow-scripts" not in html.headers["content-security-policy"]
        invitation = await web.get(f"/mail/{mail['id']}/bijlage/0")
        assert 'filename="intake.ics"' in invitation.headers["content-disposition"]
        assert "Subject: " in (await web.get(f"/mail/{mail['id']}/bron")).text


@pytest.mark.parametrize(
    "path", ["/mail/nope", "/mail/..%2F..%2Fetc", "/mail/nope/bijlage/0", "/mail/nope/html"]
)
async def test_a_mail_that_is_not_there_is_a_404(home: Path, path: str) -> None:
    from deploy.local.catcher_web import catcher_app

    app = httpx.ASGITransport(catcher_app(Mailbox(home / "mails")))
    async with httpx.AsyncClient(transport=app, base_url="http://mail") as web:
        assert (await web.get(path)).status_code == 404


async def test_a_mail_that_cannot_be_stored_is_not_acknowledged(home: Path) -> None:
    from aiosmtpd.smtp import Envelope

    box = Mailbox(home / "mails")
    box.folder.rmdir()
    envelope = Envelope()
    envelope.original_content = b"Subject: x\r\n\r\ny"
    answer = await Handler(box).handle_DATA(None, None, envelope)  # type: ignore[arg-type]
    assert answer.startswith("452")


@pytest.mark.parametrize(("to", "code"), [("ans@weigert.example", 550), ("Ans@Later.example", 451)])
async def test_some_addresses_are_there_to_be_refused(home: Path, to: str, code: int) -> None:
    """For good, or for now; the next mail goes as ever."""
    async with Catcher(home, free_port(), free_port()) as catcher:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(catcher, a_mail(to, "Weg"))
        assert refused.value.recipients[to][0] == code
        send(catcher, a_mail("bo@example.nl", "Aan"))
        async with httpx.AsyncClient(base_url=catcher.url) as web:
            assert [mail["subject"] for mail in (await web.get("/api/mails")).json()] == ["Aan"]


def test_a_mail_in_an_unknown_alphabet_can_still_be_read(home: Path) -> None:
    box = Mailbox(home)
    raw = b"Subject: odd\r\nContent-Type: text/plain; charset=nobody-knows\r\n\r\nhallo\r\n"
    box.keep("a@example.nl", ["b@example.nl"], raw)
    [mail] = box.newest_first("B@example.nl")
    assert mail.text.strip() == "hallo"


def test_only_web_addresses_become_links() -> None:
    shown = str(linked("Zie <b> https://x.example/a?b=1. javascript:alert(1)"))
    assert shown == (
        'Zie &lt;b&gt; <a href="https://x.example/a?b=1">https://x.example/a?b=1</a>. javascript:alert(1)'
    )
