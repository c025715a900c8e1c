"""What gangmakers type: dates and amounts as people write them, and a sentence for all that is wrong."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from forms.public.door.problems import SENTENCES, read
from schemas.attentie import Occasion
from schemas.door import (
    AccountForm,
    AttentieForm,
    CodeForm,
    Gangmaker,
    NotADate,
    StoryForm,
    date_from_text,
)
from schemas.refs import Language

TODAY = date(2026, 3, 2)

DATES = [
    ("23-11-2025", date(2025, 11, 23)),
    ("1/2/2026", date(2026, 2, 1)),
    ("1.2.26", date(2026, 2, 1)),
    ("01 02 2026", date(2026, 2, 1)),
    ("2026-02-01", date(2026, 2, 1)),
    ("  1  februari 2026 ", date(2026, 2, 1)),
    ("zondag 1 feb. 2026", date(2026, 2, 1)),
    ("Sunday, 1st February 2026", date(2026, 2, 1)),
    ("1 mrt", date(2026, 3, 1)),
    ("2 maart", TODAY),
    ("3 maart", date(2025, 3, 3)),  # without a year the latest that is past
    ("31/12", date(2025, 12, 31)),
    ("vandaag", TODAY),
    ("Gisteren", date(2026, 3, 1)),
    ("eergisteren", date(2026, 2, 28)),
    ("yesterday", date(2026, 3, 1)),
    ("29-2-2024", date(2024, 2, 29)),
]


@pytest.mark.parametrize(("text", "day"), DATES)
def test_dates_as_people_write_them(text: str, day: date) -> None:
    assert date_from_text(text, TODAY) == day


NO_DATES = ["", "1", "31-2-2026", "29-2-2025", "0-1-2026", "1-13-2026", "0000-01-01", "vorige week"]
NO_DATES += ["2 foo 2026", "29 februari", "1-2-202", "٢-٢-٢٠٢٦", "9" * 500]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(NotADate) as error:
        date_from_text(text, TODAY)
    assert len(text) < 3 or text not in str(error.value)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d-%m-%Y", "%Y-%m-%d", "%d/%m/%y"]))
def test_every_day_reads_back(day: date, form: str) -> None:
    assert date_from_text(day.strftime(form), TODAY) == day


MODELS: list[type[BaseModel]] = [CodeForm, AttentieForm, StoryForm, AccountForm]


@pytest.mark.parametrize("model", MODELS)
@given(st.data())
def test_everything_wrong_has_its_sentence(model: type[BaseModel], data: Any) -> None:
    """Whatever is typed: a model, or a sentence for every field that is wrong; never an exception."""
    typed = {name: data.draw(st.text(max_size=90)) for name in model.model_fields}
    found = read(model, typed, Language.NL, TODAY)
    assert (found.model is None) == bool(found.errors)
    assert set(found.errors) <= set(model.model_fields)


def test_every_sentence_belongs_to_a_field() -> None:
    assert set(SENTENCES) == {name for model in MODELS for name in model.model_fields}


def attentie(**typed: str) -> AttentieForm:
    good = {"day": "1-3-2026", "occasion": "birth", "amount": "7,50"}
    return AttentieForm.model_validate(good | typed, context={"today": TODAY})


AMOUNTS = [("7,50", 750), ("€ 7", 700), ("7 euro", 700), ("EUR 7.5", 750), ("500", 50000), ("0,01", 1)]
AMOUNTS += [("7,-", 700), ("12 euro's", 1200)]


@pytest.mark.parametrize(("text", "cents"), AMOUNTS)
def test_amounts_as_people_write_them(text: str, cents: int) -> None:
    assert attentie(amount=text).amount == cents


OTHER_MONEY = ["$ 5", "£5", "5 USD", "5 dollar", "10 pond", "20 złoty", "¥100", "5 gulden", "CHF 3", "€ 5 $"]


@pytest.mark.parametrize("text", OTHER_MONEY)
def test_other_money_is_told_from_no_money(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        attentie(amount=text)
    assert [each["type"] for each in error.value.errors()] == ["other_money"]


def test_no_field_is_about_somebody() -> None:
    assert list(AttentieForm.model_fields) == ["day", "occasion", "amount"]
    assert not any(field.annotation is str for field in AttentieForm.model_fields.values())
    assert all(attentie(occasion=each).occasion is each for each in Occasion)


def test_a_story_keeps_its_lines_and_loses_what_nobody_sees() -> None:
    story = StoryForm(text="  Eén\x00\r\n\r\ntwee \u202edrie\r\n", share="yes")
    assert story.text == "Eén\n\ntwee drie"


def test_a_code_forgives_what_stands_between() -> None:
    assert CodeForm(code=" 123-4 56.").code == "123456"


def test_an_account_is_tidied() -> None:
    account = AccountForm(holder="  Aïsha   de Boer ", iban="nl91 abna-0417.1643 00")
    assert (account.holder, account.iban) == ("Aïsha de Boer", "NL91ABNA0417164300")


def test_the_ledger_calls_a_gangmaker_by_reference() -> None:
    who = Gangmaker(
        municipality="rotterdam",
        street="rozenlaan",
        person="6c1d9e52-7f0b-5b0a-9d1c-2f3a84c7e6d0",
        title="Rozenlaan",
    )
    assert who.actor == "gangmaker:6c1d9e52-7f0b-5b0a-9d1c-2f3a84c7e6d0"
