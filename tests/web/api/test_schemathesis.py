"""Schemathesis tries every operation, with a key and without: what the document says is what the API does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn

from forms.api.app import ApiFirst, api_app
from forms.settings import WebSettings
from store.database import Database
from store.keys import Keyring
from store.limits import Limit
from tests.conftest import free_port
from tests.web.api.conftest import KeyFor

CONFIG = Path(__file__).with_name("schemathesis.toml")
TIMES = 25
"""Requests that are made up for each operation, in each phase."""


@pytest_asyncio.fixture
async def address(db: Database, keyring: Keyring) -> AsyncIterator[str]:
    """The API on a port, for a client that may ask a lot."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = WebSettings(url, url, url, "default", local_sign_in=False)
    api = api_app(db, keyring, settings, Limit("api", 1_000_000))
    server = uvicorn.Server(uvicorn.Config(ApiFirst(api, api=api), port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"{url}/api/v1/openapi.json"
    server.should_exit = True
    await serving


@pytest.mark.parametrize("with_key", [True, False], ids=["with a key", "without a key"])
async def test_every_operation_does_what_the_document_says(
    address: str, key_for: KeyFor, tmp_path: Path, *, with_key: bool
) -> None:
    st = Path(sys.executable).with_name("st")
    command = [st, "--config-file", CONFIG, "run", address, "--checks", "all", "--max-examples", str(TIMES)]
    command += ["--seed", "7", "--continue-on-failure", "--phases", "examples,coverage,fuzzing,stateful"]
    if with_key:
        command += ["--header", f"Authorization: Bearer {await key_for()}"]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, out.decode()
    assert "6 selected / 6 total" in out.decode(), out.decode()
