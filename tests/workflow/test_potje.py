"""The potje: four eyes, by bank or by hand, confirmed, rejected; and the ledger that follows."""

from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.bank_news import hear
from activities.beginnings import Beginnings
from activities.facts import Facts
from schemas.facts import LinkPurpose
from schemas.payment import PaymentNews, PaymentOutcome
from schemas.potje import ApprovalChunk, PotjeAct, PotjeStatus
from schemas.potje_letters import Deciding, Proposal, proposal
from schemas.refusals import Refusal
from schemas.signup import Answer, SignupOrder
from schemas.steps import DECIDE_STREET
from store.approvals import approve_chunk
from tests.workflow.bank import bank_says, put_in_batch
from tests.workflow.town import BO, COORDINATOR, TREASURER, Town, potje_of, second_of, staff
from workflows.potje import PotjeWorkflow


def _by(order: SignupOrder, name: str = TREASURER) -> PotjeAct:
    return PotjeAct(by=staff(order, name))


async def _received(town: Town, order: SignupOrder, person: Any = None) -> bool:
    """A gangmaker clicks the link of the hand-over."""
    answered = await town.answers(
        town.potje(order).id, person or order.gangmaker, LinkPurpose.CONFIRM_RECEIPT
    )
    await town.relay.work()
    return answered


async def _purse(town: Town, order: SignupOrder) -> tuple[int, int]:
    """Cents that reached the street, and cents still reserved for it."""
    held = await town.balance(f"street:{order.municipality}:{order.street}:{town.year}")
    return held.available, held.credits_pending


async def _left(town: Town, municipality: str) -> int:
    return (await town.balance(f"budget:{municipality}:potjes:{town.year}")).available


async def test_nobody_approves_what_they_proposed(town: Town) -> None:
    order = await town.accepted()
    potje, proposer = town.potje(order), _by(order, COORDINATOR)
    for update in (PotjeWorkflow.approve, PotjeWorkflow.reject):
        await town.refused(potje, update, proposer, Refusal.PROPOSER_MAY_NOT_APPROVE)
    await town.refused(potje, PotjeWorkflow.hand_over, _by(order), Refusal.POTJE_NOT_APPROVED)
    await town.act(order, PotjeWorkflow.approve)
    await town.refused(potje, PotjeWorkflow.approve, _by(order), Refusal.POTJE_NOT_AWAITING_APPROVAL)
    await town.refused(potje, PotjeWorkflow.hand_over, _by(order), Refusal.NOTHING_TO_HAND_OVER)
    row = (await town.rows("select status, proposer, approver from registry.potje"))[0]
    assert tuple(row) == ("approved", "rotterdam:coordinator-1", "rotterdam:treasurer-1")


async def test_rotterdam_pays_by_bank(town: Town) -> None:
    order = await town.accepted()
    assert await _left(town, "rotterdam") == 9_850_00
    await town.act(order, PotjeWorkflow.approve)
    assert await _purse(town, order) == (0, 0)
    payment = await put_in_batch(town, order)
    assert await _purse(town, order) == (0, 150_00)
    await town.bank_says(payment)
    paid = await town.settles(order)
    assert (paid.status, paid.cents) == (PotjeStatus.PAID, 150_00)
    assert await _purse(town, order) == (150_00, 0)
    assert await town.facts(order, "potje.") == ["potje.reserved", "potje.approved", "potje.paid"]
    assert (await town.mails(order.gangmaker))[-2:] == ["potje_approved", "potje_paid"]


async def test_the_hague_hands_over_cash_and_a_voucher(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    potje, people = town.potje(order), (order.gangmaker, second_of(order))
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over, by=COORDINATOR)
    for person in people:
        await town.mailed(person, "potje_handed")
    assert await _purse(town, order) == (0, 100_00)
    assert await _received(town, order, people[1])
    assert (await potje.result()).cents == 100_00
    assert not await _received(town, order, people[1])
    assert await _purse(town, order) == (100_00, 0)
    for person in people:
        assert (await town.mails(person))[-1] == "potje_paid"
    assert await _received(town, order, people[0])
    assert await town.value("select count(*) from post.submission where refused = 'workflow_gone'") == 1
    assert await _purse(town, order) == (100_00, 0)


async def test_silence_after_a_hand_over_is_reminded_of_once(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await town.later(potje, days=30)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.later(potje, days=4, hours=23)
    assert "potje_handed_reminder" not in await town.mails()
    await town.later(potje, hours=2)
    assert (await town.mails(order.gangmaker)).count("potje_handed_reminder") == 1
    await town.later(potje, days=30)
    assert (await town.mails(order.gangmaker)).count("potje_handed_reminder") == 1
    await _received(town, order)
    assert (await potje.result()).status is PotjeStatus.PAID


async def test_handing_over_again_asks_again(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.later(potje, days=4)
    await town.act(order, PotjeWorkflow.hand_over)
    assert (await town.mails(order.gangmaker)).count("potje_handed") == 2
    await town.later(potje, days=4)
    assert "potje_handed_reminder" not in await town.mails()
    await town.later(potje, days=1, minutes=1)
    assert (await town.mails(order.gangmaker)).count("potje_handed_reminder") == 1
    await _received(town, order)
    assert (await potje.result()).cents == 100_00
    assert await town.facts(order, "potje.") == [
        "potje.reserved",
        "potje.approved",
        "potje.handed",
        "potje.asked",
        "potje.reminded",
        "potje.received",
    ]


async def test_aalsmeer_hands_over_cash(town: Town) -> None:
    order = await town.accepted("aalsmeer", second=BO)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await _received(town, order)
    assert (await town.potje(order).result()).cents == 100_00
    assert await _purse(town, order) == (100_00, 0)


async def test_part_by_bank_first_then_the_voucher(town: Town) -> None:
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    assert await _purse(town, order) == (100_00, 0)
    assert await town.value("select open_parts from registry.potje") == ["voucher"]
    assert "potje_paid" not in await town.mails()
    await town.act(order, PotjeWorkflow.hand_over)
    await _received(town, order)
    assert (await town.settles(order)).cents == 125_00
    assert await _purse(town, order) == (125_00, 0)


@pytest.mark.parametrize("confirmed_first", [True, False])
async def test_the_voucher_first_then_part_by_bank(town: Town, *, confirmed_first: bool) -> None:
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    if confirmed_first:
        await _received(town, order)
        await town.until_phase(potje, "potje_approved")
        assert await _purse(town, order) == (25_00, 0)
        await town.refused(potje, PotjeWorkflow.hand_over, _by(order), Refusal.NOTHING_TO_HAND_OVER)
        await town.pays(order)
    else:
        await town.pays(order)
        assert await town.phase(potje) == "potje_handed_over"
        assert await _purse(town, order) == (100_00, 25_00)
        await _received(town, order)
    assert (await town.settles(order)).cents == 125_00
    assert await _purse(town, order) == (125_00, 0)
    assert (await town.mails()).count("potje_paid") == 1


async def test_rejecting_gives_the_money_back_and_tells(town: Town) -> None:
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.reject)
    rejected = await potje.result()
    assert (rejected.status, rejected.cents) == (PotjeStatus.REJECTED, 0)
    assert await _purse(town, order) == (0, 0)
    assert await _left(town, "rotterdam") == 10_000_00
    await town.mailed(order.gangmaker, "potje_rejected")


async def test_details_follow_the_potje(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    potje = town.potje(order)
    assert "wacht op goedkeuring" in await town.details(potje)
    await town.act(order, PotjeWorkflow.approve)
    details = await town.details(potje)
    assert "**Delen:** contant € 75,00, cadeaubon € 25,00" in details
    assert f"(http://desk.test/den-haag/straten/{order.street})" in details


async def test_a_bank_that_sends_the_money_back_opens_the_potje_again(town: Town) -> None:
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    payment = await town.pays(order)
    await town.until_phase(potje, "potje_paid")
    await town.bank_says(payment, PaymentOutcome.RETURNED, "AC04")
    await town.until_phase(potje, "potje_approved")
    assert await _purse(town, order) == (0, 0)
    assert (await town.mails(order.gangmaker))[-1] == "potje_bounced"
    assert await town.value("select open_parts from registry.potje") == ["bank"]
    await town.pays(order)
    assert (await town.settles(order)).cents == 150_00
    assert await _purse(town, order) == (150_00, 0)


async def test_a_rejected_payment_asks_for_the_account(town: Town) -> None:
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order, PaymentOutcome.REJECTED, "AC01")
    assert (await town.mails(order.gangmaker))[-1] == "potje_bounced"
    assert await _purse(town, order) == (0, 0)
    assert await town.phase(town.potje(order)) == "potje_approved"


async def test_a_potje_without_an_account_is_asked_for_once_more(town: Town) -> None:
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await town.later(potje, days=6, hours=23)
    assert "account_reminder" not in await town.mails()
    await town.later(potje, hours=2)
    assert (await town.mails(order.gangmaker)).count("account_reminder") == 1
    await town.later(potje, days=30)
    assert (await town.mails(order.gangmaker)).count("account_reminder") == 1


@pytest.mark.parametrize("approved", [False, True])
async def test_withdrawing_gives_the_money_back_and_tells(town: Town, *, approved: bool) -> None:
    order = await town.accepted()
    if approved:
        await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.withdraw, by=COORDINATOR)
    assert (await town.potje(order).result()).status is PotjeStatus.WITHDRAWN
    assert await _left(town, "rotterdam") == 10_000_00
    assert (await town.balance(f"bank:rotterdam:{town.year}")).available == 0
    assert (await town.mails(order.gangmaker))[-1] == "potje_withdrawn"


async def test_what_is_on_its_way_to_the_bank_cannot_be_withdrawn(town: Town) -> None:
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    payment = await put_in_batch(town, order)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await town.act(order, PotjeWorkflow.withdraw, by=COORDINATOR)
    assert refused.value.cause is not None
    assert Refusal.POTJE_IN_BATCH in repr(refused.value.cause) or "op weg" in str(refused.value.cause)
    assert await _left(town, "rotterdam") == 9_850_00
    await town.bank_says(payment)
    assert (await town.settles(order)).status is PotjeStatus.PAID


async def test_a_withdrawal_waits_for_the_news_of_a_bank(town: Town) -> None:
    """The statement is in the database; the potje has not heard that its payment was refused."""
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await bank_says(town, await put_in_batch(town, order), PaymentOutcome.REJECTED, "AC01")
    await town.refused_late(potje, PotjeWorkflow.withdraw, _by(order), Refusal.POTJE_JUST_MOVED)
    await town.relay.work()
    await town.act(order, PotjeWorkflow.withdraw, by=COORDINATOR)
    assert (await potje.result()).status is PotjeStatus.WITHDRAWN
    assert await _left(town, "rotterdam") == 10_000_00


async def test_news_of_a_bank_that_overtakes_a_bulk_approval_keeps_who_approved(town: Town) -> None:
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted()
    potje = town.potje(order)
    async with town.db.transaction() as conn:
        assert (await approve_chunk(conn, _chunk(town, order, potje.id))).potjes == 1
        await conn.execute(
            "update post.submission set next_at = now() + interval '1 hour' where kind = 'approval'"
        )
    await town.pays(order)
    await town.until_phase(potje, "potje_approved")
    await town.db_execute("update post.submission set next_at = now() where kind = 'approval'")
    await town.relay.work()
    await town.act(order, PotjeWorkflow.hand_over, by=COORDINATOR)
    assert await town.value("select approver from registry.potje") == staff(order, TREASURER)


async def test_a_hand_over_that_was_a_mistake_is_corrected(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.refused(potje, PotjeWorkflow.withdraw, _by(order), Refusal.HANDOVER_UNCONFIRMED)
    await town.act(order, PotjeWorkflow.undo_hand_over)
    assert await _purse(town, order) == (0, 0)
    assert (await town.mails(order.gangmaker))[-1] == "handover_corrected"
    await town.refused(potje, PotjeWorkflow.confirm_by_code, _by(order), Refusal.NOTHING_HANDED_OVER)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.act(order, PotjeWorkflow.confirm_by_code)
    assert (await potje.result()).cents == 100_00
    assert await _purse(town, order) == (100_00, 0)


async def test_a_bank_that_is_faster_than_a_confirmation(town: Town) -> None:
    """The relay wrote what the bank paid, and died before it told: an act that does not know is late."""
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted()
    potje = town.potje(order)
    await town.act(order, PotjeWorkflow.approve)
    payment = await put_in_batch(town, order)
    await town.act(order, PotjeWorkflow.hand_over)
    await bank_says(town, payment, PaymentOutcome.BOOKED, None)
    news = PaymentNews(workflow_id=potje.id, payment=payment, outcome=PaymentOutcome.BOOKED)
    for _ in range(2):
        async with town.db.transaction() as conn:
            await hear(conn, town.tools, news)
    await town.refused_late(potje, PotjeWorkflow.confirm_by_code, _by(order), Refusal.POTJE_JUST_MOVED)
    await potje.signal(PotjeWorkflow.answer, Answer(person=order.gangmaker, yes=True))
    await town.at_rest(potje)
    assert await town.value("select status from registry.potje") == "handed_over"
    await town.relay.work()
    assert (await town.settles(order)).cents == 125_00
    row = (await town.rows("select status, open_parts from registry.potje"))[0]
    assert (row["status"], row["open_parts"]) == ("paid", [])
    assert (await town.mails()).count("potje_paid") == 1
    assert await _purse(town, order) == (125_00, 0)


async def test_a_bulk_approval_between_the_halves_of_a_beginning_is_told(town: Town) -> None:
    """The step reserved, and died before it started the workflow: what came meanwhile is not lost."""
    order = await town.accepted()
    first = await _another(town, order)
    potje = town.client.get_workflow_handle(first.order.workflow_id)

    async def gone() -> Client:
        raise ConnectionError

    async def connected() -> Client:
        return town.client

    with pytest.raises(ConnectionError):
        await Beginnings(town.tools, gone).begin_potje(first)
    async with town.db.transaction() as conn:
        assert (await approve_chunk(conn, _chunk(town, order, potje.id))).potjes == 1
    await town.relay.work()
    for _ in range(2):
        await Beginnings(town.tools, connected).begin_potje(first)
    await town.until_phase(potje, "potje_approved")
    assert await _left(town, "rotterdam") == 9_700_00


async def test_what_a_bank_paid_between_the_halves_of_a_beginning_is_told_too(town: Town) -> None:
    await town.decree(potje=potje_of(bank=100, voucher=25))
    order = await town.accepted()
    first = await _another(town, order)
    potje = town.client.get_workflow_handle(first.order.workflow_id)

    async def connected() -> Client:
        return town.client

    await Facts(town.tools).book(first)
    async with town.db.transaction() as conn:
        assert (await approve_chunk(conn, _chunk(town, order, potje.id))).potjes == 1
    await town.relay.work()
    await put_in_batch(town, order)
    await town.bank_says(await town.value("select id from money.payment"))
    await Beginnings(town.tools, connected).begin_potje(first)
    await town.until_phase(potje, "potje_approved")
    await town.at_rest(potje)
    assert "**Nog open:** cadeaubon" in await town.details(potje)


def _chunk(town: Town, order: SignupOrder, potje: str) -> ApprovalChunk:
    return ApprovalChunk(
        workflow_id="approvals-x",
        number=1,
        municipality=order.municipality,
        year=town.year,
        by=staff(order, TREASURER),
        potjes=[potje],
    )


async def _another(town: Town, order: SignupOrder) -> Proposal:
    """As the street's own potje began, for one more."""
    async for event in town.street(order).fetch_history_events():
        step = event.activity_task_scheduled_event_attributes
        if step.activity_type.name == DECIDE_STREET.name:
            (deciding,) = await town.client.data_converter.decode(step.input.payloads, [Deciding])
            first: Proposal = deciding.proposal
            another = first.order.model_copy(update={"workflow_id": f"{first.order.workflow_id}-9"})
            town.started.append(another.workflow_id)
            return proposal(another, first.wijk, first.booked_on, 1)
    raise AssertionError("the street has not decided")
