"""A worker process of its own, to be killed: address, database, queue and key come as arguments."""

import asyncio
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.context import Tools
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from workers.worker import temporal_worker


async def serve(address: str, url: str, queue: str, key: str) -> None:
    """Until somebody kills it."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    keyring = Keyring({1: bytes.fromhex(key)})
    tools = Tools(
        Database(url),
        keyring,
        Vault(keyring),
        "http://public.test",
        "http://desk.test",
        "noreply@straat.example",
    )
    await temporal_worker(client, tools, queue=queue).run()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
