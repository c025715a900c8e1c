"""From sign-up to a paid potje, on real Temporal and PostgreSQL."""

from schemas.potje import PotjeStatus
from tests.workflow.town import Town
from workflows.potje import PotjeWorkflow


async def test_a_street_gets_its_potje(town: Town) -> None:
    order = await town.accepted()
    await town.until("select count(*) = 1 from registry.potje where status = 'to_approve'")
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    paid = await town.settles(order)
    assert (paid.status, paid.cents) == (PotjeStatus.PAID, 150_00)
    assert (await town.balance(f"street:rotterdam:{order.street}:{town.year}")).available == 150_00
    assert await town.mails() == [
        "confirm_signup",
        "welcome",
        "intake_planned",
        "street_accepted",
        "potje_approved",
        "potje_paid",
    ]
