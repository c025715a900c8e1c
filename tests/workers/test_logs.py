"""Logs: what may be told is told; names, addresses and the texts of exceptions never are."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.logs import ALLOWED

ROOT = Path(__file__).parents[2]
OURS = ("schemas", "store", "workflows", "activities", "forms", "workers")
CANARIES = ("Kanarie", "kanarie@zwaluw.example", "zwaluw", "0612345678", "Bijlstraat")

PROCESS = """
import asyncio, logging
import httpx, structlog, uvicorn
from temporalio import activity
from tests.conftest import free_port
from workers import logs

logs.set_up("trial")
own = structlog.get_logger("own")
own.info("told", kind="signup", name="Kanarie", email="kanarie@zwaluw.example", count=3)
own.info("mail to kanarie@zwaluw.example", code="<kanarie@zwaluw.example>")

def raising():
    raise ValueError("Kanarie, Bijlstraat 7")

try:
    raising()
except ValueError as error:
    kept = error
    own.exception("own exception")
    own.error("own exc_info", exc_info=True)
    extra = {"kind": "k", "phone": "0612345678"}
    logging.getLogger("library").exception("broke for %s", "Kanarie", extra=extra)
    activity.logger.error("activity broke for %s", "Kanarie", exc_info=True)
    logging.getLogger("temporalio.workflow").error("workflow broke", exc_info=True)
own.error("own kept", exc_info=kept)
own.bind(person="Kanarie", workflow_id="signup-1").warning("bound")
logging.getLogger("library").warning("first line\\nKanarie on the second")
logging.getLogger("library").warning(kept)
logging.getLogger("library").warning("a dict %(name)s", {"name": "Kanarie"}, stack_info=True)

async def forgotten():
    raising()

async def page(scope, receive, send):
    if scope["type"] == "http":
        raise ValueError("Kanarie, Bijlstraat 7")

async def main():
    task = asyncio.create_task(forgotten())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    config = uvicorn.Config(page, port=free_port(), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{config.port}/aanmelden?naam=Kanarie")
    server.should_exit = True
    await serving

asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["INFO", "DEBUG"])
def told(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What a process logs to which everything happened; at DEBUG all that libraries have to say."""
    program = PROCESS.replace('set_up("trial")', f'set_up("trial", "{request.param}")')
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", program]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return [json.loads(line) for line in run.stdout.splitlines()]


def lines(told: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    """The lines whose event begins so."""
    return [line for line in told if line["event"].startswith(event)]


def test_nothing_personal_is_told_by_anybody(told: list[dict[str, Any]]) -> None:
    assert [canary for canary in CANARIES if canary in json.dumps(told)] == []
    assert {key for line in told for key in line} <= ALLOWED


def test_what_may_be_told_is_told(told: list[dict[str, Any]]) -> None:
    [line] = lines(told, "told")
    assert (line["kind"], line["count"], line["level"], line["logger"]) == ("signup", 3, "info", "own")
    assert "timestamp" in line
    [bound] = lines(told, "bound")
    assert bound["workflow_id"] == "signup-1"
    [masked] = lines(told, "mail to")
    assert (masked["event"], masked["code"]) == ("mail to ***", "<***>")
    assert lines(told, "starts")[0]["logger"] == "trial"


@pytest.mark.parametrize(
    "event", ["own exception", "own exc_info", "own kept", "broke for", "activity broke", "workflow broke"]
)
def test_of_an_exception_type_and_place_are_told(told: list[dict[str, Any]], event: str) -> None:
    [line] = lines(told, event)
    assert (line["exception_type"], line["level"]) == ("ValueError", "error")
    assert line["place"].startswith("<string>:")


def test_the_loggers_of_others_speak_through_ours(told: list[dict[str, Any]]) -> None:
    loggers = {line["logger"] for line in told}
    assert loggers >= {"library", "asyncio", "uvicorn.error", "temporalio.activity", "temporalio.workflow"}
    [broken] = lines(told, "broke for")
    assert (broken["event"], broken["kind"]) == ("broke for %s", "k")
    [page] = lines(told, "Exception in ASGI application")
    assert page["exception_type"] == "ValueError"
    [forgotten] = lines(told, "Task exception was never retrieved")
    assert forgotten["exception_type"] == "ValueError"


def test_a_message_of_several_lines_tells_its_first(told: list[dict[str, Any]]) -> None:
    [line] = lines(told, "first line")
    assert line["event"] == "first line"


def test_an_exception_as_a_message_is_its_type(told: list[dict[str, Any]]) -> None:
    assert len(lines(told, "ValueError")) == 1


LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "bind"}


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call on ``log`` or a ``logger`` in our code, and where it stands."""
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
            ):
                owner = ast.unparse(node.func.value)
                if owner == "log" or owner.endswith(("logger", "get_logger(process)")):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_our_own_calls_say_fixed_words_and_known_keys() -> None:
    calls = list(log_calls())
    assert len(calls) > 5
    worded = [where for where, call in calls if not all(isinstance(arg, ast.Constant) for arg in call.args)]
    assert worded == []
    meant = ALLOWED | {"extra", "exc_info"}
    unknown = [f"{where} {key.arg}" for where, call in calls for key in call.keywords if key.arg not in meant]
    assert unknown == []
