"""Ways to ask a street its yearly question, and to answer it as the page does."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio.client import WorkflowHandle

from activities.facts import write
from schemas.facts import LinkOrder, LinkPurpose
from schemas.renewal import Choice, RenewalOrder, RenewalOutcome
from schemas.renewal_facts import asked_fact
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import links, renewals
from tests.workflow.town import Town, second_of
from workflows.renewal import RenewalWorkflow, to_begin_with

Question = WorkflowHandle[RenewalWorkflow, RenewalOutcome]


def order_of(town: Town, order: SignupOrder, minimum: int = 1) -> RenewalOrder:
    """As a round composes it."""
    return RenewalOrder(
        municipality=order.municipality,
        street=order.street,
        street_name=order.street_name,
        wijk=order.wijk,
        year=town.year,
        people=[order.gangmaker, *([second_of(order)] if order.second else [])],
        minimum=minimum,
        reminders=[timedelta(days=7), timedelta(days=14)],
        call_after=timedelta(days=21),
        sleep_after=timedelta(days=42),
        keep_words=timedelta(days=90),
        desk_url="http://desk.test",
        asked_at=datetime.now(UTC),
    )


async def asks(town: Town, order: SignupOrder, minimum: int = 1) -> Question:
    """The question is in the outbox, and its workflow has begun, when this returns."""
    asked = order_of(town, order, minimum)
    async with town.db.transaction() as conn:
        assert await write(conn, town.tools, asked_fact(asked))
    return await begins(town, asked)


async def begins(town: Town, asked: RenewalOrder) -> Question:
    """As a round begins it."""
    town.started.append(asked.workflow_id)
    handle: Any = await town.client.start_workflow(
        RenewalWorkflow.run,
        asked,
        id=asked.workflow_id,
        task_queue=f"{QUEUE}-{town.suffix}",
        search_attributes=to_begin_with(asked),
    )
    return handle


async def answers(
    town: Town, workflow_id: str, person: UUID, choice: Choice, words: UUID | None = None
) -> bool:
    """What the page does once the code is right; the relay brings it later. False: too late."""
    link = LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id=workflow_id)
    async with town.db.transaction() as conn:
        token = links.token_of(town.tools.keyring, link, person)
        return await renewals.answer(conn, token, choice, words)


async def decided(town: Town, workflow_id: str) -> None:
    """Bring what there is until a question is decided, and its street and its round have heard of it."""
    sql = "select exists (select from registry.renewal where workflow_id = $1 and status = 'decided')"
    async with asyncio.timeout(60):
        while not await town.value(sql, workflow_id):
            await town.relay.work()
            await asyncio.sleep(0.05)
    await town.relay.work()
