"""A payment batch: frozen, written to a file, released by a second person, settled by bank statements."""

import asyncio
from datetime import datetime

from temporalio import workflow

from workflows.engine import do, refuse, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.money import format_euros
    from schemas.payment import BatchAct, BatchState, PayoutOrder
    from schemas.payout import BatchOrder, Frozen, PayoutResult, cancel_refusal, release_refusal
    from schemas.refs import ENGINE, StaffRef
    from schemas.refusals import Refusal

WORDS = {
    BatchState.FROZEN: "wacht op vrijgave door een tweede persoon",
    BatchState.RELEASED: "vrijgegeven, wacht op het bankafschrift",
    BatchState.CANCELLED: "geannuleerd, de potjes staan weer klaar",
    BatchState.SETTLED: "afgehandeld",
}


@workflow.defn
class PayoutWorkflow:
    """One batch. Its money moves with the steps here, and with the statements that come in."""

    @workflow.init
    def __init__(self, order: PayoutOrder) -> None:
        self._order = order
        self._begun = False
        self._frozen = Frozen()
        self._state: BatchState | None = None
        self._has_file = False
        self._released_by: StaffRef | None = None
        self._open = 0
        self._statements = 0
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, order: PayoutOrder) -> PayoutResult:
        """Freeze what is ready, then follow the desk and the bank until nothing is open."""
        frozen = await do(steps.FREEZE_BATCH, order, "Zet klaar wat betaald kan worden")
        self._frozen, self._open = frozen, frozen.payments
        if frozen.payments:
            self._move(BatchState.FROZEN)
        else:
            show_phase("payout_empty")
        self._begun = True
        if frozen.payments:
            await self._until_released()
            await self._until_settled()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return PayoutResult(state=self._state, payments=frozen.payments, cents=frozen.cents)

    async def _until_released(self) -> None:
        written = await do(steps.WRITE_BATCH_FILE, self._step(), "Schrijf en bewaar het betaalbestand")
        self._has_file = bool(written.sha256)
        await workflow.wait_condition(lambda: self._state is not BatchState.FROZEN)

    async def _until_settled(self) -> None:
        """After each statement count what is open; the next one may come while that is done."""
        counted = 0
        while self._state is BatchState.RELEASED:
            await self._statement_after(counted)
            if self._state is not BatchState.RELEASED:
                return
            counted = self._statements
            told = await do(steps.COUNT_OPEN_PAYMENTS, self._step(), "Tel wat de bank nog niet heeft gemeld")
            self._open = told.open
            self._move(BatchState.RELEASED if told.open else BatchState.SETTLED)

    async def _statement_after(self, counted: int) -> None:
        """Wait for the next statement. Each time that it is late the desk is told, once."""
        reminder = self._frozen.statement_reminder
        self._move(BatchState.RELEASED, due=workflow.now() + reminder)
        try:
            await workflow.wait_condition(
                lambda: self._statements > counted or self._state is not BatchState.RELEASED,
                timeout=reminder,
                timeout_summary="Tot de herinnering: er is nog geen bankafschrift",
            )
        except TimeoutError:
            late = self._step(number=counted + 1)
            await do(steps.NOTE_LATE_STATEMENT, late, "Nog geen bankafschrift: meld het op het bureau")
            await workflow.wait_condition(
                lambda: self._statements > counted or self._state is not BatchState.RELEASED
            )

    @workflow.signal(description="Er is een bankafschrift met betalingen uit dit bestand")
    def statement_came(self) -> None:
        """What it said is in the database already: count what is open."""
        self._statements += 1

    @workflow.update(description="Wacht tot vaststaat wat er in het bestand komt")
    async def begun(self) -> Frozen:
        """What the batch holds; nothing when nothing was ready. Refused without an account to pay from."""
        await workflow.wait_condition(lambda: self._begun)
        refuse_if(self._frozen.refusal)
        return self._frozen

    @workflow.update(description="Geef het betaalbestand vrij")
    async def release(self, act: BatchAct) -> None:
        """The file may go to the bank; refused for who froze it (four eyes)."""
        await workflow.wait_condition(
            lambda: self._begun and (self._has_file or self._state is not BatchState.FROZEN)
        )
        async with self._lock:
            self.may_release(act)
            await do(steps.RELEASE_BATCH, self._step(act.by), "Vrijgegeven voor de bank")
            self._released_by = act.by
            self._move(BatchState.RELEASED)

    @release.validator
    def may_release(self, act: BatchAct) -> None:
        """Four eyes, and only once. Whoever is faster than the freeze waits for it."""
        if self._begun:
            refuse_if(release_refusal(self._order, self._state, act.by))

    @workflow.update(description="Annuleer het betaalbestand")
    async def cancel(self, act: BatchAct) -> None:
        """Its potjes are ready for another batch. After its release: the bank refused the whole file."""
        await workflow.wait_condition(lambda: self._begun)
        async with self._lock:
            self.may_cancel(act)
            did = await do(steps.CANCEL_BATCH, self._step(act.by), "Geannuleerd: geef de potjes weer vrij")
            if not did.done:
                refuse(Refusal.BATCH_TOLD)
            self._open = 0
            self._move(BatchState.CANCELLED)

    @cancel.validator
    def may_cancel(self, act: BatchAct) -> None:
        """What is released only by another than who released it."""
        if self._begun:
            refuse_if(cancel_refusal(self._state, self._released_by, act.by))

    def _step(self, by: StaffRef = ENGINE, number: int = 1) -> BatchOrder:
        order = self._order
        return BatchOrder(batch=order.batch, municipality=order.municipality, by=by, number=number)

    def _move(self, state: BatchState, due: datetime | None = None) -> None:
        self._state = state
        if due:
            show_due(f"payout_{state}", due)
        else:
            show_phase(f"payout_{state}")
        order, frozen = self._order, self._frozen
        rows = {
            "Betaalbestand": f"{order.year}, nummer {frozen.number}: {WORDS[state]}",
            "Betalingen": f"{frozen.payments}, samen {format_euros(frozen.cents)}",
            "Nog open": str(self._open),
        }
        show(rows, f"{order.desk_url}/{order.municipality}/betalen/{order.batch}")
