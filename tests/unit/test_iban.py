"""Account numbers as people type them; python-stdnum is the oracle. Names as the bank will see them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from schwifty import IBAN
from stdnum import iban as oracle

from schemas.iban import Iban, NotAnIban, bank_name, bank_text, bic, grouped, masked, parse_iban, sepa_text

DUTCH = "NL91ABNA0417164300"
SEPA_SET = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")
COUNTRIES = ("NL", "BE", "DE", "FR", "GB", "ES", "IT", "PT", "IE", "AT", "SE", "MT", "CH", "NO", "FI", "SI")


def accounts() -> st.SearchStrategy[str]:
    """IBANs whose check digits are right, by the oracle's own sum."""
    banks = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4)
    dutch = st.tuples(banks, st.text("0123456789", min_size=10, max_size=10)).map(
        lambda t: "NL00" + "".join(t)
    )
    german = st.text("0123456789", min_size=18, max_size=18).map(lambda digits: f"DE00{digits}")
    belgian = st.text("0123456789", min_size=12, max_size=12).map(lambda digits: f"BE00{digits}")
    return st.one_of(dutch, german, belgian).map(
        lambda draft: draft[:2] + oracle.calc_check_digits(draft) + draft[4:]
    )


@given(accounts())
def test_right_ones_are_taken(iban: str) -> None:
    assert oracle.is_valid(iban, check_country=False)
    assert parse_iban(iban) == iban


@given(accounts(), st.data())
def test_one_wrong_character_is_found(iban: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(iban) - 1))
    letter = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    broken = iban[:place] + letter + iban[place + 1 :]
    assert valid(broken) <= oracle.is_valid(broken, check_country=False)
    if iban[place].isdigit() and letter.isdigit():
        assert valid(broken) == (broken == iban)


@given(accounts(), st.integers(4, 20))
def test_two_digits_that_change_places_are_found(iban: str, place: int) -> None:
    at = min(place, len(iban) - 2)
    turned = iban[:at] + iban[at + 1] + iban[at] + iban[at + 2 :]
    assert valid(turned) == oracle.is_valid(turned, check_country=False)


@given(st.one_of(st.text(), st.text("NLDE0123456789 ABCDX", max_size=40)))
def test_anything_else_is_refused_kindly(text: str) -> None:
    if valid(text):
        assert oracle.is_valid(parse_iban(text), check_country=False)


def valid(text: str) -> bool:
    """Whether we take it; a refusal never repeats what was typed."""
    try:
        parse_iban(text)
    except NotAnIban as refused:
        assert len(text) < 6 or text not in str(refused)
        return False
    return True


@pytest.mark.parametrize("country", COUNTRIES)
def test_whatever_schwifty_draws_in_sepa_is_right_by_the_oracle(country: str) -> None:
    for _ in range(20):
        drawn = str(IBAN.random(country))
        assert parse_iban(drawn) == drawn
        assert oracle.is_valid(drawn, check_country=False)


@pytest.mark.parametrize(
    "typed",
    [
        "NL91 ABNA 0417 1643 00",
        "nl91abna0417164300",
        " nl91.abna.0417.1643.00 ",
        "NL91-ABNA-0417-1643-00",
        "NL91\u00a0ABNA\u00a00417\u200b1643\t00\n",
        "\ufeffNL91 ABNA 0417164300",
    ],
)
def test_the_ways_people_type(typed: str) -> None:
    assert parse_iban(typed) == DUTCH


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "NL",
        "NL91ABNA0417164301",
        "NL91ABNA041716430",
        "TR330006100519786457841326",
        "0417164300",
        "IBAN",
    ],
)
def test_no_ibans_and_none_outside_sepa(typed: str) -> None:
    with pytest.raises(NotAnIban):
        parse_iban(typed)


def test_a_field_of_a_form() -> None:
    class Form(BaseModel):
        iban: Iban

    assert Form(iban="nl91 abna 0417 1643 00").iban == DUTCH
    with pytest.raises(ValidationError):
        Form(iban="NL91ABNA0417164301")


def test_as_people_read_it() -> None:
    assert grouped(DUTCH) == "NL91 ABNA 0417 1643 00"
    assert masked(DUTCH) == "NL•• •••• •••• •••• 00"
    assert bank_name(DUTCH) == "ABN AMRO BANK N.V."
    assert bic(DUTCH) == "ABNANL2A"
    assert bank_name("MT84MALT011000012345MTLCAST001S") is None
    assert bic("MT84MALT011000012345MTLCAST001S") is None


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Zoë Ørsted", "Zoe Orsted"),
        ("Grøß & Co", "Gross + Co"),
        ("Bram O'Neill-Özdemir", "Bram O'Neill-Ozdemir"),
        ("“Anna”  van\tder Berg", "'Anna' van der Berg"),
        ("İbrahim Şahin", "Ibrahim Sahin"),
        ("Łukasz Æbelø", "Lukasz AEbelo"),
        ("Жанна", "Zhanna"),
        ("<b>Ans</b>", "b Ans /b"),
        ("//Ans//Bo//", "Ans/Bo"),
        ("😀", "Naam onbekend"),
        ("", "Naam onbekend"),
        ("—", "Naam onbekend"),
        ("a" * 69 + " b", "a" * 69),
    ],
)
def test_names_as_the_bank_sees_them(name: str, seen: str) -> None:
    assert bank_text(name) == seen


@given(st.text(st.characters(codec=None), max_size=200))
def test_every_name_can_be_written(name: str) -> None:
    seen = bank_text(name)
    assert SEPA_SET.fullmatch(seen)
    assert 0 < len(seen) <= 70
    assert seen == bank_text(seen)
    assert "//" not in seen
    assert seen[0] not in "/ "
    assert seen[-1] not in "/ "


@given(st.text(), st.integers(1, 140))
def test_a_text_is_cut_and_keeps_to_the_set(text: str, longest: int) -> None:
    seen = sepa_text(text, longest)
    assert len(seen) <= longest
    assert seen == "" or SEPA_SET.fullmatch(seen)
