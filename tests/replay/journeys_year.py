"""The journey by which a street's year is weighed; importing this adds it to the others."""

from datetime import timedelta
from uuid import uuid4

from schemas.calendar import start_of
from schemas.payment import BatchAct
from schemas.refs import renewal_id, round_id
from schemas.renewal import Choice, RoundState
from schemas.steps import QUEUE
from store import inbox
from tests.bench.budget import STREETS
from tests.replay.journeys import keeps
from tests.replay.journeys_concerns import JOURNEYS
from tests.store.payout_rows import SECOND
from tests.store.payout_rows import order as batch_of
from tests.workflow.asking import answers, decided
from tests.workflow.bank import has_account
from tests.workflow.batches import begin, handle
from tests.workflow.test_renewal_round import CITY, begins, round_of
from tests.workflow.test_street_life import until_fact
from tests.workflow.town import Town
from workflows.payout import PayoutWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal_round import RenewalRoundWorkflow

__all__ = ["JOURNEYS"]


@keeps("signup", "street", "intake", "potje", "payout", "renewal")
async def a_whole_year(town: Town) -> None:
    """Nothing special: sign-up, intake, potje by bank, the turn of the year, and a yes to go on."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await has_account(town, order)
    asked = batch_of(year=town.year)
    await begin(town, asked)
    payout = handle(town, asked)
    await payout.execute_update(PayoutWorkflow.release, BatchAct(by=SECOND))
    payment = await town.value("select id from money.payment where batch = $1", asked.batch)
    await town.bank_says(payment)
    async with town.db.transaction() as conn:
        news = inbox.Submission(uuid4(), "batch", order.municipality, {"workflow_id": payout.id})
        await inbox.receive(conn, news)
    await town.relay.work()
    await payout.result()
    await town.settles(order)
    street = town.street(order)
    await town.at_rest(street)
    turn = await town.value("select next_date from registry.street")
    await town.later_until(street, start_of(turn) + timedelta(minutes=1))
    await until_fact(town, "street.year")
    await town.db_execute("update registry.street set since = date '2020-01-01'")
    round_name = f"{round_id('rotterdam')}-{town.suffix}"
    town.started.append(round_name)
    state = RoundState(municipality="rotterdam")
    queue = f"{QUEUE}-{town.suffix}"
    asking = await town.client.start_workflow(
        RenewalRoundWorkflow.run, state, id=round_name, task_queue=queue
    )
    await town.mailed(order.gangmaker, "renewal_ask")
    await until_fact(town, "renewal.asked", 1)
    renewal = await town.value("select workflow_id from registry.renewal")
    town.started.append(renewal)
    await town.until_there(renewal)
    await town.at_rest(town.client.get_workflow_handle(renewal))
    await answers(town, renewal, order.gangmaker, Choice.GO_ON)
    await town.relay.work()
    await decided(town, renewal)
    await asking.result()
    await until_fact(town, "street.renewed")
    await town.until("select count(*) = 2 from registry.potje")


@keeps("renewal-round")
async def of_a_city(town: Town) -> None:
    """A page of streets; each answers on a moment of its own, so that the round hears of it by itself."""
    people = dict([await begins(town, number) for number in range(STREETS)])
    await town.until("select count(*) = $1 from registry.street", STREETS)
    asking = await round_of(town)
    town.started.append(asking.id)
    for slug, person in sorted(people.items()):
        workflow_id = renewal_id(CITY, slug, town.year)
        town.started.append(workflow_id)
        await town.until_there(workflow_id)
        await town.at_rest(town.client.get_workflow_handle(workflow_id))
        await answers(town, workflow_id, person, Choice.GO_ON)
        await decided(town, workflow_id)
        await town.at_rest(asking)
    await asking.result()
