"""What goes along with every call to Temporal and every activity: the log's context, and the trace."""

import time
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars
from temporalio import activity, client, worker

from store.origin import CURRENT, Origin
from workers.watching import traces

log = structlog.get_logger("activity")


class Telling(client.Interceptor, worker.Interceptor):
    """Every log line of an activity says whose it is; each ends with a line of its own.

    Whoever starts, signals or updates a workflow can read in its origin which one that was.
    """

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:  # noqa: A002
        """Around each call."""
        return _Noted(next)

    def intercept_activity(
        self,
        next: worker.ActivityInboundInterceptor,  # noqa: A002
    ) -> worker.ActivityInboundInterceptor:
        """Around each attempt."""
        return _Told(next)


class _Noted(client.OutboundInterceptor):
    async def start_workflow(self, input: client.StartWorkflowInput) -> client.WorkflowHandle[Any, Any]:  # noqa: A002
        _note(input.id)
        return await super().start_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:  # noqa: A002
        _note(input.id)
        await super().signal_workflow(input)

    async def start_workflow_update(
        self,
        input: client.StartWorkflowUpdateInput,  # noqa: A002
    ) -> client.WorkflowUpdateHandle[Any]:
        _note(input.id)
        return await super().start_workflow_update(input)


def _note(workflow_id: str) -> None:
    if (origin := CURRENT.get()) and origin.workflow_id is None:
        origin.workflow_id = workflow_id


class _Told(worker.ActivityInboundInterceptor):
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:  # noqa: A002, ANN401
        info = activity.info()
        began, state = time.perf_counter(), "failed"
        token = CURRENT.set(Origin(workflow_id=info.workflow_id))
        with bound_contextvars(
            workflow_id=info.workflow_id,
            workflow_type=info.workflow_type,
            run_id=info.workflow_run_id,
            activity_type=info.activity_type,
            attempt=info.attempt,
        ):
            try:
                result = await super().execute_activity(input)
                state = "done"
            finally:
                CURRENT.reset(token)
                log.info("activity", state=state, seconds=round(time.perf_counter() - began, 3))
        return result


def interceptors() -> list[client.Interceptor]:
    """For a client, which hands them to its workers too."""
    found: list[client.Interceptor] = []
    if traces.wanted():
        from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415 - only where it is used

        found.append(TracingInterceptor(traces.tracer()))
    # Innermost, so that its lines belong to the trace.
    return [*found, Telling()]
