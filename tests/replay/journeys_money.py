"""The journeys of approvals, batches, accounts and heads; importing this adds them to the others."""

from uuid import UUID, uuid4

from schemas.facts import LinkPurpose
from schemas.heads import HEADS
from schemas.payee import PayeeAct
from schemas.payment import ApprovalsOrder, BatchAct, PaymentOutcome, approvals_id, payee_id
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from tests.replay.journeys import JOURNEYS, keeps
from tests.store.payout_rows import SECOND, TREASURER, order
from tests.workflow.batches import begin, frozen, handle, released, statement
from tests.workflow.payee_street import Street, street_of
from tests.workflow.town import ANS, BO, COORDINATOR, Town
from workflows.approvals import ApprovalsWorkflow
from workflows.heads import PublishHeadsWorkflow
from workflows.payee import PayeeWorkflow
from workflows.payout import PayoutWorkflow
from workflows.potje import PotjeWorkflow

__all__ = ["JOURNEYS"]


async def _approved_in_bulk(town: Town) -> SignupOrder:
    order = await town.accepted()
    asked = ApprovalsOrder(
        workflow_id=approvals_id(order.municipality, uuid4()),
        municipality=order.municipality,
        year=town.year,
        by=f"{order.municipality}:treasurer-1",
    )
    await town.client.execute_workflow(
        ApprovalsWorkflow.run, asked, id=asked.workflow_id, task_queue=f"{QUEUE}-{town.suffix}"
    )
    await town.relay.work()
    await town.mailed(order.gangmaker, "potje_approved")
    return order


@keeps("approvals", "potje")
async def together(town: Town) -> None:
    """Approved in bulk; sent back by the bank after it was booked, and paid once more."""
    order = await _approved_in_bulk(town)
    payment = await town.pays(order)
    await town.bank_says(payment, PaymentOutcome.RETURNED, "AC04")
    await town.pays(order, PaymentOutcome.REJECTED, "AC01")
    await town.pays(order)
    await town.settles(order)


@keeps("potje")
async def handed_by_mistake(town: Town) -> None:
    """Corrected, handed over again and confirmed by the code."""
    order = await town.accepted("den-haag", second=BO)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over, by=COORDINATOR)
    await town.act(order, PotjeWorkflow.undo_hand_over, by=COORDINATOR)
    await town.act(order, PotjeWorkflow.hand_over, by=COORDINATOR)
    await town.act(order, PotjeWorkflow.confirm_by_code, by=COORDINATOR)
    await town.potje(order).result()


@keeps("potje")
async def withdrawn_late(town: Town) -> None:
    """Approved, reminded of the account, and withdrawn."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.later(town.potje(order), days=8)
    await town.mailed(order.gangmaker, "account_reminder")
    await town.act(order, PotjeWorkflow.withdraw, by=COORDINATOR)
    await town.potje(order).result()


@keeps("ledger")
async def told_to_the_auditor(town: Town) -> None:
    """Where the chains stand, one morning."""
    town.started.append(f"{HEADS}-{town.suffix}")
    await town.client.execute_workflow(
        PublishHeadsWorkflow.run, id=town.started[-1], task_queue=f"{QUEUE}-{town.suffix}"
    )


@keeps("payout")
async def settled_late(town: Town) -> None:
    """A statement that is late, one that tells half, and the last."""
    asked, payout = await released(town)
    await town.until_phase(payout, "payout_released")
    await town.later(payout, days=4, minutes=1)
    await town.until("select exists (select from registry.fact where name = 'batch.late')")
    await statement(town, asked, "anjerhof")
    await town.at_rest(payout)
    await statement(town, asked, "berkenlaan", "rejected")
    await payout.result()


@keeps("payout")
async def cancelled(town: Town) -> None:
    """Before its release; the next batch gets the same potjes."""
    _, payout = await frozen(town)
    _ = await payout.execute_update(PayoutWorkflow.cancel, BatchAct(by=TREASURER))
    await payout.result()
    following = order(by=SECOND)
    await begin(town, following)
    _ = await handle(town, following).execute_update(PayoutWorkflow.release, BatchAct(by=TREASURER))
    for slug in ("anjerhof", "berkenlaan"):
        await statement(town, following, slug)
    await handle(town, following).result()


async def _first(town: Town) -> tuple[Street, UUID, UUID]:
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    return street, ans, bo


@keeps("payee")
async def changed_after_a_yes(town: Town) -> None:
    """The first account, another one, and the first day of that."""
    street, ans, bo = await _first(town)
    given, change = await street.changes(2, bo)
    await street.says(given, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    await town.later(change, days=1, minutes=1)
    await street.ending(given)


@keeps("payee")
async def refused(town: Town) -> None:
    """A no."""
    street, ans, bo = await _first(town)
    given, _ = await street.changes(2, bo)
    await street.says(given, ans, yes=False)
    await street.ending(given)


@keeps("payee")
async def never_answered(town: Town) -> None:
    """Reminded, then forgotten."""
    street, _, bo = await _first(town)
    given, change = await street.changes(2, bo)
    await town.later(change, days=15)
    await street.ending(given)


@keeps("payee")
async def confirmed_at_the_last_moment(town: Town) -> None:
    """The answer is in the inbox when time is up, and arrives later."""
    street, ans, bo = await _first(town)
    given, change = await street.changes(2, bo)
    await town.answers(payee_id(given.ref), ans, LinkPurpose.CONFIRM_ACCOUNT)
    await town.later(change, days=15)
    await town.relay.work()
    await town.until_phase(change, "payee_confirmed")
    await town.later(change, days=1, minutes=1)
    await street.ending(given)


@keeps("payee")
async def overtaken_and_stopped(town: Town) -> None:
    """A newer one takes its place, the same one changes nothing, and the desk stops what is left."""
    street, ans, bo = await _first(town)
    older, _ = await street.changes(2, bo)
    newer, change = await street.changes(3, bo)
    await street.ending(older)
    await street.ending(await street.gives(3, ans))
    await street.says(newer, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    _ = await change.execute_update(PayeeWorkflow.stop, PayeeAct(by=TREASURER))
    await street.ending(newer)
