"""Concerns: working days over years, ladders, and that a concern is never nowhere."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forms.public.concern.telling import read
from schemas.calendar import AMSTERDAM
from schemas.concern import (
    COORDINATOR,
    LEAD,
    OFFICE,
    ActKind,
    ConcernAct,
    Outcome,
    Standing,
    asking,
    counts,
    moved,
    reference,
    reopened,
    standing,
    unanswered,
)
from schemas.concern_policy import Acknowledge, Concerns, Urgency
from schemas.facts import ConcernStatus
from schemas.workdays import deadline, is_working_day, next_working_day
from tests.unit.letter_samples import POLICY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


FREE = [
    "2026-01-01",
    "2026-04-03",  # Good Friday
    "2026-04-06",  # Easter Monday
    "2026-04-27",  # King's Day
    "2026-05-05",  # Liberation Day
    "2026-05-14",  # Ascension
    "2026-05-25",  # Whit Monday
    "2026-12-25",
    "2026-11-21",  # a Saturday
    "2025-04-26",  # King's Day, a day early
]


@pytest.mark.parametrize("day", FREE)
def test_nobody_works_on(day: str) -> None:
    assert not is_working_day(date.fromisoformat(day))


def test_a_municipality_may_be_closed_besides() -> None:
    friday = date(2026, 11, 27)
    assert is_working_day(friday)
    assert not is_working_day(friday, [friday])
    assert next_working_day(date(2026, 11, 26), [friday]) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("moment", "days", "due"),
    [
        ("2026-11-24T09:00", 0, "2026-11-24T17:00"),
        ("2026-11-24T12:59", 0, "2026-11-24T17:00"),
        ("2026-11-24T13:00", 0, "2026-11-25T12:00"),
        ("2026-11-27T16:00", 0, "2026-11-30T12:00"),
        ("2026-11-28T09:00", 0, "2026-11-30T12:00"),
        ("2026-12-24T15:00", 1, "2026-12-28T17:00"),
        ("2026-04-24T15:00", 1, "2026-04-28T17:00"),
        ("2026-04-30T15:00", 3, "2026-05-06T17:00"),
        ("2027-03-26T09:00", 1, "2027-03-30T17:00"),
        ("2026-11-24T00:30", 1, "2026-11-25T17:00"),
    ],
)
def test_deadlines_count_working_days(moment: str, days: int, due: str) -> None:
    assert deadline(at(moment), days) == at(due)


def test_summer_time_moves_the_deadline_on_the_clock_of_the_world_only() -> None:
    before, after = deadline(at("2027-03-24T09:00"), 1), deadline(at("2027-03-31T09:00"), 1)
    assert (before.hour, after.hour) == (17, 17)
    assert before.utcoffset() != after.utcoffset()


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31)),  # noqa: DTZ001  the zone comes below
    st.integers(0, 10),
)
def test_every_deadline_lies_ahead_on_a_working_day(moment: datetime, days: int) -> None:
    here = moment.replace(tzinfo=AMSTERDAM)
    due = deadline(here, days)
    assert due > here
    assert is_working_day(due.date())
    assert due <= deadline(here, days + 1)
    assert due - here < timedelta(days=days + 12)


RULES = Concerns.model_validate(
    {
        "professionals": [
            {"key": key, "organisation": key, "email": f"{key}@zorg.example", "phone": "010 1"}
            for key in ("wijkteam", "ggd", "welzijn")
        ],
        "routes": [
            {"topics": ["safety"], "ladder": ["ggd", "wijkteam"]},
            {"wijken": ["Laak"], "urgencies": ["today"], "ladder": ["wijkteam"]},
            {"wijken": ["Laak"], "ladder": ["welzijn", "wijkteam", "welzijn"]},
        ],
    }
)


@pytest.mark.parametrize(
    ("wijk", "topic", "urgency", "ladder"),
    [
        ("Laak", "safety", Urgency.TODAY, ["ggd", "wijkteam"]),
        ("Laak", "money", Urgency.TODAY, ["wijkteam"]),
        ("Laak", "money", Urgency.WEEK, ["welzijn", "wijkteam"]),
        ("Centrum", "money", Urgency.WEEK, []),
    ],
)
def test_the_first_route_that_fits(wijk: str, topic: str, urgency: Urgency, ladder: list[str]) -> None:
    assert RULES.ladder(wijk, topic, urgency) == ladder


@pytest.mark.parametrize(
    "wrong",
    [
        {"routes": [{"ladder": ["nobody"]}]},
        {"routes": [{"ladder": []}]},
        {"routes": [{"topics": ["nothing"], "ladder": ["ggd"]}]},
        {"topics": [{"key": "a", "nl": "a", "en": "a"}, {"key": "a", "nl": "b", "en": "b"}]},
    ],
)
def test_routes_name_only_what_there_is(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Concerns.model_validate(RULES.model_dump(mode="json") | wrong)


def test_sooner_is_never_later() -> None:
    rules = Acknowledge()
    assert rules.days(Urgency.TODAY) <= rules.days(Urgency.WEEK) <= rules.days(Urgency.LATER)


def test_a_ladder_climbed_in_silence() -> None:
    """Each one twice, then the party, then its lead, who is asked for ever."""
    state, asked = standing(["a", "b"]), []
    for _ in range(12):
        state = asking(state)
        asked.append(state.holder)
        state = unanswered(state)
    assert asked == ["a", "a", "b", "b", COORDINATOR, COORDINATOR, *[LEAD] * 6]


def _act(kind: ActKind, by: str, to: str | None = None) -> ConcernAct:
    outcome = Outcome.HELPED if kind is ActKind.CLOSE else None
    return ConcernAct(kind=kind, by=by, actor=f"pro:{by}", to=to, outcome=outcome)


ACTS = st.builds(
    _act,
    st.sampled_from(ActKind),
    st.sampled_from(["a", "b", "c", *OFFICE]),
    st.none() | st.sampled_from(["a", "b", "c"]),
)
LADDERS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True)


@given(LADDERS, st.lists(ACTS | st.none() | st.just("reopen"), max_size=25))
def test_a_concern_is_never_nowhere(ladder: list[str], happens: list[ConcernAct | str | None]) -> None:
    """Whatever people do or leave, it is closed, picked up, or with somebody who was just asked."""
    state = asking(standing(ladder))
    for each in happens:
        if isinstance(each, ConcernAct):
            if counts(state, each):
                state = moved(state, each)
        elif each == "reopen" and state.status is ConcernStatus.CLOSED:
            state = reopened(state)
        elif state.status is ConcernStatus.WAITING:
            state = unanswered(state)
        if state.status is ConcernStatus.WAITING:
            state = asking(state)
        assert 0 <= state.at < len(state.rungs)
        assert state.holder in state.asked
        assert state.rungs[-1] in OFFICE
        assert state.tries >= 1 or state.status is not ConcernStatus.WAITING


def test_what_counts() -> None:
    state = asking(standing(["a", "b"]))
    assert counts(state, _act(ActKind.PICK_UP, "a"))
    assert not counts(state, _act(ActKind.PICK_UP, "b")), "b was not asked"
    assert not counts(state, _act(ActKind.HAND_ON, "a")), "to nobody"
    assert not counts(state, _act(ActKind.HAND_ON, "a", to="a")), "to themselves"
    closed = moved(state, _act(ActKind.CLOSE, "a"))
    assert not counts(closed, _act(ActKind.PICK_UP, "a")), "it is closed"
    late = asking(unanswered(asking(asking(state))))
    assert late.holder == "b"
    assert counts(late, _act(ActKind.PICK_UP, "a")), "receipted while it was theirs"
    assert moved(late, _act(ActKind.PICK_UP, "a")).holder == "a"


def test_handing_on_goes_before_the_rest_of_the_ladder() -> None:
    state = asking(standing(["a", "b"]))
    after = moved(state, _act(ActKind.HAND_ON, "a", to="c"))
    assert after.rungs == ["a", "c", "b", *OFFICE]
    assert (after.holder, after.status, after.tries) == ("c", ConcernStatus.WAITING, 0)
    assert moved(state, _act(ActKind.HAND_ON, "a", to="b")).rungs == ["a", "b", *OFFICE]


def test_not_for_the_last_one_stays_with_the_last_one() -> None:
    last = Standing(rungs=["a", *OFFICE], at=2, tries=1, asked=["a", *OFFICE])
    assert moved(last, _act(ActKind.NOT_OURS, LEAD)).holder == LEAD


def test_a_reference_says_nothing() -> None:
    assert reference(UUID("1a2b3c4d-0000-4000-8000-000000000000")) == "Z-1A2B3C4D"


WELL = {
    "topic": "money",
    "urgency": "week",
    "wijk": "Laak",
    "words": "De post ligt al weken in de gang.",
    "knows": "not",
    "who": "anonymous",
}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"who": "me", "name": "Joke", "email": "joke@voorbeeld.nl"}, []),
        ({"who": "me", "name": "Joke", "phone": "06 12345678", "may_call": "yes"}, []),
        ({"who": "me", "email": "joke@voorbeeld.nl"}, ["name"]),
        ({"who": "me", "name": "Joke"}, ["email"]),
        ({"who": "me", "name": "Joke", "email": "joke@voorbeeld.nl", "may_call": "yes"}, ["phone"]),
        ({"who": "me", "name": "Joke", "email": "joke"}, ["email"]),
        ({"words": "kort"}, ["words"]),
        ({"words": "a" * 2001}, ["words"]),
        ({"topic": "stars", "wijk": "Mars"}, ["topic", "wijk"]),
        (dict.fromkeys(WELL, ""), ["topic", "urgency", "wijk", "words", "knows", "who"]),
    ],
)
def test_what_is_wrong_with_a_form(changes: dict[str, str], fields: list[str]) -> None:
    form, errors = read(POLICY, WELL | changes)
    assert list(errors) == fields
    assert (form is None) == bool(fields)


@given(st.dictionaries(st.sampled_from([*WELL, "name", "email", "phone", "may_call", "x"]), st.text()))
def test_no_form_is_too_strange_to_read(values: dict[str, str]) -> None:
    form, errors = read(POLICY, values)
    assert form is None
    assert errors


def test_a_silent_ladder_over_a_year_of_working_days() -> None:
    """At any hour of a year: each deadline lies after the one before, on a working day, and none is far."""
    rules, moment = Acknowledge(), at("2026-01-01T00:30")
    while moment.year == 2026:
        for urgency in Urgency:
            state, asked_at = standing(["a", "b"]), moment
            for _ in range(7):
                state = asking(state)
                days = 1 if state.tries > 1 else rules.days(urgency)
                due = deadline(asked_at, days)
                assert is_working_day(due.date())
                assert asked_at < due < asked_at + timedelta(days=10)
                asked_at, state = due, unanswered(state)
            assert state.holder == LEAD
        moment += timedelta(hours=7)


def test_who_let_go_of_it_cannot_take_it_back_by_what_they_pressed_before() -> None:
    """Receipts may change places on their way, or come twice."""
    state = asking(standing(["a", "b", "c"]))
    once = asking(moved(state, _act(ActKind.NOT_OURS, "a")))
    assert once.holder == "b"
    assert not counts(once, _act(ActKind.NOT_OURS, "a"))
    assert not counts(once, _act(ActKind.PICK_UP, "a"))
    picked = moved(once, _act(ActKind.PICK_UP, "b"))
    assert not counts(picked, _act(ActKind.NOT_OURS, "a"))
