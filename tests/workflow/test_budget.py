"""When the budget is short: potjes wait, and move by themselves, in order, when money comes."""

from datetime import date
from uuid import uuid4

import pytest

from activities.facts import Facts
from schemas.facts import Booking, Fact, Letter, PotjeSnapshot, Template
from schemas.ledger import LegKind
from schemas.policy import PayoutKind
from schemas.potje import (
    PotjeOrder,
    PotjeStatus,
    potje_accounts,
    potje_group,
    reserve_legs,
    resolve_legs,
)
from schemas.refs import potje_id
from schemas.signup import SignupOrder
from store import ledger
from tests.workflow.town import ANS, Town
from workflows.potje import PotjeWorkflow

WAITING = "potje_waiting_for_budget"
RESERVED = "potje_to_approve"


async def _waiting(town: Town, streets: list[str]) -> list[SignupOrder]:
    """Streets whose potjes wait, in this order."""
    orders = []
    for street in streets:
        order = await town.accepted(street=street)
        assert await town.phase(town.potje(order)) == WAITING
        orders.append(order)
    return orders


async def _phases(town: Town, orders: list[SignupOrder]) -> list[str | None]:
    for order in orders:
        await town.at_rest(town.potje(order))
    return [await town.phase(town.potje(order)) for order in orders]


async def test_money_for_two_goes_to_the_two_who_waited_longest(town: Town) -> None:
    await town.grant(100)
    orders = await _waiting(town, ["acacia", "berken", "ceder"])
    await town.grant(400)
    for order in orders[:2]:
        await town.until_phase(town.potje(order), RESERVED)
    assert await _phases(town, orders) == [RESERVED, RESERVED, WAITING]
    assert await town.facts(orders[2], "potje.") == ["potje.short"]
    await town.grant(450)
    await town.until_phase(town.potje(orders[2]), RESERVED)
    assert (await town.balance(f"budget:rotterdam:potjes:{town.year}")).available == 0


async def test_a_rejected_potje_makes_room_for_who_waits(town: Town) -> None:
    await town.grant(150)
    first = await town.accepted(street="acacia")
    (second,) = await _waiting(town, ["berken"])
    await town.act(first, PotjeWorkflow.reject)
    await town.relay.work()
    await town.until_phase(town.potje(second), RESERVED)
    await town.act(second, PotjeWorkflow.approve)
    await town.pays(second)
    assert (await town.settles(second)).status is PotjeStatus.PAID


async def test_a_potje_that_waits_says_so(town: Town) -> None:
    await town.grant(0)
    (order,) = await _waiting(town, ["acacia"])
    assert "wacht op geld in het budget" in await town.details(town.potje(order))
    assert await town.facts(order, "potje.") == ["potje.short"]
    await town.grant(100)
    await town.at_rest(town.potje(order))
    assert await town.phase(town.potje(order)) == WAITING
    assert await town.facts(order, "potje.") == ["potje.short"]
    await town.grant(150)
    await town.until_phase(town.potje(order), RESERVED)


# An activity that committed and then lost its worker is tried again with the same booking.


async def _order(town: Town) -> PotjeOrder:
    return PotjeOrder(
        workflow_id=potje_id("rotterdam", town.slug(), town.year),
        municipality="rotterdam",
        street=town.slug(),
        street_name="Rozenlaan",
        year=town.year,
        parts=[(PayoutKind.BANK, 150_00)],
        gangmakers=[await town.keep(ANS)],
        proposer="rotterdam:coordinator-1",
        receipt_reminder=(await town.policy()).potje.receipt_reminder,
        desk_url="http://desk.test",
    )


def _fact(order: PotjeOrder, name: str) -> Fact:
    values: dict[str, str | int] = {"street": order.street_name, "year": order.year, "cents": 150_00}
    letter = Letter(template=Template.POTJE_REJECTED, to=order.gangmakers[0], values={**values})
    return Fact(
        key=f"{order.workflow_id}/{name}",
        name=f"potje.{name}",
        municipality=order.municipality,
        subject=order.street,
        potje=PotjeSnapshot(
            workflow_id=order.workflow_id,
            municipality=order.municipality,
            street=order.street,
            year=order.year,
            status=name,
            cents=150_00,
            parts=[(kind, cents) for kind, cents in order.parts],
            open_parts=[],
            proposer=order.proposer,
            revision=1,
        ),
        letters=[letter],
    )


def _reserving(order: PotjeOrder) -> Booking:
    return Booking(
        fact=_fact(order, "reserved"),
        otherwise=_fact(order, "short"),
        accounts=potje_accounts(order),
        legs=reserve_legs(order, 1),
        booked_on=date(order.year, 5, 1),
        group=potje_group(order),
    )


def _resolving(order: PotjeOrder, how: LegKind) -> Booking:
    return Booking(
        fact=_fact(order, how),
        legs=resolve_legs(order, 1, how),
        booked_on=date(order.year, 5, 2),
        group=potje_group(order),
    )


async def _standing(town: Town) -> list[object]:
    """Everything that a booking can change."""
    tables = ("ledger.transfer", "registry.fact", "post.mail", "post.submission", "ledger.balance")
    return [await town.rows(f"select * from {table} t order by t::text") for table in tables]


async def _twice(town: Town, booking: Booking) -> bool:
    """Book, and book again: the same answer, and nothing changed."""
    facts = Facts(town.tools)
    first = await facts.book(booking)
    standing = await _standing(town)
    assert await facts.book(booking) == first
    assert await _standing(town) == standing
    return first.short


@pytest.mark.parametrize("how", [LegKind.POST, LegKind.RELEASE])
async def test_reserving_and_resolving_again_changes_nothing(town: Town, how: LegKind) -> None:
    order = await _order(town)
    assert not await _twice(town, _reserving(order))
    assert not await _twice(town, _resolving(order, how))
    assert not (await Facts(town.tools).book(_reserving(order))).short
    purse = await town.balance(f"bank:rotterdam:{order.year}")
    assert (purse.available, purse.credits_pending) == (150_00 if how is LegKind.POST else 0, 0)
    assert await town.mails() == ["potje_rejected"] * 2


async def test_a_short_budget_stays_short_for_the_same_attempt(town: Town) -> None:
    """Money that came between two tries of one attempt must not book what the workflow saw as short."""
    order = await _order(town)
    await town.grant(0)
    assert await _twice(town, _reserving(order))
    await town.grant(150)
    assert (await Facts(town.tools).book(_reserving(order))).short
    assert await town.facts_of(order.street) == ["potje.short"]


async def test_a_posting_never_hides_behind_a_short_budget(town: Town) -> None:
    order = await _order(town)
    unknown = _resolving(order, LegKind.POST).model_copy(update={"group": uuid4()})
    with pytest.raises(ledger.LedgerError):
        await Facts(town.tools).book(unknown)
    assert await town.facts_of(order.street) == []
