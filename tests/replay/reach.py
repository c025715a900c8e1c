"""What of the workflows' code no recorded history reaches: lines, and ways out of an `if` or `while`.

``python -m tests.replay.reach`` lists them, and prints them last of all as JSON. A validator that says no
leaves no history, so validators are left out.
"""

import ast
import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeAlias

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.replay.strict import HISTORIES, read
from workers.worker import WORKFLOWS

WORKFLOW_CODE = Path(__file__).parents[2] / "workflows"
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
OUT = 0
"""Where a function goes when it returns."""


@dataclass
class Seen:
    """Which lines ran, and which ran right after which in the same function."""

    steps: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    """By the name of the file."""

    def trace(self, frame: FrameType, what: str, _: Any) -> Any:
        """Python calls this for every function; only ours are looked at line by line."""
        path = frame.f_code.co_filename
        if not path.startswith(str(WORKFLOW_CODE)):
            return None
        steps = self.steps.setdefault(Path(path).name, set())
        before = frame.f_lineno

        def line(frame: FrameType, what: str, _: Any) -> Any:
            nonlocal before
            if what == "line":
                steps.add((before, frame.f_lineno))
                before = frame.f_lineno
            elif what == "return" and before != frame.f_code.co_firstlineno:
                steps.add((before, OUT))
            return line

        return line


async def watched() -> Seen:
    """Replay all that is recorded, watching."""
    seen = Seen()
    threading.settrace(seen.trace)
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )
    found = await replayer.replay_workflows(_histories(), raise_on_replay_failure=True)
    assert not found.replay_failures
    return seen


async def _histories() -> AsyncIterator[WorkflowHistory]:
    for path in sorted(HISTORIES.glob("*.json")):
        yield read(path)


def unreached(seen: Seen) -> Iterator[str]:
    """File, function and words: of a line that never ran, of a condition that went one way only."""
    for path in sorted(WORKFLOW_CODE.glob("*.py")):
        steps = seen.steps.get(path.name, set())
        text = path.read_text("utf-8")
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, Function) and not _says_no(function):
                for line, how in _never(path, function, steps):
                    yield f"{path.stem}.{function.name}: {text.splitlines()[line - 1].strip()}{how}"


def _never(path: Path, function: Function, steps: set[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    ran = {line for step in steps for line in step}
    for line in sorted(_lines(path, function) - ran):
        yield line, ""
    for test in ast.walk(function):
        if isinstance(test, ast.If | ast.While) and not _endless(test):
            ways = set(_ways(test, steps))
            if len(ways) == 1:
                yield test.lineno, f" (only {'yes' if True in ways else 'no'})"


def _says_no(function: Function) -> bool:
    marks = [ast.unparse(each) for each in function.decorator_list]
    return any(mark.endswith(".validator") for mark in marks)


def _endless(test: ast.If | ast.While) -> bool:
    return isinstance(test, ast.While) and isinstance(test.test, ast.Constant)


def _ways(test: ast.If | ast.While, steps: set[tuple[int, int]]) -> Iterator[bool]:
    """Where the steps out of a condition led: into its body, or past it."""
    asked = range(test.lineno, (test.test.end_lineno or test.lineno) + 1)
    body = range(test.body[0].lineno, (test.body[-1].end_lineno or 0) + 1)
    for before, after in steps:
        if before in asked and after not in asked:
            yield after in body


def _lines(path: Path, function: Function) -> set[int]:
    """The lines of a function that can run, without those of its head and decorators."""
    begins = {function.lineno, *(each.lineno for each in function.decorator_list)}
    whole = compile(path.read_text("utf-8"), str(path), "exec")
    (code,) = (
        each for each in _codes(whole) if each.co_name == function.name and each.co_firstlineno in begins
    )
    return {line for _, _, line in code.co_lines() if line and line >= function.body[0].lineno}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


if __name__ == "__main__":
    told = list(unreached(asyncio.run(watched())))
    print("\n".join(told))  # noqa: T201
    print(json.dumps(told))  # noqa: T201
    sys.stdout.flush()
    os._exit(0)  # Temporal's core sometimes crashes while Python takes itself apart
