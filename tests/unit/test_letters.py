"""Every mail in every language, as a reader, a mail program and a calendar get it."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component, Timezone
from jinja2 import UndefinedError

from activities.letters import TEMPLATES, UnwritableLetterError, message_id, render
from schemas.facts import Appointment, Letter, LinkOrder, LinkPurpose, Template
from schemas.person import Person
from schemas.policy import Policy
from schemas.refs import Language

READER, NEIGHBOUR, PLACE, MAIL = (UUID(int=number) for number in range(1, 5))
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LINK = "https://straat.voorbeeld.nl/den-haag/antwoord/Zk3nB-7qLw_9"
SENDER = "post@straat.voorbeeld.nl"
WINTER = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
SUMMER = datetime(2027, 7, 1, 12, 30, tzinfo=UTC)

POLICY = Policy.model_validate(
    {
        "slug": "den-haag",
        "name": "Den Haag",
        "bag_code": "0518",
        "minimum_gangmakers": 2,
        "wijken": ["Laak"],
        "face": {"title": "Lief & Leed Den Haag", "colour": "#1b5e20"},
        "contact": {
            "name": "Welzijn Laak",
            "email": "lief@welzijnlaak.nl",
            "phone": "070 123 45 67",
        },
        "spelregels": {
            "nl": ["U bent met minstens twee.", "U beheert het potje samen.", "Het is voor attenties."],
            "en": ["There are two of you.", "You manage the potje together.", "It is for small treats."],
        },
        "potje": {"parts": [{"kind": "cash", "euros": 75}, {"kind": "voucher", "euros": 25}]},
        "signup": {"reminders": ["P3D"], "expires_after": "P14D"},
        "renewal": {"month": 3, "day": 1},
        "retention": {"declined": "P90D"},
    }
)
BANK = POLICY.model_copy(
    update={
        "potje": type(POLICY.potje).model_validate({"parts": [{"kind": "bank", "euros": 150}]}),
        "minimum_gangmakers": 1,
    }
)

CONFIRM = {"street": "Hoefkade", "deadline": NOW + timedelta(days=14), "days": 14}
STREET = {"street": "Hoefkade (van kade tot plein)"}
HANDED = {**STREET, "year": 2026, "cents": 7500, "cents_cash": 7500}
PAID = {**STREET, "year": 2026, "cents": 10000, "cents_cash": 7500, "cents_voucher": 2500}
INTAKE = {**STREET, "at": WINTER}

VALUES = {
    Template.CONFIRM_SIGNUP: CONFIRM,
    Template.REMIND_SIGNUP: CONFIRM,
    Template.CONFIRM_SECOND: CONFIRM,
    Template.REMIND_SECOND: CONFIRM,
    Template.WELCOME: STREET,
    Template.WELCOME_EXTRA: STREET,
    Template.INTAKE_PLANNED: INTAKE,
    Template.INTAKE_REMINDER: INTAKE,
    Template.STREET_ACCEPTED: STREET,
    Template.STREET_WAITING: STREET,
    Template.STREET_REFERRED: STREET,
    Template.STREET_DECLINED: STREET,
    Template.POTJE_HANDED: HANDED,
    Template.POTJE_HANDED_REMINDER: HANDED,
    Template.POTJE_PAID: PAID,
    Template.POTJE_REJECTED: PAID,
}
ASKS = {
    Template.CONFIRM_SIGNUP: LinkPurpose.CONFIRM_SIGNUP,
    Template.REMIND_SIGNUP: LinkPurpose.CONFIRM_SIGNUP,
    Template.CONFIRM_SECOND: LinkPurpose.CONFIRM_SECOND,
    Template.REMIND_SECOND: LinkPurpose.CONFIRM_SECOND,
    Template.POTJE_HANDED: LinkPurpose.CONFIRM_RECEIPT,
    Template.POTJE_HANDED_REMINDER: LinkPurpose.CONFIRM_RECEIPT,
}
SECOND = (Template.CONFIRM_SECOND, Template.REMIND_SECOND)
INTAKES = (Template.INTAKE_PLANNED, Template.INTAKE_REMINDER)

every_mail = pytest.mark.parametrize(
    ("template", "language"), [(each, language) for each in Template for language in Language]
)


def a_letter(template: Template, *, at: datetime = WINTER, sequence: int = 1) -> Letter:
    """A letter as a workflow composes it, after its way through the history as JSON."""
    purpose = ASKS.get(template)
    values = VALUES[template]
    letter = Letter(
        template=template,
        to=READER,
        values={**values, "at": at} if "at" in values else values,
        named={"neighbour": NEIGHBOUR} if template in SECOND else {},
        link=LinkOrder(purpose=purpose, workflow_id="signup-1") if purpose else None,
        appointment=Appointment(
            uid="intake-den-haag-hoefkade-1", sequence=sequence, at=at, minutes=60, place=PLACE
        )
        if template in INTAKES
        else None,
    )
    return Letter.model_validate_json(letter.model_dump_json())


def mailed(
    letter: Letter,
    *,
    language: Language = Language.NL,
    name: str = "Fatima Yılmaz",
    email: str = "fatima@voorbeeld.nl",
    neighbour: str = "Bram de Boer",
    place: str = "Buurthuis De Hoef, Hoefkade 12",
    rules: Policy = POLICY,
) -> bytes:
    """The bytes of a letter to somebody."""
    return render(
        letter,
        reader=Person(name=name, email=email, language=language),
        named={
            role: Person(name=neighbour, email="bram@voorbeeld.nl") for role in letter.named
        },
        place=place if letter.appointment else None,
        link=LINK if letter.link else None,
        policy=rules,
        sender=SENDER,
        mail_id=MAIL,
        now=NOW,
    )


def opened(raw: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def part(message: EmailMessage, kind: str) -> str:
    """The text or the HTML of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class Words(HTMLParser):
    """What a reader sees of a page, and where it points."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.feed(page.partition("</head>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag, and where a link goes."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        """Remember the words."""
        self.said += data.split()


def words_of_text(text: str) -> list[str]:
    """The words of the text part, without the signs that HTML draws itself."""
    asked = re.sub(rf":\n{re.escape(LINK)}", "", text)
    return re.sub(r"^- ", "", asked, flags=re.MULTILINE).split()


def event_of(message: EmailMessage) -> tuple[Component, Component]:
    """The calendar and its one event, from the part that mail programs read."""
    (found,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(str(found.get_content()))
    (event,) = calendar.walk("VEVENT")
    return calendar, event


@pytest.mark.parametrize("language", Language)
def test_each_template_is_a_file_and_each_file_a_template(language: Language) -> None:
    files = {path.stem for path in (TEMPLATES / language).glob("*.txt")}
    assert files == set(Template)


def test_the_table_holds_every_letter() -> None:
    assert set(VALUES) == set(Template)


@every_mail
@pytest.mark.parametrize("rules", [POLICY, BANK], ids=["cash and voucher", "bank"])
def test_text_and_html_say_the_same(template: Template, language: Language, rules: Policy) -> None:
    message = opened(mailed(a_letter(template), language=language, rules=rules))
    text, html = part(message, "plain"), Words(part(message, "html"))
    assert html.said == words_of_text(text)
    assert len(html.said) > 60
    assert not re.search(r"[{}\[\]]|None|\(link\)|<", text)
    assert "\n\n\n" not in text


@every_mail
def test_a_question_has_its_link_once_in_each_part(template: Template, language: Language) -> None:
    message = opened(mailed(a_letter(template), language=language))
    links = 1 if template in ASKS else 0
    assert part(message, "plain").count(LINK) == links
    assert Words(part(message, "html")).links == [LINK] * links


@every_mail
def test_the_reader_hears_why_and_whom_to_ask(template: Template, language: Language) -> None:
    message = opened(mailed(a_letter(template), language=language))
    greeting, first, *_ = part(message, "plain").split("\n\n")
    assert "Fatima Yılmaz" in greeting
    assert first.startswith(
        "U krijgt deze mail omdat" if language is Language.NL else "You receive this mail because"
    )
    assert "Hoefkade" in first
    closing = part(message, "plain")[-300:]
    assert POLICY.contact.phone in closing
    assert POLICY.contact.email in closing
    assert POLICY.contact.name in closing


@every_mail
def test_headers(template: Template, language: Language) -> None:
    raw = mailed(a_letter(template), language=language)
    message = opened(raw)
    assert message["From"] == "Lief & Leed Den Haag <post@straat.voorbeeld.nl>"
    assert message["Reply-To"] == "Welzijn Laak <lief@welzijnlaak.nl>"
    assert message["To"] == "Fatima Yılmaz <fatima@voorbeeld.nl>"
    assert message["Message-ID"] == message_id(MAIL, SENDER) == f"<{MAIL}@straat.voorbeeld.nl>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == language
    assert "Hoefkade" in message["Subject"]
    assert not message.defects
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@every_mail
def test_the_same_letter_gives_the_same_bytes(template: Template, language: Language) -> None:
    letter = a_letter(template)
    assert mailed(letter, language=language) == mailed(letter, language=language)


@every_mail
def test_html_is_readable_everywhere(template: Template, language: Language) -> None:
    html = part(opened(mailed(a_letter(template), language=language)), "html")
    assert f'<html lang="{language}">' in html
    assert "max-width: 560px" in html
    assert POLICY.face.colour in html
    assert not {"img", "script", "style", "link"} & set(Words(html).tags)


def test_the_text_comes_first() -> None:
    kinds = [p.get_content_type() for p in opened(mailed(a_letter(Template.WELCOME))).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    ("template", "language", "sentence"),
    [
        # A moment in Dutch time, in the reader's language.
        (Template.CONFIRM_SIGNUP, "nl", "tot maandag 7 december 2026 om 10.30 uur"),
        (Template.CONFIRM_SIGNUP, "en", "until Monday 7 December 2026 at 10:30"),
        # Money as the reader's language writes it; only what was handed over.
        (Template.POTJE_HANDED, "nl", "- € 75,00 contant\n\n"),
        (Template.POTJE_PAID, "nl", "Samen is het € 100,00:\n\n- € 75,00 contant\n- een bon van € 25,00\n"),
        (Template.POTJE_PAID, "en", "- €75.00 in cash\n- a voucher of €25.00\n"),
        # A letter without amounts tells the yearly potje of the policy.
        (Template.STREET_ACCEPTED, "nl", "een potje van € 100,00:\n\n- € 75,00 contant\n- een bon van"),
        (Template.CONFIRM_SECOND, "nl", "uw buur Bram de Boer samen met u gangmaker"),
        (Template.CONFIRM_SECOND, "nl", "- U beheert het potje samen.\n- Het is voor attenties."),
        (Template.CONFIRM_SECOND, "en", "- You manage the potje together."),
        (Template.WELCOME, "nl", "minstens 2 gangmakers"),
        (Template.STREET_DECLINED, "nl", "nog 90 dagen"),
        (Template.STREET_DECLINED, "en", "another 90 days"),
        (Template.INTAKE_REMINDER, "nl", "- Waar: Buurthuis De Hoef, Hoefkade 12\n"),
    ],
)
def test_what_is_told(template: Template, language: str, sentence: str) -> None:
    message = opened(mailed(a_letter(template), language=Language(language)))
    assert sentence in part(message, "plain")


def test_a_bank_potje_says_how_long_a_bank_takes() -> None:
    letter = a_letter(Template.POTJE_PAID)
    letter.values = {**STREET, "year": 2026, "cents": 15000, "cents_bank": 15000}
    text = part(opened(mailed(letter, rules=BANK)), "plain")
    assert "- € 150,00 op de bankrekening" in text
    assert "De bank heeft soms een paar dagen nodig" in text


def test_one_gangmaker_is_enough_where_the_policy_says_so() -> None:
    text = part(opened(mailed(a_letter(Template.WELCOME), rules=BANK)), "plain")
    assert "minstens" not in text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", SECOND)
def test_a_neighbour_who_was_erased_is_just_a_neighbour(template: Template, language: Language) -> None:
    letter = a_letter(template)
    letter.named = {}
    first = part(opened(mailed(letter, language=language)), "plain").split("\n\n")[1]
    assert re.search("uw buur samen met u|your neighbour would like", first)


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
    told, real = zone.to_tz(), ZoneInfo("Europe/Amsterdam")
    for hours in range(0, 3 * 365 * 24, 6):
        moment = datetime(2026, 1, 1, 12) + timedelta(hours=hours)  # noqa: DTZ001
        assert moment.replace(tzinfo=told).utcoffset() == moment.replace(tzinfo=real).utcoffset()


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
    assert Calendar.from_ical(file.get_payload(decode=True)) == event_of(message)[0]
    (inline,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert inline["Content-Type"].params["method"] == "REQUEST"


@every_mail
def test_only_a_plan_invites(template: Template, language: Language) -> None:
    message = opened(mailed(a_letter(template), language=language))
    calendars = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert len(calendars) == (template is Template.INTAKE_PLANNED)


EVIL = [
    "Jan\r\nBcc: ander@elders.nl",
    "Jan\u2028\nSubject: winst",
    "<script>alert(1)</script>",
    "{{ contact.email }}{% raw %}",
    '"Jan" <ander@elders.nl>, Piet',
    "Win 1000 euro op https://www.elders.nl/prijs",
    "[Klik](link)",
]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("template", [Template.CONFIRM_SECOND, Template.INTAKE_PLANNED])
def test_a_name_stays_a_name(template: Template, name: str) -> None:
    letter = a_letter(template)
    letter.values["street"] = name
    message = opened(mailed(letter, name=name, neighbour=name, place=name))
    text, html = part(message, "plain"), Words(part(message, "html"))
    assert [address.addr_spec for address in message["To"].addresses] == ["fatima@voorbeeld.nl"]
    assert message["Bcc"] is None
    assert len(message.get_all("Subject", [])) == 1
    assert "script" not in html.tags
    assert html.said == words_of_text(text)
    assert text.count("\n\n") == part(opened(mailed(a_letter(template))), "plain").count("\n\n")
    assert html.links == ([LINK] if template in ASKS else [])


def test_a_name_is_no_address_to_click_on() -> None:
    letter = a_letter(Template.CONFIRM_SECOND)
    name = "J.P. van Dijk https://www.elders.nl"
    text = part(opened(mailed(letter, neighbour=name)), "plain")
    assert "uw buur J.P. van Dijk https www. elders. nl samen" in text


@settings(deadline=None)
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


@pytest.mark.parametrize(
    ("email", "header"),
    [
        ("jan@bücher.example.nl", "To: Jan <jan@xn--bcher-kva.example.nl>"),
        ("jan+straat@voorbeeld.nl", "To: Jan <jan+straat@voorbeeld.nl>"),
        # Only a server with SMTPUTF8 takes this one; others are told by the postman.
        ("jän@voorbeeld.nl", "To: Jan <jän@voorbeeld.nl>"),
    ],
)
def test_addresses_beyond_ascii(email: str, header: str) -> None:
    raw = mailed(a_letter(Template.WELCOME), name="Jan", email=email)
    assert header.encode() in raw.splitlines()


@pytest.mark.parametrize("email", ["jan@voorbeeld.nl\r\nBcc: ander@elders.nl", "geen adres", ""])
def test_a_broken_address_is_refused_without_repeating_it(email: str) -> None:
    with pytest.raises(UnwritableLetterError) as told:
        mailed(a_letter(Template.WELCOME), email=email)
    assert str(told.value) == "an address of this letter cannot stand in a mail"


@pytest.mark.parametrize("missing", ["street", "year"])
def test_a_missing_value_is_never_mailed(missing: str) -> None:
    letter = a_letter(Template.POTJE_HANDED)
    del letter.values[missing]
    with pytest.raises(UndefinedError, match=missing):
        mailed(letter)


@pytest.mark.parametrize("template", ASKS)
def test_a_question_without_a_link_is_never_mailed(template: Template) -> None:
    letter = a_letter(template)
    letter.link = None
    with pytest.raises(UnwritableLetterError, match="link"):
        mailed(letter)


@pytest.mark.parametrize("template", INTAKES)
def test_an_appointment_without_a_place_is_never_mailed(template: Template) -> None:
    letter = a_letter(template)
    letter.appointment = None
    with pytest.raises(UndefinedError, match="place"):
        mailed(letter)
