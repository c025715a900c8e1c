"""Moments to pick from, no-show, and the nudge when nothing is planned."""

from datetime import timedelta

from schemas.facts import LinkPurpose
from schemas.intake import Missed, Outcome
from schemas.person import Story
from schemas.refusals import Refusal
from schemas.signup import SignupOrder
from schemas.street import StreetAct
from tests.workflow.picking import can, offer_of, picks, proposes
from tests.workflow.test_street_life import until_fact
from tests.workflow.town import BO, COORDINATOR, Town, second_of, staff
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.street import StreetWorkflow

ROW = "select status, at, place, unsuited, nudges, missed from registry.intake"
TAKEN = "select id from intake.slot where taken_by is not null"


async def _row(town: Town) -> tuple[object, ...]:
    return tuple((await town.rows(ROW))[0])


async def _planned(town: Town) -> None:
    await town.until("select exists (select from registry.fact where name = 'intake.planned')")


async def test_a_gangmaker_picks_a_moment_for_both(town: Town) -> None:
    order = await town.begins("den-haag", second=BO)
    moments = await proposes(town, order, 3, 5)
    assert (await _row(town))[0] == "proposed"
    for person in (order.gangmaker, second_of(order)):
        assert (await town.mails(person))[-1] == "intake_pick"
    assert await picks(town, order, order.gangmaker, moments[1].slot)
    assert not await picks(town, order, second_of(order), moments[0].slot), "one picks for all"
    await town.relay.work()
    await _planned(town)
    assert (await _row(town))[:2] == ("planned", moments[1].at)
    for person in (order.gangmaker, second_of(order)):
        await town.mailed(person, "intake_planned")
    assert [row["id"] for row in await town.rows(TAKEN)] == [moments[1].slot]
    intake = town.intake(order)
    await town.later(intake, days=4, minutes=1)
    assert (await town.mails(order.gangmaker)).count("intake_reminder") == 1
    assert "1 keer" in await town.details(intake)


async def test_a_moment_that_another_street_picked_is_gone(town: Town) -> None:
    """The rest can still be picked; who proposes what is gone is told so and nothing is mailed."""
    order = await town.begins()
    other = await town.begins("rotterdam", street="lindelaan")
    moments = await proposes(town, order, 3, 5)
    await town.intake(other).execute_update(IntakeWorkflow.propose, offer_of(other, moments))
    assert await picks(town, other, other.gangmaker, moments[0].slot)
    assert not await picks(town, order, order.gangmaker, moments[0].slot)
    again = offer_of(order, moments)
    await town.refused_late(town.intake(order), IntakeWorkflow.propose, again, Refusal.MOMENT_TAKEN)
    assert (await town.mails(order.gangmaker)).count("intake_pick") == 1
    assert await picks(town, order, order.gangmaker, moments[1].slot)
    await town.relay.work()
    await town.mailed(order.gangmaker, "intake_planned")
    await town.mailed(other.gangmaker, "intake_planned")


async def test_when_none_suits_the_coordinator_sees_it_and_the_other_may_still_pick(town: Town) -> None:
    order = await town.begins("den-haag", second=BO)
    moments = await proposes(town, order, 3, 5)
    assert await picks(town, order, order.gangmaker, None)
    await town.relay.work()
    await until_fact(town, "intake.unsuited")
    assert (await _row(town))[0::3] == ("open", True)
    assert await picks(town, order, second_of(order), moments[0].slot)
    await town.relay.work()
    await _planned(town)
    assert (await _row(town))[0::3] == ("planned", False)


async def test_a_second_offer_replaces_the_first(town: Town) -> None:
    order = await town.begins()
    first = await proposes(town, order, 3, 4)
    second = await proposes(town, order, 6, 7)
    assert not await picks(town, order, order.gangmaker, first[0].slot)
    assert await picks(town, order, order.gangmaker, second[1].slot, number=2)
    await town.relay.work()
    await _planned(town)
    assert (await _row(town))[1] == second[1].at


async def test_what_is_planned_by_hand_goes_before_a_pick_that_is_under_way(town: Town) -> None:
    order = await town.begins()
    moments = await proposes(town, order, 3, 5)
    assert await picks(town, order, order.gangmaker, moments[0].slot)
    plan = await town.plan(order, days=9)
    await town.relay.work()
    await town.at_rest(town.intake(order))
    assert (await _row(town))[:3] == ("planned", plan.at, plan.place)
    assert await town.rows(TAKEN) == [], "the moment is free again"


async def test_a_pick_that_was_receipted_counts_although_another_offer_followed(town: Town) -> None:
    order = await town.begins()
    moments = await proposes(town, order, 3, 5)
    assert await picks(town, order, order.gangmaker, moments[0].slot)
    await proposes(town, order, 8, 9)
    await town.relay.work()
    await _planned(town)
    assert (await _row(town))[1] == moments[0].at


async def test_an_appointment_stands_until_another_moment_is_picked(town: Town) -> None:
    order = await town.begins()
    plan = await town.plan(order, days=2)
    moments = await proposes(town, order, 5, 6)
    assert (await _row(town))[:2] == ("planned", plan.at)
    assert await picks(town, order, order.gangmaker, moments[0].slot)
    await town.relay.work()
    await town.until("select exists (select from registry.intake where at = $1)", moments[0].at)
    assert await town.erased(plan.place)


async def test_bad_offers_are_refused(town: Town) -> None:
    order = await town.begins()
    intake, moments = town.intake(order), await can(town, order, 3, 5)
    await town.refused(intake, IntakeWorkflow.propose, offer_of(order, moments[:1]), Refusal.FEW_MOMENTS)
    assert await town.facts(order, "intake.") == []


async def test_nobody_came(town: Town) -> None:
    order = await town.begins()
    intake, gone = town.intake(order), Missed(coordinator=staff(order, COORDINATOR))
    await town.refused(intake, IntakeWorkflow.missed, gone, Refusal.INTAKE_NOT_PLANNED)
    plan = await town.plan(order, days=2)
    await town.refused(intake, IntakeWorkflow.missed, gone, Refusal.INTAKE_NOT_YET)
    await town.later(intake, days=2, minutes=1)
    await intake.execute_update(IntakeWorkflow.missed, gone)
    assert await _row(town) == ("open", None, None, False, 0, 1)
    assert (await town.mails(order.gangmaker))[-1] == "intake_missed"
    assert await town.erased(plan.place)
    await town.refused(intake, IntakeWorkflow.missed, gone, Refusal.INTAKE_NOT_PLANNED)
    await town.plan(order, days=2)
    await town.record(order)
    assert (await intake.result()).outcome is Outcome.ACCEPTED


async def test_the_coordinator_is_nudged_while_nothing_is_planned(town: Town) -> None:
    order = await town.begins()
    intake = town.intake(order)
    nudges = "select count(*) from post.mail where template = 'intake_nudge'"
    await town.later(intake, days=13, hours=23)
    assert await town.value(nudges) == 0
    await town.later(intake, hours=2)
    assert await town.value(nudges) == 1
    await proposes(town, order, 20, 21)
    await town.later(intake, days=14)
    assert await town.value(nudges) == 2
    assert (await _row(town))[4] == 2
    assert "2 keer bericht" in await town.details(intake)
    assert set(await town.mails(order.gangmaker)) == {"confirm_signup", "welcome", "intake_pick"}
    await town.plan(order, days=3)
    assert (await _row(town))[4] == 0
    await town.later(intake, days=30)
    assert await town.value(nudges) == 2


async def test_the_approach_goes_along_with_the_street(town: Town) -> None:
    order = await town.begins("aalsmeer")
    first, better = await town.keep(Story(text="Koffie.")), await town.keep(Story(text="Elke week koffie."))
    await town.plan(order)
    await town.record(order, Outcome.WAITING, approach=first)
    assert await town.value("select approach from registry.intake") == first
    other = await town.sign_up("aalsmeer", first=BO)
    await town.confirm(other)
    await town.signup(other).result()
    await town.record(order, approach=better)
    await town.until_phase(town.street(order), "active")
    assert await town.value("select approach from registry.street") == better
    assert await town.erased(first)
    assert not await town.erased(better)


async def test_the_words_of_a_street_that_does_not_begin_are_erased(town: Town) -> None:
    order = await town.begins()
    words = await town.keep(Story(text="Koffie."))
    await town.plan(order)
    await town.record(order, Outcome.DECLINED, approach=words)
    assert await town.erased(words)


async def test_an_outcome_ends_the_offer(town: Town) -> None:
    order = await town.begins()
    await town.plan(order)
    moments = await proposes(town, order, 30, 35)
    await town.record(order, Outcome.DECLINED)
    assert (await _row(town))[0] == "declined"
    assert not await picks(town, order, order.gangmaker, moments[0].slot)


async def _starter(town: Town) -> str:
    return str(await town.value("select status from intake.starter"))


async def _accepted(town: Town) -> SignupOrder:
    order = await town.accepted()
    assert await _starter(town) == "ordered"
    return order


async def test_a_starter_package_goes_along_the_first_time(town: Town) -> None:
    order = await _accepted(town)
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await town.refused(street, StreetWorkflow.receive_starter, act, Refusal.NO_STARTER)
    await street.execute_update(StreetWorkflow.send_starter, act)
    assert await _starter(town) == "sent"
    await town.mailed(order.gangmaker, "starter_sent")
    await town.refused(street, StreetWorkflow.send_starter, act, Refusal.NO_STARTER)
    assert await town.answers(street.id, order.gangmaker, LinkPurpose.STARTER)
    await town.relay.work()
    await until_fact(town, "street.startercame")
    assert await _starter(town) == "received"


async def test_the_desk_may_tell_that_the_package_has_come(town: Town) -> None:
    order = await _accepted(town)
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await street.execute_update(StreetWorkflow.send_starter, act)
    await street.execute_update(StreetWorkflow.receive_starter, act)
    assert await _starter(town) == "received"


async def test_the_link_of_the_package_wakes_no_street(town: Town) -> None:
    order = await _accepted(town)
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await street.execute_update(StreetWorkflow.send_starter, act)
    await town.act(order, PotjeWorkflow.reject)
    await street.execute_update(StreetWorkflow.end, act)
    assert await town.answers(street.id, order.gangmaker, LinkPurpose.STARTER)
    await town.relay.work()
    await until_fact(town, "street.startercame")
    assert await town.phase(street) == "ended"


async def test_who_begins_again_gets_no_second_package(town: Town) -> None:
    order = await _accepted(town)
    street, act = town.street(order), StreetAct(by=staff(order, COORDINATOR))
    await street.execute_update(StreetWorkflow.send_starter, act)
    await street.execute_update(StreetWorkflow.receive_starter, act)
    await town.act(order, PotjeWorkflow.reject)
    await street.execute_update(StreetWorkflow.end, act)
    again = await town.sign_up(first=BO)
    await town.confirm(again)
    await town.signup(again).result()
    await town.until_there(town.intake(order, 2).id)
    await town.plan(order, number=2)
    await town.record(order, number=2)
    await town.until_phase(street, "active")
    assert await _starter(town) == "received"


async def test_times_that_are_over_wake_nobody(town: Town) -> None:
    """The link lasts until the last moment that was offered."""
    order = await town.begins()
    moments = await proposes(town, order, 1, 2)
    expires = await town.value("select expires_at from post.link where purpose = 'intake_pick'")
    assert abs(expires - moments[-1].at) < timedelta(seconds=1)
