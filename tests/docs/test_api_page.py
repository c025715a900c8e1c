"""The page about the API does what it says: its commands run as written, its tables are those of the code."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
import uvicorn

from forms.api.open_forms import KEYS, REQUIRED
from forms.api.problems import WORDS, Problem
from forms.api.submissions import State
from forms.public.app import public_app
from forms.settings import WebSettings
from schemas.client import KEY, Scope
from store.database import Database
from store.keys import Keyring
from tests.conftest import Urls, free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
LOCAL = "http://127.0.0.1:8600"


@pytest_asyncio.fixture
async def public(db: Database, keyring: Keyring) -> AsyncIterator[str]:
    """The public host on a port."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = public_app(db, keyring, WebSettings(url, url, url, "default", local_sign_in=False))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield url
    server.should_exit = True
    await serving


async def test_the_commands_run_as_written(public: str, database: Urls) -> None:
    script = "\n".join(["set -eu", *[f"{block}\necho" for block in BLOCKS]])
    assert script.count("curl --fail") == 6
    script = script.replace(LOCAL, public).replace(".venv/bin/straat", f"{sys.executable} -m workers.cli")
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL", "STRAAT_MASTER_KEY_FILE")
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", script),
        cwd=ROOT,
        env={"DATABASE_URL": database.app_url, "PATH": "/usr/bin:/bin"} | dict.fromkeys(names, public),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (out + said).decode()
    found, text = [], out.decode().strip()
    while text:
        told, end = json.JSONDecoder().raw_decode(text)
        found.append(told)
        text = text[end:].strip()
    states = [each.get("state") for each in found]
    assert states == ["received", "received", "received", None, None, None]
    assert found[0] == found[1]
    assert found[4]["year"] == 2026
    assert found[5]["cursor"] == 0


def table(header: str) -> list[list[str]]:
    """The code in the cells of the table under a header."""
    rows = PAGE.partition(f"| {header} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [re.findall(r"`([^`]+)`", row.split("|")[1] + row.split("|")[2]) for row in rows]


def test_the_tables_are_those_of_the_code() -> None:
    assert [row[0] for row in table("scope")] == list(Scope)
    assert [row[0] for row in table("state")] == list(State)
    told = [
        kind
        for row in re.findall(r"^\| [\d, ]+ \| (.*?) \|", PAGE, re.MULTILINE)
        for kind in re.findall(r"`(.*?)`", row)
    ]
    assert sorted(told) == sorted(WORDS)
    keys = table("key of the field")
    assert [row[0] for row in keys[: len(KEYS)]] == list(KEYS.values())
    required = re.findall(r"^\| `(\w+)` \|.*\| required", PAGE, re.MULTILINE)
    assert tuple(required) == REQUIRED
    assert f"`{KEY.pattern.replace('(', '').replace(')', '').replace('{40}[a-z2-7]{7}', '{47}')}`" in PAGE
    shown = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    assert Problem.model_validate_json(shown[1]).errors
