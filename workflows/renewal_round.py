"""The yearly round: every active street of a municipality is asked, a bounded number at the same moment."""

import asyncio

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.engine import MUNICIPALITY, at_desk, attributes, do, show
from workflows.renewal import OUTCOMES, RenewalWorkflow

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact
    from schemas.progress import bar
    from schemas.refs import Slug, renewal_id
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
        state = self._state
        page = RoundPage(municipality=state.municipality, year=state.year, after=state.after)
        found = await do(steps.LIST_TO_RENEW, page, "Welke straten worden gevraagd?")
        starting = []
        for order in found.orders:
            await workflow.wait_condition(lambda: len(state.asking) < found.at_once)
            state.asking.append(order.street)
            state.open.append(order.street)
            state.after = order.street
            starting.append(asyncio.create_task(self._ask(order)))
        await asyncio.gather(*starting)
        state.listed = not found.orders

    async def _ask(self, order: RenewalOrder) -> None:
        """Each by itself, so that those of one moment are started together."""
        state = self._state
        order.round = workflow.info().workflow_id
        try:
            await workflow.start_child_workflow(
                RenewalWorkflow.run,
                order,
                id=renewal_id(order.municipality, order.street, order.year),
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes(
                    order.municipality, "renewal_asked", order.wijk, due=workflow.now() + order.call_after
                ),
                static_summary=f"Vernieuwing {order.year} van {order.street_name}",
            )
        except WorkflowAlreadyStartedError:
            self._drop(order.street)
            return
        state.total += 1
        self._show()

    def _drop(self, street: Slug) -> None:
        self._state.asking = [each for each in self._state.asking if each != street]
        self._state.open = [each for each in self._state.open if each != street]

    @workflow.signal(description="Een straat kreeg de vraag")
    def asked(self, street: Slug) -> None:
        """Room for the next one."""
        self._state.asking = [each for each in self._state.asking if each != street]

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
