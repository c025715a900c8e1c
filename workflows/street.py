"""The street: the entity that lives for years, one run a year, and starts what it needs."""

import asyncio
from datetime import timedelta
from typing import Any, TypeAlias

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ParentClosePolicy

from workflows.engine import attributes, do, next_revision, show, show_due, show_phase
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date, start_of
    from schemas.facts import Fact, IntakeSnapshot, Letter, Template
    from schemas.intake import IntakeOrder, IntakeResult, IntakeStatus
    from schemas.policy import Terms, budget_year
    from schemas.potje import PotjeOrder, PotjeResult
    from schemas.refs import ENGINE, StaffRef, VaultRef, intake_id, potje_id
    from schemas.street import (
        OUTCOME_LETTERS,
        Join,
        Joined,
        Joining,
        Phase,
        StreetStart,
        StreetState,
        begun_year,
        decided,
        joined,
        snapshot,
    )

IntakeHandle: TypeAlias = "workflow.ChildWorkflowHandle[Any, IntakeResult]"

PHASES = {Phase.INTAKE: "intake", Phase.ACTIVE: "actief", Phase.ENDED: "gestopt"}


@workflow.defn
class StreetWorkflow:
    """A street from its first gangmaker on. Its id is the street, so everybody finds the same one."""

    @workflow.init
    def __init__(self, start: StreetStart) -> None:
        self._state = start.state
        self._terms = start.terms
        self._lock = asyncio.Lock()
        self._intake: IntakeHandle | None = None
        self._potje_words = "nog niet"

    @workflow.run
    async def run(self, start: StreetStart) -> None:
        """Intake, potje, a year of trust, then the next year as a new run.

        A street that ended forgets its people and stays, asleep, for whoever may come forward later.
        """
        if self._terms is None:
            await self._begin_year(start.state.municipality)
        while True:
            await workflow.wait_condition(lambda: bool(self._state.gangmakers))
            if self._state.phase is Phase.INTAKE:
                await self._hold_intake()
            if self._state.phase is Phase.ACTIVE:
                await self._live_the_year()
            if self._state.phase is Phase.ENDED:
                await self._keep_then_forget()

    @workflow.update(description="Een bevestigde bewoner wordt gangmaker")
    async def join(self, join: Join) -> Joined:
        """Join, once per person; returns when the registry and the welcome mail are written."""
        await workflow.wait_condition(lambda: self._terms is not None)
        async with self._lock:
            after, joining = joined(self._state, join.person)
            if joining is Joining.ALREADY:
                return Joined(joining=joining)
            before, self._state = self._state, after
            if joining is Joining.OPENED:
                await self._open(join, before)
            else:
                await self._welcome(join)
            self._show()
            return Joined(joining=joining)

    async def _open(self, join: Join, before: StreetState) -> None:
        """Begin, or begin again: by the policy of today, and without who was here before."""
        if before.intakes:
            self._terms = await do(steps.READ_TERMS, before.municipality, "Nieuw begin: lees het beleid")
            show_phase(Phase.INTAKE)
        left = [person for person in before.gangmakers if person != join.person]
        fact = self._joined_fact(join, Template.WELCOME, forget=left)
        fact.intake = self._open_intake()
        await do(steps.OPEN_STREET, fact, "Eerste gangmaker: open de straat")

    async def _welcome(self, join: Join) -> None:
        fact = self._joined_fact(join, Template.WELCOME_EXTRA)
        await do(steps.WELCOME_GANGMAKER, fact, "Nog een gangmaker erbij")
        if self._intake is not None:
            await self._tell_intake(self._intake, join.person)

    async def _tell_intake(self, intake: IntakeHandle, person: VaultRef) -> None:
        """An intake that ended meanwhile needs nobody: the decision that follows counts them too."""
        try:
            await intake.signal(IntakeWorkflow.gangmaker_joined, person)
        except ApplicationError:
            workflow.logger.info("the intake had ended")

    def _joined_fact(self, join: Join, template: Template, *, forget: list[VaultRef] | None = None) -> Fact:
        fact = self._fact(
            f"joined-{join.person}-{self._state.intakes}",
            letters=self._letters(template, [join.person]),
            forget=forget,
        )
        fact.signup = join.signup
        return fact

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
            after = decided(self._state, result.outcome, result.coordinator)
            if after.phase is Phase.ACTIVE:
                after = begun_year(after, terms, dutch_date(workflow.now()))
            self._state = after
            letters = self._letters(OUTCOME_LETTERS[result.outcome], after.gangmakers)
            fact = self._fact(f"decided-{after.intakes}", letters=letters, actor=result.coordinator)
            await do(steps.DECIDE_STREET, fact, f"Besluit na de intake: straat is {PHASES[after.phase]}")
        self._show()

    async def _live_the_year(self) -> None:
        """The potje, and the year until it turns; then this run goes on as the next one."""
        state = self._state
        turn = start_of(state.next_date) if state.next_date else workflow.now()
        show_due(Phase.ACTIVE, turn)
        if state.accepted_by is not None:
            await self._start_potje(state.accepted_by)
        await self._sleep_until_turn(turn - workflow.now())
        await workflow.wait_condition(workflow.all_handlers_finished)
        same_year = workflow.now() < turn
        workflow.continue_as_new(
            StreetStart(state=self._state, terms=self._own_terms() if same_year else None)
        )

    async def _sleep_until_turn(self, span: timedelta) -> None:
        """Sleep the year away, or until the history has grown so long that a new run is better."""
        try:
            await workflow.wait_condition(
                lambda: workflow.info().is_continue_as_new_suggested(),
                timeout=max(span, timedelta(0)),
                timeout_summary="Het jaar van de straat, tot de vernieuwing",
            )
        except TimeoutError:
            return

    async def _start_potje(self, proposer: StaffRef) -> None:
        terms, state = self._own_terms(), self._state
        year = budget_year(dutch_date(workflow.now()))
        workflow_id = potje_id(state.municipality, state.slug, year, state.intakes)
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
        self._state = state.model_copy(update={"accepted_by": None, "potjes": state.potjes + 1})
        self._potje_words = f"in behandeling: `{workflow_id}`"
        self._show()
        asyncio.create_task(self._hear_potje(potje))  # noqa: RUF006

    async def _hear_potje(self, potje: workflow.ChildWorkflowHandle[Any, PotjeResult]) -> None:
        result = await potje
        self._potje_words = f"{result.cents / 100:.2f} euro uitbetaald" if result.cents else "niet uitbetaald"
        self._show()

    async def _begin_year(self, municipality: str) -> None:
        self._terms = await do(steps.READ_TERMS, municipality, "Nieuw jaar: lees het beleid van de gemeente")
        self._state = begun_year(self._state, self._terms, dutch_date(workflow.now()))
        year = self._state.next_date.isoformat() if self._state.next_date else ""
        await do(steps.TURN_YEAR, self._fact(f"year-{year}"), "Nieuw jaar voor de straat")
        self._show()

    async def _keep_then_forget(self) -> None:
        """Keep the ended street's people for the policy's period; a new sign-up begins it again."""
        show_phase(Phase.ENDED)
        try:
            await workflow.wait_condition(
                lambda: self._state.phase is not Phase.ENDED,
                timeout=self._own_terms().retention_declined,
                timeout_summary="Bewaartermijn, daarna worden de gegevens gewist",
            )
        except TimeoutError:
            await self._forget()

    async def _forget(self) -> None:
        async with self._lock:
            if self._state.phase is not Phase.ENDED:
                return
            people = self._state.gangmakers
            self._state = self._state.model_copy(update={"gangmakers": []})
            fact = self._fact(f"forgotten-{self._state.intakes}", forget=people)
            await do(steps.FORGET_STREET, fact, "Bewaartermijn voorbij: wis de gegevens")
        self._show()

    def _own_terms(self) -> Terms:
        if self._terms is None:
            raise RuntimeError("the terms are read before anything needs them")
        return self._terms

    def _open_intake(self) -> IntakeSnapshot:
        state = self._state
        return IntakeSnapshot(
            workflow_id=intake_id(state.municipality, state.slug, state.intakes),
            municipality=state.municipality,
            street=state.slug,
            status=IntakeStatus.OPEN,
            revision=0,
        )

    def _letters(self, template: Template, people: list[VaultRef]) -> list[Letter]:
        values: dict[str, Any] = {"street": self._state.title}
        return [Letter(template=template, to=person, values=values) for person in people]

    def _fact(
        self,
        name: str,
        *,
        letters: list[Letter] | None = None,
        forget: list[VaultRef] | None = None,
        actor: StaffRef = ENGINE,
    ) -> Fact:
        revision = next_revision(self._state.revision)
        state = self._state = self._state.model_copy(update={"revision": revision})
        return Fact(
            key=f"{state.workflow_id}/{workflow.info().first_execution_run_id}/{name}",
            name=f"street.{name.split('-', maxsplit=1)[0]}",
            municipality=state.municipality,
            subject=state.slug,
            actor=actor,
            street=snapshot(state, self._own_terms().minimum_gangmakers),
            letters=letters or [],
            forget=forget or [],
        )

    def _show(self) -> None:
        state, terms = self._state, self._own_terms()
        rows = {
            "Straat": f"{state.title}, {terms.municipality_name}",
            "Fase": PHASES[state.phase],
            "Gangmakers": f"{len(state.gangmakers)} (minimaal {terms.minimum_gangmakers})",
            "Potje": self._potje_words,
            "Volgende datum": state.next_date.isoformat() if state.next_date else "na de intake",
        }
        show(rows, f"{terms.desk_url}/{state.municipality}/straten/{state.slug}")
