"""One short run for all tests of the chaos, and the house it happened in, which still stands."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from deploy.local.ports import is_free
from tests.chaos.evidence import Evidence, gather
from tests.chaos.house import ROOM, House
from tests.chaos.plan import plan
from tests.chaos.report import told
from tests.chaos.run import Ran, run

SEED, MINUTES, STREETS = 2122, 0.6, 13


@dataclass(frozen=True)
class Aftermath:
    """A run that is over, and what it left."""

    ran: Ran
    held: Evidence


@pytest_asyncio.fixture(scope="session")
async def aftermath() -> AsyncIterator[Aftermath]:
    """Thirteen streets, every story, every kind of fault."""
    outer = Path(tempfile.mkdtemp(prefix="straat-chaos-"))
    outer.chmod(0o755)
    base = next(base for base in range(27_200, 60_000, 20) if all(map(is_free, range(base, base + ROOM))))
    house = House(outer / "home", base, print)
    try:
        await house.up()
        ran = await run(plan(SEED, MINUTES, STREETS), house, print)
        held = await gather(ran)
        print(told(ran, held, []))  # noqa: T201
        yield Aftermath(ran, held)
    finally:
        await house.down()
        shutil.rmtree(outer, ignore_errors=True)
