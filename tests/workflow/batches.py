"""Payment batches as the desk begins them and the bank answers them."""

from typing import Any
from uuid import uuid4

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from schemas.ledger import LegKind
from schemas.payment import BatchAct, PayoutOrder, payout_id
from schemas.payout import Frozen, PaymentMoney, resolve_leg
from schemas.steps import QUEUE
from store import inbox, ledger
from tests.store.payout_rows import CITY, DAY, SECOND, YEAR, accounts, approved, order
from tests.workflow.town import Town
from workflows.engine import attributes
from workflows.payout import PayoutWorkflow

STREETS = ("anjerhof", "berkenlaan")


async def streets(town: Town, slugs: tuple[str, ...] = STREETS) -> None:
    """Streets with an approved potje and an account."""
    async with town.db.transaction() as conn:
        await approved(conn, slugs)
        await accounts(conn, town.vault, slugs)


async def begin(town: Town, asked: PayoutOrder) -> Frozen:
    """What the desk does."""
    start = WithStartWorkflowOperation(
        PayoutWorkflow.run,
        asked,
        id=payout_id(asked.municipality, asked.batch),
        task_queue=f"{QUEUE}-{town.suffix}",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=attributes(asked.municipality, "freezing"),
    )
    begun: Frozen = await town.client.execute_update_with_start_workflow(
        "begun", id=str(asked.batch), start_workflow_operation=start, result_type=Frozen
    )
    return begun


def handle(town: Town, asked: PayoutOrder) -> WorkflowHandle[Any, Any]:
    """The workflow of a batch."""
    return town.client.get_workflow_handle_for(PayoutWorkflow.run, payout_id(asked.municipality, asked.batch))


async def frozen(town: Town) -> tuple[PayoutOrder, WorkflowHandle[Any, Any]]:
    """A batch of two payments, with its file."""
    await streets(town)
    asked = order()
    await begin(town, asked)
    await town.until("select document is not null from money.batch")
    return asked, handle(town, asked)


async def released(town: Town) -> tuple[PayoutOrder, WorkflowHandle[Any, Any]]:
    """The same, released by a second person."""
    asked, payout = await frozen(town)
    _ = await payout.execute_update(PayoutWorkflow.release, BatchAct(by=SECOND))
    return asked, payout


async def statement(
    town: Town, asked: PayoutOrder, street: str, state: str = "booked", *, told: bool = True
) -> None:
    """What the import of a statement does, and then the relay."""
    async with town.db.transaction() as conn:
        row = await conn.fetchrow(
            "update money.payment set state = $3, resolved_at = now()"
            " where batch = $1 and street = $2 returning id, cents",
            asked.batch,
            street,
            state,
        )
        money = PaymentMoney(id=row["id"], municipality=CITY, year=YEAR, street=street, cents=row["cents"])
        leg = resolve_leg(money, LegKind.POST if state == "booked" else LegKind.RELEASE)
        await ledger.transfer(conn, [leg], actor="engine", group_id=asked.batch, booked_on=DAY)
        payload = {"workflow_id": payout_id(CITY, asked.batch)}
        await inbox.receive(conn, inbox.Submission(uuid4(), "batch", CITY, payload))
    if told:
        await town.relay.work()
