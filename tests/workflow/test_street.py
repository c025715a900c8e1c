"""The street: who joins when, the year that turns, and what it forgets."""

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from schemas.calendar import AMSTERDAM, dutch_date, next_turn, start_of
from schemas.intake import Outcome
from schemas.person import Person
from schemas.refs import intake_id, street_id
from schemas.signup import SignupOrder
from schemas.street import Join, Joined, Joining
from schemas.street_policy import Renewal
from tests.workflow.bank import has_account
from tests.workflow.town import Town
from workflows.engine import DUE
from workflows.potje import PotjeWorkflow
from workflows.street import StreetWorkflow

CEES = Person(name="Cees Smit", email="cees@example.org")


async def _gangmakers(town: Town, order: SignupOrder) -> list[object]:
    return list(await town.value("select gangmakers from registry.street where slug = $1", order.street))


async def _joins(town: Town, order: SignupOrder, person: Person = CEES) -> SignupOrder:
    """Somebody else signs up for the same street and confirms."""
    other = await town.sign_up(order.municipality, first=person)
    await town.confirm(other)
    await town.signup(other).result()
    return other


async def _lived(town: Town) -> SignupOrder:
    """A street with nothing left to do this year."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    await town.settles(order)
    return order


async def _asleep(town: Town, outcome: Outcome = Outcome.DECLINED) -> SignupOrder:
    """A street whose intake did not lead to a beginning."""
    order = await town.begins()
    await town.plan(order)
    await town.record(order, outcome)
    await town.until_phase(town.street(order), "ended")
    return order


async def test_joining_twice_changes_nothing(town: Town) -> None:
    order = await town.begins()
    again = await town.street(order).execute_update(
        StreetWorkflow.join, Join(person=order.gangmaker), result_type=Joined
    )
    assert again.joining is Joining.ALREADY
    assert await town.mails() == ["confirm_signup", "welcome"]
    assert await _gangmakers(town, order) == [order.gangmaker]


async def test_who_joins_later_counts_in_the_intake(town: Town) -> None:
    order = await town.begins("aalsmeer")
    await town.plan(order)
    other = await _joins(town, order)
    await town.mailed(other.gangmaker, "intake_planned")
    assert await town.mails(other.gangmaker) == ["confirm_signup", "welcome_extra", "intake_planned"]
    assert await _gangmakers(town, order) == [order.gangmaker, other.gangmaker]
    await town.plan(order, days=5)
    assert (await town.mails(other.gangmaker)).count("intake_planned") == 2
    await town.record(order)
    await town.mailed(other.gangmaker, "street_accepted")


async def test_two_sign_ups_at_the_same_moment_make_one_street(town: Town) -> None:
    orders = [await town.sign_up(), await town.sign_up(first=CEES)]
    await asyncio.gather(*(town.confirm(order) for order in orders))
    for order in orders:
        assert (await town.signup(order).result()).joined == 1
    people = {order.gangmaker for order in orders}
    assert set(await _gangmakers(town, orders[0])) == people
    assert await town.value("select count(*) from registry.intake") == 1
    assert sorted(m for m in await town.mails() if m.startswith("welcome")) == ["welcome", "welcome_extra"]
    await town.until_there(intake_id("rotterdam", orders[0].street, 1))
    await town.plan(orders[0])
    await town.until("select count(distinct person) = 2 from post.mail where template = 'intake_planned'")


async def test_who_joins_while_the_outcome_is_recorded_is_welcome_too(town: Town) -> None:
    """The welcome is written before the intake hears of it, and the intake may be over by then."""
    order = await town.begins()
    await town.plan(order)
    other = await town.sign_up(first=CEES)
    async with town.db.transaction() as conn:
        await conn.fetch("select from registry.street where slug = $1 for update", order.street)
        await town.confirm(other)
        await town.until(
            "select exists (select from pg_stat_activity where datname = current_database()"
            " and wait_event_type = 'Lock' and query like '%registry.street%')"
        )
        await town.record(order)
        await town.intake(order).result()
    assert (await town.signup(other).result()).joined == 1
    await town.mailed(other.gangmaker, "street_accepted")
    assert await town.mails(other.gangmaker) == ["confirm_signup", "welcome_extra", "street_accepted"]


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.REFERRED])
async def test_an_ended_street_begins_again_with_who_comes_forward(town: Town, outcome: Outcome) -> None:
    order = await _asleep(town, outcome)
    before = await town.value("select revision from registry.street")
    other = await _joins(town, order)
    await town.until_there(intake_id("rotterdam", order.street, 2))
    assert await town.mails(other.gangmaker) == ["confirm_signup", "welcome"]
    assert await town.value("select phase from registry.street") == "intake"
    assert await town.value("select revision from registry.street") > before
    assert await town.phase(town.street(order)) == "intake"
    assert await town.value("select status from registry.intake where workflow_id like '%-2'") == "open"


async def test_who_was_declined_is_no_gangmaker_of_the_new_beginning(town: Town) -> None:
    order = await _asleep(town)
    account = await has_account(town, order)
    other = await _joins(town, order)
    assert await _gangmakers(town, order) == [other.gangmaker]
    assert await town.erased(account), "the new ones are not paid on the old one's account"
    assert await town.value("select state from money.payee") == "refused"
    assert await town.erased(order.gangmaker)
    assert not await town.erased(other.gangmaker)


async def test_retention_erases_and_the_street_can_be_woken(town: Town) -> None:
    order = await _asleep(town)
    street, account = town.street(order), await has_account(town, order)
    await town.later(street, days=27, hours=23)
    assert not await town.erased(order.gangmaker)
    assert not await town.erased(account)
    await town.later(street, hours=2)
    await town.until("select exists (select from registry.fact where name = 'street.forgotten')")
    assert await town.erased(order.gangmaker)
    assert await town.erased(account)
    assert await _gangmakers(town, order) == []
    assert await town.phase(street) == "ended"
    assert (await street.describe()).status is WorkflowExecutionStatus.RUNNING
    other = await _joins(town, order)
    await town.until_there(intake_id("rotterdam", order.street, 2))
    assert await _gangmakers(town, order) == [other.gangmaker]


async def test_a_woken_street_lives_by_the_policy_of_today(town: Town) -> None:
    order = await _asleep(town)
    await town.decree(minimum_gangmakers=3)
    await _joins(town, order)
    assert await town.value("select minimum from registry.street") == 3


async def test_the_year_turns_on_the_day_of_the_policy(town: Town) -> None:
    order = await _lived(town)
    street = town.street(order)
    first = (await street.describe()).run_id
    turn = next_turn(dutch_date(datetime.now(AMSTERDAM)), 9, 1)
    assert await town.value("select next_date from registry.street") == turn
    assert (await street.describe()).typed_search_attributes[DUE] == start_of(turn)
    await town.decree(minimum_gangmakers=2, renewal=Renewal(month=4, day=15))
    await town.later_until(street, start_of(turn) - timedelta(minutes=1))
    assert (await street.describe()).run_id == first
    await town.later(street, minutes=2)
    await town.until("select exists (select from registry.fact where name = 'street.year')")
    assert (await street.describe()).run_id != first
    row = (await town.rows("select next_date, minimum, phase, gangmakers from registry.street"))[0]
    assert tuple(row) == (next_turn(turn, 4, 15), 2, "active", [order.gangmaker])
    assert await town.value("select count(*) from registry.potje") == 1


async def test_a_street_can_be_joined_in_its_second_year(town: Town) -> None:
    order = await _lived(town)
    street = town.street(order)
    turn = await town.value("select next_date from registry.street")
    await town.later_until(street, start_of(turn) + timedelta(minutes=1))
    await town.until("select exists (select from registry.fact where name = 'street.year')")
    other = await _joins(town, order)
    assert await town.mails(other.gangmaker) == ["confirm_signup", "welcome_extra"]
    assert await _gangmakers(town, order) == [order.gangmaker, other.gangmaker]
    described = await street.describe()
    assert described.id == street_id("rotterdam", order.street)
    details = await town.details(street)
    assert "**Straat:** Rozenlaan, Rotterdam" in details
    assert "**Gangmakers:** 2 (minimaal 1)" in details
    turn = await town.value("select next_date from registry.street")
    await town.later_until(street, start_of(turn) + timedelta(minutes=1))
    await town.until("select count(*) = 2 from registry.fact where name = 'street.year'")
    assert await town.value("select next_date from registry.street") == next_turn(turn, 9, 1)
