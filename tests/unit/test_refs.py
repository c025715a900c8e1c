"""References: readable where they may be, opaque where they must be, and never two things under one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.refs import (
    RECEIPT_ALPHABET,
    Slug,
    StaffRef,
    intake_id,
    new_receipt,
    potje_id,
    signup_id,
    street_id,
    street_slug,
)

SLUG, STAFF = TypeAdapter(Slug), TypeAdapter(StaffRef)


@pytest.mark.parametrize(
    ("name", "part", "slug"),
    [
        ("Rozenlaan", None, "rozenlaan"),
        ("'s-Gravendijkwal", None, "s-gravendijkwal"),
        ("1e Pijnackerstraat", None, "1e-pijnackerstraat"),
        ("Pr. Beatrixlaan", None, "pr-beatrixlaan"),
        ("Île-de-Francestraat", None, "ile-de-francestraat"),
        ("  ROZENLAAN ", None, "rozenlaan"),
        ("Rozenlaan", "even kant, 2-98", "rozenlaan-even-kant-2-98"),
        ("🌹", None, ""),
        ("--", None, ""),
    ],
)
def test_slugs_of_streets(name: str, part: str | None, slug: str) -> None:
    assert street_slug(name, part) == slug


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
def test_whatever_the_name_a_slug_is_a_slug(name: str, part: str | None) -> None:
    slug = street_slug(name, part)
    assert slug == "" or SLUG.validate_python(slug) == slug
    assert street_slug(slug, None) == slug


def test_two_parts_of_a_street_with_a_long_name_are_two() -> None:
    name = "Ir. Mr. Dr. van Waterschoot van der Grachtstraat"
    parts = [f"huisnummers 1 tot en met 99, {side} kant" for side in ("even", "oneven")]
    slugs = [street_slug(name, part) for part in parts]
    assert len({*slugs, street_slug(name, None)}) == 3
    assert all(slug.startswith("ir-mr-dr-van-waterschoot-van-der-grachtstraat-huisnummers") for slug in slugs)
    assert slugs[0] == street_slug(name.upper(), parts[0].replace(" ", "  "))


def test_a_receipt_can_be_read_aloud() -> None:
    receipts = {new_receipt() for _ in range(500)}
    assert len(receipts) == 500
    assert all(len(receipt) == 9 and receipt[4] == "-" for receipt in receipts)
    letters = {letter for receipt in receipts for letter in receipt if letter != "-"}
    assert letters == set(RECEIPT_ALPHABET)
    assert letters.isdisjoint("01OIL")


def test_workflow_ids_tell_what_and_where() -> None:
    assert street_id("rotterdam", "rozenlaan") == "street-rotterdam-rozenlaan"
    assert signup_id(UUID(int=1)) == "signup-00000000-0000-0000-0000-000000000001"
    assert intake_id("rotterdam", "rozenlaan", 2) == "intake-rotterdam-rozenlaan-2"
    assert potje_id("rotterdam", "rozenlaan", 2026) == "potje-rotterdam-rozenlaan-2026"
    assert potje_id("rotterdam", "rozenlaan", 2026, 2) == "potje-rotterdam-rozenlaan-2026-2"


@pytest.mark.parametrize(
    "text", ["", "Rozenlaan", "rozen laan", "-rozen", "rozen-", "a--b", "é", "a" * 81, "a\n"]
)
def test_what_is_no_slug(text: str) -> None:
    with pytest.raises(ValidationError):
        SLUG.validate_python(text)


@pytest.mark.parametrize(
    "text", ["", "Ans Bakker", "ans@rotterdam.nl", "a" * 61, "rotterdam:coordinator-1\n"]
)
def test_what_is_no_staff_reference(text: str) -> None:
    with pytest.raises(ValidationError):
        STAFF.validate_python(text)
