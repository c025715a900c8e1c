"""The connection to Temporal: made when first needed, kept, by Temporal's own environment configuration."""

import asyncio

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

from workers.core_logs import forward
from workers.watching.interceptors import interceptors

USUAL = "localhost:7233"
"""Where Temporal is when nothing says otherwise; the SDK's own configuration leaves that open."""


class Temporal:
    """One client a process; calling it raises while the server is away."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> Client:
        """The client, connected."""
        async with self._lock:
            if self._client is None:
                forward()
                config = ClientConfig.load_client_connect_config()
                config.setdefault("target_host", USUAL)
                self._client = await Client.connect(
                    **config, data_converter=pydantic_data_converter, interceptors=interceptors()
                )
            return self._client


def namespace() -> str:
    """The namespace we live in."""
    return ClientConfig.load_client_connect_config().get("namespace") or "default"
