"""The yearly round: every active street of a municipality is asked, page by page."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from workflows.engine import MUNICIPALITY, at_desk, do, show
from workflows.renewal import OUTCOMES

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact
    from schemas.progress import bar
    from schemas.refs import Slug
    from schemas.renewal import (
        RenewalOutcome,
        RoundNews,
        RoundPage,
        RoundState,
        year_asked,
    )

SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""Set by Temporal: a backfilled or late round asks about the year it was meant for."""


@workflow.defn
class RenewalRoundWorkflow:
    """Keeps slugs and counts only. Started again for the same year it asks nobody twice."""

    @workflow.init
    def __init__(self, state: RoundState) -> None:
        self._state = state

    @workflow.run
    async def run(self, _: RoundState) -> dict[str, int]:
        """Ask every street, page by page, then follow them until all are decided. By outcome, how many."""
        state = self._state
        if not state.year:
            info = workflow.info()
            state.year = year_asked(info.typed_search_attributes.get(SCHEDULED) or info.start_time)
            workflow.upsert_search_attributes([MUNICIPALITY.value_set(state.municipality)])
        self._show()
        while not state.listed:
            await self._ask_a_page()
            self._go_on_when_long()
        while state.open:
            await workflow.wait_condition(
                lambda: not state.open or workflow.info().is_continue_as_new_suggested()
            )
            self._go_on_when_long()
        fact = Fact(
            key=f"{workflow.info().workflow_id}/{workflow.info().first_execution_run_id}/ended",
            name="round.ended",
            municipality=state.municipality,
            subject=f"renewal:{state.year}",
        )
        await do(steps.END_RENEWAL_ROUND, fact, "Alle straten hebben besloten")
        return state.counts

    async def _ask_a_page(self) -> None:
        """The next page is asked when the questions of this one are under way."""
        state = self._state
        page = RoundPage(
            municipality=state.municipality,
            year=state.year,
            after=state.after,
            round=workflow.info().workflow_id,
        )
        begun = await do(steps.ASK_PAGE, page, "Vraag de volgende straten")
        state.total += len(begun.streets)
        state.open += begun.streets
        state.after, state.listed = begun.last, not begun.more
        for street in begun.streets:
            if (outcome := state.early.pop(street, None)) is not None:
                self._count(street, outcome)
        if state.listed:
            self._count_who_was_left_out()
        self._show()

    def _count_who_was_left_out(self) -> None:
        """A page that was asked for twice leaves out who decided between the two."""
        state = self._state
        state.total += len(state.early)
        for street, outcome in state.early.items():
            self._count(street, outcome)
        state.early, state.told = {}, []

    def _count(self, street: Slug, outcome: RenewalOutcome) -> None:
        state = self._state
        state.open = [each for each in state.open if each != street]
        state.counts[outcome] = state.counts.get(outcome, 0) + 1
        if not state.listed:
            state.told.append(street)

    @workflow.signal(description="Een straat heeft besloten")
    def decided(self, news: RoundNews) -> None:
        """Counted once."""
        state = self._state
        if news.street in state.open:
            self._count(news.street, news.outcome)
        elif not state.listed and news.street not in state.told:
            state.early[news.street] = news.outcome
        self._show()

    def _go_on_when_long(self) -> None:
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._state)

    def _show(self) -> None:
        state = self._state
        done = sum(state.counts.values())
        rows = {
            "Vernieuwing": f"{state.year}",
            "Voortgang": f"{bar(done, state.total)} {done} van {state.total} straten besloten",
        }
        for outcome in RenewalOutcome:
            rows[OUTCOMES[outcome].capitalize()] = str(state.counts.get(outcome, 0))
        rows["Wacht op antwoord"] = str(len(state.open))
        show(rows, at_desk(state.desk_url, f"{state.municipality}/vernieuwing"))
