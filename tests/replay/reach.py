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
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.replay.strict import HISTORIES, read
from workers.worker import WORKFLOWS

WORKFLOW_CODE = Path(__file__).parents[2] / "workflows"
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
    """File, function and words of each line that never ran, and of each condition that never went both ways."""
    for path in sorted(WORKFLOW_CODE.glob("*.py")):
        text = path.read_text("utf-8")
        tree, lines = ast.parse(text), text.splitlines()
        steps = seen.steps.get(path.name, set())
        ran = {line for step in steps for line in step}
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for function in functions:
            if _says_no(function):
                continue
            where = f"{path.stem}.{function.name}"
            for line in sorted(_lines(path, function) - ran):
                yield f"{where}: {lines[line - 1].strip()}"
            for test in (node for node in ast.walk(function) if isinstance(node, ast.If | ast.While)):
                ways = set(_ways(test, steps))
                if ways and len(ways) == 1 and not _endless(test):
                    yield f"{where}: {lines[test.lineno - 1].strip()} (only {'yes' if True in ways else 'no'})"


def _says_no(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
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


def _lines(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    """The lines of a function that can run, without those of its own docstring and head."""
    whole = compile(path.read_text("utf-8"), str(path), "exec")
    found = (code for code in _codes(whole) if code.co_name == function.name)
    (code,) = (
        each
        for each in found
        if function.lineno in (each.co_firstlineno, *_marks(function))
        or each.co_firstlineno in _marks(function)
    )
    first = function.body[0]
    return {line for _, _, line in code.co_lines() if line and first.lineno <= line}


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[int]:
    return [each.lineno for each in function.decorator_list]


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
