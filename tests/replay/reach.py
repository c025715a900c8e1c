"""What of the workflows' code no recorded history reaches: statements, and ways out of an `if` or `while`.

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
from types import FrameType
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
    """File, function and words: of what never ran, of a condition that went one way only."""
    for path in sorted(WORKFLOW_CODE.glob("*.py")):
        steps = seen.steps.get(path.name, set())
        text = path.read_text("utf-8")
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, Function) and not _says_no(function):
                for line, how in _never(function, steps):
                    yield f"{path.stem}.{function.name}: {text.splitlines()[line - 1].strip()}{how}"


def _never(function: Function, steps: set[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    ran = {line for step in steps for line in step}
    for each in _statements(function):
        if ran.isdisjoint(_head(each)):
            yield each.lineno, ""
        elif isinstance(each, ast.If | ast.While) and not _endless(each):
            ways = set(_ways(each, steps))
            if len(ways) == 1:
                yield each.lineno, f" (only {'yes' if True in ways else 'no'})"


def _statements(function: Function) -> Iterator[ast.stmt]:
    """What a function does, in the order of its lines, without its docstring."""
    found = [each for each in ast.walk(function) if isinstance(each, ast.stmt) and each is not function]
    for each in sorted(found, key=lambda statement: statement.lineno):
        words = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        if not words and not isinstance(each, ast.Try | ast.Pass):
            yield each


def _head(statement: ast.stmt) -> range:
    """The lines of a statement, without those of the statements in it."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    cases: list[ast.match_case] = getattr(statement, "cases", [])
    inner = [*(each.lineno for each in body), *(each.pattern.lineno for each in cases)]
    end = min(inner) - 1 if inner else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


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


if __name__ == "__main__":
    told = list(unreached(asyncio.run(watched())))
    print("\n".join(told))  # noqa: T201
    print(json.dumps(told))  # noqa: T201
    sys.stdout.flush()
    os._exit(0)  # Temporal's core sometimes crashes while Python takes itself apart
