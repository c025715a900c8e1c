"""The journeys of streets that live on: who leaves, sleep, shapes, renewal, scouting."""

from schemas.refs import round_id, street_id, street_slug
from schemas.refusals import Refusal
from schemas.renewal import CallOutcome, Choice, RenewalCall, RenewalOutcome, RoundState
from schemas.scouting import VisitOutcome
from schemas.shapes import Merge, Reshape, Split
from schemas.steps import QUEUE
from schemas.street import Shape, StreetAct
from tests.replay.journeys import CEES, keeps
from tests.replay.journeys_money import JOURNEYS
from tests.workflow.asking import answers, asks, decided
from tests.workflow.scouts import CANDIDATE, goes_out
from tests.workflow.test_street_life import decides, leaves, settled, until_fact
from tests.workflow.town import BO, COORDINATOR, Town, potje_of, second_of, staff
from workflows.renewal import RenewalWorkflow
from workflows.renewal_round import RenewalRoundWorkflow
from workflows.street import StreetWorkflow

__all__ = ["JOURNEYS"]


@keeps("street")
async def paused_and_resumed(town: Town) -> None:
    """One of two leaves, is forgotten in time, and somebody else joins."""
    await town.decree("aalsmeer", potje=potje_of(bank=100))
    order = await town.accepted("aalsmeer", second=BO)
    await settled(town, order)
    await leaves(town, order, order.gangmaker)
    await town.later(town.street(order), days=29)
    await until_fact(town, "street.released")
    newcomer = await town.sign_up(order.municipality, first=CEES)
    await town.confirm(newcomer)
    await town.signup(newcomer).result()


@keeps("street", "potje")
async def asleep_and_awake_by_mail(town: Town) -> None:
    """Nobody answers; the potje goes back; then the street wakes and gets another."""
    order = await town.accepted()
    await decides(town, order, RenewalOutcome.SILENT)
    await town.until_phase(town.street(order), "sleeping")
    await until_fact(town, "potje.withdrawn")
    await town.at_rest(town.street(order))
    act = StreetAct(by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.wake, act)
    await town.until("select count(*) = 2 from registry.potje")
    await town.street(order).execute_update(StreetWorkflow.end, act)
    await town.refused(town.street(order), StreetWorkflow.end, act, Refusal.STREET_OVER)


@keeps("street")
async def merged_and_split(town: Town) -> None:
    """Two go on together, and a part becomes a street again."""
    small = await town.accepted(street="rozenlaan")
    other = await town.accepted(street="tulpstraat", second=BO)
    by = staff(small, COORDINATOR)
    merge = Merge(into=other.street, by=by)
    await town.street(small).execute_update(StreetWorkflow.merge, merge)
    shape = Reshape(shape=Shape.BLOCK, part="rond het plein", by=by)
    await town.street(other).execute_update(StreetWorkflow.reshape, shape)
    split = Split(part="even kant", people=[second_of(other)], by=by)
    await town.street(other).execute_update(StreetWorkflow.split, split)
    slug = street_slug("Tulpstraat", "even kant")
    town.started.append(street_id("rotterdam", slug))
    await town.until("select exists (select from registry.potje where street = $1)", slug)


@keeps("renewal", "street")
async def called_and_goes_on(town: Town) -> None:
    """Two reminders, a call that reaches nobody, one that does; each goes its own way."""
    order = await town.accepted(second=BO)
    await settled(town, order)
    asked = await asks(town, order, minimum=2)
    await answers(town, asked.id, second_of(order), Choice.STOP)
    await town.relay.work()
    await town.later(asked, days=22)
    await until_fact(town, "renewal.call")
    by = staff(order, COORDINATOR)
    for outcome in (CallOutcome.NOT_REACHED, CallOutcome.CHANGE):
        await asked.execute_update(RenewalWorkflow.record_call, RenewalCall(outcome=outcome, by=by))
    await asked.result()
    await town.relay.work()
    await until_fact(town, "street.changed")


@keeps("scouting", "signup")
async def scouted(town: Town) -> None:
    """Nobody home, refused, a candidate who says yes; then a coordinator ends the round."""
    round_ = await goes_out(town, "rozenlaan", "tulpstraat", "leliehof")
    await round_.visit(VisitOutcome.NOBODY_HOME, "rozenlaan")
    await round_.visit(VisitOutcome.REFUSED, "tulpstraat")
    visit = await round_.visit(VisitOutcome.CANDIDATE, "leliehof", person=CANDIDATE)
    order = await round_.signup_of(visit)
    await round_.says(order)
    await town.signup(order).result()
    await town.later(round_.handle, days=8)
    await round_.noted("due")
    await town.later(round_.handle, days=10)
    await round_.handle.result()


@keeps("renewal")
async def round_of_a_wijk(town: Town) -> None:
    """A round that asks two streets; one answers, one sleeps."""
    orders = [await town.accepted(street=name) for name in ("rozenlaan", "tulpstraat")]
    await town.db_execute("update registry.street set since = date '2020-01-01'")
    round_name = f"{round_id('rotterdam')}-{town.suffix}"
    town.started.append(round_name)
    asking = await town.client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality="rotterdam"),
        id=round_name,
        task_queue=f"{QUEUE}-{town.suffix}",
    )
    for order in orders:
        await town.mailed(order.gangmaker, "renewal_ask")
    await until_fact(town, "renewal.asked", 2)
    found = await town.rows("select workflow_id, street from registry.renewal order by street")
    town.started.extend(row["workflow_id"] for row in found)
    by_street = {row["street"]: row["workflow_id"] for row in found}
    await answers(town, by_street[orders[0].street], orders[0].gangmaker, Choice.GO_ON)
    await town.relay.work()
    silent = town.client.get_workflow_handle(by_street[orders[1].street])
    await town.later(silent, days=43)
    await silent.result()
    await decided(town, by_street[orders[0].street])
    await asking.result()
    await until_fact(town, "round.ended")
