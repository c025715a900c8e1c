"""Every mail in every language, as a reader and a mail program get it."""

import re
from uuid import UUID

import pytest
from jinja2 import UndefinedError

from activities.letters import STAND_IN, UnwritableLetterError, message_id
from activities.wording import TEMPLATES
from schemas.facts import Template
from schemas.policy import Policy
from schemas.refs import Language
from tests.unit.letter_samples import (
    ASKS,
    BANK,
    INTAKES,
    LINK,
    MAIL,
    NOW,
    POLICY,
    READER_NAME,
    SECOND,
    SENDER,
    STREET,
    VALUES,
    Words,
    a_letter,
    every_mail,
    mailed,
    opened,
    part,
    words_of_text,
)


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


CONCERNS = [each for each in Template if "concern" in each.split("_")]
MINE = [each for each in Template if each.startswith(("my_", "staff_"))]
ABOUT = dict.fromkeys([Template.LEDGER_HEAD, *MINE], "Den Haag") | dict.fromkeys(CONCERNS, "Z-1A2B3C4D")
"""What a letter is about, where it is not a street."""


@every_mail
def test_the_reader_hears_why_and_whom_to_ask(template: Template, language: Language) -> None:
    message = opened(mailed(a_letter(template), language=language))
    greeting, first, *_ = part(message, "plain").split("\n\n")
    assert READER_NAME in greeting
    assert first.startswith(
        "U krijgt deze mail omdat" if language is Language.NL else "You are receiving this mail because"
    )
    assert ABOUT.get(template, "Hoefkade") in first
    if template in (Template.INTAKE_NUDGE, Template.CONCERN_NOBODY):
        return  # It goes to those whom others would ask.
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
    assert message["To"] == f"{READER_NAME} <fatima@voorbeeld.nl>"
    assert message["Message-ID"] == message_id(MAIL, SENDER) == f"<{MAIL}@straat.voorbeeld.nl>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == language
    assert ABOUT.get(template, "Hoefkade") in message["Subject"]
    assert not re.search(rb"(?m)^[\w-]+: *\r$", raw.partition(b"\r\n\r\n")[0])
    assert message["Subject"] == message["Subject"].strip()
    assert not message.defects
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@every_mail
def test_the_same_letter_gives_the_same_bytes(template: Template, language: Language) -> None:
    letter = a_letter(template)
    assert mailed(letter, language=language) == mailed(letter, language=language)


@pytest.mark.parametrize("template", [Template.WELCOME, Template.INTAKE_PLANNED])
def test_what_is_remembered_of_one_mail_is_in_no_other(template: Template) -> None:
    theirs = POLICY.model_copy(
        update={
            "face": POLICY.face.model_copy(update={"title": "Samen Delft"}),
            "contact": POLICY.contact.model_copy(update={"name": "Buurtwerk", "email": "wij@delft.example"}),
        }
    )
    for number, rules in enumerate((POLICY, theirs, POLICY)):
        mail = UUID(int=number)
        raw = mailed(a_letter(template), rules=rules, mail=mail)
        message = opened(raw)
        assert message["From"].addresses[0].display_name == rules.face.title
        assert message["Reply-To"] == f"{rules.contact.name} <{rules.contact.email}>"
        assert message["Message-ID"] == message_id(mail, SENDER)
        whole = [each for each in message.walk() if each.is_multipart()]
        assert [each.get_boundary() for each in whole] == [f"=_{mail.hex}_{nr}" for nr in range(len(whole))]
        assert STAND_IN.hex.encode() not in raw
        assert str(STAND_IN).encode() not in raw


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
    assert re.search("uw buur (samen met u|stopt als)|your neighbour (would like|stops as)", first)


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
