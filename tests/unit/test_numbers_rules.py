"""The numbers: which months have begun, and what is too few to tell."""

from datetime import date

import pytest

from schemas.numbers import every_phase, months_of, quarters, wait
from schemas.street import Phase

TODAY = date(2026, 11, 23)


def test_a_month_counts_from_its_first_day() -> None:
    assert months_of(2026, TODAY) == [date(2026, month, 1) for month in range(1, 12)]
    assert len(months_of(2025, TODAY)) == 12
    assert months_of(2027, TODAY) == []


def test_every_phase_is_there() -> None:
    assert every_phase({"active": 3}) == {
        Phase.INTAKE: 0,
        Phase.ACTIVE: 3,
        Phase.SLEEPING: 0,
        Phase.ENDED: 0,
    }


def test_the_middle_of_few_is_not_told() -> None:
    assert wait(12.5, 4).days is None
    assert wait(12.5, 5).days == 12.5
    assert wait(None, 0).days is None


@pytest.mark.parametrize(
    ("counts", "shown", "total"),
    [
        ({}, (0, 0, 0, 0), 0),
        ({1: 4}, (None, None, None, None), None),
        ({1: 6, 2: 7, 3: 8, 4: 9}, (6, 7, 8, 9), 30),
        # The one small number would follow from the total, so the next smallest goes with it.
        ({1: 2, 2: 7, 3: 8, 4: 9}, (None, None, 8, 9), 26),
        ({1: 40}, (None, None, None, None), 40),
    ],
)
def test_few_concerns_are_hidden_and_cannot_be_reckoned(
    counts: dict[int, int], shown: tuple[int | None, ...], total: int | None
) -> None:
    found, together = quarters(counts)
    assert (tuple(found.values()), together) == (shown, total)
