"""Letters as the workflows compose them, and mails as their readers open them."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest

from activities.letters import render
from schemas.facts import Appointment, Letter, LinkOrder, LinkPurpose, Template
from schemas.person import Account, Person
from schemas.policy import Policy
from schemas.refs import Language

Values = dict[str, Any]

READER, NEIGHBOUR, PLACE, MAIL, GIVEN = (UUID(int=number) for number in range(1, 6))
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ACCOUNT = Account(holder="F. Yılmaz", iban="NL91ABNA0417164300")  # noqa: RUF001  as it is written
LINK = "https://straat.voorbeeld.nl/den-haag/antwoord/Zk3nB-7qLw_9"
READER_NAME = "Fatima Yılmaz"  # noqa: RUF001  a Turkish name has a dotless i
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

CONFIRM: Values = {"street": "Hoefkade", "deadline": NOW + timedelta(days=14), "days": 14}
STREET: Values = {"street": "Hoefkade (van kade tot plein)"}
HANDED: Values = {**STREET, "year": 2026, "cents": 7500, "cents_cash": 7500}
PAID: Values = {**STREET, "year": 2026, "cents": 10000, "cents_cash": 7500, "cents_voucher": 2500}
BY_BANK: Values = {**STREET, "year": 2026, "cents": 15000, "cents_bank": 15000}
CONCERN: Values = {"reference": "Z-1A2B3C4D", "deadline": WINTER}
HEAD: Values = {"at": NOW, "heads": "2026 17 " + "ab" * 32, "broken": ""}
INTAKE: Values = {**STREET, "at": WINTER}

VALUES: dict[Template, Values] = {
    Template.CONFIRM_SIGNUP: CONFIRM,
    Template.REMIND_SIGNUP: CONFIRM,
    Template.CANDIDATE_INVITE: CONFIRM,
    Template.CANDIDATE_REMINDER: CONFIRM,
    Template.CONFIRM_SECOND: CONFIRM,
    Template.REMIND_SECOND: CONFIRM,
    Template.WELCOME: STREET,
    Template.WELCOME_EXTRA: STREET,
    Template.INTAKE_PLANNED: INTAKE,
    Template.INTAKE_REMINDER: INTAKE,
    Template.STREET_ACCEPTED: STREET,
    Template.CONCERN_ASK: CONCERN,
    Template.CONCERN_AGAIN: CONCERN,
    Template.DOUBTFUL_CONCERN: {**CONCERN, "trap": 0},
    Template.CONCERN_NOBODY: {**CONCERN, "picked_up": 0},
    Template.CONCERN_FOLLOW_UP: CONCERN,
    Template.CONCERN_CODE: {"reference": "Z-1A2B3C4D", "valid_minutes": 10},
    Template.CONCERN_PICKED_UP: {"reference": "Z-1A2B3C4D"},
    Template.CONCERN_CLOSED: {"reference": "Z-1A2B3C4D", "last": 0},
    Template.INTAKE_PICK: {**STREET, "moment_0": WINTER, "moment_1": SUMMER},
    Template.INTAKE_MISSED: STREET,
    Template.INTAKE_NUDGE: INTAKE,
    Template.STARTER_SENT: STREET,
    Template.STREET_WAITING: STREET,
    Template.CONFIRM_HANDOVER: CONFIRM,
    Template.REMIND_HANDOVER: CONFIRM,
    Template.GANGMAKER_LEFT: STREET,
    Template.STREET_PAUSED: STREET,
    Template.STREET_RESUMED: STREET,
    Template.STREET_AWAKE: STREET,
    Template.STREET_MERGED: STREET,
    Template.STREET_SPLIT: {**STREET, "part": "Hoefkade (even kant)"},
    Template.RENEWAL_ASK: {**STREET, "deadline": WINTER, "year": 2026},
    Template.RENEWAL_REMINDER: {**STREET, "deadline": WINTER, "year": 2026},
    Template.RENEWAL_GO_ON: STREET,
    Template.RENEWAL_SLEEP: STREET,
    Template.RENEWAL_STOP: STREET,
    Template.STREET_REFERRED: STREET,
    Template.STREET_DECLINED: STREET,
    Template.POTJE_HANDED: HANDED,
    Template.POTJE_HANDED_REMINDER: HANDED,
    Template.POTJE_PAID: PAID,
    Template.POTJE_REJECTED: PAID,
    Template.POTJE_APPROVED: BY_BANK,
    Template.POTJE_WITHDRAWN: PAID,
    Template.POTJE_BOUNCED: BY_BANK,
    Template.HANDOVER_CORRECTED: HANDED,
    Template.ACCOUNT_REMINDER: BY_BANK,
    Template.DOOR_CODE: {**STREET, "valid_minutes": 10},
    Template.MY_DATA: {},
    Template.MY_DATA_CODE: {"valid_minutes": 10},
    Template.MY_ADDRESS_CODE: {"valid_minutes": 10},
    Template.STAFF_INVITATION: {"valid_days": 7},
    Template.STAFF_CODE: {"valid_minutes": 10},
    Template.LEDGER_HEAD: HEAD,
    Template.ACCOUNT_IN_FORCE: STREET,
    Template.ACCOUNT_CONFIRM: {**CONFIRM, "again": 0},
    Template.ACCOUNT_CHANGED: STREET,
    Template.ACCOUNT_KEPT: STREET,
}
ASKS = {
    Template.CONFIRM_SIGNUP: LinkPurpose.CONFIRM_SIGNUP,
    Template.REMIND_SIGNUP: LinkPurpose.CONFIRM_SIGNUP,
    Template.CANDIDATE_INVITE: LinkPurpose.CONFIRM_SIGNUP,
    Template.CANDIDATE_REMINDER: LinkPurpose.CONFIRM_SIGNUP,
    Template.CONFIRM_HANDOVER: LinkPurpose.CONFIRM_SIGNUP,
    Template.REMIND_HANDOVER: LinkPurpose.CONFIRM_SIGNUP,
    Template.RENEWAL_ASK: LinkPurpose.RENEWAL,
    Template.RENEWAL_REMINDER: LinkPurpose.RENEWAL,
    Template.RENEWAL_SLEEP: LinkPurpose.WAKE_STREET,
    Template.CONCERN_ASK: LinkPurpose.CONCERN,
    Template.CONCERN_AGAIN: LinkPurpose.CONCERN,
    Template.DOUBTFUL_CONCERN: LinkPurpose.CONCERN,
    Template.CONCERN_FOLLOW_UP: LinkPurpose.CONCERN,
    Template.CONCERN_CLOSED: LinkPurpose.REOPEN_CONCERN,
    Template.INTAKE_PICK: LinkPurpose.INTAKE_PICK,
    Template.STARTER_SENT: LinkPurpose.STARTER,
    Template.CONFIRM_SECOND: LinkPurpose.CONFIRM_SECOND,
    Template.REMIND_SECOND: LinkPurpose.CONFIRM_SECOND,
    Template.POTJE_HANDED: LinkPurpose.CONFIRM_RECEIPT,
    Template.POTJE_HANDED_REMINDER: LinkPurpose.CONFIRM_RECEIPT,
    Template.ACCOUNT_CONFIRM: LinkPurpose.CONFIRM_ACCOUNT,
    Template.POTJE_APPROVED: LinkPurpose.STREET_DOOR,
    Template.POTJE_BOUNCED: LinkPurpose.STREET_DOOR,
    Template.POTJE_PAID: LinkPurpose.STREET_DOOR,
    Template.ACCOUNT_REMINDER: LinkPurpose.STREET_DOOR,
    Template.MY_DATA: LinkPurpose.MY_DATA,
    Template.STAFF_INVITATION: LinkPurpose.STAFF_INVITATION,
}
CODES = (
    Template.POTJE_HANDED,
    Template.POTJE_HANDED_REMINDER,
    Template.DOOR_CODE,
    Template.RENEWAL_ASK,
    Template.RENEWAL_REMINDER,
    Template.CONCERN_CODE,
    Template.MY_DATA_CODE,
    Template.MY_ADDRESS_CODE,
    Template.STAFF_CODE,
)
ACCOUNTS = (
    Template.ACCOUNT_IN_FORCE,
    Template.ACCOUNT_CONFIRM,
    Template.ACCOUNT_CHANGED,
    Template.ACCOUNT_KEPT,
)
SECOND = (
    Template.CONFIRM_SECOND,
    Template.REMIND_SECOND,
    Template.CONFIRM_HANDOVER,
    Template.REMIND_HANDOVER,
)
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
        account=GIVEN if template in ACCOUNTS else None,
        code="handed/potje-1/1" if template in CODES else None,
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
    name: str = READER_NAME,
    email: str = "fatima@voorbeeld.nl",
    neighbour: str = "Bram de Boer",
    place: str = "Buurthuis De Hoef, Hoefkade 12",
    rules: Policy = POLICY,
    mail: UUID = MAIL,
    sender: str = SENDER,
) -> bytes:
    """The bytes of a letter to somebody."""
    return render(
        letter,
        reader=Person(name=name, email=email, language=language),
        named={role: Person(name=neighbour, email="bram@voorbeeld.nl") for role in letter.named},
        place=place if letter.appointment else None,
        account=ACCOUNT if letter.account else None,
        link=LINK if letter.link else None,
        policy=rules,
        sender=sender,
        code="123456" if letter.code else None,
        mail_id=mail,
        now=NOW,
    )


def opened(raw: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(raw, policy=policy.default)


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
