"""A workflow that Temporal lost begins anew from the registry, where it was, and no money moves for it."""

import asyncio
from unittest.mock import AsyncMock, patch

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.service import RPCError

from activities.facts import write
from schemas.intake import IntakeRecord, Outcome
from schemas.potje import ApprovalChunk, PotjeStatus
from schemas.refs import round_id, signup_id, street_id
from schemas.renewal import Choice, RenewalOutcome, RoundState
from schemas.renewal_facts import asked_fact
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import reconciling
from store.approvals import approve_chunk
from tests.workflow.asking import Question, answers, asks, begins, order_of
from tests.workflow.town import BO, TREASURER, Town, potje_of, second_of, staff, terminate
from workers.reconciling.begin import Beginner
from workers.reconciling.mend import Reconciler
from workers.reconciling.recorded import recorded
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow
from workflows.renewal_round import RenewalRoundWorkflow

WAITING, RESERVED = "potje_waiting_for_budget", "potje_to_approve"
NO_OTHER = 2041
"""A year that no other round on this server asks about."""


async def _anew(town: Town, order: SignupOrder) -> None:
    """Lose the potje, and begin it as a repair does."""
    lost = town.potje(order)
    before = await town.facts(order, "potje."), await town.value("select count(*) from ledger.transfer")
    await terminate(lost)
    async with town.db.connection() as conn:
        (row,) = await reconciling.open_potjes(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).potje(row)
    await town.at_rest(town.potje(order))
    assert (
        await town.facts(order, "potje."),
        await town.value("select count(*) from ledger.transfer"),
    ) == before


async def test_a_potje_that_was_short_twice_goes_on_with_its_third_try(town: Town) -> None:
    await town.grant(0)
    order = await town.accepted(street="acacia")
    assert await town.phase(town.potje(order)) == WAITING
    await town.grant(100)
    await town.at_rest(town.potje(order))
    await town.grant(150)
    await town.until_phase(town.potje(order), RESERVED)
    assert await town.value("select attempt from registry.potje where street = $1", order.street) > 1
    await _anew(town, order)
    assert await town.phase(town.potje(order)) == RESERVED
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    assert (await town.settles(order)).status is PotjeStatus.PAID


async def test_a_potje_that_waits_for_money_waits_on(town: Town) -> None:
    await town.grant(0)
    order = await town.accepted(street="berken")
    await town.grant(100)
    await town.at_rest(town.potje(order))
    await _anew(town, order)
    assert await town.phase(town.potje(order)) == WAITING
    await town.grant(150)
    await town.until_phase(town.potje(order), RESERVED)


async def _approved_with_others(town: Town, order: SignupOrder) -> None:
    chunk = ApprovalChunk(
        workflow_id=f"approvals-{town.suffix}",
        number=1,
        municipality=order.municipality,
        year=town.year,
        by=staff(order, TREASURER),
        potjes=[town.potje(order).id],
    )
    async with town.db.transaction() as conn:
        await approve_chunk(conn, chunk)
    await town.relay.work()


@pytest.mark.parametrize("together", [True, False])
async def test_a_potje_that_was_approved_and_paid_in_part_goes_on(town: Town, *, together: bool) -> None:
    """Its letters went, and go once; the hand-over under way is the one that is confirmed."""
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted(street="iepen")
    if together:
        await _approved_with_others(town, order)
    else:
        await town.act(order, PotjeWorkflow.approve)
    await town.mailed(order.gangmaker, "potje_approved")
    await _anew(town, order)
    await town.until_phase(town.potje(order), "potje_approved")
    await town.pays(order)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.act(order, PotjeWorkflow.undo_hand_over)
    await town.act(order, PotjeWorkflow.hand_over)
    mails = await town.mails()
    await _anew(town, order)
    await town.until_phase(town.potje(order), "potje_handed_over")
    assert "**Nog open:** cadeaubon" in await town.details(town.potje(order))
    await town.act(order, PotjeWorkflow.confirm_by_code)
    assert (await town.settles(order)).cents == 125_00
    assert await town.mails() == [*mails, "potje_paid"]
    assert await town.value("select approver from registry.potje") == staff(order, TREASURER)


async def test_a_potje_that_begins_anew_asks_again_for_a_receipt(town: Town) -> None:
    """Each run counts its moves from nothing; what one of them asked is no reason to mail nobody now."""
    order = await town.accepted("den-haag", second=BO, street="hulst")
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.act(order, PotjeWorkflow.hand_over)
    for asked in (2, 3):
        assert (await town.mails(order.gangmaker)).count("potje_handed") == asked
        await _anew(town, order)
        await town.until_phase(town.potje(order), "potje_handed_over")
        await town.act(order, PotjeWorkflow.hand_over)
    assert (await town.mails(order.gangmaker)).count("potje_handed") == 4


async def test_a_street_that_begins_anew_follows_the_intake_that_still_runs(town: Town) -> None:
    order = await town.begins(street="dennen")
    await terminate(town.street(order))
    async with town.db.connection() as conn:
        (row,) = await reconciling.streets(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).street(row)
    await town.at_rest(town.street(order))
    await town.plan(order)
    await town.record(order)
    await town.until_phase(town.potje(order), RESERVED)
    assert await town.value("select phase from registry.street") == "active"


async def test_an_intake_that_ends_while_its_street_is_missing_waits_for_it(town: Town) -> None:
    """It is held once: the street that begins anew hears what it came to."""
    order = await town.begins(street="gagel")
    await town.plan(order)
    await terminate(town.street(order))
    recording = asyncio.create_task(town.record(order))
    await town.until("select exists (select from registry.fact where name = 'intake.recorded')")
    await asyncio.wait([recording], timeout=1)
    assert not recording.done()
    async with town.db.connection() as conn:
        (row,) = await reconciling.streets(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).street(row)
    await recording
    await town.until_phase(town.potje(order), RESERVED)
    assert await town.value("select count(*) from registry.intake") == 1


async def test_an_intake_that_has_ended_is_not_held_again_and_its_street_hears_of_it(town: Town) -> None:
    """Both are lost after its outcome was written; who recorded that proposes the potje, not who planned."""
    order = await town.begins(street="heide")
    await town.plan(order)
    await terminate(town.street(order))
    other = staff(order, "coordinator-2")
    record = IntakeRecord(outcome=Outcome.ACCEPTED, agreed=[order.gangmaker], coordinator=other)
    recording = asyncio.create_task(town.intake(order).execute_update(IntakeWorkflow.record, record))
    await town.until("select exists (select from registry.fact where name = 'intake.recorded')")
    await terminate(town.intake(order))
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        await recording
    async with town.db.connection() as conn:
        (row,) = await reconciling.streets(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).street(row)
    assert (await town.intake(order).describe()).status is WorkflowExecutionStatus.TERMINATED
    await town.until_phase(town.potje(order), RESERVED)
    assert await town.value("select proposer from registry.potje") == other
    assert (await town.mails(order.gangmaker)).count("street_accepted") == 1


async def test_a_question_begins_anew_with_its_days_and_hears_again_what_was_answered(town: Town) -> None:
    """The link of one who did not answer still works, and nobody is mailed twice."""
    order = await town.accepted(second=BO, street="eiken")
    asked = await asks(town, order, minimum=2)
    assert await answers(town, asked.id, order.gangmaker, Choice.STOP)
    await town.relay.work()
    await town.later(asked, days=7, minutes=1)
    await town.mailed(second_of(order), "renewal_reminder")
    await town.at_rest(asked)
    before = await town.mails(second_of(order))
    (known,) = [each for each in await recorded(town.client) if each.workflow_id == asked.id]
    assert [done.fact.key for done in known.steps if done.fact] == [
        f"{asked.id}/asked",
        f"{asked.id}/reminded-1",
    ]
    anew = await _asked_anew(town, asked)
    async with town.db.transaction() as conn:
        await reconciling.relay_again(conn, [asked.id])
    await town.relay.work()
    await town.later(anew, days=7, minutes=1)
    assert await answers(town, asked.id, second_of(order), Choice.GO_ON)
    await town.relay.work()
    assert await anew.result() is RenewalOutcome.GO_ON
    assert await town.mails(second_of(order)) == before


async def _asked_anew(town: Town, asked: Question) -> Question:
    """Lose the question, and begin it as a repair does."""
    await terminate(asked)
    async with town.db.connection() as conn:
        (row,) = await reconciling.open_renewals(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).question(row)
    return town.client.get_workflow_handle_for(RenewalWorkflow.run, asked.id)


async def test_a_question_that_begins_anew_still_counts_for_its_round(town: Town) -> None:
    """Else the round would stay open for ever, and that of the next year would not begin."""
    order = await town.accepted(street="fresia")
    asked = order_of(town, order).model_copy(update={"year": NO_OTHER})
    async with town.db.transaction() as conn:
        assert await write(conn, town.tools, asked_fact(asked))
    asking = await town.client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality=order.municipality, year=NO_OTHER),
        id=f"{round_id(order.municipality)}-{town.suffix}",
        task_queue=f"nobody-{town.suffix}",
    )
    async with asyncio.timeout(60):
        while not [run async for run in town.client.list_workflows(f"WorkflowId = '{asking.id}'")]:
            await asyncio.sleep(0.05)
    question = await _asked_anew(town, await begins(town, asked))
    assert await (await question.describe()).memo_value("round", None) == asking.id, "the one that runs"
    await asking.terminate("the test is over")
    question = await _asked_anew(town, question)
    assert await (await question.describe()).memo_value("round", None) == asking.id, "its own"
    assert await answers(town, question.id, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    assert await question.result() is RenewalOutcome.GO_ON
    told = "select payload ->> 'workflow_id' from post.submission where kind = 'round_decided'"
    assert await town.value(told) == asking.id


async def test_who_goes_on_while_it_is_looked_at_is_not_apart(town: Town) -> None:
    """Histories of many streets take minutes to read; the database is read after them."""
    await town.grant(1000)
    here = await town.accepted(street="goudsbloem")
    await town.until_phase(town.potje(here), RESERVED)
    read = await recorded(town.client)
    await town.act(here, PotjeWorkflow.approve)
    later = await town.accepted(street="hyacint")
    await town.until_phase(town.potje(later), RESERVED)
    await town.at_rest(town.potje(here))
    ours = {
        *(street_id(each.municipality, each.street) for each in (here, later)),
        *(town.potje(each).id for each in (here, later)),
        signup_id(later.submission),
    }

    async def told() -> set[str]:
        with patch("workers.reconciling.mend.recorded", AsyncMock(return_value=read)):
            found = await Reconciler(town.tools, town.client).look()
        return {each.subject for each in found} & ours

    assert await told() == set()
    await terminate(town.potje(later))
    assert await told() == {town.potje(later).id}, "one that is really gone"
