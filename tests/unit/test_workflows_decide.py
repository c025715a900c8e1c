"""A running worker has no sandbox, so that this holds: workflows ask nothing of the world.

Tests and replays do run in the sandbox, which sees what this cannot.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import workflows

FORBIDDEN = {
    *("os", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid", "concurrent"),
    *("pathlib", "io", "logging", "requests", "httpx"),
}
ALLOWED = {"UUID"}
"""A type, and nothing that makes one."""

OF_THE_WORLD = {"now", "today", "utcnow", "uuid1", "uuid4", "time", "monotonic", "urandom", "open", "input"}
OF_TEMPORAL = {"now", "time", "uuid4"}
"""What has a namesake in ``temporalio.workflow`` that gives the same each time."""


def problems(code: str) -> Iterator[str]:
    """What a workflow must not do, as far as its text tells."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in FORBIDDEN)
        elif isinstance(node, ast.ImportFrom):
            of = (node.module or "").partition(".")[0]
            yield from (a.name for a in node.names if of in FORBIDDEN and a.name not in ALLOWED)
        elif isinstance(node, ast.Call):
            yield from _called(node.func)
        elif isinstance(node, ast.For | ast.comprehension):
            if _is_a_set(node.iter):
                yield "an order that nobody knows"
        elif isinstance(node, ast.Global):
            yield "global"


def _called(func: ast.expr) -> Iterator[str]:
    if isinstance(func, ast.Name) and func.id in OF_THE_WORLD:
        yield func.id
    if isinstance(func, ast.Attribute) and func.attr in OF_THE_WORLD:
        ours = isinstance(func.value, ast.Name) and func.value.id == "workflow"
        if not (ours and func.attr in OF_TEMPORAL):
            yield func.attr


def _is_a_set(each: ast.expr) -> bool:
    if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
        return each.func.id in {"set", "frozenset"}
    return isinstance(each, ast.Set | ast.SetComp)


@pytest.mark.parametrize("path", sorted(Path(workflows.__path__[0]).glob("*.py")), ids=lambda path: path.stem)
def test_a_workflow_asks_nothing_of_the_world(path: Path) -> None:
    assert list(problems(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import random",
        "from time import sleep",
        "from uuid import uuid4",
        "datetime.now()",
        "date.today()",
        "open('x')",
        "for each in {1, 2}: pass",
        "[each for each in set(people)]",
        "def f():\n    global x",
    ],
)
def test_what_does_is_seen(code: str) -> None:
    assert len(list(problems(code))) == 1


@pytest.mark.parametrize("code", ["from uuid import UUID", "workflow.now()", "sorted(set(people))"])
def test_what_does_not_is_let_be(code: str) -> None:
    assert list(problems(code)) == []
