"""The connection to Temporal: made when first needed, kept, by Temporal's own environment configuration."""

import asyncio
import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from temporalio.client import Client

CONNECTING = "workers.connecting"
NAMESPACE = "TEMPORAL_NAMESPACE"
"""The SDK reads it too, and before any file."""


class Temporal:
    """One client a process; calling it raises while the server is away.

    The SDK is a sixth of the start of a process that does without at first: it is read with the first call,
    beside whatever else goes on.
    """

    def __init__(self) -> None:
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> "Client":
        """The client, connected."""
        async with self._lock:
            if self._client is None:
                await asyncio.to_thread(import_module, CONNECTING)
                from workers.connecting import connect  # noqa: PLC0415 - it is there now

                self._client = await connect()
            return self._client


def namespace() -> str:
    """The namespace we live in."""
    if told := os.environ.get(NAMESPACE):
        return told
    from workers.connecting import namespace_of_file  # noqa: PLC0415 - the SDK, for who keeps a file only

    return namespace_of_file()
