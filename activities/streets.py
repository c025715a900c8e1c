"""Policy for a run, the way from a sign-up to its street, and what one street asks of another."""

from collections.abc import Awaitable, Callable

from temporalio import activity
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.context import Tools
from schemas.policy import Terms, terms_of
from schemas.potje import PotjeAct
from schemas.refs import street_id
from schemas.refusals import Refusal
from schemas.shapes import Merged, MergeOrder
from schemas.steps import QUEUE
from schemas.street import Joined, JoinOrder, Phase, PotjeOfStreet, PotjeTaken, StreetStart, StreetState
from store import policies, registry
from workflows.engine import MUNICIPALITY, PHASE, WIJK
from workflows.street import StreetWorkflow
from workflows.with_start import answered_by_update


class Streets:
    """Steps that read the policy, or speak with Temporal."""

    def __init__(self, tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> None:
        self._tools = tools
        self._temporal = temporal

    async def read_terms(self, municipality: str) -> Terms:
        """The policy in force, for the year that begins."""
        async with self._tools.db.connection() as conn:
            found = await policies.current(conn, municipality)
        if found is None:
            raise ApplicationError("the municipality has no policy", type="no_policy")
        policy, version = found
        return terms_of(policy, version, self._tools.desk_url)

    async def join_street(self, order: JoinOrder) -> Joined:
        """Join the street, which begins here if nobody came forward before; once per person."""
        street = await self._where_it_went(order.street)
        terms = await self.read_terms(street.municipality)
        client = await self._temporal()
        start = WithStartWorkflowOperation(
            StreetWorkflow.run,
            StreetStart(state=street, terms=terms),
            id=street.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"{street.title}, {terms.municipality_name}",
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(MUNICIPALITY, street.municipality),
                    SearchAttributePair(WIJK, street.wijk),
                    SearchAttributePair(PHASE, Phase.INTAKE.value),
                ]
            ),
        )
        joined: Joined = await client.execute_update_with_start_workflow(
            "join",
            order.join,
            id=f"join-{order.join.person}",
            result_type=Joined,
            start_workflow_operation=answered_by_update(start),
        )
        return joined

    async def _where_it_went(self, street: StreetState) -> StreetState:
        """The street that this one merged into, however many steps that was; else the street itself."""
        async with self._tools.db.connection() as conn:
            row = await registry.where_it_went(conn, street.municipality, street.slug)
        if row is None or row["slug"] == street.slug:
            return street
        return StreetState(
            municipality=street.municipality,
            slug=row["slug"],
            name=row["name"],
            part=row["part"],
            wijk=row["wijk"],
        )

    async def merge_street(self, order: MergeOrder) -> Merged:
        """Bring the people of a street into another; asked again it says the same."""
        client = await self._temporal()
        handle = client.get_workflow_handle(street_id(order.municipality, order.into))
        try:
            await handle.execute_update("take_in", order.taking, id=f"take-in-{order.key}")
        except WorkflowUpdateFailedError as error:
            return Merged(refusal=_refusal_in(error))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return Merged(refusal=Refusal.STREET_NOT_ACTIVE)
        return Merged()

    async def take_potje_back(self, order: PotjeOfStreet) -> PotjeTaken:
        """Withdraw a potje that is not on its way yet; what is over, or being paid, stays what it is."""
        client = await self._temporal()
        handle = client.get_workflow_handle(order.workflow_id)
        # Tried again it is the same question; when the street rests another time it is a new one.
        asking = activity.info()
        asked = f"street-rests-{asking.workflow_run_id}-{asking.activity_id}"
        try:
            await handle.execute_update("withdraw", PotjeAct(by=order.by), id=asked)
        except WorkflowUpdateFailedError:
            return PotjeTaken(withdrawn=False)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return PotjeTaken(withdrawn=False)
        return PotjeTaken(withdrawn=True)


def _refusal_in(error: WorkflowUpdateFailedError) -> Refusal:
    """Why an update was refused; raises it again when that was no refusal of ours."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in list(Refusal):
        return Refusal(cause.type)
    raise error
