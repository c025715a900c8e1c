"""Streets live for years, so today's code must go on with them: every history replays, arguments too."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from tests.replay.journeys_builds import JOURNEYS
from tests.replay.strict import HISTORIES, problems, read, teach
from workers.worker import WORKFLOWS

ROOT = Path(__file__).parents[2]
POTJE = HISTORIES / "potje-handed-by-mistake.json"


def _raw(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def _type_of(path: Path) -> str:
    started = _raw(path)["events"][0]["workflowExecutionStartedEventAttributes"]
    return str(started["workflowType"]["name"])


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
async def test_every_history_replays(seed: str) -> None:
    """Under several hash seeds: an order that depends on one is an order that changes."""
    replay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.replay.strict"),
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await replay.communicate()
    assert replay.returncode == 0
    found = json.loads(told.splitlines()[-1])
    assert not found, teach(found)


def test_every_workflow_has_a_history() -> None:
    kept = {_type_of(path) for path in HISTORIES.glob("*.json")}
    assert kept == {workflow.__name__ for workflow in WORKFLOWS}


def test_every_journey_is_recorded() -> None:
    names = [path.stem for path in HISTORIES.glob("*.json")]
    for journey in JOURNEYS:
        for kind in journey.keeps:
            told = f"python -m tests.replay.record {journey.name}"
            assert f"{kind}-{journey.name}" in names, told


# That this can fail: what changes in the code is the same as what changes in the history.


def test_no_history_names_a_folder_of_who_recorded_it() -> None:
    named = [path.name for path in HISTORIES.glob("*.json") if "stackTrace" in path.read_text("utf-8")]
    assert named == []


def _changed(change: Callable[[list[Any]], None]) -> WorkflowHistory:
    history = read(POTJE)
    events = [event for event in history.events if event.HasField("activity_task_scheduled_event_attributes")]
    change([event.activity_task_scheduled_event_attributes for event in events])
    return history


def _swap(steps: list[Any]) -> None:
    one, other = steps[0].activity_type, steps[1].activity_type
    one.name, other.name = other.name, one.name


def _other_date(steps: list[Any]) -> None:
    payload = steps[0].input.payloads[0]
    payload.data = json.dumps({**json.loads(payload.data), "booked_on": "2020-02-29"}).encode()


def _forgotten_field(steps: list[Any]) -> None:
    payload = steps[0].input.payloads[0]
    payload.data = json.dumps({**json.loads(payload.data), "witness": "coordinator-2"}).encode()


def _missing_field(steps: list[Any]) -> None:
    payload = steps[1].input.payloads[0]
    booking = json.loads(payload.data)
    del booking["unless_paying"]
    payload.data = json.dumps(booking).encode()


async def test_two_steps_that_changed_places_are_noticed() -> None:
    found = await problems(_changed(_swap), arguments=False)
    assert len(found) == 1
    assert "approve_potje" in found[0]


async def test_another_argument_is_noticed_here_and_only_here() -> None:
    changed = _changed(_other_date)
    assert await problems(changed, arguments=False) == []
    (found,) = await problems(changed)
    assert found.startswith('step approve_potje: argument.0.booked_on was "2020-02-29", is "20')


async def test_a_field_that_was_dropped_is_noticed() -> None:
    assert await problems(_changed(_forgotten_field)) == [
        "step approve_potje: argument.0.witness is not known any more"
    ]


async def test_a_field_that_was_added_with_a_default_is_fine() -> None:
    assert await problems(_changed(_missing_field)) == []
