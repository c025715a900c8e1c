"""The intake of a street, as the street hears of it: whichever run is there when it is decided."""

from temporalio import workflow

from workflows.engine import do, new_run_wanted
from workflows.street_base import PHASES
from workflows.street_shape import StreetShape

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.intake import IntakeNews, IntakeResult
    from schemas.potje_letters import Deciding
    from schemas.street import OUTCOME_LETTERS, Phase, StreetStart, begun_year, decided, weighed


class StreetIntake(StreetShape):
    """How a street begins."""

    def __init__(self, start: StreetStart) -> None:
        super().__init__(start)
        self._told: IntakeResult | None = None

    async def _hold_intake(self) -> None:
        """One intake until it is decided; the street then begins, or ends before it began."""
        result = await self._outcome()
        terms = self._own_terms()
        async with self._lock:
            self._told = None
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
            first = self._potje_to_begin()
            deciding = Deciding(fact=fact, proposal=first)
            await do(steps.DECIDE_STREET, deciding, f"Besluit na de intake: straat is {PHASES[after.phase]}")
            if first:
                self._potje_begins(first)
        self._show()

    async def _outcome(self) -> IntakeResult:
        """Told by a signal, to whichever run is there then."""
        while self._told is None:
            await workflow.wait_condition(lambda: self._told is not None or new_run_wanted())
            if self._told is None:
                await self._at_rest()
            if self._told is None:
                self._next_run(same_year=True)
        return self._told

    @workflow.signal(description="De intake is beslist")
    def intake_decided(self, news: IntakeNews) -> None:
        """Once, and only of the intake that is held now."""
        if self._state.phase is Phase.INTAKE and news.number == self._state.intakes:
            self._told = news.result
