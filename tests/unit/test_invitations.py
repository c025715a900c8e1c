"""Invitations, as calendars read them."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from schemas.calendar import AMSTERDAM
from schemas.facts import Template
from schemas.refs import Language
from tests.unit.letter_samples import (
    NOW,
    SUMMER,
    WINTER,
    a_letter,
    every_mail,
    mailed,
    opened,
    part,
)


def event_of(message: EmailMessage) -> tuple[Any, Any]:
    """The calendar and its one event, from the part that mail programs read."""
    (found,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(str(found.get_content()))
    (event,) = calendar.walk("VEVENT")
    return calendar, event


@pytest.mark.parametrize(("at", "clock"), [(WINTER, "14:30 +0100"), (SUMMER, "14:30 +0200")])
def test_an_invitation_has_the_time_on_the_wall(at: datetime, clock: str) -> None:
    calendar, event = event_of(opened(mailed(a_letter(Template.INTAKE_PLANNED, at=at))))
    assert calendar["METHOD"] == "REQUEST"
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert f"{event['DTSTART'].dt:%H:%M %z}" == clock
    assert event["DURATION"].dt == timedelta(minutes=60)
    assert event["DTSTAMP"].dt == NOW
    assert event["UID"] == "intake-den-haag-hoefkade-1@straat.voorbeeld.nl"
    assert event["LOCATION"] == "Buurthuis De Hoef, Hoefkade 12"
    assert event["SUMMARY"] == "Gesprek over Hoefkade (van kade tot plein) (Lief & Leed Den Haag)"
    assert event["ORGANIZER"] == "mailto:lief@welzijnlaak.nl"
    assert event["ATTENDEE"] == "mailto:fatima@voorbeeld.nl"


def test_the_invitation_brings_the_dutch_clock_along() -> None:
    calendar, _ = event_of(opened(mailed(a_letter(Template.INTAKE_PLANNED))))
    (zone,) = calendar.walk("VTIMEZONE")
    assert isinstance(zone, Timezone)
    told = zone.to_tz(lookup_tzid=False)
    for hours in range(3 * 365 * 24):
        real = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)).astimezone(AMSTERDAM)
        assert real.replace(tzinfo=told).utcoffset() == real.utcoffset()


def test_a_moved_conversation_moves_in_the_calendar() -> None:
    first = opened(mailed(a_letter(Template.INTAKE_PLANNED)))
    moved = opened(mailed(a_letter(Template.INTAKE_PLANNED, at=SUMMER, sequence=2)))
    (_, before), (_, after) = event_of(first), event_of(moved)
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (1, 2)
    assert before["UID"] == after["UID"]
    assert "is verzet" not in part(first, "plain")
    assert "is verzet" in part(moved, "plain")
    assert moved["Subject"].startswith("Nieuwe afspraak: ")


def test_the_attachment_is_the_invitation() -> None:
    message = opened(mailed(a_letter(Template.INTAKE_PLANNED)))
    (file,) = message.iter_attachments()
    assert file.get_filename() == "lief-en-leed.ics"
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert Calendar.from_ical(content) == event_of(message)[0]
    (inline,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert inline["Content-Type"].params["method"] == "REQUEST"


@every_mail
def test_only_a_plan_invites(template: Template, language: Language) -> None:
    message = opened(mailed(a_letter(template), language=language))
    calendars = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert len(calendars) == (template is Template.INTAKE_PLANNED)


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
    | st.text('aé ,;:"<>@()\\.\r\n', min_size=1, max_size=80)
)
def test_any_name_leaves_one_reader(name: str) -> None:
    letter = a_letter(Template.INTAKE_PLANNED)
    letter.values["street"] = name
    message = opened(mailed(letter, name=name, place=name))
    assert [address.addr_spec for address in message["To"].addresses] == ["fatima@voorbeeld.nl"]
    assert message.get_all("Bcc") is None
    _, event = event_of(message)
    assert event["ATTENDEE"] == "mailto:fatima@voorbeeld.nl"


def test_a_place_is_one_line() -> None:
    message = opened(mailed(a_letter(Template.INTAKE_PLANNED), place="Buurthuis\r\nHoefkade 12"))
    _, event = event_of(message)
    assert event["LOCATION"] == "Buurthuis Hoefkade 12"
    assert "- Waar: Buurthuis Hoefkade 12\n" in part(message, "plain")


def test_a_guest_with_quotes_is_still_a_guest() -> None:
    _, event = event_of(opened(mailed(a_letter(Template.INTAKE_PLANNED), name='Jan "de Kok" Vis')))
    assert event["ATTENDEE"] == "mailto:fatima@voorbeeld.nl"
    assert event["ATTENDEE"].params["CN"] == 'Jan "de Kok" Vis'
