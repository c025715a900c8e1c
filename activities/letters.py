"""Letters as mails: from what a workflow composed to the final bytes. Pure: no database, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from icalendar import Calendar, Event, Timezone, vCalAddress
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import TypeAdapter

from schemas.calendar import AMSTERDAM, in_words, long_moment
from schemas.facts import Appointment, Letter
from schemas.money import format_euros
from schemas.person import Person
from schemas.policy import PayoutKind, Policy
from schemas.refs import Language

TEMPLATES = Path(__file__).parent / "templates" / "mail"

MOMENTS = ("at", "deadline")
"""Values that are moments; a workflow's history hands them back as ISO 8601 text."""

BUTTON = re.compile(r"\[(.+)\]\(link\)")
ADDRESS_DOT = re.compile(r"(?<=\w)\.(?=\w\w)")

_moment = TypeAdapter(datetime)


class UnwritableLetterError(ValueError):
    """A letter misses something, or has something no mail can carry; the message names no person."""


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, or the button; text and HTML are both made from it."""

    kind: Literal["paragraph", "list", "button"]
    lines: list[str]


@dataclass(frozen=True)
class Page:
    """A rendered template; ``agenda`` names the entry in the reader's calendar, where there is one."""

    subject: str
    agenda: str | None
    blocks: list[Block]


def message_id(mail_id: UUID, sender: str) -> str:
    """The Message-ID of a mail: the same at every attempt to send it."""
    return f"<{mail_id}@{_domain(sender)}>"


def render(
    letter: Letter,
    *,
    reader: Person,
    named: dict[str, Person],
    place: str | None,
    link: str | None,
    policy: Policy,
    sender: str,
    mail_id: UUID,
    now: datetime,
) -> bytes:
    """The RFC 5322 bytes of a letter, the same bytes for the same arguments.

    Raises :class:`UnwritableLetterError`, or Jinja's ``UndefinedError`` when a template misses a value.
    """
    page = _page(letter, _context(letter, reader, named, place, policy))
    if link is None and any(block.kind == "button" for block in page.blocks):
        raise UnwritableLetterError(f"{letter.template} asks a question but has no link")
    to = _address(reader.name, reader.email)
    message = EmailMessage(SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["Subject"] = page.subject
    message["From"] = _address(policy.face.title, sender)
    message["Reply-To"] = _address(policy.contact.name, policy.contact.email)
    message["To"] = to
    message["Date"] = now.astimezone(AMSTERDAM)
    message["Message-ID"] = message_id(mail_id, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(page, link), cte="quoted-printable")
    message.add_alternative(
        _html(page, link, reader.language, policy), subtype="html", cte="quoted-printable"
    )
    if page.agenda is not None:
        if letter.appointment is None:
            raise UnwritableLetterError(f"{letter.template} invites but has no appointment")
        event = _event(letter.appointment, page.agenda, place, policy, to, sender, now)
        _invite(message, _calendar(event))
    message["Content-Language"] = reader.language.value
    _fix_boundaries(message, mail_id)
    return message.as_bytes()


def _page(letter: Letter, context: dict[str, object]) -> Page:
    """Split a rendered template: its head is the subject and, for an invitation, the calendar's line."""
    template = _environment().get_template(f"{context['language']}/{letter.template}.txt")
    head, *paragraphs = re.split(r"\n\s*\n", template.render(context).strip())
    subject, *agenda = (line.partition(": ")[2] for line in head.splitlines())
    return Page(subject, agenda[0] if agenda else None, [_block(text) for text in paragraphs])


def _block(text: str) -> Block:
    lines = [line.strip() for line in text.splitlines()]
    if all(line.startswith("- ") for line in lines):
        return Block("list", [line.removeprefix("- ") for line in lines])
    button = BUTTON.fullmatch(lines[0])
    return Block("button", [button[1]]) if button else Block("paragraph", lines)


def _context(
    letter: Letter, reader: Person, named: dict[str, Person], place: str | None, policy: Policy
) -> dict[str, object]:
    language, appointment = reader.language, letter.appointment
    cents = _potje_cents(letter, policy)
    values = {name: _shown(name, value, language) for name, value in letter.values.items()}
    return {
        **values,
        "language": language,
        "reader_name": _unlinked(reader.name),
        "named": {role: {"name": _unlinked(person.name)} for role, person in named.items()},
        **({} if place is None else {"place": place}),
        "municipality": policy.name,
        "face_title": policy.face.title,
        "contact": policy.contact,
        "spelregels": policy.spelregels.within(language),
        "minimum": policy.minimum_gangmakers,
        "minutes": appointment.minutes if appointment else policy.intake.minutes,
        "moved": appointment is not None and appointment.sequence > 1,
        "retention": in_words(policy.retention.declined, language),
        "total": format_euros(sum(cents.values()), language),
        "parts": [(kind.value, format_euros(each, language)) for kind, each in cents.items()],
    }


def _potje_cents(letter: Letter, policy: Policy) -> dict[PayoutKind, int]:
    """The parts that the letter is about; a letter that names none is about the whole potje."""
    told = {kind: letter.values.get(f"cents_{kind}") for kind in PayoutKind}
    parts = {kind: cents for kind, cents in told.items() if isinstance(cents, int)}
    return parts or {part.kind: part.cents for part in policy.potje.parts}


def _shown(name: str, value: object, language: Language) -> object:
    if name in MOMENTS:
        return long_moment(_moment.validate_python(value), language)
    if name.startswith("cents") and isinstance(value, int):
        return format_euros(value, language)
    return _unlinked(value) if isinstance(value, str) else value


def _unlinked(text: str) -> str:
    """What a resident typed, so that no mail program makes a link of it: strangers read these words."""
    return ADDRESS_DOT.sub(". ", text.replace("://", " "))


def _one_line(value: object) -> object:
    """No value can start a line of its own, in a header, in the text or in a calendar."""
    if not isinstance(value, str):
        return value
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        finalize=_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(page: Page, link: str | None) -> str:
    def written(block: Block) -> str:
        if block.kind == "button":
            return f"{block.lines[0]}:\n{link}"
        return "\n".join(f"- {line}" if block.kind == "list" else line for line in block.lines)

    return "\n\n".join(written(block) for block in page.blocks) + "\n"


def _html(page: Page, link: str | None, language: Language, policy: Policy) -> str:
    return (
        _environment()
        .get_template("letter.html")
        .render(page=page, link=link, language=language, colour=policy.face.colour)
    )


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2]


def _address(name: str, email: str) -> Address:
    """An address as a header carries it: the domain in ASCII, the name on one line."""
    try:
        valid = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise UnwritableLetterError("an address of this letter cannot stand in a mail") from None
    spec = valid.ascii_email or valid.normalized
    user, _, domain = spec.rpartition("@")
    return Address(str(_one_line(_unlinked(name))), user, domain)


def _event(
    appointment: Appointment,
    summary: str,
    place: str | None,
    policy: Policy,
    to: Address,
    sender: str,
    now: datetime,
) -> Event:
    event = Event()
    event.add("uid", f"{appointment.uid}@{_domain(sender)}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.at.astimezone(AMSTERDAM))
    event.add("duration", timedelta(minutes=appointment.minutes))
    event.add("summary", summary)
    event.add("location", _one_line(place or ""))
    contact = policy.contact
    event.add("description", _one_line(f"{contact.name}, {contact.phone}, {contact.email}"))
    event.add("organizer", _party(_address(contact.name, contact.email)))
    event.add("attendee", _party(to, role="REQ-PARTICIPANT", partstat="NEEDS-ACTION", rsvp="TRUE"))
    return event


def _party(address: Address, **parameters: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address.addr_spec}")
    party.params.update({"CN": address.display_name.replace('"', "'"), **parameters})
    return party


@cache
def _timezone() -> Timezone:
    zone = Timezone.from_ical((TEMPLATES / "amsterdam.ics").read_bytes())
    assert isinstance(zone, Timezone)
    return zone


def _calendar(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Lief & Leedstraten//straat//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(_timezone())
    calendar.add_component(event)
    return calendar.to_ical()


def _invite(message: EmailMessage, calendar: bytes) -> None:
    """Programs that know invitations read the alternative; the others open the attachment."""
    message.add_alternative(
        calendar.decode(), subtype="calendar", params={"method": "REQUEST"}, cte="quoted-printable"
    )
    message.add_attachment(calendar, maintype="application", subtype="ics", filename="lief-en-leed.ics")


def _fix_boundaries(message: EmailMessage, mail_id: UUID) -> None:
    """Boundaries follow from the mail; ``=_`` cannot occur in quoted-printable or base64."""
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_{mail_id.hex}_{number}")
