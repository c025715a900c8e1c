"""A round of talent scouting: what scouts note comes in, what they promised falls due, and then it ends."""

from datetime import timedelta

from temporalio import workflow

from workflows.engine import do, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact
    from schemas.progress import bar
    from schemas.refs import ENGINE, StaffRef
    from schemas.scouting import (
        Counts,
        DoorVisit,
        DueFact,
        EndRound,
        FollowUp,
        RoundFact,
        RoundState,
        VisitFact,
        VisitOutcome,
        due,
        end_refusal,
        next_moment,
        noted,
        told,
    )

WORDS = {
    VisitOutcome.NOBODY_HOME: "niemand thuis",
    VisitOutcome.TALKED: "gesproken",
    VisitOutcome.CANDIDATE: "een kandidaat",
    VisitOutcome.REFUSED: "wil niet, de straat rust",
}


@workflow.defn
class ScoutingWorkflow:
    """One round. A long one continues as new between two visits, with its follow-ups."""

    @workflow.init
    def __init__(self, state: RoundState) -> None:
        self._state = state
        self._brought: list[DoorVisit] = []
        self._ended_by: StaffRef | None = None
        self._report: Counts | None = None

    @workflow.run
    async def run(self, state: RoundState) -> Counts:
        """Follow the scouts until the last day is over, or somebody ends the round."""
        if not self._state.begun:
            await do(steps.START_ROUND, self._round_fact("started", self._state.order.by), "De ronde begint")
            self._state = self._state.model_copy(update={"begun": True})
        self._show()
        while not self._over():
            await self._next()
            if self._is_long():
                await self._go_on()
        await self._note_all()
        by = self._ended_by or ENGINE
        self._report = await do(steps.END_ROUND, self._round_fact("ended", by), "De ronde is voorbij")
        self._show()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._report

    @workflow.signal(description="Een verkenner belde aan in een straat")
    def visited(self, visit: DoorVisit) -> None:
        """It is in the database already; here it sets the follow-up and the count."""
        self._brought.append(visit)

    @workflow.update(description="Wacht tot de ronde op het bureau staat")
    async def ready(self) -> None:
        """So that the desk can show the round it just started."""
        await workflow.wait_condition(lambda: self._state.begun)

    @workflow.update(description="Stop de ronde voor de einddatum")
    async def end(self, ending: EndRound) -> None:
        """The round is over when this returns."""
        self.may_end(ending)
        self._ended_by = ending.by
        await workflow.wait_condition(lambda: self._report is not None)

    @end.validator
    def may_end(self, ending: EndRound) -> None:
        """Refuses to end what is over."""
        refuse_if(end_refusal(over=self._report is not None or self._ended_by is not None))

    def _over(self) -> bool:
        return self._ended_by is not None or workflow.now() >= self._state.order.until

    async def _next(self) -> None:
        """What was brought first; then what fell due; else wait for either."""
        if self._brought:
            await self._note_all()
        elif found := due(self._state, workflow.now()):
            await self._tell_due(found)
        else:
            await self._wait()

    async def _wait(self) -> None:
        span = next_moment(self._state) - workflow.now()
        try:
            await workflow.wait_condition(
                lambda: bool(self._brought) or self._ended_by is not None,
                timeout=max(span, timedelta(0)),
                timeout_summary="Tot een straat weer aan de beurt is, of tot het einde van de ronde",
            )
        except TimeoutError:
            return

    async def _note_all(self) -> None:
        while self._brought:
            visit = self._brought[0]
            key = f"{workflow.info().workflow_id}/visit-{visit.visit}"
            fact = self._fact(key, f"scouting.{visit.outcome}", visit.street, visit.scout)
            summary = f"{self._state.title_of(visit.street)}: {WORDS[visit.outcome]}"
            noting = await do(steps.NOTE_VISIT, VisitFact(fact=fact, visit=visit), summary)
            self._brought.pop(0)
            self._state = noted(self._state, noting)
            self._show()

    async def _tell_due(self, found: FollowUp) -> None:
        key = f"{workflow.info().workflow_id}/due-{found.street}-{found.on}"
        fact = self._fact(key, "scouting.due", found.street, ENGINE)
        falling = DueFact(fact=fact, round=self._state.order.round, street=found.street, at=workflow.now())
        await do(steps.TELL_DUE, falling, f"Terug naar {self._state.title_of(found.street)}")
        self._state = told(self._state, found)
        self._show()

    def _is_long(self) -> bool:
        info = workflow.info()
        long = info.get_current_history_length() > self._state.longest
        return long or info.is_continue_as_new_suggested()

    async def _go_on(self) -> None:
        """Nothing that was brought is left behind, nor anybody who waits for the end."""
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() or self._ended_by is not None)
        if not self._brought and not self._over():
            workflow.continue_as_new(self._state)

    def _round_fact(self, name: str, actor: StaffRef) -> RoundFact:
        order = self._state.order
        key = f"{workflow.info().workflow_id}/{name}"
        fact = self._fact(key, f"scouting.{name}", f"scouting/{order.round}", actor)
        return RoundFact(fact=fact, order=order, at=workflow.now())

    def _fact(self, key: str, name: str, subject: str, actor: StaffRef) -> Fact:
        municipality = self._state.order.municipality
        return Fact(key=key, name=name, municipality=municipality, subject=subject, actor=actor)

    def _show(self) -> None:
        order, counts = self._state.order, self._state.counts
        if self._report is not None:
            show_phase("scouting_ended")
        else:
            show_due("scouting", next_moment(self._state))
        rows = {
            "Talentenjacht": order.wijk,
            "Straten bezocht": f"{bar(counts.visited, counts.targets)} {counts.visited} van {counts.targets}",
            "Bezoeken": (
                f"{counts.visits}: {counts.nobody_home} keer niemand thuis, {counts.talked} gesproken, "
                f"{counts.candidate} kandidaat, {counts.refused} wil niet"
            ),
            "Nog terugkomen": str(len(self._state.follow_ups)),
            "Laatste dag": f"{order.last_day:%Y-%m-%d}" if self._report is None else "voorbij",
        }
        show(rows, f"{order.desk_url}/{order.municipality}/talentenjacht/{order.round}")
