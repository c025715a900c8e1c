"""Replay every recorded history on today's code, and compare what each command carries as well.

Temporal's own replay looks at the order and the names of commands, not at their arguments. Run as
``python -m tests.replay.strict`` it tells what is wrong under its hash seed and what to do, and prints, last
of all, the same as a JSON list. Patterns such as ``'street-*'`` choose among the histories.
"""

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import (
    ContinueAsNewInput,
    Interceptor,
    Replayer,
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle, ChildWorkflowHandle

from workers.worker import WORKFLOWS, sandbox

HISTORIES = Path(__file__).parent / "histories"
WHAT_TO_DO = """
What lives today would break on this change. One of these is right (docs/changing-workflows.md tells more):
- It moves to your build in the middle of a run, as everything but a street does: let old histories take the
  old way and new ones the new: `if workflow.patched("<what changed>"): ... else: ...`
- It is a street, and every worker has a build id: a run of it ends on the build that it began on, so a new
  build may go another way. Put the change behind `workflow.patched` all the same while any worker has none.
- Nothing that is recorded here runs anywhere yet: record it anew,
  python -m tests.replay.record <name of the journey>
An order that differs from one hash seed to the next is a set that was iterated: sort it, or keep a list.
"""
CONVERTER = pydantic_data_converter.payload_converter


@dataclass(frozen=True)
class Issued:
    """A command as today's code issues it."""

    what: str
    args: Sequence[Any]


@dataclass(frozen=True)
class Recorded:
    """A command as the history has it."""

    what: str
    payloads: Sequence[Payload]


class Listener(Interceptor):
    """Hears every command of the replays that are going on, by run."""

    def __init__(self) -> None:
        self.heard: defaultdict[str, list[Issued]] = defaultdict(list)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002
    ) -> type[WorkflowInboundInterceptor]:
        """A class that knows this list: it is made once for each workflow."""
        heard = self.heard

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound, heard))

        return Inbound


class Outbound(WorkflowOutboundInterceptor):
    """Writes down what goes by."""

    def __init__(self, following: WorkflowOutboundInterceptor, heard: defaultdict[str, list[Issued]]) -> None:
        super().__init__(following)
        self._heard = heard

    def _hear(self, what: str, args: Sequence[Any]) -> None:
        self._heard[workflow.info().run_id].append(Issued(what, args))

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        """A step."""
        self._hear(f"step {input.activity}", input.args)
        return super().start_activity(input)

    async def start_child_workflow(
        self,
        input: StartChildWorkflowInput,  # noqa: A002
    ) -> ChildWorkflowHandle[Any, Any]:
        """A child."""
        self._hear(f"child {input.workflow} {input.id}", input.args)
        return await super().start_child_workflow(input)

    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:  # noqa: A002
        """A signal to a child."""
        self._hear(f"signal {input.signal} {input.child_workflow_id}", input.args)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(
        self,
        input: SignalExternalWorkflowInput,  # noqa: A002
    ) -> None:
        """A signal to somebody else's."""
        self._hear(f"signal {input.signal} {input.workflow_id}", input.args)
        await super().signal_external_workflow(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002
        """The next run."""
        self._hear("next run", input.args)
        super().continue_as_new(input)


def recorded(history: WorkflowHistory) -> Iterator[Recorded]:
    """The commands of a history that carry something."""
    for event in history.events:
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                queued = event.activity_task_scheduled_event_attributes
                yield Recorded(f"step {queued.activity_type.name}", queued.input.payloads)
            case EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
                child = event.start_child_workflow_execution_initiated_event_attributes
                what = f"child {child.workflow_type.name} {child.workflow_id}"
                yield Recorded(what, child.input.payloads)
            case EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
                signal = event.signal_external_workflow_execution_initiated_event_attributes
                what = f"signal {signal.signal_name} {signal.workflow_execution.workflow_id}"
                yield Recorded(what, signal.input.payloads)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
                following = event.workflow_execution_continued_as_new_event_attributes
                yield Recorded("next run", following.input.payloads)


def differences(then: Recorded | None, now: Issued | None) -> Iterator[str]:
    """Where a command of today differs from the recorded one; a field that was added since may be there."""
    if then is None or now is None or then.what != now.what:
        yield f"recorded: {then.what if then else 'nothing'}; now: {now.what if now else 'nothing'}"
        return
    args = CONVERTER.from_payloads(then.payloads, [type(arg) for arg in now.args])
    raw, filled, issued = _plain(then.payloads), _encoded(args), _encoded(now.args)
    for path in [*_lost(raw, filled), *_changed(filled, issued)]:
        yield f"{then.what}: {path}"


def _plain(payloads: Sequence[Payload]) -> list[Any]:
    return [json.loads(payload.data) for payload in payloads]


def _encoded(args: Sequence[Any]) -> list[Any]:
    return _plain(CONVERTER.to_payloads(args))


def _lost(raw: Any, filled: Any, at: str = "argument") -> Iterator[str]:
    """Fields that were recorded and that nobody knows any more."""
    for key, value, other in _pairs(raw, filled):
        if other is Ellipsis:
            yield f"{at}.{key} is not known any more"
        else:
            yield from _lost(value, other, f"{at}.{key}")


def _changed(then: Any, now: Any, at: str = "argument") -> Iterator[str]:
    pairs = list(_pairs(then, now))
    if not pairs and then != now:
        yield f"{at} was {json.dumps(then)}, is {json.dumps(now)}"
    if isinstance(then, list) and isinstance(now, list) and len(then) < len(now):
        yield f"{at} has {len(now)} items, had {len(then)}"
    for key, value, other in pairs:
        yield from _changed(value, None if other is Ellipsis else other, f"{at}.{key}")


def _pairs(one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """What stands under the same key or number; ``...`` where the other has nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        yield from ((key, value, other.get(key, ...)) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        beside = [*other, *[...] * len(one)]
        yield from ((str(number), value, beside[number]) for number, value in enumerate(one))


def read(path: Path) -> WorkflowHistory:
    """A recorded history."""
    events = json.loads(path.read_text("utf-8"))
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], events)


async def problems(history: WorkflowHistory, *, arguments: bool = True) -> list[str]:
    """What is wrong when this history is replayed on today's code."""
    return [problem async for _, problem in replayed([history], arguments=arguments)]


async def replayed(
    histories: Sequence[WorkflowHistory], *, arguments: bool = True
) -> AsyncIterator[tuple[str, str]]:
    """Run and problem, for all that is wrong; one replayer for all, since the sandbox takes long to begin."""
    listener = Listener()
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandbox(),
        data_converter=pydantic_data_converter,
        interceptors=[listener],
    )
    async with replayer.workflow_replay_iterator(_each(histories)) as results:
        async for result in results:
            run = result.history.run_id
            if result.replay_failure:
                yield run, f"{result.replay_failure}"
            if arguments:
                for then, now in zip_longest(recorded(result.history), listener.heard[run]):
                    for difference in differences(then, now):
                        yield run, difference


async def _each(histories: Sequence[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


def teach(found: Sequence[str]) -> str:
    """What is wrong, and what to do about it; nothing when nothing is."""
    return "\n".join([*found, WHAT_TO_DO]) if found else ""


async def all_problems(patterns: Sequence[str] = ("*",)) -> list[str]:
    """The same for every history, each with the name of its file."""
    paths = sorted({path for each in patterns for path in HISTORIES.glob(f"{each}.json")})
    histories = [read(path) for path in paths]
    names = {history.run_id: path.name for history, path in zip(histories, paths, strict=True)}
    return [f"{names[run]}: {problem}" async for run, problem in replayed(histories)]


if __name__ == "__main__":
    wrong = asyncio.run(all_problems(sys.argv[1:] or ("*",)))
    print(teach(wrong))  # noqa: T201
    print(json.dumps(wrong))  # noqa: T201
    sys.stdout.flush()
    os._exit(0)  # Temporal's core sometimes crashes while Python takes itself apart
