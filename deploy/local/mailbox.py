"""Mails kept as files: one .eml each, on disk before the sender hears that it arrived."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from functools import lru_cache
from mimetypes import guess_extension
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Attachment:
    """A file in a mail."""

    name: str
    kind: str
    content: bytes

    @property
    def text(self) -> str | None:
        """The content when it is text, such as an invitation for a calendar."""
        return self.content.decode(errors="replace") if self.kind.startswith("text/") else None


@dataclass(frozen=True)
class Mail:
    """A received mail, decoded for reading."""

    id: str
    received: datetime
    sender: str
    to: str
    envelope_to: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]

    def is_for(self, address: str) -> bool:
        """Whether this address received it, whatever its case."""
        return address.casefold() in (to.casefold() for to in self.envelope_to)

    def as_json(self) -> dict[str, Any]:
        """What `/api/mails` shows of it."""
        return {
            "id": self.id,
            "received": self.received.isoformat(),
            "from": self.sender,
            "to": self.to,
            "envelope_to": list(self.envelope_to),
            "subject": self.subject,
            "date": dict(self.headers).get("Date", ""),
            "text": self.text,
            "html": self.html,
            "headers": [list(header) for header in self.headers],
            "attachments": [
                {"name": file.name, "kind": file.kind, "text": file.text} for file in self.attachments
            ],
        }


class Mailbox:
    """A folder of mails, newest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Writes a mail to the disk, envelope first, and returns its id."""
        mail_id = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {to}" for to in recipients)]
        half = self.folder / f"{mail_id}.half"
        with half.open("wb") as file:
            file.write("".join(f"{line}\r\n" for line in envelope).encode() + content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(self._path(mail_id))
        _sync(self.folder)
        return mail_id

    def newest_first(self, to: str = "") -> Iterator[Mail]:
        """Every mail, or every mail for one address."""
        for path in sorted(self.folder.glob("*.eml"), reverse=True):
            mail = _read(path)
            if not to or mail.is_for(to):
                yield mail

    def find(self, mail_id: str) -> Mail | None:
        """One mail; None when there is none with this id."""
        path = self._path(mail_id)
        known = path.parent == self.folder and path.exists()
        return _read(path) if known else None

    def source(self, mail: Mail) -> bytes:
        """The mail as it came in, after the lines of its envelope."""
        return self._path(mail.id).read_bytes()

    def _path(self, mail_id: str) -> Path:
        return self.folder / f"{mail_id}.eml"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@lru_cache(maxsize=4096)
def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    headers = tuple((name, str(value)) for name, value in message.items())
    return Mail(
        id=path.stem,
        received=datetime.fromtimestamp(int(path.stem.split("-")[0]) / 1e9, UTC),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        envelope_to=tuple(value for name, value in headers if name == "Delivered-To"),
        subject=str(message["Subject"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=tuple(_attachments(message)),
        headers=headers,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        return _raw(part).decode("latin-1")


def _raw(part: MIMEPart) -> bytes:
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    bodies = [message.get_body(("plain",)), message.get_body(("html",))]
    for number, part in enumerate(message.walk()):
        if part.is_multipart() or part in bodies:
            continue
        kind = part.get_content_type()
        name = part.get_filename() or f"bijlage-{number}{guess_extension(kind) or ''}"
        yield Attachment(name, kind, _raw(part))
