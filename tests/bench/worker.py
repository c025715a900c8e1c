"""A worker in a process of its own: ``python -m tests.bench.worker ours|bare ADDRESS [DATABASE_URL]``."""

import asyncio
import os
import signal
import sys

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.context import Tools
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Vault
from tests.bench import bare
from tests.bench.engine import connected, say_ready
from workers.worker import CACHED, STICKY, temporal_worker


def tools_on(database_url: str) -> Tools:
    """The tools of a bench."""
    keyring = Keyring({1: bytes(KEY_BYTES)})
    db, mail_from = Database(database_url), "noreply@straat.example"
    return Tools(db, keyring, Vault(keyring), "http://public.test", "http://desk.test", mail_from)


def bare_worker(client: Client, *, queue: str = bare.QUEUE, writes: bare.Writes | None = None) -> Worker:
    """The same settings as ours, and workflows in bare SDK code."""
    return Worker(
        client,
        task_queue=queue,
        workflows=bare.WORKFLOWS,
        activities=bare.activities(client, writes),
        workflow_runner=UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=STICKY,
        max_cached_workflows=CACHED,
    )


async def main(kind: str, address: str, database_url: str = "") -> None:
    """Until it is told to stop."""
    client = await connected(address)
    worker = temporal_worker(client, tools_on(database_url)) if kind == "ours" else bare_worker(client)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with worker:
        say_ready()
        await stop.wait()
    os._exit(0)  # Temporal's core sometimes crashes while Python takes itself apart


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
