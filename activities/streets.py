"""Policy for a run, and the way from a sign-up to its street."""

from collections.abc import Awaitable, Callable

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError

from activities.context import Tools
from schemas.policy import Terms, terms_of
from schemas.steps import QUEUE
from schemas.street import Joined, JoinOrder, Phase, StreetStart
from store import policies
from workflows.engine import MUNICIPALITY, PHASE, WIJK
from workflows.street import StreetWorkflow


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
        street = order.street
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
            start_workflow_operation=start,
        )
        return joined
