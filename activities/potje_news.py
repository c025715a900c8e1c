"""Where the registry has a potje, told to its workflow: before that had begun, nobody could tell it."""

from collections.abc import Mapping
from typing import Any

from temporalio.client import WorkflowHandle

from schemas.policy import PayoutKind
from schemas.potje import ApprovedInBulk, PotjeMoved, PotjeResult, PotjeStatus
from store import registry
from store.database import Connection
from workflows.potje import PotjeWorkflow

Potje = WorkflowHandle[PotjeWorkflow, PotjeResult]
UNDECIDED = (PotjeStatus.WAITING_FOR_BUDGET, PotjeStatus.TO_APPROVE)


async def tell_where_it_is(conn: Connection, potje: Potje, row: Mapping[str, Any]) -> None:
    """Who approved it, and what came since: the signals of then. To one that knows they are no news."""
    status = PotjeStatus(row["status"])
    if status in UNDECIDED:
        return
    if row["approver"]:
        told = await registry.entered(conn, f"{potje.id}/approved-{row['attempt']}")
        act = ApprovedInBulk(by=row["approver"], revision=row["revision"], told=told)
        await potje.signal(PotjeWorkflow.approved_in_bulk, act)
    moved = PotjeMoved(
        fact=await registry.last_of_potje(conn, potje.id),
        status=status,
        open_parts=[PayoutKind(kind) for kind in row["open_parts"]],
        revision=row["revision"],
        handovers=row["handovers"],
    )
    await potje.signal(PotjeWorkflow.payment, moved)
