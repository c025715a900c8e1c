"""The life of a street after its intake: who leaves, what pauses, sleep, waking, stopping."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from schemas.calendar import AMSTERDAM, dutch_date, start_of
from schemas.facts import LinkPurpose
from schemas.payment import PaymentOutcome
from schemas.person import Person
from schemas.refs import ENGINE, potje_id
from schemas.refusals import Refusal
from schemas.renewal import RenewalDecision, RenewalOutcome
from schemas.signup import HANDOVER, SignupOrder
from schemas.street import Leave, StreetAct
from store import inbox
from store.inbox import Submission
from tests.workflow.bank import has_account, put_in_batch
from tests.workflow.test_street import CEES
from tests.workflow.town import BO, COORDINATOR, Town, second_of, staff
from workflows.potje import PotjeWorkflow
from workflows.street import StreetWorkflow

DI = Person(name="Di Jansen", email="di@example.org")


async def two_of_them(town: Town) -> SignupOrder:
    """An active street of a municipality that asks for two gangmakers."""
    return await town.accepted("aalsmeer", second=BO)


async def row(town: Town, order: SignupOrder) -> dict[str, object]:
    found = await town.rows("select * from registry.street where slug = $1", order.street)
    return dict(found[0])


async def leaves(town: Town, order: SignupOrder, person: UUID) -> None:
    leave = Leave(person=person, by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.leave, leave)


async def decides(
    town: Town, order: SignupOrder, outcome: RenewalOutcome, leaving: Sequence[UUID] = (), year: int = 0
) -> None:
    """What the renewal of a street reports."""
    decision = RenewalDecision(year=year or town.year, outcome=outcome, leaving=list(leaving))
    await town.street(order).signal(StreetWorkflow.renewal_decided, decision)


async def until_fact(town: Town, name: str, times: int = 1) -> None:
    await town.until("select count(*) >= $2 from registry.fact where name = $1", name, times)


async def settled(town: Town, order: SignupOrder) -> None:
    """Nothing left of this year's potje."""
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    await town.settles(order)


async def test_who_leaves_is_thanked_and_forgotten_in_time(town: Town) -> None:
    order = await town.accepted(second=BO)
    other = second_of(order)
    await settled(town, order)
    account = await has_account(town, order)
    await leaves(town, order, order.gangmaker)
    assert (await row(town, order))["gangmakers"] == [other]
    assert "gangmaker_left" in await town.mails(order.gangmaker)
    assert "street_paused" not in await town.mails(other), "Rotterdam asks for one"
    assert await town.erased(account), "nobody is paid on the account of who left"
    assert not await town.erased(order.gangmaker)
    await town.later(town.street(order), days=28, minutes=1)
    await until_fact(town, "street.released")
    assert await town.erased(order.gangmaker)
    assert not await town.erased(other)


async def test_leaving_twice_is_refused(town: Town) -> None:
    order = await town.accepted(second=BO)
    await leaves(town, order, order.gangmaker)
    leave = Leave(person=order.gangmaker, by=staff(order, COORDINATOR))
    await town.refused(town.street(order), StreetWorkflow.leave, leave, Refusal.NOT_A_GANGMAKER)


async def test_the_last_one_of_an_intake_cannot_leave(town: Town) -> None:
    order = await town.begins()
    leave = Leave(person=order.gangmaker, by=staff(order, COORDINATOR))
    await town.refused(town.street(order), StreetWorkflow.leave, leave, Refusal.LAST_OF_INTAKE)


async def test_who_leaves_during_the_intake_gets_no_invitation(town: Town) -> None:
    order = await town.begins("aalsmeer", second=BO)
    await town.until("select cardinality(gangmakers) = 2 from registry.street")
    await leaves(town, order, second_of(order))
    await town.plan(order)
    await town.mailed(order.gangmaker, "intake_planned")
    assert "intake_planned" not in await town.mails(second_of(order))


async def test_too_few_gangmakers_pause_the_potje_until_somebody_joins(town: Town) -> None:
    order = await two_of_them(town)
    other = second_of(order)
    await leaves(town, order, order.gangmaker)
    assert (await row(town, order))["paused"] is True
    await town.mailed(other, "street_paused")
    assert "gepauzeerd" in await town.details(town.street(order))
    act = StreetAct(by=staff(order, "treasurer-1"))
    await town.refused_late(town.potje(order), PotjeWorkflow.approve, act, Refusal.STREET_PAUSED)
    newcomer = await town.sign_up(order.municipality, first=CEES)
    await town.confirm(newcomer)
    await town.signup(newcomer).result()
    assert (await row(town, order))["paused"] is False
    await town.mailed(other, "street_resumed")
    await town.act(order, PotjeWorkflow.approve)


async def test_a_street_that_nobody_carries_sleeps(town: Town) -> None:
    order = await town.accepted()
    await leaves(town, order, order.gangmaker)
    after = await row(town, order)
    assert (after["phase"], after["gangmakers"]) == ("sleeping", [])
    assert await town.value("select status from registry.potje") == "withdrawn"
    await town.until_phase(town.street(order), "sleeping")
    newcomer = await town.sign_up(first=CEES)
    await town.confirm(newcomer)
    await town.signup(newcomer).result()
    assert (await row(town, order))["phase"] == "intake"


async def test_the_stick_goes_over_only_after_a_yes(town: Town) -> None:
    order = await town.accepted()
    policy = await town.policy()
    newcomer = SignupOrder(
        submission=uuid4(),
        municipality=order.municipality,
        street=order.street,
        street_name=order.street_name,
        wijk=order.wijk,
        gangmaker=await town.keep(DI),
        reminders=list(policy.signup.reminders),
        expires_after=policy.signup.expires_after,
        source=HANDOVER,
        replaces=order.gangmaker,
    )
    async with town.db.transaction() as conn:
        payload = newcomer.model_dump(mode="json")
        await inbox.receive(conn, Submission(newcomer.submission, "signup", order.municipality, payload))
    await town.relay.work()
    await town.mailed(newcomer.gangmaker, "confirm_handover")
    assert (await row(town, order))["gangmakers"] == [order.gangmaker]
    await town.confirm(newcomer)
    await town.signup(newcomer).result()
    after = await row(town, order)
    assert (after["gangmakers"], after["phase"], after["paused"]) == ([newcomer.gangmaker], "active", False)
    assert "gangmaker_left" in await town.mails(order.gangmaker)


async def test_a_renewed_street_gets_one_potje_a_budget_year(town: Town) -> None:
    order = await town.accepted()
    await settled(town, order)
    await decides(town, order, RenewalOutcome.GO_ON)
    await until_fact(town, "street.renewed")
    await town.mailed(order.gangmaker, "renewal_go_on")
    assert await town.value("select count(*) from registry.potje") == 1
    january = start_of(datetime(town.year + 1, 1, 1, tzinfo=AMSTERDAM).date())
    await town.later_until(town.street(order), january)
    await town.until("select count(*) = 2 from registry.potje")
    found = await town.rows("select workflow_id, year, proposer from registry.potje order by year")
    assert tuple(found[1]) == (potje_id("rotterdam", order.street, town.year + 1), town.year + 1, ENGINE)


async def test_the_same_year_is_decided_once(town: Town) -> None:
    order = await town.accepted()
    await decides(town, order, RenewalOutcome.CHANGE)
    await until_fact(town, "street.changed")
    await decides(town, order, RenewalOutcome.STOP)
    await town.at_rest(town.street(order))
    assert (await row(town, order))["phase"] == "active"
    assert (await town.mails(order.gangmaker)).count("renewal_go_on") == 1


async def test_who_does_not_go_on_leaves_with_the_decision(town: Town) -> None:
    order = await two_of_them(town)
    other = second_of(order)
    await decides(town, order, RenewalOutcome.GO_ON, [other])
    await until_fact(town, "street.renewed")
    after = await row(town, order)
    assert (after["gangmakers"], after["paused"]) == ([order.gangmaker], True)
    assert "gangmaker_left" in await town.mails(other)
    assert "street_paused" in await town.mails(order.gangmaker)
    assert "renewal_go_on" not in await town.mails(order.gangmaker), "one mail, about what is needed now"


async def test_a_silent_street_sleeps_and_its_own_link_wakes_it(town: Town) -> None:
    order = await town.accepted()
    await decides(town, order, RenewalOutcome.SILENT)
    street = town.street(order)
    await town.until_phase(street, "sleeping")
    await town.mailed(order.gangmaker, "renewal_sleep")
    after = await row(town, order)
    assert (after["phase"], after["asleep_since"]) == ("sleeping", dutch_date(datetime.now(AMSTERDAM)))
    await town.until("select status = 'withdrawn' from registry.potje")
    await town.at_rest(street)
    assert "**Fase:** slaapt" in await town.details(street)
    await town.answers(street.id, order.gangmaker, LinkPurpose.WAKE_STREET, number=town.year)
    await town.relay.work()
    await until_fact(town, "street.awake")
    after = await row(town, order)
    assert (after["phase"], after["asleep_since"]) == ("active", None)
    await town.mailed(order.gangmaker, "street_awake")
    second = potje_id("rotterdam", order.street, town.year, 2)
    await town.until("select exists (select from registry.potje where workflow_id = $1)", second)


async def test_a_coordinator_wakes_a_street_while_its_people_are_known(town: Town) -> None:
    order = await town.accepted()
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await town.refused(street, StreetWorkflow.wake, act, Refusal.STREET_NOT_ASLEEP)
    await decides(town, order, RenewalOutcome.SILENT)
    await town.until_phase(street, "sleeping")
    await street.execute_update(StreetWorkflow.wake, act)
    assert (await row(town, order))["phase"] == "active"
    await decides(town, order, RenewalOutcome.SILENT, year=town.year + 1)
    await town.until_phase(street, "sleeping")
    await until_fact(town, "street.asleep", 2)
    await town.later(street, days=365, minutes=1)
    await until_fact(town, "street.forgotten")
    assert await town.erased(order.gangmaker)
    await town.refused(street, StreetWorkflow.wake, act, Refusal.STREET_FORGOTTEN)
    assert (await row(town, order))["phase"] == "sleeping", "scouting still proposes it"


async def test_a_street_that_rests_again_asks_again_for_a_potje_that_came_back(town: Town) -> None:
    """The first time it was on its way to the bank; that no is not one for good."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    payment = await put_in_batch(town, order)
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await decides(town, order, RenewalOutcome.SILENT)
    await town.until_phase(street, "sleeping")
    await until_fact(town, "street.asleep")
    await street.execute_update(StreetWorkflow.wake, act)
    await town.bank_says(payment, PaymentOutcome.REJECTED, "AC04")
    await decides(town, order, RenewalOutcome.SILENT, year=town.year + 1)
    await town.until_phase(street, "sleeping")
    await town.until("select status = 'withdrawn' from registry.potje")


async def test_a_street_that_stops_is_thanked_and_forgotten_in_time(town: Town) -> None:
    order = await town.accepted(second=BO)
    await decides(town, order, RenewalOutcome.STOP)
    street = town.street(order)
    await town.until_phase(street, "ended")
    for person in (order.gangmaker, second_of(order)):
        await town.mailed(person, "renewal_stop")
    await town.until("select status = 'withdrawn' from registry.potje")
    await town.potje(order).result()
    act = StreetAct(by=staff(order, COORDINATOR))
    await town.refused(street, StreetWorkflow.end, act, Refusal.STREET_OVER)
    await town.later(street, days=89, hours=23)
    assert not await town.erased(order.gangmaker)
    await town.later(street, hours=2)
    await until_fact(town, "street.forgotten")
    assert await town.erased(order.gangmaker)
    assert await town.erased(second_of(order))


async def test_a_coordinator_ends_a_street_and_paid_money_stays(town: Town) -> None:
    order = await town.accepted()
    await settled(town, order)
    act = StreetAct(by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.end, act)
    assert (await row(town, order))["phase"] == "ended"
    assert await town.value("select status from registry.potje") == "paid"


@pytest.mark.parametrize("outcome", [RenewalOutcome.GO_ON, RenewalOutcome.SILENT])
async def test_what_stopped_meanwhile_has_nothing_to_decide(town: Town, outcome: RenewalOutcome) -> None:
    order = await town.accepted()
    act = StreetAct(by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.end, act)
    await decides(town, order, outcome)
    await town.at_rest(town.street(order))
    assert (await row(town, order))["phase"] == "ended"
