"""The street: who counts, when it begins, ends and begins again, and when its year turns."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import AMSTERDAM, dutch_date, next_turn, start_of
from schemas.intake import IntakeResult, Outcome
from schemas.policy import PayoutKind, Terms
from schemas.street import OUTCOME_LETTERS, Joining, Phase, StreetState, begun_year, decided, joined, snapshot

ANS, BO, CEES = (UUID(int=number) for number in range(1, 4))
STAFF = "rotterdam:coordinator-1"
STREET = StreetState(municipality="rotterdam", slug="rozenlaan", name="Rozenlaan", wijk="Noord")
TERMS = Terms(
    municipality="rotterdam",
    municipality_name="Rotterdam",
    version=1,
    minimum_gangmakers=1,
    potje=[(PayoutKind.BANK, 150_00)],
    receipt_reminder=timedelta(days=7),
    signup_reminders=[timedelta(days=3)],
    signup_expires_after=timedelta(days=14),
    intake_reminder_before=timedelta(days=1),
    intake_minutes=60,
    turn_month=9,
    turn_day=1,
    retention_declined=timedelta(days=28),
    desk_url="http://desk.test",
)


def _with(*people: UUID, phase: Phase = Phase.INTAKE, intakes: int = 1) -> StreetState:
    return STREET.model_copy(update={"gangmakers": list(people), "phase": phase, "intakes": intakes})


def test_the_first_gangmaker_opens_the_street() -> None:
    after, joining = joined(STREET, ANS)
    assert joining is Joining.OPENED
    assert (after.gangmakers, after.phase, after.intakes) == ([ANS], Phase.INTAKE, 1)
    assert STREET.gangmakers == []


@pytest.mark.parametrize("phase", [Phase.INTAKE, Phase.ACTIVE])
def test_who_joins_later_comes_last_and_changes_no_phase(phase: Phase) -> None:
    before = _with(ANS, phase=phase)
    after, joining = joined(before, BO)
    assert joining is Joining.JOINED
    assert (after.gangmakers, after.phase, after.intakes) == ([ANS, BO], phase, 1)
    assert before.gangmakers == [ANS]


@pytest.mark.parametrize("phase", [Phase.INTAKE, Phase.ACTIVE])
def test_joining_twice_changes_nothing(phase: Phase) -> None:
    before = _with(ANS, BO, phase=phase)
    assert joined(before, ANS) == (before, Joining.ALREADY)


@pytest.mark.parametrize("people", [[], [ANS], [ANS, BO]])
@pytest.mark.parametrize("person", [ANS, CEES])
def test_an_ended_street_begins_again_with_the_newcomer_alone(people: list[UUID], person: UUID) -> None:
    after, joining = joined(_with(*people, phase=Phase.ENDED, intakes=3), person)
    assert joining is Joining.OPENED
    assert (after.gangmakers, after.phase, after.intakes) == ([person], Phase.INTAKE, 4)


@pytest.mark.parametrize(
    ("outcome", "phase"),
    [
        (Outcome.ACCEPTED, Phase.ACTIVE),
        (Outcome.REFERRED, Phase.ENDED),
        (Outcome.DECLINED, Phase.ENDED),
    ],
)
def test_only_an_accepted_street_begins(outcome: Outcome, phase: Phase) -> None:
    after = decided(_with(ANS), IntakeResult(outcome=outcome, coordinator=STAFF), date(2026, 5, 4))
    begins = phase is Phase.ACTIVE
    assert (after.phase, after.gangmakers) == (phase, [ANS])
    assert (after.accepted_by, after.since) == ((STAFF, date(2026, 5, 4)) if begins else (None, None))


def test_every_outcome_that_ends_an_intake_is_told() -> None:
    assert set(OUTCOME_LETTERS) == set(Outcome) - {Outcome.WAITING}


@pytest.mark.parametrize(
    ("today", "turn"),
    [
        (date(2026, 8, 31), date(2026, 9, 1)),
        (date(2026, 9, 1), date(2027, 9, 1)),
        (date(2026, 11, 23), date(2027, 9, 1)),
    ],
)
def test_a_year_turns_on_the_first_such_day_after_today(today: date, turn: date) -> None:
    assert begun_year(_with(ANS), TERMS, today).next_date == turn


@given(
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    st.integers(min_value=1, max_value=12),
    st.integers(min_value=1, max_value=28),
)
def test_turns_are_a_calendar_year_apart(today: date, month: int, day: int) -> None:
    first = next_turn(today, month, day)
    assert today < first <= date(today.year + 1, today.month, min(today.day, 28)) + timedelta(days=3)
    assert next_turn(first, month, day) == date(first.year + 1, month, day)
    assert next_turn(first - timedelta(days=1), month, day) == first


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2027, 3, 28), datetime(2027, 3, 27, 23, tzinfo=UTC)),
        (date(2027, 3, 29), datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_dutch_midnight(day: date, moment: datetime) -> None:
    assert start_of(day) == moment
    assert dutch_date(moment) == day
    assert dutch_date(moment - timedelta(microseconds=1)) == day - timedelta(days=1)
    assert start_of(day).tzinfo is AMSTERDAM


def test_the_registry_shows_the_street() -> None:
    state = _with(ANS, BO).model_copy(update={"part": "tot het plein", "revision": 7})
    shown = snapshot(state, 2)
    assert shown.model_dump(include={"slug", "name", "part", "phase", "minimum", "revision"}) == {
        "slug": "rozenlaan",
        "name": "Rozenlaan",
        "part": "tot het plein",
        "phase": "intake",
        "minimum": 2,
        "revision": 7,
    }
    assert shown.gangmakers == [ANS, BO]
    assert state.title == "Rozenlaan (tot het plein)"
    assert state.workflow_id == "street-rotterdam-rozenlaan"
