"""Whoever adds a field in which a person can stand has to say which canary goes through it."""

import pytest

from tests.privacy.canaries import ALL, STEM, digits
from tests.privacy.fields import (
    CANARY_OF,
    NEVER_FILLED,
    NOT_PERSONAL,
    SEALED,
    sealed_fields,
    typed_fields,
)


def test_everything_that_the_vault_seals_has_a_canary() -> None:
    assert sorted(sealed_fields()) == sorted({*SEALED, *NEVER_FILLED})
    assert not {*SEALED} & NEVER_FILLED


def test_every_text_that_somebody_types_is_a_canary_or_about_nobody() -> None:
    assert typed_fields() == sorted({*CANARY_OF, *NOT_PERSONAL})
    assert not CANARY_OF.keys() & NOT_PERSONAL.keys()
    assert all(NOT_PERSONAL.values())


def test_every_canary_that_is_named_is_there() -> None:
    assert {*CANARY_OF.values(), *SEALED.values()} <= ALL.keys()


@pytest.mark.parametrize("key", sorted(ALL))
def test_a_canary_is_found_by_its_word_or_its_digits(key: str) -> None:
    canary = ALL[key]
    assert STEM in canary.value.lower() or canary.digits
    assert all(part.isascii() for part in (canary.value, *canary.digits))
    assert len([each for each in ALL.values() if canary.value in each.value]) == 1
    assert set(digits().values()) <= ALL.keys()
