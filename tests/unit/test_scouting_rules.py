"""The rules of a scouting round, and what coordinators and scouts may type."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from forms.desk.scouting.answers import Wrong, streets_of, visit_of
from forms.desk.scouting.words import stands
from schemas.calendar import start_of
from schemas.progress import bar
from schemas.refusals import Refusal
from schemas.scouting import (
    Counts,
    DoorVisit,
    FollowUp,
    Noted,
    RoundOrder,
    RoundState,
    Target,
    VisitOutcome,
    again_on,
    due,
    end_refusal,
    last_day,
    next_moment,
    noted,
    rest_until,
    scouting_id,
    signup_of,
    told,
)

TODAY, LAST = date(2026, 11, 24), date(2026, 12, 10)
WEEK, YEAR = timedelta(days=7), timedelta(days=365)
ROUND = UUID(int=7)
HOME, TALKED, CANDIDATE, REFUSED = VisitOutcome


def state_of(*follow_ups: FollowUp) -> RoundState:
    order = RoundOrder(
        round=ROUND,
        municipality="rotterdam",
        wijk="Delfshaven",
        targets=[Target(street="rozenlaan", name="Rozenlaan", part="tot de brug")],
        scouts=["rotterdam:scout-1"],
        until=start_of(LAST + timedelta(days=1)),
        by="rotterdam:coordinator-1",
        desk_url="http://desk.test",
    )
    return RoundState.fresh(order).model_copy(update={"follow_ups": list(follow_ups)})


def noting(street: str, again: date | None) -> Noted:
    visit = DoorVisit(
        visit=uuid4(),
        round=ROUND,
        street=street,
        outcome=HOME,
        scout="rotterdam:scout-1",
        at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        again_on=again,
    )
    return Noted(counts=Counts(targets=1, visited=1, nobody_home=1), latest=visit)


@pytest.mark.parametrize(
    ("outcome", "asked", "last", "day"),
    [
        (HOME, None, LAST, TODAY + WEEK),
        (HOME, date(2026, 11, 26), LAST, date(2026, 11, 26)),
        (HOME, None, date(2026, 11, 28), date(2026, 11, 28)),
        (HOME, None, TODAY, None),
        (TALKED, None, LAST, None),
        (TALKED, date(2026, 12, 1), LAST, date(2026, 12, 1)),
        (CANDIDATE, date(2026, 12, 1), LAST, None),
        (REFUSED, date(2026, 12, 1), LAST, None),
    ],
)
def test_when_to_come_back(outcome: VisitOutcome, asked: date | None, last: date, day: date | None) -> None:
    assert again_on(outcome, asked, TODAY, last, WEEK) == day


@pytest.mark.parametrize("outcome", list(VisitOutcome))
def test_only_a_no_gives_rest(outcome: VisitOutcome) -> None:
    expected = date(2027, 11, 24) if outcome is REFUSED else None
    assert rest_until(outcome, TODAY, YEAR) == expected


def test_the_latest_visit_alone_decides_about_coming_back() -> None:
    other = FollowUp(street="tulpstraat", on=TODAY + WEEK)
    once = noted(state_of(other), noting("rozenlaan", TODAY + WEEK))
    assert once.follow_ups == [other, FollowUp(street="rozenlaan", on=TODAY + WEEK)]
    assert once.counts.visited == 1
    assert noted(once, noting("rozenlaan", None)).follow_ups == [other]


def test_a_visit_that_is_brought_again_is_not_told_again() -> None:
    follow_up = FollowUp(street="rozenlaan", on=TODAY + WEEK)
    once = told(state_of(follow_up), follow_up)
    assert noted(once, noting("rozenlaan", TODAY + WEEK)).follow_ups[0].told
    assert not noted(once, noting("rozenlaan", TODAY + 2 * WEEK)).follow_ups[0].told


def test_what_falls_due_and_in_which_order() -> None:
    early, late = FollowUp(street="zuid", on=TODAY), FollowUp(street="noord", on=TODAY + WEEK)
    state = state_of(late, early)
    assert due(state, start_of(TODAY) - timedelta(seconds=1)) is None
    assert due(state, start_of(TODAY)) == early
    assert due(state, start_of(TODAY + WEEK)) == early
    after = told(state, early)
    assert due(after, start_of(TODAY)) is None
    assert due(after, start_of(TODAY + WEEK)) == late
    assert next_moment(state) == start_of(TODAY)
    assert next_moment(after) == start_of(TODAY + WEEK)
    assert next_moment(told(after, late)) == state.order.until


def test_the_last_day_belongs_to_the_round() -> None:
    assert state_of().order.last_day == LAST
    assert last_day(datetime(2027, 3, 28, 22, tzinfo=UTC)) == date(2027, 3, 28)


def test_a_bar_is_full_when_all_is_done_and_not_before() -> None:
    assert [bar(done, 3, 6) for done in range(4)] == ["░░░░░░", "██░░░░", "████░░", "██████"]
    assert bar(199, 200, 20).endswith("░")
    assert bar(0, 0, 4) == "░░░░"


def test_ids_and_refusals() -> None:
    assert scouting_id("rotterdam", ROUND) == f"scouting-rotterdam-{ROUND}"
    assert signup_of(ROUND) == signup_of(UUID(int=7)) != ROUND
    assert end_refusal(over=True) is Refusal.ROUND_OVER
    assert end_refusal(over=False) is None
    assert state_of().title_of("rozenlaan") == "Rozenlaan (tot de brug)"
    assert state_of().title_of("elders") == "elders"
    assert Counts(nobody_home=1, talked=2, candidate=3, refused=4).visits == 10


# What is typed


def test_streets_come_one_a_line() -> None:
    text = " Rozenlaan \n\nHoefkade (tot de brug)\nrozenlaan\r\n2e Middellandstraat\n"
    found, wrong = streets_of(text)
    assert [(each.street, each.name, each.part) for each in found] == [
        ("rozenlaan", "Rozenlaan", None),
        ("hoefkade-tot-de-brug", "Hoefkade", "tot de brug"),
        ("2e-middellandstraat", "2e Middellandstraat", None),
    ]
    assert wrong == []


@pytest.mark.parametrize("line", ["wie@example.org", "<b>", "06 12345678 12345", "---", "x" * 61, "é"])
def test_what_is_no_street(line: str) -> None:
    assert streets_of(line) == ([], [line])


CONTEXT: dict[str, Any] = {
    "streets": ["rozenlaan"],
    "now": datetime(2026, 11, 24, 12, tzinfo=UTC),
    "today": TODAY,
    "last": LAST,
}
PERSON = {"name": "Cas", "email": "cas@example.org", "language": "nl", "consent": "yes"}


@pytest.mark.parametrize("outcome", [HOME, TALKED, REFUSED])
def test_about_a_person_nothing_is_read_but_of_a_candidate(outcome: VisitOutcome) -> None:
    visit, candidate = visit_of(PERSON | {"street": "rozenlaan", "outcome": outcome}, CONTEXT)
    assert candidate is None
    assert not set(visit.model_dump()) & set(PERSON)


@pytest.mark.parametrize("consent", ["", "no", "on", "Yes", None])
def test_only_a_ticked_box_is_consent(consent: str | None) -> None:
    values = PERSON | {"street": "rozenlaan", "outcome": CANDIDATE.value}
    values.pop("consent")
    with pytest.raises(Wrong) as wrong:
        visit_of(values if consent is None else values | {"consent": consent}, CONTEXT)
    assert list(wrong.value.problems) == ["consent"]


@pytest.mark.parametrize(
    ("at", "believed"),
    [
        ("2026-11-24T11:00:00.123Z", True),
        ("2026-11-20T11:00:00", True),
        ("2026-11-24T13:00:00Z", False),
        ("2026-11-01T11:00:00Z", False),
        ("gisteren", False),
        ("", False),
    ],
)
def test_a_clock_that_cannot_be_right_is_not_believed(at: str, *, believed: bool) -> None:
    visit, _ = visit_of({"street": "rozenlaan", "outcome": "talked", "at": at}, CONTEXT)
    assert (visit.at is not None) == believed


def test_a_day_to_go_back_matters_only_where_one_goes_back() -> None:
    values = {"street": "rozenlaan", "again": "onzin"}
    visit, _ = visit_of(values | {"outcome": "refused"}, CONTEXT)
    assert visit.again is None
    with pytest.raises(Wrong):
        visit_of(values | {"outcome": "talked"}, CONTEXT)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"due": False, "rest_until": None, "outcome": None}, "new"),
        ({"due": True, "rest_until": None, "outcome": "nobody_home"}, "due"),
        ({"due": False, "rest_until": LAST, "outcome": None}, "rests"),
        ({"due": False, "rest_until": LAST, "outcome": "refused"}, "refused"),
        ({"due": False, "rest_until": LAST, "outcome": "candidate"}, "candidate"),
        ({"due": False, "rest_until": None, "outcome": "talked"}, "talked"),
    ],
)
def test_where_a_street_stands(row: dict[str, object], where: str) -> None:
    assert stands(row) == where
