"""Codes that can be read aloud, and what a street cost."""

import pytest

from schemas.campaign import LONGEST_CODE, ChannelKind, Funnel, cents_per_street, code_for, together
from schemas.signup import CAMPAIGN


@pytest.mark.parametrize(
    ("words", "taken", "code"),
    [
        ("Bibliotheek Noord", [], "bibliotheek-noord"),
        ("Bibliotheek Noord", ["bibliotheek-noord"], "bibliotheek-noord-2"),
        ("Bibliotheek Noord", ["bibliotheek-noord", "bibliotheek-noord-2"], "bibliotheek-noord-3"),
        ("Café 't Hoekje!", [], "cafe-t-hoekje"),
        ("???", [], "poster"),
    ],
)
def test_a_code_is_made_of_words(words: str, taken: list[str], code: str) -> None:
    assert code_for(ChannelKind.POSTER, words, taken) == code


def test_a_code_always_fits_the_address_of_the_form() -> None:
    long = code_for(ChannelKind.FLYER, "heel lange woorden " * 9, [])
    assert len(long) <= LONGEST_CODE
    for number in range(30):
        assert CAMPAIGN.match(
            code_for(ChannelKind.FLYER, "x" * 60, ["x" * 30] + [f"{'x' * 30}-{n}" for n in range(2, number)])
        )


def test_channels_add_up() -> None:
    one = Funnel(visits=5, signups=2, confirmed=1, intakes=1, active=1)
    assert together([one, Funnel(visits=1)]) == Funnel(visits=6, signups=2, confirmed=1, intakes=1, active=1)


@pytest.mark.parametrize(
    ("spent", "active", "each"), [(25_000, 2, 12_500), (10_000, 3, 3_333), (100, 0, None)]
)
def test_what_a_street_cost(spent: int, active: int, each: int | None) -> None:
    assert cents_per_street(spent, active) == each
