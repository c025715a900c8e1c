"""The street: the entity that lives for years, one run a year, and starts what it needs."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

from workflows.engine import attributes, do, show_due, show_phase
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.street_base import PHASES
from workflows.street_shape import StreetShape

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date, start_of
    from schemas.intake import IntakeOrder
    from schemas.policy import budget_year
    from schemas.potje import PotjeOrder, PotjeResult
    from schemas.refs import StaffRef, intake_id, potje_id
    from schemas.street import (
        OUTCOME_LETTERS,
        Phase,
        StreetStart,
        begun_year,
        decided,
        potje_is_due,
        weighed,
    )


@workflow.defn
class StreetWorkflow(StreetShape):
    """A street from its first gangmaker on. Its id is the street, so everybody finds the same one."""

    @workflow.init
    def __init__(self, start: StreetStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreetStart) -> None:
        """Intake, potje, a year of trust, then the next year as a new run.

        A street that sleeps or ended forgets its people in time, and stays for whoever comes later.
        """
        for leaver in start.state.leavers:
            self._forget_in_time(leaver)
        if self._terms is None:
            await self._begin_year(start.state.municipality)
        while True:
            await workflow.wait_condition(lambda: bool(self._state.gangmakers))
            match self._state.phase:
                case Phase.INTAKE:
                    await self._hold_intake()
                case Phase.ACTIVE:
                    await self._live_the_year()
                case _:
                    await self._keep_then_forget(self._state.phase)

    async def _hold_intake(self) -> None:
        """One intake until it is decided; the street then begins, or ends before it began."""
        terms = self._own_terms()
        order = IntakeOrder(
            municipality=self._state.municipality,
            street=self._state.slug,
            street_name=self._state.title,
            number=self._state.intakes,
            gangmakers=self._state.gangmakers,
            terms=terms,
        )
        self._intake = await workflow.start_child_workflow(
            IntakeWorkflow.run,
            order,
            id=intake_id(order.municipality, order.street, order.number),
            parent_close_policy=ParentClosePolicy.ABANDON,
            search_attributes=attributes(order.municipality, "intake_open", self._state.wijk),
            static_summary=f"Intake van {order.street_name}",
        )
        for person in self._state.gangmakers:
            if person not in order.gangmakers:
                await self._tell_intake(self._intake, person)
        self._show()
        result = await self._intake
        async with self._lock:
            self._intake = None
            today = dutch_date(workflow.now())
            before, after = self._state, decided(self._state, result, today)
            if after.phase is Phase.ACTIVE:
                after = weighed(begun_year(after, terms, today), terms.minimum_gangmakers)
            self._state = after
            letters = self._letters(OUTCOME_LETTERS[result.outcome], after.gangmakers)
            fact = self._fact(f"decided-{after.intakes}", letters=letters, actor=result.coordinator)
            if after.starter is not before.starter:
                fact.starter = self._starter()
            if before.approach and before.approach != after.approach:
                fact.forget = [before.approach]
            await do(steps.DECIDE_STREET, fact, f"Besluit na de intake: straat is {PHASES[after.phase]}")
        self._show()

    async def _live_the_year(self) -> None:
        """The potje, and the year until it turns; then this run goes on as the next one."""
        turn = start_of(self._state.next_date) if self._state.next_date else workflow.now()
        show_due(Phase.ACTIVE, turn)
        while self._state.phase is Phase.ACTIVE:
            if self._potje_is_due():
                await self._begin_potje()
            elif workflow.now() >= turn or workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._state.phase is Phase.ACTIVE and not self._lock.locked():
                    self._next_run(same_year=workflow.now() < turn)
            else:
                await self._until(self._next_moment(turn))

    def _next_run(self, *, same_year: bool) -> None:
        terms = self._own_terms() if same_year else None
        workflow.continue_as_new(StreetStart(state=self._state, terms=terms))

    def _potje_is_due(self) -> bool:
        return potje_is_due(self._state, dutch_date(workflow.now()))

    def _next_moment(self, turn: datetime) -> datetime:
        """The turn of the year, or before it the day on which a promised potje begins."""
        state = self._state
        if state.accepted_by is None or state.paused or state.potje_from is None:
            return turn
        return min(turn, start_of(state.potje_from))

    async def _until(self, moment: datetime) -> None:
        """Sleep, or until something happened, or the history has grown so long that a new run is better."""
        try:
            await workflow.wait_condition(
                lambda: (
                    self._state.phase is not Phase.ACTIVE
                    or self._next_moment(moment) != moment
                    or self._potje_is_due()
                    or workflow.info().is_continue_as_new_suggested()
                ),
                timeout=max(moment - workflow.now(), timedelta(0)),
                timeout_summary="Het jaar van de straat, tot de volgende datum",
            )
        except TimeoutError:
            return

    async def _begin_potje(self) -> None:
        async with self._lock:
            proposer = self._state.accepted_by
            if proposer is not None and self._potje_is_due():
                await self._start_potje(proposer)

    async def _start_potje(self, proposer: StaffRef) -> None:
        terms, state = self._own_terms(), self._state
        year = budget_year(dutch_date(workflow.now()))
        workflow_id = potje_id(state.municipality, state.slug, year, state.attempt)
        order = PotjeOrder(
            workflow_id=workflow_id,
            municipality=state.municipality,
            street=state.slug,
            street_name=state.title,
            year=year,
            parts=terms.potje,
            gangmakers=state.gangmakers,
            proposer=proposer,
            receipt_reminder=terms.receipt_reminder,
            account_reminder=terms.account_reminder,
            return_window=terms.return_window,
            desk_url=terms.desk_url,
        )
        potje = await workflow.start_child_workflow(
            PotjeWorkflow.run,
            order,
            id=workflow_id,
            parent_close_policy=ParentClosePolicy.ABANDON,
            search_attributes=attributes(order.municipality, "potje", state.wijk),
            static_summary=f"Potje {year} van {order.street_name}",
        )
        self._change(accepted_by=None, potjes=state.potjes + 1, potje=workflow_id, potje_year=year)
        self._potje_words = f"in behandeling: `{workflow_id}`"
        self._show()
        asyncio.create_task(self._hear_potje(potje))  # noqa: RUF006

    async def _hear_potje(self, potje: workflow.ChildWorkflowHandle[Any, PotjeResult]) -> None:
        result = await potje
        self._potje_words = f"{result.cents / 100:.2f} euro uitbetaald" if result.cents else "niet uitbetaald"
        self._show()

    async def _begin_year(self, municipality: str) -> None:
        """The policy of the new year; a part that was split off begins its first."""
        terms = await do(steps.READ_TERMS, municipality, "Nieuw jaar: lees het beleid van de gemeente")
        async with self._lock:
            self._terms = terms
            state = begun_year(self._state, terms, dutch_date(workflow.now()))
            self._state = weighed(state, terms.minimum_gangmakers)
            year = state.next_date.isoformat() if state.next_date else ""
            name = f"year-{year}" if state.revision else "parted"
            await do(steps.TURN_YEAR, self._fact(name), "Nieuw jaar voor de straat")
        self._show()

    async def _keep_then_forget(self, phase: Phase) -> None:
        """Keep the people for the policy's period; a new sign-up begins the street again."""
        show_phase(phase)
        terms = self._own_terms()
        ended = terms.retention_ended if self._state.since else terms.retention_declined
        try:
            await workflow.wait_condition(
                lambda: self._state.phase is not phase,
                timeout=terms.retention_sleeping if phase is Phase.SLEEPING else ended,
                timeout_summary="Bewaartermijn, daarna worden de gegevens gewist",
            )
        except TimeoutError:
            await self._forget(phase)

    async def _forget(self, phase: Phase) -> None:
        async with self._lock:
            state = self._state
            if state.phase is not phase:
                return
            own_words = [state.approach] if state.approach else []
            self._change(gangmakers=[], approach=None)
            fact = self._fact(self._once("forgotten"), forget=[*state.gangmakers, *own_words])
            await do(steps.FORGET_STREET, fact, "Bewaartermijn voorbij: wis de gegevens")
        self._show()
