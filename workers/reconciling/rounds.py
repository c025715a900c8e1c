"""Which round asked a question that begins anew: it waits until it has heard of every street it asked."""

from typing import Any

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from schemas.refs import Slug, round_id
from schemas.renewal import RenewalOrder, RoundState, year_asked
from workflows.renewal_round import SCHEDULED


async def round_of(client: Client, question: str, municipality: Slug, year: int) -> str | None:
    """As the lost question itself knew, where Temporal kept that; else the round of its year that runs."""
    known = await _began_with(client, question, RenewalOrder)
    if known and known.round:
        return str(known.round)
    kind = f"WorkflowType = 'RenewalRoundWorkflow' and WorkflowId STARTS_WITH '{round_id(municipality)}'"
    running = [run async for run in client.list_workflows(f"{kind} and ExecutionStatus = 'Running'")]
    for run in sorted(running, key=lambda run: run.start_time):
        if await _asks_about(client, run, municipality, year):
            return run.id
    return None


async def _asks_about(client: Client, run: WorkflowExecution, municipality: Slug, year: int) -> bool:
    state = await _began_with(client, run.id, RoundState)
    if state is None or state.municipality != municipality:
        return False
    return year == (state.year or year_asked(run.typed_search_attributes.get(SCHEDULED) or run.start_time))


async def _began_with(client: Client, workflow_id: str, kind: type[Any]) -> Any:  # noqa: ANN401
    """What the last run of a workflow started with; None when Temporal keeps nothing of it."""
    try:
        async for event in client.get_workflow_handle(workflow_id).fetch_history_events(page_size=1):
            payloads = event.workflow_execution_started_event_attributes.input.payloads
            (start,) = await client.data_converter.decode(payloads, [kind])
            return start
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return None
