"""From a button to an update on a workflow, and what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias, TypeVar

from forms.desk import later
from forms.desk.staff import Act
from schemas.potje import PotjeAct
from schemas.refusals import Refusal

Temporal: TypeAlias = "Callable[[], Awaitable[later.Client]]"
Command: TypeAlias = "Callable[[later.Client], Awaitable[None]]"
Given = TypeVar("Given")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0

# An update is looked up when it is sent. One decorated with a description has a type that is awaited twice;
# hence the ``_ =`` below.

POTJE_UPDATES = {
    Act.APPROVE: lambda: later.PotjeWorkflow.approve,
    Act.REJECT: lambda: later.PotjeWorkflow.reject,
    Act.WITHDRAW: lambda: later.PotjeWorkflow.withdraw,
    Act.HAND_OVER: lambda: later.PotjeWorkflow.hand_over,
    Act.UNDO_HAND_OVER: lambda: later.PotjeWorkflow.undo_hand_over,
    Act.CONFIRM: lambda: later.PotjeWorkflow.confirm_by_code,
}


class Fate(StrEnum):
    """What became of a command that was not refused."""

    DONE = "done"
    GONE = "gone"
    """The workflow is over, or never was."""
    AWAY = "away"
    """Temporal could not be reached, or has not begun the workflow yet; nothing was done."""
    UNSURE = "unsure"
    """It was sent, but no answer came in time. The same form sent again is the same command."""


def potje(act: Act, workflow_id: str, order: PotjeAct, form: str) -> Command:
    """Approve, reject or withdraw; hand over, take that back, or confirm it by the gangmaker's code."""

    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.PotjeWorkflow.run, workflow_id)
        _ = await handle.execute_update(POTJE_UPDATES[act](), order, id=form)

    return send


async def run(temporal: Temporal, command: Command) -> Refusal | Fate:
    """Send a command; a server that is away is found out before anything is sent."""
    return await ask(temporal, command) or Fate.DONE


async def reach(
    temporal: Temporal, command: Command, is_open: Callable[[], Awaitable[bool]]
) -> Refusal | Fate:
    """The same for a workflow that begins after its line was written: while that is open, it is not over."""
    fate = await run(temporal, command)
    return Fate.AWAY if fate is Fate.GONE and await is_open() else fate


async def ask(
    temporal: Temporal, command: "Callable[[later.Client], Awaitable[Given]]"
) -> Given | Refusal | Fate:
    """The same for a command that answers something."""
    client = await _healthy(temporal)
    if client is None:
        return Fate.AWAY
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await command(client)
    except (
        later.WorkflowUpdateFailedError,
        later.RPCTimeoutOrCancelledError,
        later.RPCError,
        TimeoutError,
    ) as error:
        return fate_of(error)


async def reachable(temporal: Temporal) -> bool:
    """Whether Temporal answers now."""
    return await _healthy(temporal) is not None


async def _healthy(temporal: Temporal) -> "later.Client | None":
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            client = await temporal()
            await client.service_client.check_health(timeout=timedelta(seconds=CONNECT_SECONDS))
    except (later.RPCError, RuntimeError, OSError):
        return None
    return client


def fate_of(error: Exception) -> Refusal | Fate:
    """What an error of an update means; raises it again when it is a mistake of ours."""
    if isinstance(error, later.WorkflowUpdateFailedError):
        return _failed(error)
    if isinstance(error, later.RPCError) and error.status is later.RPCStatusCode.NOT_FOUND:
        return Fate.GONE
    return Fate.UNSURE


def _failed(error: "later.WorkflowUpdateFailedError") -> Refusal | Fate:
    kind = error.cause.type if isinstance(error.cause, later.ApplicationError) else None
    if kind in list(Refusal):
        return Refusal(kind)
    if kind == "AcceptedUpdateCompletedWorkflow":
        return Fate.GONE
    raise error
