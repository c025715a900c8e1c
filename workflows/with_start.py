"""Starting a workflow together with its first update, for whoever does that from outside."""

from typing import Any, TypeVar

from temporalio.client import WithStartWorkflowOperation

Operation = TypeVar("Operation", bound=WithStartWorkflowOperation[Any, Any])


def answered_by_update(start: Operation) -> Operation:
    """A start whose failure is heard from its update alone.

    The SDK keeps it in the start's own future too; nobody asks that one, so asyncio would log an error of its
    own each time that Temporal is away.
    """
    start._workflow_handle.add_done_callback(lambda told: told.cancelled() or told.exception())  # noqa: SLF001
    return start
