"""Schemathesis tries every operation, with a key and without: the API does what its document says."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
import uvicorn

from forms.api.app import ApiFirst, api_app
from forms.settings import WebSettings
from schemas.street import Phase
from store.database import Database
from store.keys import Keyring
from store.limits import Limit
from store.vault import Vault
from tests.conftest import free_port
from tests.web.api.conftest import KeyFor
from tests.web.api.test_every_operation import TABLE
from tests.web.desk.rows import Town

CONFIG = Path(__file__).with_name("schemathesis.toml")
TIMES = 15
"""Requests that are made up for each operation, in each phase."""


@pytest_asyncio.fixture
async def address(db: Database, keyring: Keyring) -> AsyncIterator[str]:
    """The API on a port."""
    async with serving(db, keyring) as url:
        yield url


@asynccontextmanager
async def serving(db: Database, keyring: Keyring) -> AsyncIterator[str]:
    """The API on a port, for a client that may ask a lot."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = WebSettings(url, url, url, "default", local_sign_in=False)
    api = api_app(db, keyring, settings, Limit("api", 1_000_000))
    server = uvicorn.Server(uvicorn.Config(ApiFirst(api, api=api), port=port, log_config=None))
    served = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"{url}/api/v1/openapi.json"
    finally:
        server.should_exit = True
        await served


async def tried(address: str, where: Path, phases: str, *more: str) -> str:
    """What Schemathesis says; it ends well, or the test fails with all that it found."""
    code, out = await told(address, where, phases, *more)
    assert code == 0, out
    assert f"{len(TABLE)} selected / {len(TABLE)} total" in out, out
    return out


async def told(
    address: str, where: Path, phases: str, *more: str, times: int = TIMES, seed: int = 7
) -> tuple[int | None, str]:
    """How Schemathesis ends, and what it says."""
    command = [
        Path(sys.executable).with_name("st"),
        "--config-file",
        CONFIG,
        "run",
        address,
        "--checks",
        "all",
    ]
    command += ["--max-examples", times, "--seed", seed, "--continue-on-failure", "--phases", phases, *more]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=where, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20 * times)
    return process.returncode, out.decode()


async def test_every_operation_does_what_the_document_says(
    address: str, key_for: KeyFor, tmp_path: Path, db: Database, vault: Vault
) -> None:
    """With a key: the examples of the document come through, and all checks hold over all that is made up."""
    async with db.transaction() as conn:
        await Town(conn, vault, "rotterdam").street("rozenlaan", "Rozenlaan", Phase.ACTIVE, wijk="Noord")
    phases = "examples,coverage,fuzzing"
    await tried(address, tmp_path, phases, "--header", f"Authorization: Bearer {await key_for()}")
    async with db.connection() as conn:
        streets = await conn.fetch(
            "select distinct payload ->> 'street' from post.submission where kind = 'signup'"
        )
        ways = await conn.fetchval("select count(*) from client.submission")
    assert "rozenlaan" in {row[0] for row in streets}, "the example of the document was taken in"
    assert ways >= 2


async def test_nothing_is_done_without_a_key(address: str, tmp_path: Path, db: Database) -> None:
    told = await tried(address, tmp_path, "coverage")
    assert f"401 Unauthorized ({len(TABLE)} operations)" in told
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.item") == 0
