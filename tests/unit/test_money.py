"""Euros as people write them become cents, and cents become text that people read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.money import NotAnAmount, TypedEuros, cents_from_decimal, cents_from_text, format_euros
from schemas.refs import Language


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("150", 150_00),
        ("1.250,50", 1250_50),
        ("1 250,50", 1250_50),
        ("€ 1.250,5", 1250_50),
        ("€150,-", 150_00),
        ("150,00 €", 150_00),
        ("EUR 75", 75_00),
        ("1,250.50", 1250_50),
        ("150.00", 150_00),
        ("1.250", 1250_00),
        ("1,250", 1250_00),
        ("\u20ac\u00a01.250,50", 1250_50),
        ("0,07", 7),
    ],
)
def test_amounts_as_people_type_them(text: str, cents: int) -> None:
    assert cents_from_text(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "€",
        "tien",
        "-5",
        "1,2,3",
        "12.50.10",
        "1.25,00",
        "1,2345",
        "150 $",
        "1e3",
        "٣",
        "5,--",
        "9" * 13,
        "1.250,505",
    ],
)
def test_no_amounts(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        cents_from_text(text)
    assert not text or text not in str(refused.value)


@given(st.integers(0, 10**11), st.sampled_from(Language))
def test_what_we_show_can_be_typed(cents: int, language: Language) -> None:
    assert cents_from_text(format_euros(cents, language)) == cents


def test_amounts_as_people_read_them() -> None:
    assert format_euros(150_00) == "€ 150,00"
    assert format_euros(150_00, Language.EN) == "€150.00"
    assert format_euros(1_250_05) == "€ 1.250,05"
    assert format_euros(-1_250_05) == "€ -1.250,05"
    assert format_euros(-5, Language.EN) == "-€0.05"


@pytest.mark.parametrize(
    ("euros", "cents"), [("150", 150_00), ("150.5", 150_50), ("0.07", 7), ("1E+3", 1_000_00)]
)
def test_decimals_are_exact(euros: str, cents: int) -> None:
    assert cents_from_decimal(Decimal(euros)) == cents


@pytest.mark.parametrize("euros", ["0.001", "NaN", "Infinity"])
def test_fractions_of_a_cent_are_refused(euros: str) -> None:
    with pytest.raises(NotAnAmount):
        cents_from_decimal(Decimal(euros))


@pytest.mark.parametrize("typed", ["0", "0,00", "niets", -5, 1.5])
def test_a_form_field_wants_more_than_nothing(typed: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TypedEuros).validate_python(typed)
    assert TypeAdapter(TypedEuros).validate_python("1.250,50") == 1250_50
