"""How a client of Temporal is made: its configuration, its runtime, and what goes along with each call."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

from workers.core_logs import forward
from workers.watching.interceptors import interceptors
from workers.watching.sdk import measured
from workers.watching.told import SDK

USUAL = "localhost:7233"
"""Where Temporal is when nothing says otherwise; the SDK's own configuration leaves that open."""


async def connect() -> Client:
    """A client, connected; raises while the server is away."""
    if SDK.wanted and SDK.place is None:
        SDK.place = measured()
    forward()
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", USUAL)
    return await Client.connect(**config, data_converter=pydantic_data_converter, interceptors=interceptors())


def namespace_of_file() -> str:
    """The namespace of the SDK's own configuration."""
    return ClientConfig.load_client_connect_config().get("namespace") or "default"
