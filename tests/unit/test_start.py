"""What a start reads: what only some commands, pages and steps need waits until one of them comes."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from forms.desk import later

ROOT = Path(__file__).parents[2]
LATER = {
    "workers.web": (
        *("activities.register", "authlib", "joserfc", "webauthn", "httpx", "xlsxwriter"),
        *("babel.messages", "icalendar", "holidays", "segno", "phonenumbers", "schwifty"),
        *("temporalio", "workflows", "slugify", "typer"),
    ),
    "workers.worker": (
        *("httpx", "fastapi", "xlsxwriter", "icalendar", "holidays", "typer"),
        *("email_validator", "phonenumbers", "schwifty", "slugify"),
    ),
    "workers.commands.serving": ("typer", "pydantic", "structlog"),
    "workers.cli, workers.commands.up": ("pydantic", "temporalio", "uvicorn", "fastapi", "structlog"),
    "workers.cli, workers.commands.service": ("temporalio", "fastapi", "uvicorn", "xlsxwriter", "httpx"),
}


def said(code: str) -> str:
    """What a process of its own prints."""
    run = [sys.executable, "-c", code]
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("modules", LATER)
def test_what_waits_is_not_read_at_the_start(modules: str) -> None:
    code = f"import sys, {modules}; print(*(name for name in {LATER[modules]!r} if name in sys.modules))"
    assert said(code).split() == []


def test_nothing_for_terminals_is_read_by_what_serves() -> None:
    code = (
        "import sys; from workers.commands.later import PLACES, SERVE, Commands; commands = Commands(PLACES);"
        "[commands[name] for name in SERVE]; seen = [m for m in ('rich', 'colorama') if m in sys.modules];"
        "import rich; print(*seen)"
    )
    assert said(code).split() == []


def test_what_serves_looks_for_no_plugins() -> None:
    """A hundred packages are looked through for one otherwise."""
    code = (
        "from workers.commands.later import PLACES, SERVE, Commands; commands = Commands(PLACES);"
        "[commands[name] for name in SERVE]; from pydantic.plugin import _loader; print(_loader._plugins)"
    )
    assert said(code) == "None\n"


def test_web_reads_afterwards_what_an_act_needs() -> None:
    code = (
        "import asyncio, sys; from workers import web; web.PAUSE = 0; asyncio.run(web._read_on());"
        "print(*(name for name in web.AFTERWARDS if name not in sys.modules));"
        "before = set(sys.modules); from forms.desk.commands import POTJE_UPDATES, fate_of;"
        "fate_of(TimeoutError()); [look() for look in POTJE_UPDATES.values()];"
        "print(*set(sys.modules) - before)"
    )
    assert said(code).split() == []


def test_every_name_that_the_desk_reads_later_is_found() -> None:
    named = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(Path(later.__file__).read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith(("temporalio", "workfl"))
        for alias in node.names
    ]
    assert named
    for module, name in named:
        assert getattr(later, name) is getattr(import_module(module), name)
