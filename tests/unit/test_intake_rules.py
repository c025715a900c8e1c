"""Intake: what the desk may plan and record, and the sentence it gets otherwise."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.intake import (
    IntakePlan,
    IntakeRecord,
    IntakeStatus,
    Moment,
    Offer,
    Outcome,
    missed_refusal,
    offer_refusal,
    plan_refusal,
    record_refusal,
)
from schemas.refusals import SENTENCES, Refusal

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STAFF = "rotterdam:coordinator-1"


def _plan(at: datetime) -> IntakePlan:
    return IntakePlan(at=at, place=UUID(int=1), coordinator=STAFF)


def _refusal(
    outcome: Outcome,
    *,
    agreed: bool = True,
    planned: bool = True,
    closed: bool = False,
    gangmakers: int = 2,
    minimum: int = 2,
) -> Refusal | None:
    people = [UUID(int=number) for number in range(1, gangmakers + 1)]
    record = IntakeRecord(outcome=outcome, agreed=people if agreed else people[:-1], coordinator=STAFF)
    return record_refusal(record, planned=planned, closed=closed, gangmakers=people, minimum=minimum)


@pytest.mark.parametrize(
    ("ahead", "refusal"),
    [
        (timedelta(seconds=1), None),
        (timedelta(0), Refusal.INTAKE_IN_THE_PAST),
        (timedelta(days=-1), Refusal.INTAKE_IN_THE_PAST),
    ],
)
def test_a_conversation_is_still_to_come(ahead: timedelta, refusal: Refusal | None) -> None:
    assert plan_refusal(_plan(NOW + ahead), NOW, closed=False) is refusal


def test_a_closed_intake_takes_no_plan() -> None:
    assert plan_refusal(_plan(NOW + timedelta(days=1)), NOW, closed=True) is Refusal.INTAKE_CLOSED


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_closed_intake_takes_no_outcome(outcome: Outcome) -> None:
    assert _refusal(outcome, closed=True, planned=False) is Refusal.INTAKE_CLOSED


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_outcome_without_a_conversation(outcome: Outcome) -> None:
    assert _refusal(outcome, planned=False) is Refusal.INTAKE_NOT_PLANNED


@pytest.mark.parametrize(
    ("gangmakers", "minimum", "agreed", "refusal"),
    [
        (2, 2, True, None),
        (1, 1, True, None),
        (3, 2, True, None),
        (1, 2, True, Refusal.TOO_FEW_GANGMAKERS),
        (1, 2, False, Refusal.TOO_FEW_GANGMAKERS),
        (2, 2, False, Refusal.SPELREGELS_NOT_AGREED),
    ],
)
def test_what_it_takes_to_begin(
    gangmakers: int, minimum: int, *, agreed: bool, refusal: Refusal | None
) -> None:
    found = _refusal(Outcome.ACCEPTED, agreed=agreed, gangmakers=gangmakers, minimum=minimum)
    assert found is refusal


@pytest.mark.parametrize("outcome", [Outcome.WAITING, Outcome.REFERRED, Outcome.DECLINED])
def test_any_other_outcome_takes_neither_people_nor_spelregels(outcome: Outcome) -> None:
    assert _refusal(outcome, agreed=False, gangmakers=1, minimum=2) is None


def test_every_outcome_is_a_status() -> None:
    assert {IntakeStatus(outcome) for outcome in Outcome} == set(IntakeStatus) - {
        IntakeStatus.OPEN,
        IntakeStatus.PROPOSED,
        IntakeStatus.PLANNED,
    }


def test_every_refusal_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def _offer(*hours: int, twice: bool = False) -> Offer:
    moments = [
        Moment(slot=UUID(int=1 if twice else number), at=NOW + timedelta(hours=span))
        for number, span in enumerate(hours)
    ]
    return Offer(moments=moments, coordinator=STAFF)


@pytest.mark.parametrize(
    ("offer", "refusal"),
    [
        (_offer(1, 2), None),
        (_offer(1, 2, 3, 4), None),
        (_offer(), Refusal.FEW_MOMENTS),
        (_offer(1), Refusal.FEW_MOMENTS),
        (_offer(1, 2, 3, 4, 5), Refusal.FEW_MOMENTS),
        (_offer(1, 2, -1), Refusal.FEW_MOMENTS),
        (_offer(1, 2, 0), Refusal.FEW_MOMENTS),
        (_offer(1, 2, twice=True), Refusal.FEW_MOMENTS),
    ],
)
def test_a_choice_is_two_to_four_moments_to_come(offer: Offer, refusal: Refusal | None) -> None:
    assert offer_refusal(offer, NOW, closed=False) is refusal
    assert offer_refusal(offer, NOW, closed=True) is Refusal.INTAKE_CLOSED


@pytest.mark.parametrize(
    ("status", "ahead", "refusal"),
    [
        (IntakeStatus.PLANNED, -1, None),
        (IntakeStatus.PLANNED, 0, None),
        (IntakeStatus.PLANNED, 1, Refusal.INTAKE_NOT_YET),
        (IntakeStatus.WAITING, -1, Refusal.INTAKE_NOT_PLANNED),
        (IntakeStatus.OPEN, None, Refusal.INTAKE_NOT_PLANNED),
    ],
)
def test_nobody_missed_what_has_yet_to_come(
    status: IntakeStatus, ahead: int | None, refusal: Refusal | None
) -> None:
    plan = None if ahead is None else _plan(NOW + timedelta(seconds=ahead))
    assert missed_refusal(plan, status, NOW) is refusal
