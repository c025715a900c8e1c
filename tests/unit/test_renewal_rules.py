"""The rules of the yearly question."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.progress import bar
from schemas.renewal import Choice, RenewalOutcome, in_the_end, leaving_of, outcome_of, year_asked

PEOPLE = [UUID(int=number) for number in range(1, 5)]
ON, CHANGE, STOP = Choice.GO_ON, Choice.CHANGE, Choice.STOP


def said(*choices: Choice | None) -> dict[str, Choice]:
    return {str(person): choice for person, choice in zip(PEOPLE, choices, strict=False) if choice}


@pytest.mark.parametrize(
    ("choices", "people", "minimum", "waited", "outcome"),
    [
        ([ON], 1, 1, False, RenewalOutcome.GO_ON),
        ([STOP], 1, 1, False, RenewalOutcome.STOP),
        ([ON, None], 2, 1, False, None),
        ([ON, None], 2, 1, True, RenewalOutcome.GO_ON),
        ([ON, None], 2, 2, True, None),
        ([ON, CHANGE, None], 3, 2, True, RenewalOutcome.CHANGE),
        ([STOP, STOP, None], 3, 1, True, None),
        ([STOP, ON], 2, 2, False, RenewalOutcome.GO_ON),
        ([None, None], 2, 1, True, None),
    ],
)
def test_when_it_is_clear(
    choices: list[Choice | None], people: int, minimum: int, waited: bool, outcome: RenewalOutcome | None
) -> None:
    assert outcome_of(said(*choices), PEOPLE[:people], minimum, waited=waited) == outcome


@given(st.lists(st.sampled_from([ON, CHANGE, STOP, None]), min_size=1, max_size=4), st.booleans())
def test_a_street_stops_or_sleeps_only_when_nobody_goes_on(
    choices: list[Choice | None], waited: bool
) -> None:
    people = PEOPLE[: len(choices)]
    end = in_the_end(said(*choices), people)
    assert (end in (RenewalOutcome.GO_ON, RenewalOutcome.CHANGE)) == (ON in choices or CHANGE in choices)
    assert (end is RenewalOutcome.SILENT) == (set(choices) == {None})
    sooner = outcome_of(said(*choices), people, 1, waited=waited)
    assert sooner in (None, end)
    assert (sooner is None) <= (None in choices)
    assert len(leaving_of(said(*choices), people)) == choices.count(STOP)


def test_the_year_is_that_of_the_dutch_calendar() -> None:
    assert year_asked(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == 2026
    assert year_asked(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == 2027


def test_the_bar_fills() -> None:
    assert [bar(done, 40).count("█") for done in (0, 1, 2, 20, 39, 40)] == [0, 0, 1, 10, 19, 20]
    assert bar(0, 0) == "░" * 20
