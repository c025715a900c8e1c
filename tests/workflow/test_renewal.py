"""The yearly question to one street: every way it can go."""

import pytest

from activities.facts import write
from schemas.person import Story
from schemas.refusals import Refusal
from schemas.renewal import CallOutcome, Choice, RenewalCall, RenewalOutcome
from schemas.renewal_facts import asked_fact
from schemas.signup import SignupOrder
from tests.workflow.asking import answers, asks, begins, decided, order_of
from tests.workflow.test_street_life import row, until_fact
from tests.workflow.town import BO, COORDINATOR, Town, second_of, staff
from workflows.renewal import RenewalWorkflow


async def standing(town: Town, order: SignupOrder) -> tuple[str, str | None, int]:
    found = await town.rows(
        "select status, outcome, answered from registry.renewal where street = $1", order.street
    )
    return tuple(found[0])


async def test_everybody_goes_on(town: Town) -> None:
    order = await town.accepted(second=BO)
    asked = await asks(town, order)
    for person in (order.gangmaker, second_of(order)):
        assert await answers(town, asked.id, person, Choice.GO_ON)
    await town.relay.work()
    assert await asked.result() is RenewalOutcome.GO_ON
    assert await standing(town, order) == ("decided", "go_on", 2)
    assert (await row(town, order))["phase"] == "active"
    await town.relay.work()
    await until_fact(town, "street.renewed")
    assert (await row(town, order))["phase"] == "active"
    assert "gaat verder" in await town.details(asked)


async def test_answering_twice_changes_nothing(town: Town) -> None:
    order = await town.accepted(second=BO)
    asked = await asks(town, order)
    assert await answers(town, asked.id, order.gangmaker, Choice.STOP)
    assert not await answers(town, asked.id, order.gangmaker, Choice.GO_ON)
    assert await answers(town, asked.id, second_of(order), Choice.STOP)
    await town.relay.work()
    assert await asked.result() is RenewalOutcome.STOP
    await town.relay.work()
    await town.until_phase(town.street(order), "ended")


async def test_one_goes_on_after_the_first_reminder(town: Town) -> None:
    """Who is still silent stays a gangmaker; only who said stop leaves."""
    order = await town.accepted(second=BO)
    other = second_of(order)
    asked = await asks(town, order)
    await answers(town, asked.id, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    await town.later(asked, days=7, minutes=1)
    await town.mailed(other, "renewal_reminder")
    assert await asked.result() is RenewalOutcome.GO_ON
    assert "renewal_reminder" not in await town.mails(order.gangmaker)
    await town.relay.work()
    await until_fact(town, "street.renewed")
    assert (await row(town, order))["gangmakers"] == [order.gangmaker, other]


async def test_who_stops_leaves_and_what_was_written_is_kept_a_while(town: Town) -> None:
    order = await town.accepted(second=BO)
    other = second_of(order)
    asked = await asks(town, order)
    async with town.db.transaction() as conn:
        words = await town.vault.put(conn, order.municipality, Story(text="Graag een andere buur erbij."))
    await answers(town, asked.id, order.gangmaker, Choice.CHANGE, words)
    await answers(town, asked.id, other, Choice.STOP)
    await town.relay.work()
    await decided(town, asked.id)
    await until_fact(town, "street.changed")
    assert await town.value("select words from registry.renewal") == [words]
    assert (await row(town, order))["gangmakers"] == [order.gangmaker]
    await town.mailed(other, "gangmaker_left")
    await town.later(asked, days=89)
    assert not await town.erased(words)
    await town.later(asked, days=2)
    assert await asked.result() is RenewalOutcome.CHANGE
    assert await town.erased(words)
    assert await town.value("select words from registry.renewal") == []


async def test_silence_leads_to_reminders_a_call_and_sleep(town: Town) -> None:
    order = await town.accepted()
    asked = await asks(town, order)
    await town.later(asked, days=15)
    await town.mailed(order.gangmaker, "renewal_reminder", 2)
    assert (await standing(town, order))[0] == "asked"
    await town.later(asked, days=6, minutes=1)
    await until_fact(town, "renewal.call")
    assert (await standing(town, order))[0] == "to_call"
    call = RenewalCall(outcome=CallOutcome.NOT_REACHED, by=staff(order, COORDINATOR))
    await asked.execute_update(RenewalWorkflow.record_call, call)
    assert await town.phase(asked) == "renewal_to_call"
    await town.later(asked, days=21)
    assert await asked.result() is RenewalOutcome.SILENT
    await town.relay.work()
    await town.until_phase(town.street(order), "sleeping")
    assert not await answers(town, asked.id, order.gangmaker, Choice.GO_ON), "it is too late"


@pytest.mark.parametrize(
    ("heard", "phase"),
    [(CallOutcome.GO_ON, "active"), (CallOutcome.CHANGE, "active"), (CallOutcome.STOP, "ended")],
)
async def test_what_was_heard_on_the_telephone_decides(town: Town, heard: CallOutcome, phase: str) -> None:
    order = await town.accepted()
    asked = await asks(town, order)
    call = RenewalCall(outcome=heard, by=staff(order, COORDINATOR))
    await asked.execute_update(RenewalWorkflow.record_call, call)
    assert await asked.result() == heard.value
    await town.relay.work()
    await town.until("select exists (select from registry.street where phase = $1)", phase)
    assert await town.value("select actor from registry.fact where name = 'renewal.decided'") == call.by


async def test_a_call_after_the_decision_is_refused(town: Town) -> None:
    order = await town.accepted()
    asked = await asks(town, order)
    async with town.db.transaction() as conn:
        words = await town.vault.put(conn, order.municipality, Story(text="Fijn jaar gehad."))
    await answers(town, asked.id, order.gangmaker, Choice.GO_ON, words)
    await town.relay.work()
    await decided(town, asked.id)
    await until_fact(town, "street.renewed")
    await town.at_rest(asked)
    call = RenewalCall(outcome=CallOutcome.STOP, by=staff(order, COORDINATOR))
    await town.refused(asked, RenewalWorkflow.record_call, call, Refusal.RENEWAL_DECIDED)


async def test_an_answer_at_the_last_moment_counts(town: Town) -> None:
    """It was receipted, so it is waited for, although the question is over; nothing is decided before."""
    order = await town.accepted(second=BO)
    asked = await asks(town, order)
    assert await answers(town, asked.id, order.gangmaker, Choice.GO_ON)
    await town.later(asked, days=42, minutes=1)
    await town.at_rest(asked)
    assert await standing(town, order) == ("to_call", None, 0)
    assert (
        await town.value("select count(*) from post.link where voided_at is not null and purpose = 'renewal'")
        == 0
    )
    call = RenewalCall(outcome=CallOutcome.NOT_REACHED, by=staff(order, COORDINATOR))
    await asked.execute_update(RenewalWorkflow.record_call, call)
    await town.relay.work()
    assert await asked.result() is RenewalOutcome.GO_ON
    assert await standing(town, order) == ("decided", "go_on", 1)
    assert not await answers(town, asked.id, second_of(order), Choice.STOP), "it is too late"


async def test_an_answer_that_comes_before_its_workflow_waits_for_it(town: Town) -> None:
    """A page of streets is written, and mailed, a moment before their workflows begin."""
    order = await town.accepted()
    asked = order_of(town, order)
    async with town.db.transaction() as conn:
        assert await write(conn, town.tools, asked_fact(asked))
    assert await answers(town, asked.workflow_id, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    waiting = await town.rows(
        "select relayed_at, refused, attempts from post.submission where kind = 'renewal'"
    )
    assert [tuple(row) for row in waiting] == [(None, None, 1)]
    handle = await begins(town, asked)
    await town.db_execute("update post.submission set next_at = now()")
    await town.relay.work()
    assert await handle.result() is RenewalOutcome.GO_ON
