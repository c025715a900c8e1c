"""Calendar rules in Dutch time: years turn on their day, nights of clock changes included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import AMSTERDAM, dutch_date, in_words, long_date, long_moment, next_turn, start_of

DAYS = st.dates(date(2020, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("today", "turn"),
    [
        (date(2026, 2, 28), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_a_year_turns_strictly_later(today: date, turn: date) -> None:
    assert next_turn(today, 3, 1) == turn


@given(DAYS, st.integers(1, 12), st.integers(1, 28))
def test_a_turn_is_its_day_within_a_year(today: date, month: int, day: int) -> None:
    turn = next_turn(today, month, day)
    assert (turn.month, turn.day) == (month, day)
    assert timedelta(days=1) <= turn - today <= timedelta(days=366)
    assert next_turn(turn - timedelta(days=1), month, day) == turn


@given(DAYS)
def test_a_day_starts_at_its_own_midnight(day: date) -> None:
    midnight = start_of(day)
    assert dutch_date(midnight) == day
    assert dutch_date(midnight.astimezone(UTC) - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "hour_in_utc"),
    [
        (date(2026, 3, 29), 23),
        (date(2026, 3, 30), 22),
        (date(2026, 10, 25), 22),
        (date(2026, 10, 26), 23),
    ],
)
def test_around_a_clock_change_midnight_has_the_offset_of_that_day(day: date, hour_in_utc: int) -> None:
    assert start_of(day).astimezone(UTC).hour == hour_in_utc


def test_a_late_evening_in_utc_is_the_next_day_here() -> None:
    assert dutch_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
    assert dutch_date(datetime(2026, 6, 30, 21, 30, tzinfo=UTC)) == date(2026, 6, 30)


def test_dates_as_people_read_them() -> None:
    moment = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
    assert long_date(moment.date(), "nl") == "woensdag 1 juli 2026"
    assert long_date(moment.date(), "en") == "Wednesday 1 July 2026"
    assert long_moment(moment, "nl") == "woensdag 1 juli 2026 om 14.05 uur"
    assert long_moment(moment, "en") == "Wednesday 1 July 2026 at 14:05"
    assert long_moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "nl") == "donderdag 2 juli 2026 om 00.30 uur"
    assert long_moment(datetime(2026, 1, 1, 9, 0, tzinfo=AMSTERDAM), "nl").endswith("om 09.00 uur")


@pytest.mark.parametrize(
    ("days", "dutch", "english"),
    [(1, "1 dag", "1 day"), (14, "14 dagen", "14 days"), (60, "60 dagen", "60 days")],
)
def test_spans_as_people_read_them(days: int, dutch: str, english: str) -> None:
    assert (in_words(timedelta(days=days), "nl"), in_words(timedelta(days=days), "en")) == (dutch, english)
