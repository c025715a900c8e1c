"""Intake: planned, moved, reminded of, refused and decided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory

from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.person import Person
from schemas.refusals import Refusal
from schemas.signup import SignupOrder
from tests.workflow.town import BO, COORDINATOR, Town, staff
from tests.workflow.watched import steps_of
from workflows.intake import IntakeWorkflow

CEES = Person(name="Cees Smit", email="cees@example.org")


async def _plan_in(town: Town, order: SignupOrder, **span: float) -> IntakePlan:
    now = await town.skipper.get_current_time(town.intake(order))
    place = await town.value("select ref from vault.item limit 1")
    return IntakePlan(at=now + timedelta(**span), place=place, coordinator=staff(order, COORDINATOR))


def _record(order: SignupOrder, outcome: Outcome, *agreed: UUID) -> IntakeRecord:
    return IntakeRecord(outcome=outcome, agreed=list(agreed), coordinator=staff(order, COORDINATOR))


def _appointments(history: WorkflowHistory) -> list[dict[str, Any]]:
    steps = steps_of(history)
    facts = [step.get("fact", step) for step in steps]
    return [letter["appointment"] for fact in facts for letter in fact["letters"] if letter["appointment"]]


async def test_a_moment_in_the_past_is_refused(town: Town) -> None:
    order = await town.begins()
    intake = town.intake(order)
    past = await _plan_in(town, order, seconds=-1)
    await town.refused(intake, IntakeWorkflow.plan, past, Refusal.INTAKE_IN_THE_PAST)
    assert await town.facts(order, "intake.") == []


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_an_outcome_before_a_plan_is_refused(town: Town, outcome: Outcome) -> None:
    order = await town.begins()
    record = _record(order, outcome)
    await town.refused(town.intake(order), IntakeWorkflow.record, record, Refusal.INTAKE_NOT_PLANNED)
    assert await town.facts(order, "intake.") == []


async def test_a_street_begins_only_with_enough_gangmakers_who_agree(town: Town) -> None:
    order = await town.begins("aalsmeer")
    intake, accepted = town.intake(order), _record(order, Outcome.ACCEPTED, order.gangmaker)
    await town.plan(order)
    await town.refused(intake, IntakeWorkflow.record, accepted, Refusal.TOO_FEW_GANGMAKERS)
    other = await town.sign_up("aalsmeer", first=CEES)
    await town.confirm(other)
    await town.mailed(other.gangmaker, "intake_planned")
    await town.refused(intake, IntakeWorkflow.record, accepted, Refusal.SPELREGELS_NOT_AGREED)
    both = _record(order, Outcome.ACCEPTED, order.gangmaker, other.gangmaker)
    await intake.execute_update(IntakeWorkflow.record, both)
    assert (await intake.result()).outcome is Outcome.ACCEPTED


async def test_moving_the_conversation_sends_the_same_appointment_again(town: Town) -> None:
    order = await town.begins()
    await town.plan(order, days=3)
    moved = await town.plan(order, days=6)
    assert await town.mails() == ["confirm_signup", "welcome", "intake_planned", "intake_planned"]
    appointments = _appointments(await town.intake(order).fetch_history())
    assert [each["sequence"] for each in appointments] == [1, 2]
    assert len({each["uid"] for each in appointments}) == 1
    row = (await town.rows("select status, at, place, coordinator from registry.intake"))[0]
    assert tuple(row) == ("planned", moved.at, moved.place, "rotterdam:coordinator-1")


async def test_one_reminder_a_day_before(town: Town) -> None:
    order = await town.begins()
    await town.plan(order, days=3)
    intake = town.intake(order)
    await town.later(intake, days=2, minutes=-1)
    assert "intake_reminder" not in await town.mails()
    await town.later(intake, minutes=2)
    assert (await town.mails()).count("intake_reminder") == 1
    await town.later(intake, days=10)
    assert (await town.mails()).count("intake_reminder") == 1


async def test_after_moving_only_the_new_moment_is_reminded_of(town: Town) -> None:
    order = await town.begins()
    await town.plan(order, days=3)
    await town.plan(order, days=6)
    intake = town.intake(order)
    await town.later(intake, days=4, hours=23)
    assert "intake_reminder" not in await town.mails()
    await town.later(intake, hours=2)
    assert (await town.mails()).count("intake_reminder") == 1
    await town.plan(order, days=4)
    await town.later(intake, days=3, hours=1)
    assert (await town.mails()).count("intake_reminder") == 2


async def test_tomorrow_needs_no_reminder(town: Town) -> None:
    order = await town.begins()
    await town.plan(order, hours=20)
    await town.later(town.intake(order), days=2)
    assert "intake_reminder" not in await town.mails()


async def test_a_waiting_intake_is_accepted_when_a_second_joins(town: Town) -> None:
    order = await town.begins("den-haag")
    intake = town.intake(order)
    await town.plan(order)
    await town.record(order, Outcome.WAITING)
    assert (await intake.describe()).status is WorkflowExecutionStatus.RUNNING
    assert await town.phase(intake) == "intake_waiting"
    assert (await town.mails())[-1] == "street_waiting"
    await town.refused(
        intake, IntakeWorkflow.record, _record(order, Outcome.ACCEPTED), Refusal.TOO_FEW_GANGMAKERS
    )
    other = await town.sign_up("den-haag", first=CEES)
    await town.confirm(other)
    await town.signup(other).result()
    await town.record(order)
    assert (await intake.result()).outcome is Outcome.ACCEPTED
    for person in (order.gangmaker, other.gangmaker):
        await town.mailed(person, "street_accepted")
    assert await town.value("select phase from registry.street") == "active"


@pytest.mark.parametrize("outcome", [Outcome.REFERRED, Outcome.DECLINED])
async def test_another_end_is_told_and_later_forgotten(town: Town, outcome: Outcome) -> None:
    order = await town.begins("den-haag", second=BO)
    plan = await town.plan(order)
    await town.record(order, outcome)
    assert (await town.intake(order).result()).outcome is outcome
    people = [order.gangmaker, order.second]
    for person in people:
        assert person
        await town.mailed(person, f"street_{outcome}")
        assert not await town.erased(person)
    assert await town.erased(plan.place)
    street = town.street(order)
    await town.until_phase(street, "ended")
    await town.later(street, days=28, minutes=1)
    await town.until("select exists (select from registry.fact where name = 'street.forgotten')")
    for person in people:
        assert person
        assert await town.erased(person)
    assert await town.value("select count(*) from registry.potje") == 0


async def test_a_second_gangmaker_is_invited_to_the_conversation_that_is_planned(town: Town) -> None:
    order = await town.begins("aalsmeer")
    await town.plan(order)
    other = await town.sign_up("aalsmeer", first=CEES)
    await town.confirm(other)
    await town.mailed(other.gangmaker, "intake_planned")
    await town.later(town.intake(order), days=2, minutes=1)
    for person in (order.gangmaker, other.gangmaker):
        assert (await town.mails(person)).count("intake_planned") == 1
        assert (await town.mails(person)).count("intake_reminder") == 1
