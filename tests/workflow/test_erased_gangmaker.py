"""A gangmaker who has themselves erased leaves the street, and the street learns it; the books stay whole."""

from uuid import UUID

from schemas.facts import LinkPurpose
from schemas.potje import PotjeStatus
from schemas.refusals import Refusal
from store import erasing, ledger
from tests.workflow.town import BO, COORDINATOR, Town, second_of
from workflows.potje import PotjeWorkflow


async def erased(town: Town, municipality: str, person: UUID) -> None:
    """What the page and the relay do."""
    async with town.db.transaction() as conn:
        assert await erasing.erase(conn, town.vault, municipality, [person], f"gangmaker:{person}")
    await town.relay.work()


async def test_the_street_goes_on_without_them(town: Town) -> None:
    order = await town.accepted("aalsmeer", second=BO)
    await town.until("select count(*) = 1 from registry.potje where status = 'to_approve'")
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over, by=COORDINATOR)
    handed = LinkPurpose.CONFIRM_RECEIPT
    assert await town.answers(town.potje(order).id, order.gangmaker, handed)
    await town.relay.work()
    assert (await town.settles(order)).status is PotjeStatus.PAID
    before = await town.rows("select * from ledger.transfer order by municipality, fiscal_year, seq")
    bo = second_of(order)
    await erased(town, "aalsmeer", bo)
    (street,) = await town.rows(
        "select gangmakers, paused from registry.street where slug = $1", order.street
    )
    assert (list(street["gangmakers"]), street["paused"]) == ([order.gangmaker], True)
    (left,) = await town.rows("select actor from registry.fact where name = 'street.left'")
    assert left["actor"] == f"gangmaker:{bo}"
    mails = await town.rows(
        "select person, template from post.mail where template like '%left%' or template like '%paused%'"
    )
    assert [(row["person"], row["template"]) for row in mails] == [(order.gangmaker, "street_paused")]
    assert await town.rows("select * from ledger.transfer order by municipality, fiscal_year, seq") == before
    actors = await town.rows("select distinct actor from ledger.transfer where reason <> 'grant.policy'")
    assert {row["actor"].partition(":")[0] for row in actors} == {"aalsmeer", "gangmaker"}
    assert f"gangmaker:{order.gangmaker}" in {row["actor"] for row in actors}
    async with town.db.connection() as conn:
        assert getattr(await ledger.verify(conn, "aalsmeer", town.year), "where", None) is None


async def test_the_only_gangmaker_of_an_intake_stays_with_the_office(town: Town) -> None:
    order = await town.begins()
    await erased(town, "rotterdam", order.gangmaker)
    (sent,) = await town.rows("select refused from post.submission where kind = 'person_leave'")
    assert sent["refused"] == Refusal.LAST_OF_INTAKE
    told = await town.rows(
        "select name from registry.fact where subject = $1 order by seq desc limit 1", order.street
    )
    assert told[0]["name"] == "person.erased"
    (street,) = await town.rows("select phase, gangmakers from registry.street where slug = $1", order.street)
    assert (street["phase"], list(street["gangmakers"])) == ("intake", [order.gangmaker])


async def test_a_sign_up_that_waits_ends(town: Town) -> None:
    order = await town.sign_up()
    await town.until("select count(*) = 1 from post.link where purpose = 'confirm_signup'")
    await erased(town, "rotterdam", order.gangmaker)
    await town.until("select count(*) = 1 from registry.signup where status = 'withdrawn'")
