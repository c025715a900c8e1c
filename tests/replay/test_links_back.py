"""From every workflow in the Temporal UI there is a link back to the desk."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.replay.strict import HISTORIES
from workers.worker import WORKFLOWS
from workflows import engine

DESK = "http://desk.test"


def told_where(payloads: list[Any]) -> None:
    """Has whoever started it, or whoever it asked, say where the desk is; for what was recorded before."""
    for payload in payloads:
        said = json.loads(payload.data or b"null")
        if isinstance(said, dict):
            payload.data = json.dumps({**said, "desk_url": DESK}).encode()


def history(path: Path) -> WorkflowHistory:
    """As recorded, with the desk's address."""
    events = json.loads(path.read_text("utf-8"))
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    found = WorkflowHistory.from_json(started["workflowId"], events)
    for event in found.events:
        if event.HasField("workflow_execution_started_event_attributes"):
            told_where(list(event.workflow_execution_started_event_attributes.input.payloads))
        if event.HasField("activity_task_completed_event_attributes"):
            told_where(list(event.activity_task_completed_event_attributes.result.payloads))
    return found


async def test_every_kind_of_workflow_leads_back_to_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: defaultdict[str, list[str]] = defaultdict(list)
    kind = ""

    def show(details: str) -> None:
        shown[kind].append(details)

    monkeypatch.setattr(engine.workflow, "set_current_details", show)
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )
    for path in sorted(HISTORIES.glob("*.json")):
        raw = history(path)
        kind = raw.events[0].workflow_execution_started_event_attributes.workflow_type.name
        if not any(f"]({DESK}/" in each for each in shown[kind]):
            await replayer.replay_workflow(raw, raise_on_replay_failure=False)
    lost = [each.__name__ for each in WORKFLOWS if not shown[each.__name__]]
    assert lost == []
    without = {name: told for name, told in shown.items() if not any(f"]({DESK}/" in each for each in told)}
    assert without == {}
