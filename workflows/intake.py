"""Intake: plan, invite, remind, record, decide. A coordinator leads it from the desk by updates."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.engine import do, next_revision, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Appointment, Fact, IntakeSnapshot, Letter, Template
    from schemas.intake import (
        IntakeOrder,
        IntakePlan,
        IntakeRecord,
        IntakeResult,
        IntakeStatus,
        Outcome,
        plan_refusal,
        record_refusal,
    )
    from schemas.refs import ENGINE, StaffRef, VaultRef
    from schemas.refusals import Refusal

WORDS = {
    IntakeStatus.OPEN: "nog te plannen",
    IntakeStatus.PLANNED: "gesprek gepland",
    IntakeStatus.WAITING: "wacht op nog een gangmaker",
    IntakeStatus.ACCEPTED: "geaccepteerd",
    IntakeStatus.REFERRED: "doorverwezen",
    IntakeStatus.DECLINED: "afgewezen",
}


@workflow.defn
class IntakeWorkflow:
    """One intake of one street, open until its outcome is final."""

    @workflow.init
    def __init__(self, order: IntakeOrder) -> None:
        self._order = order
        self._people = list(order.gangmakers)
        self._newcomers: list[VaultRef] = []
        self._plan: IntakePlan | None = None
        self._plans = 0
        self._reminded = 0
        self._status = IntakeStatus.OPEN
        self._result: IntakeResult | None = None
        self._lock = asyncio.Lock()
        self._revision = 0

    @workflow.run
    async def run(self, order: IntakeOrder) -> IntakeResult:
        """Remind before each planned conversation, until the outcome is there."""
        self._show()
        while self._result is None:
            await self._next()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._result

    async def _next(self) -> None:
        """Wait for a result, a new plan or a newcomer; when none comes before it, the reminder is due."""
        plans = self._plans
        try:
            await workflow.wait_condition(
                lambda: self._result is not None or self._plans != plans or self._has_newcomers(),
                timeout=self._until_reminder(),
                timeout_summary="Tot de herinnering aan het gesprek",
            )
        except TimeoutError:
            await self._remind(plans)
        if self._has_newcomers():
            await self._invite_newcomers()

    def _until_reminder(self) -> timedelta | None:
        """None: nothing planned, reminded already, or so soon that the invitation is the reminder."""
        if self._plan is None or self._reminded == self._plans:
            return None
        span = self._plan.at - self._order.terms.intake_reminder_before - workflow.now()
        return span if span > timedelta(0) else None

    async def _remind(self, plans: int) -> None:
        async with self._lock:
            self._reminded = plans
            if self._plan is None or self._plans != plans or self._result is not None:
                return
            letters = self._letters(Template.INTAKE_REMINDER, self._plan, self._people)
            fact = self._fact(f"reminded-{plans}", letters=letters)
            await do(steps.REMIND_INTAKE, fact, "Herinner aan het gesprek")

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
            letters = self._letters(Template.INTAKE_PLANNED, self._plan, newcomers)
            fact = self._fact(f"invited-{next_revision(0)}", letters=letters)
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

    @workflow.update(description="Plan het gesprek, of verzet het")
    async def plan(self, plan: IntakePlan) -> None:
        """Plan or move the conversation; the invitation is in the outbox when this returns."""
        async with self._lock:
            refuse_if(self._plan_refusal(plan))
            self._plan, self._status = plan, IntakeStatus.PLANNED
            self._plans += 1
            self._newcomers = []
            letters = self._letters(Template.INTAKE_PLANNED, plan, self._people)
            fact = self._fact(f"planned-{self._plans}", letters=letters, actor=plan.coordinator)
            await do(steps.PLAN_INTAKE, fact, "Gesprek gepland: stuur de uitnodiging")
            show_due("intake_planned", plan.at)
            self._show()

    @plan.validator
    def may_plan(self, plan: IntakePlan) -> None:
        """Refuses a moment in the past and an intake that is over."""
        refuse_if(self._plan_refusal(plan))

    def _plan_refusal(self, plan: IntakePlan) -> Refusal | None:
        return plan_refusal(plan, workflow.now(), closed=self._result is not None)

    @workflow.update(description="Leg de uitkomst van het gesprek vast")
    async def record(self, record: IntakeRecord) -> None:
        """Record the outcome. *Waiting* keeps the intake open; any other closes it."""
        async with self._lock:
            refuse_if(self._record_refusal(record))
            self._status = IntakeStatus(record.outcome)
            waiting = record.outcome is Outcome.WAITING
            letters = self._letters(Template.STREET_WAITING, None, self._people) if waiting else []
            fact = self._fact(f"recorded-{next_revision(0)}", letters=letters, actor=record.coordinator)
            if not waiting and self._plan is not None:
                fact.forget = [self._plan.place]
            await do(steps.RECORD_INTAKE, fact, f"Uitkomst: {WORDS[self._status]}")
            if not waiting:
                self._result = IntakeResult(outcome=record.outcome, coordinator=record.coordinator)
            show_phase(f"intake_{self._status}")
            self._show()

    @record.validator
    def may_record(self, record: IntakeRecord) -> None:
        """Refuses an outcome before a plan, twice, or against the minimum of gangmakers."""
        refuse_if(self._record_refusal(record))

    def _record_refusal(self, record: IntakeRecord) -> Refusal | None:
        return record_refusal(
            record,
            planned=self._plan is not None,
            closed=self._result is not None,
            gangmakers=len(self._people),
            minimum=self._order.terms.minimum_gangmakers,
        )

    def _letters(self, template: Template, plan: IntakePlan | None, people: list[VaultRef]) -> list[Letter]:
        values: dict[str, str | int | datetime] = {"street": self._order.street_name}
        appointment = None
        if plan is not None:
            values["at"] = plan.at
            appointment = Appointment(
                uid=workflow.info().workflow_id,
                sequence=self._plans,
                at=plan.at,
                minutes=self._order.terms.intake_minutes,
                place=plan.place,
            )
        return [
            Letter(template=template, to=person, values=dict(values), appointment=appointment)
            for person in people
        ]

    def _fact(self, name: str, *, letters: list[Letter], actor: StaffRef = ENGINE) -> Fact:
        order, plan = self._order, self._plan
        self._revision = next_revision(self._revision)
        return Fact(
            key=f"{workflow.info().workflow_id}/{workflow.info().run_id}/{name}",
            name=f"intake.{name.split('-', maxsplit=1)[0]}",
            municipality=order.municipality,
            subject=order.street,
            actor=actor,
            intake=IntakeSnapshot(
                workflow_id=workflow.info().workflow_id,
                municipality=order.municipality,
                street=order.street,
                status=self._status,
                at=plan.at if plan else None,
                place=plan.place if plan else None,
                coordinator=plan.coordinator if plan else None,
                gangmakers=len(self._people),
                revision=self._revision,
            ),
            letters=letters,
        )

    def _show(self) -> None:
        order, terms = self._order, self._order.terms
        rows = {
            "Intake": WORDS[self._status],
            "Straat": order.street_name,
            "Gesprek": f"{self._plan.at:%Y-%m-%d %H:%M} UTC" if self._plan else "nog niet gepland",
            "Gangmakers": f"{len(self._people)} (minimaal {terms.minimum_gangmakers})",
        }
        show(rows, f"{terms.desk_url}/{order.municipality}/straten/{order.street}")
