"""What Temporal's core logs becomes a line of ours, and nothing that a server said comes along."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from deploy.local.temporal import find_binary
from tests.conftest import free_port
from workers.logs import ALLOWED

ROOT = Path(__file__).parents[2]
PROCESS = """
import asyncio, os
from temporalio.client import Client
from workers import logs
from workers.temporal import Temporal

logs.set_up("trial")

async def main():
    client = await Temporal()()
    print("CONNECTED", flush=True)
    await asyncio.to_thread(input)
    try:
        async with asyncio.timeout(25):
            await client.get_workflow_handle("kanarie-bijlstraat").describe()
    except Exception:
        pass

asyncio.run(main())
logs.sys.stdout.flush()
os._exit(0)
"""


async def test_a_server_that_goes_away_is_told_in_json(tmp_path: Path) -> None:
    """A real server, killed under a client that tries again and again."""
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        str(find_binary()),
        *(
            "server",
            "start-dev",
            "--headless",
            "--log-level",
            "never",
            "--ip",
            "127.0.0.1",
            "--port",
            str(port),
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    env = {**os.environ, "TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "PYTHONUNBUFFERED": "1"}
    try:
        client = await _connected(env)
    finally:
        server.kill()
        await server.wait()
    said, _ = await client.communicate(b"\n")
    lines = [line for line in said.decode().splitlines() if "retried" in line]
    assert lines, said.decode()
    for line in lines:
        told = json.loads(line)
        assert told.keys() <= ALLOWED
        assert told["level"] == "warning"
        assert "kanarie" not in line
        assert "Status" not in line


async def _connected(env: dict[str, str]) -> asyncio.subprocess.Process:
    """Once the server is up; it takes a moment."""
    for _ in range(60):
        client = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", PROCESS),
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert client.stdout
        while line := await client.stdout.readline():
            if line.startswith(b"CONNECTED"):
                return client
        await client.wait()
        await asyncio.sleep(0.5)
    raise AssertionError("the server did not come")
