"""The yearly round: every active street of a municipality is asked, page by page."""

import asyncio

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.engine import MUNICIPALITY, at_desk, do, show
from workflows.renewal import OUTCOMES, RenewalWorkflow, to_begin_with

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact
    from schemas.progress import bar
    from schemas.refs import Slug
    from schemas.renewal import (
        RenewalOrder,
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
        asked = await do(steps.ASK_PAGE, page, "Vraag de volgende straten")
        state.open += [order.street for order in asked.orders]
        await asyncio.gather(*map(self._begin, asked.orders))
        state.after = asked.orders[-1].street if asked.orders else state.after
        state.listed = not asked.more
        self._show()

    async def _begin(self, order: RenewalOrder) -> None:
        """Each by itself, so that a page is started together; what another round began stays with that."""
        try:
            await workflow.start_child_workflow(
                RenewalWorkflow.run,
                order,
                id=order.workflow_id,
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=to_begin_with(order),
                static_summary=f"Vernieuwing {order.year} van {order.street_name}",
            )
        except WorkflowAlreadyStartedError:
            self._drop(order.street)
            return
        self._state.total += 1

    def _drop(self, street: Slug) -> None:
        self._state.open = [each for each in self._state.open if each != street]

    @workflow.signal(description="Een straat heeft besloten")
    def decided(self, news: RoundNews) -> None:
        """Counted once."""
        state = self._state
        if news.street in state.open:
            self._drop(news.street)
            state.counts[news.outcome] = state.counts.get(news.outcome, 0) + 1
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
