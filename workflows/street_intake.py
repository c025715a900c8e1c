"""The intake of a street: begun as a child, followed by whichever run is there when it is decided."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.engine import attributes, do, new_run_wanted
from workflows.intake import IntakeWorkflow
from workflows.street_base import PHASES
from workflows.street_people import IntakeHandle
from workflows.street_shape import StreetShape

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.intake import IntakeNews, IntakeOrder, IntakeResult
    from schemas.refs import intake_id
    from schemas.street import OUTCOME_LETTERS, Phase, StreetStart, begun_year, decided, weighed


class StreetIntake(StreetShape):
    """How a street begins."""

    def __init__(self, start: StreetStart) -> None:
        super().__init__(start)
        self._told: IntakeResult | None = None

    async def _hold_intake(self) -> None:
        """One intake until it is decided; the street then begins, or ends before it began."""
        begun = None if self._state.intake_reports else await self._begin_intake()
        result = await self._outcome_of(begun)
        terms = self._own_terms()
        async with self._lock:
            self._intake, self._told = None, None
            today = dutch_date(workflow.now())
            before, after = self._state, decided(self._state, result, today)
            if after.phase is Phase.ACTIVE:
                after = weighed(begun_year(after, terms, today), terms.minimum_gangmakers)
            self._state = after.model_copy(update={"intake_reports": False})
            letters = self._letters(OUTCOME_LETTERS[result.outcome], after.gangmakers)
            fact = self._fact(f"decided-{after.intakes}", letters=letters, actor=result.coordinator)
            if after.starter is not before.starter:
                fact.starter = self._starter()
            if before.approach and before.approach != after.approach:
                fact.forget = [before.approach]
            await do(steps.DECIDE_STREET, fact, f"Besluit na de intake: straat is {PHASES[after.phase]}")
        self._show()

    async def _begin_intake(self) -> "IntakeHandle | None":
        """As a child; None when it is there already, and tells its outcome by a signal."""
        order = IntakeOrder(
            municipality=self._state.municipality,
            street=self._state.slug,
            street_name=self._state.title,
            number=self._state.intakes,
            gangmakers=self._state.gangmakers,
            terms=self._own_terms(),
        )
        there = intake_id(order.municipality, order.street, order.number)
        try:
            begun: IntakeHandle = await workflow.start_child_workflow(
                IntakeWorkflow.run,
                order,
                id=there,
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=attributes(order.municipality, "intake_open", self._state.wijk),
                static_summary=f"Intake van {order.street_name}",
            )
        except WorkflowAlreadyStartedError:
            return await self._follow_intake(there)
        self._intake = begun
        for person in self._state.gangmakers:
            if person not in order.gangmakers:
                await self._tell_intake(begun, person)
        self._show()
        return begun

    async def _follow_intake(self, intake: str) -> "IntakeHandle | None":
        """It runs: this street was begun anew, and the intake outlived the one that began it."""
        there = workflow.get_external_workflow_handle(intake)
        try:
            await there.signal(IntakeWorkflow.report)
        except ApplicationError:
            return await self._begin_intake()
        self._change(intake_reports=True)
        self._intake = there
        for person in self._state.gangmakers:
            await self._tell_intake(there, person)
        self._show()
        return None

    async def _outcome_of(self, begun: "IntakeHandle | None") -> IntakeResult:
        """From the child; a run that did not begin it hears it by a signal. Or a new run goes on here."""
        while self._told is None:
            await workflow.wait_condition(lambda: self._known(begun) or new_run_wanted())
            if begun is not None and begun.done():
                return await begun
            if self._told is None:
                await self._leave_intake(begun)
        return self._told

    async def _leave_intake(self, begun: "IntakeHandle | None") -> None:
        """For a next run to follow, unless it ends meanwhile: an outcome is never lost between two runs."""
        if begun is not None and not self._state.intake_reports:
            try:
                await begun.signal(IntakeWorkflow.report)
            except ApplicationError:
                await workflow.wait_condition(begun.done)
                return
            self._change(intake_reports=True)
        await self._at_rest()
        if not self._known(begun):
            self._next_run(same_year=True)

    def _known(self, begun: "IntakeHandle | None") -> bool:
        return self._told is not None or (begun is not None and begun.done())

    @workflow.signal(description="De intake is beslist")
    def intake_decided(self, news: IntakeNews) -> None:
        """Once, and only of the intake that is held now."""
        if self._state.phase is Phase.INTAKE and news.number == self._state.intakes:
            self._told = news.result
