"""A real Temporal server whose workflows' time can be skipped, and a worker on this test's own database."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkipper

from store.database import Database
from store.keys import Keyring
from tests.conftest import free_port
from tests.workflow.servers import SkippingTemporal, skipper_of
from tests.workflow.town import Town, town_on


@pytest_asyncio.fixture(scope="session")
async def temporal(run_dir: Path) -> AsyncIterator[TimeSkipper]:
    """The dev server of the local stack, with a client that may skip time."""
    async with SkippingTemporal(run_dir, free_port()) as server:
        yield await skipper_of(server)


class Failures(logging.Handler):
    """Workflow tasks that failed: Temporal tries them again for ever, so only the log tells."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what a worker says about an activation, with the warning or error that broke it."""
        if "activation" in record.getMessage():
            self.told.append(f"{record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")


@contextmanager
def listening() -> Iterator[Failures]:
    """Hear what Temporal's workers log meanwhile."""
    handler, logger = Failures(), logging.getLogger("temporalio.worker")
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)


@pytest.fixture
def no_failures() -> Iterator[None]:
    """No workflow task may fail, be it by an exception or by a warning (all warnings are errors here)."""
    with listening() as heard:
        yield
    assert heard.told == []


@pytest_asyncio.fixture
async def town(
    db: Database, keyring: Keyring, temporal: TimeSkipper, no_failures: None
) -> AsyncIterator[Town]:
    """A town of this test alone."""
    async with town_on(db, keyring, temporal, uuid4().hex[:8]) as town:
        yield town
