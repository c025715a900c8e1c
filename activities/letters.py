"""Letters as mails: from what a workflow composed to the final bytes. Pure: no database, no clock."""

import re
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from functools import lru_cache
from uuid import UUID, uuid4

from activities.wording import Page, html_of, one_line, page_of, text_of, unlinked
from schemas.calendar import AMSTERDAM
from schemas.facts import Appointment, Letter
from schemas.person import Account, Person
from schemas.policy import Policy

ALIKE = {
    *("auto-submitted", "content-disposition", "content-language", "content-transfer-encoding"),
    *("content-type", "from", "message-id", "mime-version", "reply-to"),
}
"""Headers that name no reader, and say the same in one mail after another."""

STAND_IN = uuid4()
"""Each mail is composed under this id, so that its boundaries and its Message-ID say the same, too."""


class Remembering(HeaderRegistry):
    """Reads headers as the library does: half of what a mail cost was reading the same few again."""

    def __getitem__(self, name: str) -> type[BaseHeader]:
        """The kind of a header, made once for each name."""
        return _kind_once(name.lower())

    def __call__(self, name: str, value: object) -> BaseHeader:
        """A header; what says the same each time is read once."""
        return _read_once(name, value) if name.lower() in ALIKE else super().__call__(name, value)


class Folding(EmailPolicy):
    """Writes headers as the library does; what says the same each time is written once."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The lines of a header."""
        if name.lower() in ALIKE:
            return _folded_once(name, value, wide=self.utf8)
        return super().fold_binary(name, value)


_kind_once = lru_cache(maxsize=64)(HeaderRegistry().__getitem__)
_read_once = lru_cache(maxsize=512)(HeaderRegistry())
PLAIN = Folding(linesep=SMTP.linesep, header_factory=Remembering())
WIDE = PLAIN.clone(utf8=True)


@lru_cache(maxsize=512)
def _folded_once(name: str, value: str, *, wide: bool) -> bytes:
    return (SMTPUTF8 if wide else SMTP).fold_binary(name, value)


class UnwritableLetterError(ValueError):
    """A letter misses something, or has something no mail can carry; the message names no person."""


def message_id(mail_id: UUID, sender: str) -> str:
    """The Message-ID of a mail: the same at every attempt to send it."""
    return f"<{mail_id}@{_domain(sender)}>"


def render(  # noqa: PLR0913  all that a mail depends on, so that nothing else can change its bytes
    letter: Letter,
    *,
    reader: Person,
    named: dict[str, Person],
    place: str | None,
    link: str | None,
    account: Account | None = None,
    code: str | None = None,
    policy: Policy,
    sender: str,
    mail_id: UUID,
    now: datetime,
) -> bytes:
    """The RFC 5322 bytes of a letter, the same bytes for the same arguments.

    Raises :class:`UnwritableLetterError`, or Jinja's ``UndefinedError`` when a template misses a value.
    """
    page = page_of(letter, reader=reader, named=named, place=place, account=account, code=code, policy=policy)
    if page.asks and link is None:
        raise UnwritableLetterError(f"{letter.template} asks a question but has no link")
    message = _addressed(reader, policy, sender)
    message["Subject"] = page.subject
    message["Date"] = now.astimezone(AMSTERDAM)
    message["Message-ID"] = message_id(STAND_IN, sender)
    message.set_content(text_of(page, link), cte="quoted-printable")
    html = html_of(page, link, reader.language, policy.face.colour)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if page.agenda is not None:
        _invite(message, page, letter.appointment, place, policy, _domain(sender), now)
    message["Content-Language"] = reader.language.value
    _fix_boundaries(message)
    return _as_itself(_unfolded(message.as_bytes()), mail_id)


def _addressed(reader: Person, policy: Policy, sender: str) -> EmailMessage:
    to = _address(reader.name, reader.email)
    message = EmailMessage(PLAIN if to.addr_spec.isascii() else WIDE)
    message["From"] = _ours("From", policy.face.title, sender)
    message["Reply-To"] = _ours("Reply-To", policy.contact.name, policy.contact.email)
    message["To"] = to
    message["Auto-Submitted"] = "auto-generated"
    return message


def _invite(
    message: EmailMessage,
    page: Page,
    appointment: Appointment | None,
    place: str | None,
    policy: Policy,
    domain: str,
    now: datetime,
) -> None:
    if appointment is None or place is None:
        raise UnwritableLetterError("an invitation without an appointment")
    # With the library of calendars, a twentieth of a worker's start: read with the first invitation.
    from activities.invitation import attach, between, new_event  # noqa: PLC0415

    contact = policy.contact
    event = new_event(appointment, domain=domain, now=now)
    event.add("summary", page.agenda)
    event.add("location", one_line(place))
    event.add("description", one_line(f"{contact.name}, {contact.phone}, {contact.email}"))
    between(event, host=message["Reply-To"].addresses[0], guest=message["To"].addresses[0])
    attach(event, message)


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2]


def _address(name: str, email: str) -> Address:
    """An address as a header carries it: the domain in ASCII, the name on one line."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - with the first letter

    try:
        valid = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise UnwritableLetterError("an address of this letter cannot stand in a mail") from None
    spec = valid.ascii_email or valid.normalized
    user, _, domain = spec.rpartition("@")
    return Address(one_line(unlinked(name)), user, domain)


@lru_cache(maxsize=512)
def _ours(header: str, name: str, email: str) -> BaseHeader:
    """A municipality's own address, the same in every mail."""
    return HeaderRegistry()(header, _address(name, email))


def _fix_boundaries(message: EmailMessage) -> None:
    """Boundaries follow from the mail; ``=_`` cannot occur in quoted-printable or base64."""
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_{STAND_IN.hex}_{number}")


def _as_itself(raw: bytes, mail_id: UUID) -> bytes:
    """Under its own id, which is as long as the one that stood in for it."""
    named = raw.replace(STAND_IN.hex.encode(), mail_id.hex.encode())
    return named.replace(str(STAND_IN).encode(), str(mail_id).encode())


def _unfolded(raw: bytes) -> bytes:
    """A header's first line is never empty: readers would keep the space that follows."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    return re.sub(rb"(?m)^([\w-]+:) ?\r\n ", rb"\1 ", head) + blank + body
