"""A workflow that Temporal lost begins anew from the registry, where it was, and no money moves for it."""

from unittest.mock import patch

from schemas.potje import PotjeStatus
from schemas.renewal import Choice, RenewalOutcome
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import reconciling
from tests.workflow.asking import Question, answers, asks
from tests.workflow.town import BO, Town, second_of, terminate
from workers.reconciling.begin import Beginner
from workers.reconciling.recorded import recorded
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow

WAITING, RESERVED = "potje_waiting_for_budget", "potje_to_approve"


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
    await terminate(asked)
    async with town.db.connection() as conn:
        (row,) = await reconciling.open_renewals(conn)
    with patch("workers.reconciling.begin.QUEUE", f"{QUEUE}-{town.suffix}"):
        await Beginner(town.tools, town.client).question(row)
    async with town.db.transaction() as conn:
        await reconciling.relay_again(conn, [asked.id])
    anew: Question = town.client.get_workflow_handle_for(RenewalWorkflow.run, asked.id)
    await town.relay.work()
    await town.later(anew, days=7, minutes=1)
    assert await answers(town, asked.id, second_of(order), Choice.GO_ON)
    await town.relay.work()
    assert await anew.result() is RenewalOutcome.GO_ON
    assert await town.mails(second_of(order)) == before
