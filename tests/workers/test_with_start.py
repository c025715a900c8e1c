"""A server that is away is told once: by the error that its caller hears, and not by asyncio as well."""

import asyncio
import gc
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, RetryConfig
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from deploy.local.temporal import Temporal
from forms.desk.payouts import commands
from schemas.payment import PayoutOrder
from tests.conftest import free_port
from tests.today import today


async def test_a_start_that_fails_is_heard_once(tmp_path: Path) -> None:
    async with Temporal(tmp_path, free_port()) as server:
        client = await Client.connect(
            server.address,
            retry_config=RetryConfig(max_retries=1),
            data_converter=pydantic_data_converter,
        )
    order = PayoutOrder(
        batch=uuid4(),
        municipality="rotterdam",
        year=2026,
        by="rotterdam:treasurer-1",
        execution_date=today(),
        desk_url="http://desk.test",
    )
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    try:
        with pytest.raises(RPCError):
            await commands.freeze(order)(client)
        for _ in range(3):
            gc.collect()
            await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(before)
    assert told == []
