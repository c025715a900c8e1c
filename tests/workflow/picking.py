"""Ways to propose moments to gangmakers, and to pick one as the page does."""

from datetime import timedelta
from uuid import UUID, uuid4

from schemas.facts import LinkOrder, LinkPurpose
from schemas.intake import Moment, Offer
from schemas.signup import SignupOrder
from store import intakes, links
from store.intakes import Slot
from tests.workflow.town import COORDINATOR, Town, staff
from workflows.intake import IntakeWorkflow


async def can(town: Town, order: SignupOrder, *days: int) -> list[Moment]:
    """Moments in the agenda of a coordinator, so many days from now."""
    now = await town.skipper.get_current_time(town.intake(order))
    slots = [Slot(uuid4(), now + timedelta(days=each), "Buurthuis De Bloem") for each in days]
    async with town.db.transaction() as conn:
        await intakes.add(conn, town.vault, order.municipality, staff(order, COORDINATOR), slots)
    return [Moment(slot=slot.id, at=slot.at) for slot in slots]


def offer_of(order: SignupOrder, moments: list[Moment]) -> Offer:
    """As the desk sends it."""
    return Offer(moments=moments, coordinator=staff(order, COORDINATOR))


async def proposes(town: Town, order: SignupOrder, *days: int) -> list[Moment]:
    """Moments, mailed to the gangmakers."""
    moments = await can(town, order, *days)
    await town.intake(order).execute_update(IntakeWorkflow.propose, offer_of(order, moments))
    return moments


def token(town: Town, order: SignupOrder, person: UUID, number: int = 1) -> str:
    """What stands in the link of the n-th offer."""
    link = LinkOrder(purpose=LinkPurpose.INTAKE_PICK, workflow_id=town.intake(order).id, number=number)
    return links.token_of(town.tools.keyring, link, person)


async def picks(town: Town, order: SignupOrder, person: UUID, slot: UUID | None, number: int = 1) -> bool:
    """What the page does; the relay brings it later. False: taken, or not open any more."""
    word, workflow_id = token(town, order, person, number), town.intake(order).id
    async with town.db.transaction() as conn:
        await intakes.lock(conn, workflow_id)
        link = await links.find(conn, order.municipality, word)
        if link is None or link.state is not links.LinkState.OPEN:
            return False
        if slot is None:
            await intakes.none_suits(conn, word)
            return True
        return await intakes.pick(conn, word, workflow_id, slot)
