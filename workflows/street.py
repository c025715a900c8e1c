"""The street: the entity that lives for years, one run a year, and starts what it needs."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.engine import do, new_run_wanted, show_due, show_phase
from workflows.street_intake import StreetIntake

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date, start_of
    from schemas.street import Phase, StreetStart, begun_year, weighed


@workflow.defn
class StreetWorkflow(StreetIntake):
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
        self._show()
        while True:
            await workflow.wait_condition(lambda: bool(self._state.gangmakers) or new_run_wanted())
            if not self._state.gangmakers:
                await self._at_rest()
                self._next_run(same_year=True)
            match self._state.phase:
                case Phase.INTAKE:
                    await self._hold_intake()
                case Phase.ACTIVE:
                    await self._live_the_year()
                case _:
                    await self._keep_then_forget(self._state.phase)

    @workflow.signal(description="Kijk of er een nieuwe versie is om op verder te gaan")
    def poke(self) -> None:
        """Being woken is all: a run that sleeps does not hear of another build."""

    async def _live_the_year(self) -> None:
        """The potje, and the year until it turns; then this run goes on as the next one."""
        turn = start_of(self._state.next_date) if self._state.next_date else workflow.now()
        show_due(Phase.ACTIVE, turn)
        while self._state.phase is Phase.ACTIVE:
            if self._potje_is_due():
                await self._begin_potje()
            elif workflow.now() >= turn or new_run_wanted():
                await self._at_rest()
                if self._state.phase is Phase.ACTIVE:
                    self._next_run(same_year=workflow.now() < turn)
            else:
                await self._until(self._next_moment(turn))

    def _next_moment(self, turn: datetime) -> datetime:
        """The turn of the year, or before it the day on which a promised potje begins."""
        state = self._state
        if state.accepted_by is None or state.paused or state.potje_from is None:
            return turn
        return min(turn, start_of(state.potje_from))

    async def _until(self, moment: datetime) -> None:
        """Sleep, or until something happened, or a new run is better."""
        try:
            await workflow.wait_condition(
                lambda: (
                    self._state.phase is not Phase.ACTIVE
                    or self._next_moment(moment) != moment
                    or self._potje_is_due()
                    or new_run_wanted()
                ),
                timeout=max(moment - workflow.now(), timedelta(0)),
                timeout_summary="Het jaar van de straat, tot de volgende datum",
            )
        except TimeoutError:
            return

    async def _begin_potje(self) -> None:
        async with self._lock:
            if first := self._potje_to_begin():
                await do(steps.BEGIN_POTJE, first, f"Potje {first.order.year}: reserveer het, en begin")
                self._potje_begins(first)
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
        """Keep the people for the policy's period; a new sign-up begins the street again.

        A next run keeps them until the same moment.
        """
        show_phase(phase)
        until = self._state.kept_until or workflow.now() + self._retention(phase)
        self._change(kept_until=until)
        try:
            await workflow.wait_condition(
                lambda: self._state.phase is not phase or new_run_wanted(),
                timeout=max(until - workflow.now(), timedelta(0)),
                timeout_summary="Bewaartermijn, daarna worden de gegevens gewist",
            )
        except TimeoutError:
            await self._forget(phase)
        if self._keeps(phase):
            await self._at_rest()
        if self._keeps(phase):
            self._next_run(same_year=True)
        self._change(kept_until=None)

    def _keeps(self, phase: Phase) -> bool:
        return self._state.phase is phase and bool(self._state.gangmakers)

    def _retention(self, phase: Phase) -> timedelta:
        terms = self._own_terms()
        if phase is Phase.SLEEPING:
            return terms.retention_sleeping
        return terms.retention_ended if self._state.since else terms.retention_declined

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
