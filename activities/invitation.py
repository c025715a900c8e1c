"""Invitations: an appointment as an entry for the reader's own calendar (RFC 5545 and 5546)."""

from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from icalendar import Calendar, Component, Event, vCalAddress

from schemas.calendar import AMSTERDAM
from schemas.facts import Appointment

CLOCK = Path(__file__).parent / "templates" / "mail" / "amsterdam.ics"


def new_event(appointment: Appointment, *, domain: str, now: datetime) -> Event:
    """When it is, in Dutch time; the same ``uid`` with a higher ``sequence`` moves it."""
    event = Event()
    event.add("uid", f"{appointment.uid}@{domain}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.at.astimezone(AMSTERDAM))
    event.add("duration", timedelta(minutes=appointment.minutes))
    return event


def between(event: Event, *, host: Address, guest: Address) -> None:
    """Who invites whom. Each reader sees themselves only; a yes or no goes to the host."""
    event.add("organizer", _party(host))
    event.add("attendee", _party(guest, role="REQ-PARTICIPANT", partstat="NEEDS-ACTION", rsvp="TRUE"))


def attach(event: Event, message: EmailMessage) -> None:
    """Programs that know invitations read the alternative; the others open the attachment."""
    calendar = Calendar()
    calendar.add("prodid", "-//Lief & Leedstraten//straat//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(_clock())
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    message.add_alternative(
        content.decode(), subtype="calendar", params={"method": "REQUEST"}, cte="quoted-printable"
    )
    message.add_attachment(content, maintype="application", subtype="ics", filename="lief-en-leed.ics")


def _party(address: Address, **parameters: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address.addr_spec}")
    party.params.update({"CN": address.display_name, **parameters})
    return party


@cache
def _clock() -> Component:
    """The rules of Dutch summer time, for calendars that do not know Amsterdam."""
    return Component.from_ical(CLOCK.read_bytes())
