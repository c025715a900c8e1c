"""A bulk approval: as many potjes as somebody chose, some hundreds a step."""

from temporalio import workflow

from workflows.engine import at_desk, do, show, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.money import format_euros
    from schemas.payment import Approvals, ApprovalsOrder
    from schemas.potje import ApprovalChunk


@workflow.defn
class ApprovalsWorkflow:
    """Goes on where it was, however often its worker dies; nobody is approved twice."""

    @workflow.init
    def __init__(self, order: ApprovalsOrder) -> None:
        self._order = order
        self._approved = Approvals()
        self._over = False

    @workflow.run
    async def run(self, order: ApprovalsOrder) -> Approvals:
        """Chunk by chunk until one finds nothing more."""
        begun, number = None, 0
        while True:
            number += 1
            chunk = ApprovalChunk(
                workflow_id=order.workflow_id,
                number=number,
                municipality=order.municipality,
                year=order.year,
                by=order.by,
                potjes=order.potjes,
                begun=begun,
            )
            done = await do(steps.APPROVE_CHUNK, chunk, f"Keur potjes goed, deel {number}")
            if not done.potjes:
                break
            begun = done.begun
            total = self._approved
            self._approved = Approvals(potjes=total.potjes + done.potjes, cents=total.cents + done.cents)
            self._show("bezig")
        self._over = True
        self._show("klaar")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._approved

    @workflow.update(description="Wacht tot alles is goedgekeurd")
    async def done(self) -> Approvals:
        """How many and how much, when all of it is done."""
        await workflow.wait_condition(lambda: self._over)
        return self._approved

    def _show(self, how: str) -> None:
        show_phase("approving" if not self._over else "approved")
        order, total = self._order, self._approved
        rows = {
            "Samen goedkeuren": f"{order.year}: {how}",
            "Goedgekeurd": f"{total.potjes} potjes, {format_euros(total.cents)}",
        }
        show(rows, at_desk(order.desk_url, f"{order.municipality}/goedkeuren?jaar={order.year}"))
