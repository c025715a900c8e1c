"""One `straat up` and one Chromium for the whole run."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from deploy.local.ports import is_free
from tests.e2e.looked_at import untrue
from tests.e2e.running import STRAAT, Running, environment
from tests.e2e.windows import FLAGS, chromium


def free_base(start: int) -> int:
    """The first of eleven free ports in a row."""
    return next(base for base in range(start, 60_000, 10) if all(map(is_free, range(base, base + 11))))


@pytest.fixture(scope="session")
def stack() -> Iterator[Running]:
    """The stack that most tests share."""
    yield from fresh_stack(24_200)


def fresh_stack(start: int) -> Iterator[Running]:
    """A stack that began with an empty home, in a folder that PostgreSQL's user can reach."""
    outer = Path(tempfile.mkdtemp(prefix="straat-e2e-"))
    outer.chmod(0o755)
    running = Running(outer, free_base(start))
    try:
        running.wait()
        yield running
    finally:
        running.end()
        shutil.rmtree(outer)


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; without one these tests fail, for a check that was not made says nothing."""
    path = chromium()
    if path is None:
        pytest.fail("These tests need Chromium: install the package chromium, so that it is on the PATH.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session", autouse=True)
def _every_page_was_looked_at() -> Iterator[None]:
    """What ``looked_at.py`` says is true of the tests that ran."""
    yield
    assert not untrue(), "\n".join(untrue())


@dataclass(frozen=True)
class Demo:
    """What `straat demo` said, and how long it took."""

    said: str
    seconds: float


@pytest_asyncio.fixture(scope="session")
async def demo(stack: Running) -> Demo:
    """The demo, played once on the shared stack."""
    began = time.monotonic()
    command = [*STRAAT, "demo", "--home", str(stack.home)]
    played = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment(), check=False
    )
    assert played.returncode == 0, played.stdout + played.stderr
    return Demo(played.stdout, time.monotonic() - began)
