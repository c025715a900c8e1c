"""The sign-up form: whatever is typed is taken in one shape, or refused for a reason we have words for."""

from typing import Any

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.refs import Slug
from schemas.signup import SignupForm

GOOD = {
    "street": "Rozenlaan",
    "wijk": "Noord",
    "name": "Ans Bakker",
    "email": "ans@voorbeeld.nl",
    "together": "yes",
    "second_name": "Bo Visser",
    "second_email": "bo@voorbeeld.nl",
}
SHAPES = {"too_short", "too_long", "string_too_short", "string_too_long", "missing"}
REASONS = {
    "street": SHAPES | {"street_text"},
    "part": SHAPES | {"street_text"},
    "wijk": SHAPES,
    "name": SHAPES | {"text"},
    "email": SHAPES | {"value_error"},
    "phone": SHAPES | {"phone"},
    "together": {"missing", "enum"},
    "second_name": SHAPES | {"text"},
    "second_email": SHAPES | {"value_error"},
    "": {"street_text", "second_incomplete", "second_same"},
}
TYPED = st.one_of(
    st.text(max_size=100),
    st.text("0123456789+-() \u00a0./ext", max_size=40),
    st.text("abc.@-_'\"<> é\u202e", max_size=60),
    st.text(st.characters(categories=["Cc", "Cf", "Zs", "So", "Lo", "Mn"]), max_size=70),
    st.sampled_from(["a@b.nl", "06 12345678", "yes", "not_yet", "x" * 400, "\0", "{{7*7}}", "' or 1=1--"]),
)


def reasons(**changes: object) -> list[tuple[str, str]]:
    """Field and reason of each refusal; nothing when the form is taken."""
    try:
        SignupForm.model_validate({**GOOD, **changes})
    except ValidationError as error:
        return [(str(each["loc"][0]) if each["loc"] else "", each["type"]) for each in error.errors()]
    return []


def taken(field: str, value: object) -> Any:
    """What a field becomes."""
    return getattr(SignupForm.model_validate({**GOOD, field: value}), field)


@given(st.sampled_from([field for field in REASONS if field]), TYPED)
def test_one_field_of_anything(field: str, text: str) -> None:
    found = reasons(**{field: text})
    assert all(reason in REASONS[where] for where, reason in found)
    assert {where for where, _ in found} <= {field, ""}
    if not found and isinstance(kept := taken(field, text), str):
        assert kept == " ".join(kept.split())
        assert taken(field, kept) == kept


@given(st.dictionaries(st.sampled_from([field for field in REASONS if field]), TYPED))
def test_a_form_of_anything(form: dict[str, str]) -> None:
    try:
        kept = SignupForm.model_validate(form)
    except ValidationError as error:
        found = [(str(each["loc"][0]) if each["loc"] else "", each["type"]) for each in error.errors()]
        assert all(reason in REASONS[where] for where, reason in found)
    else:
        assert SignupForm.model_validate(kept.model_dump()) == kept
        assert TypeAdapter(Slug).validate_python(kept.slug)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0612345678", "+31 6 12345678"),
        ("06 12 34 56 78", "+31 6 12345678"),
        ("06-12345678", "+31 6 12345678"),
        ("+31 (0)6 1234 5678", "+31 6 12345678"),
        ("0031612345678", "+31 6 12345678"),
        ("(010) 123 45 67", "+31 10 123 4567"),
        ("+32 470 12 34 56", "+32 470 12 34 56"),
        ("  ", None),
        ("", None),
    ],
)
def test_telephones(typed: str, kept: str | None) -> None:
    assert taken("phone", typed) == kept


@pytest.mark.parametrize(
    "typed", ["12", "112", "bel mij", "06-CALL-NOW", "06123456", "+99 123456789", "0612345678 of 010"]
)
def test_no_telephones(typed: str) -> None:
    assert reasons(phone=typed) == [("phone", "phone")]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ans@Voorbeeld.NL ", "Ans@voorbeeld.nl"),
        ("ans+straat@voorbeeld.nl", "ans+straat@voorbeeld.nl"),
        ("ans@bücher.example", "ans@xn--bcher-kva.example"),
        ("o'neill@voorbeeld.nl", "o'neill@voorbeeld.nl"),
    ],
)
def test_addresses(typed: str, kept: str) -> None:
    assert taken("email", typed) == kept
    assert validate_email(kept, check_deliverability=False).ascii_email == kept


@pytest.mark.parametrize(
    "typed",
    [
        "ans",
        "ans@",
        "@voorbeeld.nl",
        "ans@voorbeeld",
        "ans@localhost",
        "ans@[127.0.0.1]",
        "ans @voorbeeld.nl",
        "ans@@voorbeeld.nl",
        "ans@voor..beeld.nl",
        "ans@voorbeeld.nl, bo@voorbeeld.nl",
        "ans@voorbeeld.nl\r\nBcc: bo@voorbeeld.nl",
        "anaïs@voorbeeld.nl",
        "a" * 300 + "@voorbeeld.nl",
    ],
)
def test_no_addresses(typed: str) -> None:
    assert reasons(email=typed) == [("email", "value_error")]
    assert reasons(second_email=typed) == [("second_email", "value_error")]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("'s-Gravendijkwal", "'s-Gravendijkwal"),
        ("1e Pijnackerstraat", "1e Pijnackerstraat"),
        ("Pr. Beatrixlaan", "Pr. Beatrixlaan"),
        ("  Rozen\u00a0 laan ", "Rozen laan"),
        ("P.C. Hooftstraat (even)", "P.C. Hooftstraat (even)"),
        ("شارع الورد", "شارع الورد"),
        ("北京路", "北京路"),
        ("🌹laan", "🌹laan"),
        ("x" * 60, "x" * 60),
    ],
)
def test_streets(typed: str, kept: str) -> None:
    assert taken("street", typed) == kept


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("🌹🌹", ""),
        ("--", ""),
        ("\u202eRozenlaan", "street"),
        ("Rozen\u200blaan", "street"),
        ("Rozenlaan\0", "street"),
        ("<b>Rozenlaan</b>", "street"),
        ("ans@voorbeeld.nl", "street"),
        ("Rozenlaan 0612345678", "street"),
        ("{{ 7*7 }}", "street"),
        ("Rozen\\laan", "street"),
    ],
)
def test_no_streets(typed: str, where: str) -> None:
    assert reasons(street=typed) == [(where, "street_text")]
    if where:
        assert reasons(part=typed) == [("part", "street_text")]


def test_a_part_is_another_street() -> None:
    whole, part, empty = (
        SignupForm.model_validate({**GOOD, "part": part}) for part in (None, "2 t/m 98", " ")
    )
    assert (whole.slug, part.slug, empty.slug) == ("rozenlaan", "rozenlaan-2-t-m-98", "rozenlaan")
    assert (part.part, empty.part) == ("2 t/m 98", None)


@pytest.mark.parametrize(
    ("field", "longest"),
    [("street", 60), ("part", 60), ("wijk", 300), ("name", 80), ("second_name", 80)],
)
def test_limits(field: str, longest: int) -> None:
    assert taken(field, "x" * longest) == "x" * longest
    [(where, reason)] = reasons(**{field: "x" * (longest + 1)})
    assert (where, reason.removeprefix("string_")) == (field, "too_long")


@pytest.mark.parametrize("field", ["street", "wijk", "name"])
@pytest.mark.parametrize("typed", ["", "   ", "\u00a0", "\n"])
def test_empty_is_too_short(field: str, typed: str) -> None:
    [(where, reason)] = reasons(**{field: typed})
    assert (where, reason.removeprefix("string_")) == (field, "too_short")


@pytest.mark.parametrize("name", ["Ans\0", "\u202eAns", "Ans https://voorbeeld.nl", "An\u0007s"])
def test_no_names(name: str) -> None:
    assert reasons(name=name) == [("name", "text")]


@pytest.mark.parametrize("name", ["Ans", "Jan-Willem d'Hondt", "Ç. Öztürk", "李小龍", "Nguyễn Thị Minh"])
def test_names(name: str) -> None:
    assert taken("name", name) == name


def test_together_needs_somebody_else() -> None:
    for missing in ("second_name", "second_email"):
        assert reasons(**{missing: " "}) == [("", "second_incomplete")]
    assert reasons(second_email="ANS@Voorbeeld.nl") == [("", "second_same")]
    assert reasons(together="") == [("together", "enum")]
    assert reasons(together="maybe") == [("together", "enum")]


def test_who_says_not_yet_is_not_asked_about_a_neighbour() -> None:
    form = SignupForm.model_validate({**GOOD, "together": "not_yet", "second_email": "no address"})
    assert (form.second_name, form.second_email) == (None, None)


def test_a_refusal_of_a_missing_field_names_it() -> None:
    for field in ("street", "wijk", "name", "email", "together"):
        form = {name: value for name, value in GOOD.items() if name != field}
        with pytest.raises(ValidationError) as refused:
            SignupForm.model_validate(form)
        assert [(each["loc"], each["type"]) for each in refused.value.errors()] == [((field,), "missing")]
