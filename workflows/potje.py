"""The potje of a street and year: reserve, approve, pay by bank or by hand; reject, withdraw, correct."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from workflows.engine import do, next_revision, refuse, refuse_if, show, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import Booked, Booking, Fact, Letter, Template
    from schemas.ledger import Leg, LegKind
    from schemas.payee import gangmaker_ref
    from schemas.payment import PaymentNews, PaymentOutcome
    from schemas.policy import PayoutKind
    from schemas.potje import (
        HANDED,
        PotjeAct,
        PotjeOrder,
        PotjeResult,
        PotjeStatus,
        approve_refusal,
        hand_legs,
        hand_over_refusal,
        handed_legs,
        handed_refusal,
        potje_accounts,
        potje_group,
        reserve_legs,
        resolve_legs,
        withdraw_refusal,
        withdrawn_legs,
    )
    from schemas.potje_letters import PotjeStands, details, patience, potje_fact, potje_letters
    from schemas.refs import ENGINE, StaffRef, VaultRef
    from schemas.refusals import Refusal
    from schemas.signup import Answer
    from schemas.steps import Step


@workflow.defn
class PotjeWorkflow:
    """Money moves when this says so, save what a bulk approval or a statement moved: of that it hears."""

    @workflow.init
    def __init__(self, order: PotjeOrder) -> None:
        self._order = order
        self._status = PotjeStatus.WAITING_FOR_BUDGET
        self._open = list(order.kinds)
        self._handed: list[PayoutKind] = []
        self._approver: StaffRef | None = None
        self._attempt = 0
        self._handovers = 0
        self._money_came = False
        self._reserving = True
        self._confirmed: VaultRef | None = None
        self._in_bulk: PotjeAct | None = None
        self._news: list[PaymentNews] = []
        self._reminded: set[str] = set()
        self._revision = 0
        self._moves = 0
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, order: PotjeOrder) -> PotjeResult:
        """Reserve when there is money, then follow the desk, the gangmakers and the bank until it is over."""
        await self._reserve()
        while await self._happens():
            async with self._lock:
                await self._heed()
        await workflow.wait_condition(workflow.all_handlers_finished)
        paid = self._status is PotjeStatus.PAID
        return PotjeResult(status=self._status, cents=order.cents if paid else 0)

    async def _reserve(self) -> None:
        """A potje without budget waits, and tries again each time money arrives."""
        while not self._status.settled:
            async with self._lock:
                self._money_came = False
                if not self._status.settled and await self._try_to_reserve():
                    return
            await workflow.wait_condition(lambda: self._money_came or self._status.settled)

    async def _try_to_reserve(self) -> bool:
        """False while the budget is short."""
        self._attempt += 1
        proposer = self._order.proposer
        booking = Booking(
            fact=self._fact(f"reserved-{self._attempt}", PotjeStatus.TO_APPROVE, actor=proposer),
            otherwise=self._fact(f"short-{self._attempt}", PotjeStatus.WAITING_FOR_BUDGET, actor=proposer),
            accounts=potje_accounts(self._order),
            legs=reserve_legs(self._order, self._attempt),
            booked_on=dutch_date(workflow.now()),
            group=potje_group(self._order),
        )
        self._reserving = True
        booked = await do(steps.RESERVE_POTJE, booking, "Reserveer het potje in het budget")
        self._reserving = False
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
        return bool(self._news) or self._confirmed is not None or bulk

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
                fact = self._fact(f"reminded-{self._handovers}", letters=letters)
                await do(steps.REMIND_RECEIPT, fact, "Vraag nog eens of het potje is ontvangen")
            else:
                fact = self._fact("account", letters=self._letters(Template.ACCOUNT_REMINDER))
                await do(steps.REMIND_ACCOUNT, fact, "Vraag nog eens om het rekeningnummer")
        return True

    async def _heed(self) -> None:
        if self._in_bulk is not None and self._status is PotjeStatus.TO_APPROVE:
            await self._tell_approved(self._in_bulk)
        while self._news:
            await self._hear(self._news.pop(0))
        if self._confirmed is not None:
            person, self._confirmed = self._confirmed, None
            if self._status is PotjeStatus.HANDED_OVER:
                await self._arrived(gangmaker_ref(person))

    async def _tell_approved(self, act: PotjeAct) -> None:
        """A bulk approval moved the money and wrote the fact; the gangmakers have yet to hear."""
        self._approver = act.by
        self._move(PotjeStatus.APPROVED)
        if letters := self._approved_letters():
            await do(steps.TELL_APPROVED, self._fact("told", letters=letters), "Goedgekeurd: vertel het")

    async def _hear(self, news: PaymentNews) -> None:
        """What the bank did; the money moved with its statement."""
        paid = PayoutKind.BANK not in self._open
        if news.outcome is PaymentOutcome.BOOKED and not paid:
            self._open.remove(PayoutKind.BANK)
            status = self._status if self._open else PotjeStatus.PAID
            letters = [] if self._open else self._letters(Template.POTJE_PAID)
            fact = self._fact(f"paid-{news.payment}", status, letters=letters)
            await do(steps.NOTE_PAID, fact, "De bank heeft betaald")
            self._move(status)
        elif news.outcome is not PaymentOutcome.BOOKED and paid == (news.outcome is PaymentOutcome.RETURNED):
            if paid:
                self._open.append(PayoutKind.BANK)
            status = self._status if self._status is PotjeStatus.HANDED_OVER else PotjeStatus.APPROVED
            letters = self._letters(Template.POTJE_BOUNCED)
            fact = self._fact(f"bounced-{news.payment}", status, letters=letters)
            await do(steps.NOTE_BOUNCED, fact, "De bank kon niet betalen: vraag het rekeningnummer na")
            self._move(status)

    @workflow.signal(description="Er is geld bij gekomen in het budget")
    def money_came(self) -> None:
        """A waiting potje tries to reserve again; any other does not care."""
        self._money_came = True

    @workflow.signal(description="Goedgekeurd, samen met andere potjes")
    def approved_in_bulk(self, act: PotjeAct) -> None:
        """The money was moved already. Once is enough."""
        self._in_bulk = self._in_bulk or act

    @workflow.signal(description="Bericht van de bank over de betaling")
    def payment(self, news: PaymentNews) -> None:
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
            self._handed = [kind for kind in self._open if kind in HANDED]
            self._handovers += 1
            letters = self._letters(Template.POTJE_HANDED)
            fact = self._fact(
                f"handed-{self._handovers}", PotjeStatus.HANDED_OVER, letters=letters, actor=act.by
            )
            legs = hand_legs(self._order, self._handovers, self._handed)
            await self._book(
                steps.HAND_OVER_POTJE, fact, legs, "Uitgereikt: vraag de gangmaker om bevestiging"
            )

    async def _ask_again(self, act: PotjeAct) -> None:
        self._moves += 1
        letters = self._letters(Template.POTJE_HANDED)
        fact = self._fact(f"asked-{self._moves}", letters=letters, actor=act.by)
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
            await self._book(steps.UNDO_HAND_OVER, fact, legs, "Uitreiking teruggedraaid")
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
            await self._arrived(act.by)

    @confirm_by_code.validator
    def may_confirm_by_code(self, act: PotjeAct) -> None:
        """Only what waits for its confirmation."""
        refuse_if(handed_refusal(self._status))

    async def _arrived(self, by: StaffRef) -> None:
        """Post what was handed over; the last part settles the potje and thanks the street."""
        still_open = [kind for kind in self._open if kind not in self._handed]
        before, self._open = self._open, still_open
        status = PotjeStatus.APPROVED if still_open else PotjeStatus.PAID
        letters = [] if still_open else self._letters(Template.POTJE_PAID)
        fact = self._fact(f"received-{self._handovers}", status, letters=letters, actor=by)
        legs = handed_legs(self._order, self._handovers, self._handed, LegKind.POST)
        booked = await self._book(steps.CONFIRM_HAND_OVER, fact, legs, "De gangmaker bevestigt: boek het")
        if booked.late:
            self._open = before

    async def _book(
        self, step: Step[Booking, Booked], fact: Fact, legs: list[Leg], summary: str, **unless: bool
    ) -> Booked:
        """One fact with its legs. Late: somebody else decided first, and nothing changed."""
        booking = Booking(
            fact=fact,
            legs=legs,
            booked_on=dutch_date(workflow.now()),
            group=potje_group(self._order),
            only_from=self._status,
            **unless,
        )
        booked = await do(step, booking, summary)
        if not booked.late and fact.potje:
            self._move(PotjeStatus(fact.potje.status))
        return booked

    def _move(self, status: PotjeStatus) -> None:
        self._status = status
        self._moves += 1
        show_phase(f"potje_{status}")
        order = self._order
        show(
            details(order, status, self._open),
            f"{order.desk_url}/{order.municipality}/straten/{order.street}",
        )

    def _approved_letters(self) -> list[Letter]:
        """Money by bank needs an IBAN; what is handed over comes with its own mail."""
        return self._letters(Template.POTJE_APPROVED) if PayoutKind.BANK in self._open else []

    def _letters(self, template: Template) -> list[Letter]:
        return potje_letters(self._order, template, self._handed, self._handovers)

    def _fact(
        self,
        name: str,
        status: PotjeStatus | None = None,
        *,
        letters: list[Letter] | None = None,
        actor: StaffRef = ENGINE,
    ) -> Fact:
        """What happened, with the potje as it stands after it."""
        self._revision = next_revision(self._revision)
        stands = PotjeStands(
            status=status or self._status,
            open_parts=self._open,
            approver=self._approver,
            attempt=self._attempt,
            handovers=self._handovers,
            revision=self._revision,
        )
        return potje_fact(self._order, name, stands, letters or [], actor)
