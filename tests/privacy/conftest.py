"""A stack of its own that logs all there is to log, and everything that is personal gone through it."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.e2e.conftest import fresh_stack
from tests.e2e.running import STRAAT, Running, environment
from tests.privacy import failures, journey
from tests.privacy.places import Ground
from tests.privacy.watching import Watched
from tests.workers.receiver import receiving


@pytest.fixture(scope="session")
def loud() -> Iterator[Running]:
    """Every process of ours at DEBUG, the libraries' own words too."""
    os.environ["STRAAT_LOG_LEVEL"] = "DEBUG"
    try:
        yield from fresh_stack(27_200)
    finally:
        del os.environ["STRAAT_LOG_LEVEL"]


@dataclass(frozen=True)
class Played:
    """Where to search, and how long it took to get there."""

    ground: Ground
    seconds: float


@pytest_asyncio.fixture(scope="session")
async def played(loud: Running, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Every stage and every failure, once."""
    began, watched = time.monotonic(), Watched()
    address = f"127.0.0.1:{loud.state['ports']['temporal']}"
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    await loud.rows("alter system set log_min_messages = 'debug1'")
    await loud.rows("select pg_reload_conf()")
    given = [content async for content in _play(loud, watched, client)]
    await watched.close()
    await loud.rows("select pg_sleep(0.5)")
    ground = Ground(loud, client, watched, tmp_path_factory.mktemp("privacy"), given)
    return Played(ground, time.monotonic() - began)


async def _play(stack: Running, watched: Watched, client: Client) -> AsyncIterator[tuple[str, bytes]]:
    async with receiving() as receiver:
        await journey.tells_another_system(stack, watched, receiver)
        ans = await journey.a_street(stack, watched)
        await journey.hands_on(stack, watched, ans)
        await journey.another_year(stack, watched, ans, client)
        await journey.a_concern(stack, watched)
        await journey.at_the_doors(stack, watched)
        await journey.by_the_api(stack, watched, await asyncio.to_thread(_key, stack.home))
        await journey.her_own_data(stack, watched)
        await journey.colleagues(stack, watched)
        await failures.refused_mails(stack, watched)
        await failures.ended_workflow(stack, watched, client)
        await failures.failing_step(stack, watched)
        await failures.failing_page(stack, watched)
        await failures.lost_servers(stack, watched)
        for each in await journey.pages_of_the_desk(stack, watched):
            yield each
        assert receiver.taken
        for taken in receiver.taken:
            yield f"webhook {taken.path}", f"{taken.headers} {taken.body}".encode()


def _key(home: Path) -> str:
    """Of another system, by the command line."""
    scopes = [word for scope in ("submissions:write", "streets:read") for word in ("--scope", scope)]
    command = [*STRAAT, "client", "create", "--municipality", journey.CITY, "--name", "Proef", *scopes]
    command += ["--home", str(home)]
    made = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()
