"""Steps that end in another workflow: intake, potje and yearly question begin, an intake tells its street.

First a transaction, then Temporal. Done again, both find what they did.
"""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.context import Tools
from activities.facts import Facts
from activities.potje_news import Potje, tell_where_it_is
from activities.renewals import Renewals
from schemas.facts import Booked
from schemas.intake import Opening, Recording
from schemas.potje import PotjeOrder, PotjeStatus
from schemas.potje_letters import Deciding, Proposal
from schemas.refs import intake_id, street_id
from schemas.renewal import PageBegun, RenewalOrder, RoundPage
from schemas.steps import QUEUE
from schemas.street import Phase
from store import ledger, registry
from workflows.engine import attributes
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow, to_begin_with

ROUND = "round"
"""What the workflow of a question remembers for whoever asks: which round began it."""


class Beginnings:
    """Speaks with the database and with Temporal."""

    def __init__(self, tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> None:
        self._tools = tools
        self._facts = Facts(tools)
        self._renewals = Renewals(tools)
        self._temporal = temporal

    async def open_street(self, opening: Opening) -> None:
        """The street is open, and its intake begins."""
        await self._facts.record(opening.fact)
        order, client = opening.order, await self._temporal()
        try:
            await client.start_workflow(
                IntakeWorkflow.run,
                order,
                id=intake_id(order.municipality, order.street, order.number),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes(order.municipality, "intake_open", opening.wijk),
                static_summary=f"Intake van {order.street_name}",
            )
        except WorkflowAlreadyStartedError:
            return

    async def record_intake(self, recording: Recording) -> None:
        """The outcome; the street hears it, whichever run of it is there. It hears each intake once.

        A street that was lost and waits for its intake is begun anew: until then this is tried again.
        """
        await self._facts.record(recording.fact)
        if recording.news is None:
            return
        client, fact = await self._temporal(), recording.fact
        street = client.get_workflow_handle(street_id(fact.municipality, fact.subject))
        try:
            await street.signal("intake_decided", recording.news)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            async with self._tools.db.connection() as conn:
                row = await registry.street(conn, fact.municipality, fact.subject)
            if row is not None and row["phase"] == Phase.INTAKE:
                raise ApplicationError("the street is not there yet", type="street_missing") from error
            activity.logger.warning("the street is not there any more")

    async def decide_street(self, deciding: Deciding) -> Booked:
        """The decision and, when it is due, the potje; what came of its reservation."""
        await self._facts.record(deciding.fact)
        return await self.begin_potje(deciding.proposal) if deciding.proposal else Booked()

    async def begin_potje(self, proposal: Proposal) -> Booked:
        """Reserve, and start what follows it. Without money the workflow starts too, and tries by itself.

        What came between the two halves, such as a bulk approval, is told again.
        """
        try:
            booked = await self._facts.book(proposal)
        except (ledger.Overdraft, ledger.YearNotOpen):
            booked = Booked(short=True)
        order = proposal.order.model_copy(update={"reserved": booked.revision})
        try:
            handle = await self._start(order, proposal.wijk)
        except WorkflowAlreadyStartedError:
            return booked
        await self._tell_what_came_between(handle)
        return booked

    async def ask_page(self, page: RoundPage) -> PageBegun:
        """The next streets have their question, and its workflow."""
        asked = await self._renewals.ask_page(page)
        ours = await asyncio.gather(*map(self._begin_question, asked.orders))
        begun = [order.street for order, is_ours in zip(asked.orders, ours, strict=True) if is_ours]
        last = asked.orders[-1].street if asked.orders else page.after
        return PageBegun(streets=begun, last=last, more=asked.more)

    async def _begin_question(self, order: RenewalOrder) -> bool:
        """Whether this round began it, now or in an earlier try."""
        client = await self._temporal()
        try:
            await client.start_workflow(
                RenewalWorkflow.run,
                order,
                id=order.workflow_id,
                task_queue=activity.info().task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=to_begin_with(order),
                static_summary=f"Vernieuwing {order.year} van {order.street_name}",
                memo={ROUND: order.round},
            )
        except WorkflowAlreadyStartedError:
            there = await client.get_workflow_handle(order.workflow_id).describe()
            known: object = await there.memo_value(ROUND, None)
            return known == order.round
        return True

    async def _start(self, order: PotjeOrder, wijk: str) -> Potje:
        client = await self._temporal()
        phase = f"potje_{PotjeStatus.TO_APPROVE}" if order.reserved else "potje"
        return await client.start_workflow(
            PotjeWorkflow.run,
            order,
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=attributes(order.municipality, phase, wijk),
            static_summary=f"Potje {order.year} van {order.street_name}",
        )

    async def _tell_what_came_between(self, handle: Potje) -> None:
        """Before its start nobody could reach the workflow; from here on everybody can."""
        async with self._tools.db.connection() as conn:
            if row := await registry.potje(conn, handle.id):
                await tell_where_it_is(conn, handle, row)
