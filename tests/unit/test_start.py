"""What a start reads: what only some commands, pages and steps need waits until one of them comes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LATER = {
    "workers.web": (
        *("activities.register", "authlib", "joserfc", "webauthn", "httpx", "xlsxwriter"),
        *("babel.messages", "icalendar", "holidays"),
    ),
    "workers.worker": ("httpx", "fastapi", "xlsxwriter", "icalendar", "holidays", "typer"),
    "workers.cli, workers.commands.up": ("pydantic", "temporalio", "uvicorn", "fastapi", "structlog"),
    "workers.cli, workers.commands.service": ("temporalio", "fastapi", "uvicorn", "xlsxwriter", "httpx"),
}


@pytest.mark.parametrize("modules", LATER)
def test_what_waits_is_not_read_at_the_start(modules: str) -> None:
    code = f"import sys, {modules}; print(*(name for name in {LATER[modules]!r} if name in sys.modules))"
    read = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert read.split() == []


def test_nothing_for_terminals_is_read_by_what_serves() -> None:
    code = (
        "import sys; from workers.commands.later import PLACES, SERVE, Commands; commands = Commands(PLACES);"
        "[commands[name] for name in SERVE]; seen = [m for m in ('rich', 'colorama') if m in sys.modules];"
        "import rich; print(*seen)"
    )
    read = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert read.split() == []
