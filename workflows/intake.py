"""Intake: propose, plan, invite, remind, record, decide. A coordinator leads it from the desk by updates."""

from datetime import datetime

from temporalio import workflow

from workflows.engine import do, next_revision, once, refuse, refuse_if, show_due, show_phase, timer
from workflows.intake_base import WORDS, IntakeBase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Template
    from schemas.intake import (
        IntakeNews,
        IntakeOrder,
        IntakePlan,
        IntakeRecord,
        IntakeResult,
        IntakeStatus,
        Missed,
        NudgeFact,
        Offer,
        Outcome,
        Pick,
        Recording,
        missed_refusal,
        offer_refusal,
        plan_refusal,
        record_refusal,
    )
    from schemas.payee import gangmaker_ref
    from schemas.refs import VaultRef
    from schemas.refusals import Refusal


@workflow.defn
class IntakeWorkflow(IntakeBase):
    """One intake of one street, open until its outcome is final."""

    @workflow.init
    def __init__(self, order: IntakeOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: IntakeOrder) -> IntakeResult:
        """Remind before each planned conversation, nudge while nothing is planned, until the outcome."""
        self._show()
        while self._result is None:
            await self._next()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._result

    async def _next(self) -> None:
        """Wait for a result, a change or a newcomer; when none comes before it, something is due."""
        changes = self._changes
        due = self._due()
        waits = (
            "Tot de herinnering aan het gesprek"
            if self._plan
            else "Tot de coördinator hoort dat er nog niets gepland is"
        )
        late = timer(due - workflow.now(), waits) if due else None
        await workflow.wait_condition(
            lambda: (
                self._result is not None
                or self._changes != changes
                or self._has_newcomers()
                or bool(late and late.done())
            )
        )
        if late and late.done():
            await (self._remind(changes) if self._plan else self._nudge(changes))
        elif late and self._result is None:
            late.cancel()
        if self._has_newcomers():
            await self._invite_newcomers()

    def _due(self) -> datetime | None:
        """When to remind or to nudge; an invitation for so soon is a reminder itself."""
        terms = self._order.terms
        if self._plan is None:
            return self._waits_since + (self._nudges + 1) * terms.intake_plan_within
        moment = self._plan.at - terms.intake_reminder_before
        return None if self._reminded == self._plans or moment <= workflow.now() else moment

    async def _remind(self, changes: int) -> None:
        async with self._lock:
            if self._changes != changes or self._plan is None or self._closed:
                return
            self._reminded = self._plans
            letters = self._letters(Template.INTAKE_REMINDER, self._people, self._plan)
            fact = self._fact(f"reminded-{self._plans}", letters)
            await do(steps.REMIND_INTAKE, fact, "Herinner aan het gesprek")

    async def _nudge(self, changes: int) -> None:
        async with self._lock:
            if self._changes != changes or self._plan is not None or self._closed:
                return
            self._nudges += 1
            order = NudgeFact(
                fact=self._fact(f"nudged-{next_revision(0)}"),
                street_name=self._order.street_name,
                waits_since=self._waits_since,
            )
            await do(steps.NUDGE_COORDINATOR, order, "Nog niets gepland: zeg het de coördinator")
            self._show()

    def _has_newcomers(self) -> bool:
        """Whether somebody joined who does not know yet of a conversation that is still to come."""
        if self._result is not None or self._plan is None or self._status is not IntakeStatus.PLANNED:
            return False
        return bool(self._newcomers) and self._plan.at > workflow.now()

    async def _invite_newcomers(self) -> None:
        async with self._lock:
            if not self._has_newcomers():
                return
            newcomers, self._newcomers = self._newcomers, []
            letters = self._letters(Template.INTAKE_PLANNED, newcomers, self._plan)
            fact = self._fact(f"invited-{once()}", letters)
            await do(steps.INVITE_GANGMAKER, fact, "Nieuwe gangmaker: stuur de uitnodiging ook")

    @workflow.signal(description="Nog een gangmaker sluit zich aan")
    def gangmaker_joined(self, person: VaultRef) -> None:
        """Somebody joined the street: they count, and get the mails from now on."""
        if person not in self._people:
            self._people.append(person)
            self._newcomers.append(person)
            self._show()

    @workflow.signal(description="Een gangmaker stopt")
    def gangmaker_left(self, person: VaultRef) -> None:
        """They count no more, and get no mails from now on."""
        self._people = [each for each in self._people if each != person]
        self._newcomers = [each for each in self._newcomers if each != person]
        self._show()

    @workflow.update(description="Stel momenten voor")
    async def propose(self, offer: Offer) -> None:
        """Mail the gangmakers moments to pick from. An appointment that stands, stands until they do."""
        async with self._lock:
            refuse_if(self._offer_refusal(offer))
            before = (self._status, self._unsuited, self._offers)
            self._offers += 1
            self._unsuited = False
            if self._status is IntakeStatus.OPEN:
                self._status = IntakeStatus.PROPOSED
            answer = await do(steps.OFFER_MOMENTS, self._offer_fact(offer), "Momenten voorgesteld")
            if not answer.free:
                self._status, self._unsuited, self._offers = before
                refuse(Refusal.MOMENT_TAKEN)
            self._changed()

    @propose.validator
    def may_propose(self, offer: Offer) -> None:
        """Refuses less than a choice, moments in the past, and an intake that is over."""
        refuse_if(self._offer_refusal(offer))

    def _offer_refusal(self, offer: Offer) -> Refusal | None:
        return offer_refusal(offer, workflow.now(), closed=self._closed)

    @workflow.signal(description="Een gangmaker koos een moment, of kan op geen ervan")
    async def picked(self, pick: Pick) -> None:
        """The database let one pick win; what was planned by hand since then goes before it."""
        async with self._lock:
            if self._closed or pick.number <= self._settled:
                return
            if pick.plan is not None:
                await self._plan_it(pick.plan, gangmaker_ref(pick.person), "Een gangmaker koos een moment")
                self._changed()
            else:
                self._unsuited = True
                if self._status is IntakeStatus.PROPOSED:
                    self._status = IntakeStatus.OPEN
                fact = self._fact(f"unsuited-{once()}", actor=gangmaker_ref(pick.person))
                await do(steps.NOTE_UNSUITED, fact, "Geen van de momenten past een gangmaker")
                self._changed()

    @workflow.update(description="Plan het gesprek, of verzet het")
    async def plan(self, plan: IntakePlan) -> None:
        """Plan or move the conversation; the invitation is in the outbox when this returns."""
        async with self._lock:
            refuse_if(self._plan_refusal(plan))
            await self._plan_it(plan, plan.coordinator, "Gesprek gepland: stuur de uitnodiging")
            self._changed()

    @plan.validator
    def may_plan(self, plan: IntakePlan) -> None:
        """Refuses a moment in the past and an intake that is over."""
        refuse_if(self._plan_refusal(plan))

    def _plan_refusal(self, plan: IntakePlan) -> Refusal | None:
        return plan_refusal(plan, workflow.now(), closed=self._closed)

    @workflow.update(description="Er kwam niemand naar het gesprek")
    async def missed(self, missed: Missed) -> None:
        """Nobody came: a kind mail, and the conversation is to be planned again."""
        async with self._lock:
            self.may_miss(missed)
            place = [self._plan.place] if self._plan else []
            self._plan, self._status = None, IntakeStatus.OPEN
            self._missed += 1
            self._waits_since, self._nudges = workflow.now(), 0
            letters = self._letters(Template.INTAKE_MISSED, self._people)
            fact = self._fact(f"missed-{self._missed}", letters, missed.coordinator)
            fact.forget = place
            await do(steps.MISS_INTAKE, fact, "Niemand kwam: plan het gesprek opnieuw")
            self._changed()

    @missed.validator
    def may_miss(self, missed: Missed) -> None:
        """Refuses before the moment of the conversation, and what was recorded."""
        refuse_if(Refusal.INTAKE_CLOSED if self._closed else None)
        refuse_if(missed_refusal(self._plan, self._status, workflow.now()))

    @workflow.update(description="Leg de uitkomst van het gesprek vast")
    async def record(self, record: IntakeRecord) -> None:
        """Record the outcome. *Waiting* keeps the intake open; any other closes it."""
        async with self._lock:
            refuse_if(self._record_refusal(record))
            self._status = IntakeStatus(record.outcome)
            waiting = record.outcome is Outcome.WAITING
            self._agreed = [person for person in record.agreed if person in self._people]
            self._referral = record.referral if record.outcome is Outcome.REFERRED else None
            unneeded = self._unneeded(record)
            letters = self._letters(Template.STREET_WAITING, self._people) if waiting else []
            fact = self._fact(f"recorded-{once()}", letters, record.coordinator)
            fact.forget = unneeded
            recording = Recording(fact=fact)
            if not waiting:
                result = IntakeResult(
                    outcome=record.outcome, coordinator=record.coordinator, approach=self._approach
                )
                recording.news = IntakeNews(number=self._order.number, result=result)
            await do(steps.RECORD_INTAKE, recording, f"Uitkomst: {WORDS[self._status]}")
            self._result = recording.news.result if recording.news else None
            self._changed()

    def _unneeded(self, record: IntakeRecord) -> list[VaultRef]:
        """What nobody needs after this outcome: the place of the talk, and words for a street that is not."""
        known = self._approach
        self._approach = record.approach or known
        gone: list[VaultRef | None] = [known] if known != self._approach else []
        if record.outcome in (Outcome.REFERRED, Outcome.DECLINED):
            gone.append(self._approach)
            self._approach = None
        if record.outcome is not Outcome.WAITING and self._plan is not None:
            gone.append(self._plan.place)
        return [ref for ref in gone if ref is not None]

    @record.validator
    def may_record(self, record: IntakeRecord) -> None:
        """Refuses an outcome before a plan, twice, or against the minimum of gangmakers."""
        refuse_if(self._record_refusal(record))

    def _record_refusal(self, record: IntakeRecord) -> Refusal | None:
        return record_refusal(
            record,
            planned=self._plan is not None,
            closed=self._closed,
            gangmakers=self._people,
            minimum=self._order.terms.minimum_gangmakers,
        )

    def _changed(self) -> None:
        """Wake the run, and show where it stands."""
        self._changes += 1
        if self._plan is not None and self._status is IntakeStatus.PLANNED:
            show_due("intake_planned", self._plan.at)
        else:
            show_phase(f"intake_{self._status}")
        self._show()
