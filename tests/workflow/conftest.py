"""A real Temporal server whose workflows' time can be skipped, and a worker on this test's own database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper

from activities.context import Tools
from deploy.local.temporal import Temporal
from schemas.person import Person
from schemas.refs import signup_id
from schemas.signup import SignupOrder, SignupResult
from store import inbox
from store.database import Database
from store.inbox import Submission
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import free_port
from workers.relay import Relay
from workers.worker import temporal_worker
from workflows.signup import SignupWorkflow


@pytest_asyncio.fixture(scope="session")
async def temporal(run_dir: Path) -> AsyncIterator[TimeSkipper]:
    """The dev server of the local stack, with a client that may skip time."""
    async with Temporal(run_dir, free_port(), time_skipping=True) as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        yield TimeSkipper(client)


@dataclass
class Town:
    """Everything a workflow test needs: the servers, the tools, and short ways to do what people do."""

    db: Database
    vault: Vault
    client: Client
    skipper: TimeSkipper
    relay: Relay
    suffix: str

    def slug(self, street: str = "rozenlaan") -> str:
        """A street of this test alone: the Temporal server is shared."""
        return f"{street}-{self.suffix}"

    async def sign_up(
        self, municipality: str = "rotterdam", *, second: bool = False, street: str = "rozenlaan"
    ) -> SignupOrder:
        """What the form does, then what the relay does."""
        async with self.db.transaction() as conn:
            first = Person(name="Ans Bakker", email="ans@example.org")
            other = Person(name="Bo Visser", email="bo@example.org")
            order = SignupOrder(
                submission=uuid4(),
                municipality=municipality,
                street=self.slug(street),
                street_name="Rozenlaan",
                wijk="Centrum",
                campaign="voorjaar",
                gangmaker=await self.vault.put(conn, municipality, first),
                second=await self.vault.put(conn, municipality, other) if second else None,
                reminders=[timedelta(days=3), timedelta(days=7)],
                expires_after=timedelta(days=14),
            )
            payload = order.model_dump(mode="json")
            await inbox.receive(conn, Submission(order.submission, "signup", municipality, payload))
        await self.relay.work()
        return order

    def signup(self, order: SignupOrder) -> WorkflowHandle[SignupWorkflow, SignupResult]:
        """The handle of a sign-up."""
        return self.client.get_workflow_handle_for(SignupWorkflow.run, signup_id(order.submission))

    async def mails(self, person: UUID | None = None) -> list[str]:
        """Templates in the outbox, in the order in which they came."""
        async with self.db.connection() as conn:
            rows = await conn.fetch("select template, person from post.mail order by created_at, key")
        return [row["template"] for row in rows if person in (None, row["person"])]

    async def value(self, sql: str, *args: object) -> Any:
        """One value from the database."""
        async with self.db.connection() as conn:
            return await conn.fetchval(sql, *args)

    async def until(self, sql: str, *args: object, seconds: float = 20) -> None:
        """Wait until a query says true."""
        async with asyncio.timeout(seconds):
            while not await self.value(sql, *args):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def town(db: Database, keyring: Keyring, vault: Vault, temporal: TimeSkipper) -> AsyncIterator[Town]:
    """A worker on this test's database; what is left running afterwards is terminated."""
    tools = Tools(
        db=db,
        keyring=keyring,
        vault=vault,
        public_url="http://public.test",
        desk_url="http://desk.test",
        mail_from="noreply@straat.example",
    )

    async def connected() -> Client:
        return temporal.client

    async with temporal_worker(temporal.client, tools):
        yield Town(db, vault, temporal.client, temporal, Relay(db, connected), uuid4().hex[:8])
        async for run in temporal.client.list_workflows('ExecutionStatus="Running"'):
            await temporal.client.get_workflow_handle(run.id).terminate("the test is over")
