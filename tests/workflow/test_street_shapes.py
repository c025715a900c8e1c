"""Streets of several shapes: a part, two together, one that becomes two."""

import asyncio
from typing import Any

from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from schemas.refs import potje_id, street_id, street_slug
from schemas.refusals import Refusal
from schemas.shapes import Merge, Reshape, Split
from schemas.signup import SignupOrder
from schemas.street import Shape
from tests.workflow.test_street import CEES
from tests.workflow.test_street_life import row
from tests.workflow.town import BO, COORDINATOR, Town, second_of, staff
from workflows.street import StreetWorkflow


async def why_not(updating: Any) -> str | None:
    """The refusal of an update, or None."""
    try:
        await updating
    except WorkflowUpdateFailedError as error:
        assert isinstance(error.cause, ApplicationError)
        return error.cause.type
    return None


async def merges(town: Town, one: SignupOrder, into: SignupOrder) -> str | None:
    merge = Merge(into=into.street, by=staff(one, COORDINATOR))
    return await why_not(town.street(one).execute_update(StreetWorkflow.merge, merge))


async def test_a_shape_gets_words(town: Town) -> None:
    order = await town.accepted()
    street = town.street(order)
    shape = Reshape(shape=Shape.FLAT, part="De Horizon", by=staff(order, COORDINATOR))
    await street.execute_update(StreetWorkflow.reshape, shape)
    after = await row(town, order)
    assert (after["shape"], after["part"], after["slug"]) == ("flat", "De Horizon", order.street)
    assert "Rozenlaan (De Horizon)" in await town.details(street)


async def test_two_small_streets_go_on_together(town: Town) -> None:
    small = await town.accepted(street="rozenlaan")
    other = await town.accepted(street="tulpstraat", second=BO)
    assert await merges(town, small, other) is None
    gone, together = await row(town, small), await row(town, other)
    assert (gone["phase"], gone["gangmakers"], gone["merged_into"]) == ("ended", [], other.street)
    assert together["gangmakers"] == [other.gangmaker, second_of(other), small.gangmaker]
    assert (together["shape"], together["part"]) == ("several", "samen met Rozenlaan")
    for person in (small.gangmaker, other.gangmaker, second_of(other)):
        await town.mailed(person, "street_merged")
    potjes = await town.rows("select street, status from registry.potje")
    assert {(each["street"], each["status"]) for each in potjes} == {
        (small.street, "withdrawn"),
        (other.street, "to_approve"),
    }
    assert not await town.erased(small.gangmaker)


async def test_who_signs_up_for_a_merged_street_comes_where_it_went(town: Town) -> None:
    small = await town.accepted(street="rozenlaan")
    other = await town.accepted(street="tulpstraat")
    await merges(town, small, other)
    newcomer = await town.sign_up(first=CEES)
    await town.confirm(newcomer)
    await town.signup(newcomer).result()
    assert newcomer.gangmaker in (await row(town, other))["gangmakers"]
    assert (await row(town, small))["phase"] == "ended"


async def test_a_street_merges_only_into_one_that_is_active(town: Town) -> None:
    order = await town.accepted(street="rozenlaan")
    waiting = await town.begins(street="tulpstraat")
    assert await merges(town, order, waiting) == Refusal.STREET_NOT_ACTIVE
    assert await merges(town, order, order) == Refusal.STREET_ITSELF
    nowhere = Merge(into="nergens", by=staff(order, COORDINATOR))
    asked = town.street(order).execute_update(StreetWorkflow.merge, nowhere)
    assert await why_not(asked) == Refusal.STREET_NOT_ACTIVE
    after = await row(town, order)
    assert (after["phase"], after["gangmakers"]) == ("active", [order.gangmaker])


async def test_two_that_merge_into_each_other_do_not_wait_for_ever(town: Town) -> None:
    one = await town.accepted(street="rozenlaan")
    other = await town.accepted(street="tulpstraat")
    async with asyncio.timeout(60):
        answers = await asyncio.gather(merges(town, one, other), merges(town, other, one))
    assert set(answers) <= {None, Refusal.STREET_BUSY, Refusal.STREET_NOT_ACTIVE}
    assert answers.count(None) <= 1
    phases = sorted([str((await row(town, each))["phase"]) for each in (one, other)])
    assert phases == (["active", "ended"] if None in answers else ["active", "active"])


async def test_a_part_goes_on_as_a_street_of_its_own(town: Town) -> None:
    order = await town.accepted(second=BO)
    other = second_of(order)
    split = Split(part="even kant", people=[other], by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.split, split)
    slug = street_slug("Rozenlaan", "even kant")
    town.started.append(street_id("rotterdam", slug))
    await town.until("select exists (select from registry.potje where street = $1)", slug)
    part = dict((await town.rows("select * from registry.street where slug = $1", slug))[0])
    assert (part["phase"], part["gangmakers"], part["part"]) == ("active", [other], "even kant")
    assert (part["shape"], part["split_from"], part["minimum"]) == ("part", order.street, 1)
    assert (await row(town, order))["gangmakers"] == [order.gangmaker]
    proposer = await town.value("select proposer from registry.potje where street = $1", slug)
    assert proposer == staff(order, COORDINATOR)
    for person in (order.gangmaker, other):
        await town.mailed(person, "street_split")
    again = await why_not(town.street(order).execute_update(StreetWorkflow.split, split))
    assert again == Refusal.NOT_A_GANGMAKER
    assert await town.value("select workflow_id from registry.potje where street = $1", slug) == potje_id(
        "rotterdam", slug, town.year
    )


async def test_nobody_splits_off_alone_or_entirely(town: Town) -> None:
    order = await town.accepted(second=BO)
    everybody = [order.gangmaker, second_of(order)]
    for people in ([], everybody):
        split = Split(part="even kant", people=people, by=staff(order, COORDINATOR))
        await town.refused(town.street(order), StreetWorkflow.split, split, Refusal.SPLIT_NOBODY)
