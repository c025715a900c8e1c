"""The potje of a street and year: reserve, approve, pay by bank or by hand, confirm; or release."""

import asyncio

from temporalio import workflow

from workflows.engine import do, next_revision, refuse_if, show, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import Booked, Booking, Fact, Letter, LinkOrder, LinkPurpose, PotjeSnapshot, Template
    from schemas.ledger import LegKind
    from schemas.policy import PayoutKind
    from schemas.potje import (
        HANDED,
        PotjeAct,
        PotjeOrder,
        PotjeResult,
        PotjeStatus,
        approve_refusal,
        pay_refusal,
        potje_accounts,
        potje_group,
        reserve_legs,
        resolve_legs,
    )
    from schemas.refs import ENGINE, StaffRef
    from schemas.signup import Answer
    from schemas.steps import Step

WORDS = {
    PotjeStatus.WAITING_FOR_BUDGET: "wacht op geld in het budget",
    PotjeStatus.TO_APPROVE: "wacht op goedkeuring",
    PotjeStatus.APPROVED: "goedgekeurd, nog uit te reiken of te betalen",
    PotjeStatus.HANDED_OVER: "uitgereikt, wacht op de gangmaker",
    PotjeStatus.PAID: "uitbetaald",
    PotjeStatus.REJECTED: "niet goedgekeurd",
}


@workflow.defn
class PotjeWorkflow:
    """Money moves when this says so: each step of it is one fact with its postings."""

    @workflow.init
    def __init__(self, order: PotjeOrder) -> None:
        self._order = order
        self._status = PotjeStatus.WAITING_FOR_BUDGET
        self._open = [kind for kind, _ in order.parts]
        self._handed: list[PayoutKind] = []
        self._approver: StaffRef | None = None
        self._attempt = 0
        self._handovers = 0
        self._money_came = False
        self._reserving = True
        self._confirmed = False
        self._revision = 0
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, order: PotjeOrder) -> PotjeResult:
        """Reserve when there is money, then follow the acts of the desk until it is settled."""
        await self._reserve()
        while not self._status.settled:
            await self._receipt()
        await workflow.wait_condition(workflow.all_handlers_finished)
        paid = self._status is PotjeStatus.PAID
        return PotjeResult(status=self._status, cents=sum(c for _, c in order.parts) if paid else 0)

    async def _reserve(self) -> None:
        """A potje without budget waits, and tries again each time money arrives."""
        while True:
            self._attempt += 1
            self._money_came = False
            self._status = PotjeStatus.TO_APPROVE
            reserved = self._fact(f"reserved-{self._attempt}", actor=self._order.proposer)
            self._status = PotjeStatus.WAITING_FOR_BUDGET
            short = self._fact(f"short-{self._attempt}", actor=self._order.proposer)
            booking = Booking(
                fact=reserved,
                otherwise=short,
                accounts=potje_accounts(self._order),
                legs=reserve_legs(self._order, self._attempt),
                booked_on=dutch_date(workflow.now()),
                group=potje_group(self._order),
            )
            self._reserving = True
            booked = await do(steps.RESERVE_POTJE, booking, "Reserveer het potje in het budget")
            self._reserving = False
            if not booked.short:
                self._move(PotjeStatus.TO_APPROVE)
                return
            self._move(PotjeStatus.WAITING_FOR_BUDGET)
            await workflow.wait_condition(lambda: self._money_came)

    async def _receipt(self) -> None:
        """Wait for the next act; after a hand-over remind the gangmaker once."""
        handovers = self._handovers
        waiting = self._status is PotjeStatus.HANDED_OVER
        try:
            await workflow.wait_condition(
                lambda: self._status.settled or self._confirmed or self._handovers != handovers,
                timeout=self._order.receipt_reminder if waiting else None,
                timeout_summary="Tot de herinnering aan de gangmaker",
            )
        except TimeoutError:
            async with self._lock:
                if self._status is PotjeStatus.HANDED_OVER:
                    fact = self._fact(
                        f"reminded-{handovers}", letters=self._letters(Template.POTJE_HANDED_REMINDER)
                    )
                    await do(steps.REMIND_RECEIPT, fact, "Vraag nog eens of het potje is ontvangen")
            await workflow.wait_condition(
                lambda: self._status.settled or self._confirmed or self._handovers != handovers
            )
        if self._confirmed:
            await self._confirm()

    async def _confirm(self) -> None:
        async with self._lock:
            self._confirmed = False
            if self._status is PotjeStatus.HANDED_OVER:
                await self._pay(self._handed, ENGINE, "De gangmaker bevestigt: boek het potje")

    @workflow.signal(description="Er is geld bij gekomen in het budget")
    def money_came(self) -> None:
        """A waiting potje tries to reserve again; any other does not care."""
        self._money_came = True

    @workflow.signal(description="Een gangmaker bevestigt de ontvangst")
    def answer(self, answer: Answer) -> None:
        """The gangmaker received what was handed over. Confirming twice changes nothing."""
        if answer.yes and self._status is PotjeStatus.HANDED_OVER:
            self._confirmed = True

    @workflow.update(description="Keur het potje goed")
    async def approve(self, act: PotjeAct) -> None:
        """Approve; refused for who proposed it (four eyes)."""
        await workflow.wait_condition(lambda: not self._reserving)
        async with self._lock:
            self.may_approve(act)
            self._approver = act.by
            self._status = PotjeStatus.APPROVED
            await self._do(steps.APPROVE_POTJE, self._fact("approved", actor=act.by), "Potje goedgekeurd")

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
            self._status = PotjeStatus.REJECTED
            fact = self._fact("rejected", actor=act.by, letters=self._letters(Template.POTJE_REJECTED))
            await self._book(
                steps.RELEASE_POTJE, fact, LegKind.RELEASE, self._open, "Niet goedgekeurd: geef het geld vrij"
            )

    @reject.validator
    def may_reject(self, act: PotjeAct) -> None:
        """Only what waits for approval can be rejected, and not by who proposed it."""
        if not self._reserving:
            refuse_if(approve_refusal(self._status, self._order.proposer, act.by))

    @workflow.update(description="Contant geld of bon uitgereikt")
    async def hand_over(self, act: PotjeAct) -> None:
        """Cash and vouchers were handed over: the gangmakers are asked to confirm. Again mails again."""
        async with self._lock:
            self.may_hand_over(act)
            self._handed = [kind for kind in self._open if kind in HANDED]
            self._handovers += 1
            self._status = PotjeStatus.HANDED_OVER
            fact = self._fact(
                f"handed-{self._handovers}", actor=act.by, letters=self._letters(Template.POTJE_HANDED)
            )
            await self._do(steps.HAND_OVER_POTJE, fact, "Uitgereikt: vraag de gangmaker om bevestiging")

    @hand_over.validator
    def may_hand_over(self, act: PotjeAct) -> None:
        """Only what is approved, and has cash or a voucher in it."""
        refuse_if(pay_refusal(self._status, self._open, by_bank=False))

    @workflow.update(description="Via de bank betaald")
    async def mark_paid(self, act: PotjeAct) -> None:
        """The bank part was paid: it is posted."""
        async with self._lock:
            self.may_mark_paid(act)
            await self._pay([PayoutKind.BANK], act.by, "Via de bank betaald: boek het potje")

    @mark_paid.validator
    def may_mark_paid(self, act: PotjeAct) -> None:
        """Only what is approved, and has a bank part open."""
        refuse_if(pay_refusal(self._status, self._open, by_bank=True))

    async def _pay(self, kinds: list[PayoutKind], by: StaffRef, summary: str) -> None:
        """Post the reservations of some kinds; the last one settles the potje and thanks the street."""
        self._open = [kind for kind in self._open if kind not in kinds]
        last = not self._open
        if last:
            self._status = PotjeStatus.PAID
        elif self._status is PotjeStatus.HANDED_OVER and kinds != [PayoutKind.BANK]:
            self._status = PotjeStatus.APPROVED
        letters = self._letters(Template.POTJE_PAID) if last else []
        fact = self._fact(f"paid-{'+'.join(kinds)}", actor=by, letters=letters)
        await self._book(steps.POST_POTJE, fact, LegKind.POST, kinds, summary)

    async def _book(
        self, step: Step[Booking, Booked], fact: Fact, how: LegKind, kinds: list[PayoutKind], summary: str
    ) -> None:
        booking = Booking(
            fact=fact,
            legs=resolve_legs(self._order, self._attempt, how, kinds),
            booked_on=dutch_date(workflow.now()),
            group=potje_group(self._order),
        )
        await do(step, booking, summary)
        self._move(self._status)

    async def _do(self, step: Step[Fact, None], fact: Fact, summary: str) -> None:
        await do(step, fact, summary)
        self._move(self._status)

    def _move(self, status: PotjeStatus) -> None:
        self._status = status
        show_phase(f"potje_{status}")
        order = self._order
        parts = ", ".join(f"{kind} {cents / 100:.2f} euro" for kind, cents in order.parts)
        rows = {
            "Potje": f"{order.year}: {WORDS[status]}",
            "Straat": order.street_name,
            "Delen": parts,
            "Nog open": ", ".join(self._open) or "niets",
        }
        show(rows, f"{order.desk_url}/{order.municipality}/straten/{order.street}")

    def _letters(self, template: Template) -> list[Letter]:
        """One letter a gangmaker; the question after a hand-over carries a link."""
        order = self._order
        asks = template in (Template.POTJE_HANDED, Template.POTJE_HANDED_REMINDER)
        link = LinkOrder(purpose=LinkPurpose.CONFIRM_RECEIPT, workflow_id=order.workflow_id) if asks else None
        cents = dict(order.parts)
        shown = self._handed if asks else list(cents)
        values: dict[str, str | int] = {
            "street": order.street_name,
            "year": order.year,
            "cents": sum(cents[kind] for kind in shown),
            **{f"cents_{kind}": cents[kind] for kind in shown},
        }
        return [
            Letter(template=template, to=person, values=dict(values), link=link)
            for person in order.gangmakers
        ]

    def _fact(self, name: str, *, letters: list[Letter] | None = None, actor: StaffRef = ENGINE) -> Fact:
        order = self._order
        self._revision = next_revision(self._revision)
        return Fact(
            key=f"{order.workflow_id}/{name}",
            name=f"potje.{name.split('-', maxsplit=1)[0]}",
            municipality=order.municipality,
            subject=order.street,
            actor=actor,
            potje=PotjeSnapshot(
                workflow_id=order.workflow_id,
                municipality=order.municipality,
                street=order.street,
                year=order.year,
                status=self._status,
                cents=sum(cents for _, cents in order.parts),
                parts=[(kind, cents) for kind, cents in order.parts],
                open_parts=list(self._open),
                proposer=order.proposer,
                approver=self._approver,
                revision=self._revision,
            ),
            letters=letters or [],
        )
