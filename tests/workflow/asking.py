"""Ways to ask a street its yearly question, and to answer it as the page does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.client import WorkflowHandle

from schemas.facts import LinkOrder, LinkPurpose
from schemas.refs import renewal_id
from schemas.renewal import Choice, RenewalOrder, RenewalOutcome
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import links, renewals
from tests.workflow.town import Town, second_of
from workflows.renewal import RenewalWorkflow

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
    )


async def asks(town: Town, order: SignupOrder, minimum: int = 1) -> Question:
    """The question is in the outbox when this returns."""
    asked = order_of(town, order, minimum)
    workflow_id = renewal_id(asked.municipality, asked.street, asked.year)
    town.started.append(workflow_id)
    handle: Any = await town.client.start_workflow(
        RenewalWorkflow.run, asked, id=workflow_id, task_queue=f"{QUEUE}-{town.suffix}"
    )
    await town.until(
        "select count(*) = $2 from post.link where workflow_id = $1", workflow_id, len(asked.people)
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
