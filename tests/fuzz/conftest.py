"""A town for each file of tests, and a log that is read as it is written."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from store.keys import Keyring
from tests.fuzz.town import Town, town
from tests.fuzz.watching import Log, listening


@pytest.fixture(scope="module")
def log() -> Iterator[Log]:
    """What an operator would read."""
    with listening() as heard:
        yield heard


@pytest_asyncio.fixture(scope="module")
async def here(postgres: Postgres, keyring: Keyring, log: Log) -> AsyncIterator[Town]:
    """Everybody, in rooms that have something in them."""
    async with town(postgres, keyring) as made:
        log.taken()
        yield made
