"""The potje of a street and year: reserve, approve, pay by bank or by hand; reject, withdraw, correct."""

from datetime import timedelta

from temporalio import workflow

from workflows.engine import do, next_revision, once, refuse, refuse_if
from workflows.potje_base import PotjeBase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import Template
    from schemas.ledger import LegKind
    from schemas.payee import gangmaker_ref
    from schemas.potje import (
        HANDED,
        ApprovedInBulk,
        PotjeAct,
        PotjeMoved,
        PotjeOrder,
        PotjeResult,
        PotjeStatus,
        approve_refusal,
        hand_legs,
        hand_over_refusal,
        handed_legs,
        handed_refusal,
        resolve_legs,
        withdraw_refusal,
        withdrawn_legs,
    )
    from schemas.potje_letters import patience, reservation
    from schemas.refs import StaffRef
    from schemas.refusals import Refusal
    from schemas.signup import Answer


@workflow.defn
class PotjeWorkflow(PotjeBase):
    """Money moves when this says so, save what a bulk approval or a statement moved: of that it hears."""

    @workflow.init
    def __init__(self, order: PotjeOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PotjeOrder) -> PotjeResult:
        """Reserve when there is money, then follow the desk, the gangmakers and the bank until it is over."""
        self._show()
        await self._reserve()
        while await self._happens():
            async with self._lock:
                await self._heed()
        await workflow.wait_condition(workflow.all_handlers_finished)
        paid = self._status is PotjeStatus.PAID
        return PotjeResult(status=self._status, cents=order.cents if paid else 0)

    async def _reserve(self) -> None:
        """A potje without budget waits, and tries again each time money arrives."""
        while self._status is PotjeStatus.WAITING_FOR_BUDGET:
            async with self._lock:
                self._money_came = False
                if self._status is PotjeStatus.WAITING_FOR_BUDGET and await self._try_to_reserve():
                    return
            await workflow.wait_condition(lambda: self._money_came or self._status.settled)

    async def _try_to_reserve(self) -> bool:
        """False while the budget is short."""
        self._attempt += 1
        self._revision = next_revision(self._revision)
        booking = reservation(self._order, self._attempt, dutch_date(workflow.now()), self._revision)
        self._reserving = True
        booked = await do(steps.RESERVE_POTJE, booking, "Reserveer het potje in het budget")
        self._reserving = False
        self._written = booked.revision
        self._move(PotjeStatus.WAITING_FOR_BUDGET if booked.short else PotjeStatus.TO_APPROVE)
        return not booked.short

    async def _happens(self) -> bool:
        """Wait for something to heed, or for a reminder's time. False: nothing can happen any more."""
        if self._status in (PotjeStatus.REJECTED, PotjeStatus.WITHDRAWN):
            return False
        moves = self._moves
        what, span = self._patience()
        if self._status is PotjeStatus.PAID and span is None:
            return False
        try:
            await workflow.wait_condition(
                lambda: self._moves != moves or self._stirred, timeout=span, timeout_summary=what
            )
        except TimeoutError:
            return await self._overdue(moves)
        return True

    @property
    def _stirred(self) -> bool:
        bulk = self._in_bulk is not None and self._status is PotjeStatus.TO_APPROVE
        confirmed = self._confirmed is not None and self._late_at != self._moves
        return bool(self._news) or confirmed or bulk

    def _patience(self) -> tuple[str, timedelta | None]:
        """What to do when nothing happens, and after how long."""
        return patience(self._order, self._status, reminded=self._reminding in self._reminded)

    @property
    def _reminding(self) -> str:
        return f"handed-{self._handovers}" if self._status is PotjeStatus.HANDED_OVER else "account"

    async def _overdue(self, moves: int) -> bool:
        """The reminder that is due; False when the bank had its time."""
        if self._status is PotjeStatus.PAID:
            return False
        async with self._lock:
            if self._moves != moves:
                return True
            self._reminded.add(self._reminding)
            if self._status is PotjeStatus.HANDED_OVER:
                letters = self._letters(Template.POTJE_HANDED_REMINDER)
                fact = self._note(f"reminded-{self._handovers}", letters)
                await do(steps.REMIND_RECEIPT, fact, "Vraag nog eens of het potje is ontvangen")
            else:
                fact = self._note("account", self._letters(Template.ACCOUNT_REMINDER))
                await do(steps.REMIND_ACCOUNT, fact, "Vraag nog eens om het rekeningnummer")
        return True

    async def _heed(self) -> None:
        if self._in_bulk is not None and self._status is PotjeStatus.TO_APPROVE:
            await self._tell_approved(self._in_bulk)
        while self._news:
            self._hear(self._news.pop(0))
        if self._confirmed is not None:
            person, self._confirmed = self._confirmed, None
            if self._status is PotjeStatus.HANDED_OVER and not await self._arrived(gangmaker_ref(person)):
                self._confirmed, self._late_at = person, self._moves

    async def _tell_approved(self, act: ApprovedInBulk) -> None:
        """A bulk approval moved the money and wrote the fact; the gangmakers have yet to hear."""
        self._approver = act.by
        self._knows(act.revision)
        self._move(PotjeStatus.APPROVED)
        letters = [] if act.told else self._approved_letters()
        if letters:
            await do(steps.TELL_APPROVED, self._note("told", letters), "Goedgekeurd: vertel het")

    def _hear(self, news: PotjeMoved) -> None:
        """What the bank did: money, journal, registry and letters are written. Old news is no news."""
        if news.revision >= self._written:
            self._knows(news.revision)
            self._open = list(news.open_parts)
            self._handovers = max(self._handovers, news.handovers)
            self._anew = self._anew or news.handovers > 0
            if news.status is PotjeStatus.HANDED_OVER and not self._handed:
                self._handed = [kind for kind in self._open if kind in HANDED]
            self._move(news.status)

    @workflow.signal(description="Er is geld bij gekomen in het budget")
    def money_came(self) -> None:
        """A waiting potje tries to reserve again; any other does not care."""
        self._money_came = True

    @workflow.signal(description="Goedgekeurd, samen met andere potjes")
    def approved_in_bulk(self, act: ApprovedInBulk) -> None:
        """The money was moved already. Once is enough."""
        self._in_bulk = self._in_bulk or act

    @workflow.signal(description="Bericht van de bank over de betaling")
    def payment(self, news: PotjeMoved) -> None:
        """Booked, rejected or returned; the same news twice changes nothing."""
        self._news.append(news)

    @workflow.signal(description="Een gangmaker bevestigt de ontvangst")
    def answer(self, answer: Answer) -> None:
        """The gangmaker received what was handed over. Confirming twice changes nothing."""
        if answer.yes and self._status is PotjeStatus.HANDED_OVER:
            self._confirmed = answer.person

    @workflow.update(description="Keur het potje goed")
    async def approve(self, act: PotjeAct) -> None:
        """Approve; refused for who proposed it (four eyes)."""
        await workflow.wait_condition(lambda: not self._reserving)
        async with self._lock:
            self.may_approve(act)
            before, self._approver = self._approver, act.by
            letters = self._approved_letters()
            fact = self._fact(
                f"approved-{self._attempt}", PotjeStatus.APPROVED, letters=letters, actor=act.by
            )
            legs = resolve_legs(self._order, self._attempt, LegKind.POST)
            booked = await self._book(
                steps.APPROVE_POTJE, fact, legs, "Potje goedgekeurd", unless_paused=True
            )
            if booked.late:
                self._approver = before
                refuse(Refusal.STREET_PAUSED if booked.paused else Refusal.POTJE_NOT_AWAITING_APPROVAL)

    @approve.validator
    def may_approve(self, act: PotjeAct) -> None:
        """Four eyes, and only once. Whoever is faster than the reservation waits for it."""
        if not self._reserving:
            refuse_if(approve_refusal(self._status, self._order.proposer, act.by))

    @workflow.update(description="Keur het potje niet goed")
    async def reject(self, act: PotjeAct) -> None:
        """Reject: the reservation is released and the gangmakers are told kindly."""
        await workflow.wait_condition(lambda: not self._reserving)
        async with self._lock:
            self.may_reject(act)
            letters = self._letters(Template.POTJE_REJECTED)
            fact = self._fact("rejected", PotjeStatus.REJECTED, letters=letters, actor=act.by)
            legs = resolve_legs(self._order, self._attempt, LegKind.RELEASE)
            booked = await self._book(steps.REJECT_POTJE, fact, legs, "Niet goedgekeurd: geef het geld vrij")
            if booked.late:
                refuse(Refusal.POTJE_NOT_AWAITING_APPROVAL)

    @reject.validator
    def may_reject(self, act: PotjeAct) -> None:
        """Only what waits for approval can be rejected, and not by who proposed it."""
        if not self._reserving:
            refuse_if(approve_refusal(self._status, self._order.proposer, act.by))

    @workflow.update(description="Trek het potje in")
    async def withdraw(self, act: PotjeAct) -> None:
        """Withdraw, also after approval, while no money is on its way; the gangmakers are told kindly."""
        await workflow.wait_condition(lambda: not self._reserving)
        async with self._lock:
            self.may_withdraw(act)
            was, legs = self._status, withdrawn_legs(self._order, self._attempt, self._status)
            letters = self._letters(Template.POTJE_WITHDRAWN)
            fact = self._fact("withdrawn", PotjeStatus.WITHDRAWN, letters=letters, actor=act.by)
            booked = await self._book(
                steps.WITHDRAW_POTJE, fact, legs, "Ingetrokken: het geld gaat terug", unless_paying=True
            )
            if booked.late:
                refuse_if(Refusal.POTJE_JUST_MOVED if booked.moved else None)
                approved = was is PotjeStatus.APPROVED
                refuse(Refusal.POTJE_IN_BATCH if approved else Refusal.POTJE_NOT_AWAITING_APPROVAL)

    @withdraw.validator
    def may_withdraw(self, act: PotjeAct) -> None:
        """Not when money has reached the street, or was handed over and not yet confirmed."""
        if not self._reserving:
            refuse_if(withdraw_refusal(self._status, self._order.kinds, self._open))

    @workflow.update(description="Contant geld of bon uitgereikt")
    async def hand_over(self, act: PotjeAct) -> None:
        """Cash and vouchers were handed over: the gangmakers are asked to confirm. Again mails again."""
        async with self._lock:
            self.may_hand_over(act)
            if self._status is PotjeStatus.HANDED_OVER:
                await self._ask_again(act)
                return
            before, self._handed = self._handed, [kind for kind in self._open if kind in HANDED]
            self._handovers += 1
            letters = self._letters(Template.POTJE_HANDED)
            fact = self._fact(
                f"handed-{self._handovers}", PotjeStatus.HANDED_OVER, letters=letters, actor=act.by
            )
            legs = hand_legs(self._order, self._handovers, self._handed)
            booked = await self._book(
                steps.HAND_OVER_POTJE, fact, legs, "Uitgereikt: vraag de gangmaker om bevestiging"
            )
            if booked.late:
                self._handed, self._handovers = before, self._handovers - 1
                refuse(Refusal.POTJE_JUST_MOVED)

    async def _ask_again(self, act: PotjeAct) -> None:
        self._moves += 1
        letters = self._letters(Template.POTJE_HANDED)
        fact = self._note(f"asked-{once() if self._anew else self._moves}", letters, act.by)
        await do(steps.REMIND_RECEIPT, fact, "Vraag nog eens of het potje is ontvangen")

    @hand_over.validator
    def may_hand_over(self, act: PotjeAct) -> None:
        """Only what is approved, and has cash or a voucher in it."""
        refuse_if(hand_over_refusal(self._status, self._open))

    @workflow.update(description="De uitreiking was een vergissing")
    async def undo_hand_over(self, act: PotjeAct) -> None:
        """Correct a hand-over that did not happen: the money is set apart again, the gangmakers are told."""
        async with self._lock:
            self.may_undo_hand_over(act)
            letters = self._letters(Template.HANDOVER_CORRECTED)
            name = f"corrected-{self._handovers}"
            fact = self._fact(name, PotjeStatus.APPROVED, letters=letters, actor=act.by)
            legs = handed_legs(self._order, self._handovers, self._handed, LegKind.RELEASE)
            booked = await self._book(steps.UNDO_HAND_OVER, fact, legs, "Uitreiking teruggedraaid")
            refuse_if(Refusal.POTJE_JUST_MOVED if booked.late else None)
            self._handed = []

    @undo_hand_over.validator
    def may_undo_hand_over(self, act: PotjeAct) -> None:
        """Only what waits for its confirmation."""
        refuse_if(handed_refusal(self._status))

    @workflow.update(description="De gangmaker bevestigt met de code")
    async def confirm_by_code(self, act: PotjeAct) -> None:
        """The gangmaker told the code from their mail; the desk checked it."""
        async with self._lock:
            self.may_confirm_by_code(act)
            if not await self._arrived(act.by):
                refuse(Refusal.POTJE_JUST_MOVED)

    @confirm_by_code.validator
    def may_confirm_by_code(self, act: PotjeAct) -> None:
        """Only what waits for its confirmation."""
        refuse_if(handed_refusal(self._status))

    async def _arrived(self, by: StaffRef) -> bool:
        """Post what was handed over; the last part settles the potje and thanks the street. False: late."""
        still_open = [kind for kind in self._open if kind not in self._handed]
        before, self._open = self._open, still_open
        status = PotjeStatus.APPROVED if still_open else PotjeStatus.PAID
        letters = [] if still_open else self._letters(Template.POTJE_PAID)
        fact = self._fact(f"received-{self._handovers}", status, letters=letters, actor=by)
        legs = handed_legs(self._order, self._handovers, self._handed, LegKind.POST)
        booked = await self._book(
            steps.CONFIRM_HAND_OVER, fact, legs, "De gangmaker bevestigt: boek het", only_open=before
        )
        if booked.late:
            self._open = before
        return not booked.late
