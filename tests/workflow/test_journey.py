"""From sign-up to a paid potje, on real Temporal and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.person import Place
from schemas.potje import PotjeAct, PotjeStatus
from schemas.refs import intake_id, potje_id
from schemas.signup import Answer
from store import ledger
from tests.workflow.conftest import Town
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow


async def test_a_street_gets_its_potje(town: Town) -> None:
    order = await town.sign_up()
    signup = town.signup(order)
    await town.until("select count(*) = 1 from post.mail")
    await signup.signal("answer", Answer(person=order.gangmaker, yes=True))
    assert (await signup.result()).joined == 1
    slug = town.slug()
    intake = town.client.get_workflow_handle_for(IntakeWorkflow.run, intake_id("rotterdam", slug, 1))
    async with town.db.transaction() as conn:
        place = await town.vault.put(conn, "rotterdam", Place(text="Buurthuis De Bloem"))
    at = datetime.now(UTC) + timedelta(days=3)
    await town.until("select count(*) = 1 from registry.intake")
    await intake.execute_update(
        IntakeWorkflow.plan, IntakePlan(at=at, place=place, coordinator="rotterdam:coordinator-1")
    )
    await intake.execute_update(
        IntakeWorkflow.record,
        IntakeRecord(outcome=Outcome.ACCEPTED, spelregels_agreed=True, coordinator="rotterdam:coordinator-1"),
    )
    await town.until("select count(*) = 1 from registry.potje where status = 'to_approve'")
    year = await town.value("select year from registry.potje")
    potje = town.client.get_workflow_handle_for(PotjeWorkflow.run, potje_id("rotterdam", slug, year))
    await potje.execute_update(PotjeWorkflow.approve, PotjeAct(by="rotterdam:treasurer-1"))
    await potje.execute_update(PotjeWorkflow.mark_paid, PotjeAct(by="rotterdam:treasurer-1"))
    paid = await potje.result()
    assert paid.status is PotjeStatus.PAID
    async with town.db.connection() as conn:
        held = await ledger.balance(conn, f"street:rotterdam:{slug}:{year}")
    assert held.available == 15000
    assert await town.mails() == [
        "confirm_signup",
        "welcome",
        "intake_planned",
        "street_accepted",
        "potje_paid",
    ]
