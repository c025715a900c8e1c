"""A Temporal whose answers the test chooses, and that shows what it was sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from schemas.refusals import SENTENCES, Refusal


@dataclass
class Update:
    """One update as it was sent."""

    workflow_id: str
    name: str
    arg: Any
    id: str


@dataclass
class FakeTemporal:
    """Answers every update alike: done, or with ``error``. ``reachable`` False is a server that is away."""

    reachable: bool = True
    error: Exception | None = None
    then: Callable[[Update], Awaitable[None]] | None = None
    """What else happens when an update is done, as an activity would do it."""
    answer: Any = None
    """What an update gives that answers something."""
    result: Any = None
    """What a workflow that is over gave."""
    sent: list[Update] = field(default_factory=list)

    async def __call__(self) -> Any:
        """The client, which is this fake again."""
        if not self.reachable:
            raise RuntimeError("failed client connect")
        return self

    @property
    def service_client(self) -> Any:
        """Healthy, once it is reached."""

        async def check_health(**_: object) -> bool:
            return True

        return SimpleNamespace(check_health=check_health)

    def get_workflow_handle_for(self, _: object, workflow_id: str) -> Any:
        """A handle that takes updates."""

        async def execute_update(update: Any, arg: Any, *, id: str) -> None:  # noqa: A002 - Temporal's name
            await self._take(Update(workflow_id, update.__name__, arg, id))

        async def result() -> Any:
            return self.result

        return SimpleNamespace(execute_update=execute_update, result=result)

    async def execute_update_with_start_workflow(
        self,
        update: Any,
        *,
        start_workflow_operation: Any,
        id: str,  # noqa: A002 - Temporal's name
    ) -> Any:
        """Starts a workflow, or finds it running, and gives ``answer``."""
        start = start_workflow_operation._start_workflow_input
        await self._take(Update(start.id, update.__name__, start.args[0], id))
        return self.answer

    async def _take(self, update: Update) -> None:
        self.sent.append(update)
        if self.error:
            raise self.error
        if self.then:
            await self.then(update)


def refused(refusal: Refusal) -> WorkflowUpdateFailedError:
    """A refusal as the client sees it."""
    return WorkflowUpdateFailedError(ApplicationError(SENTENCES[refusal], type=refusal.value))
