"""What workflows remember and the database does not is told; a step that wrote nothing is no such thing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import BaseModel

from schemas import steps
from schemas.concern import Asked
from schemas.facts import Fact, Lapsed
from schemas.intake import Offered
from schemas.steps import Step
from workers.reconciling.findings import Kind, of_workflows
from workers.reconciling.recorded import Done, Recorded

CITY, STREET = "rotterdam", "rozenlaan"
NOW = datetime.now(UTC)


class Order(BaseModel):
    """What a step takes, as far as it matters here."""

    fact: Fact


def fact() -> Fact:
    """One that no journal knows."""
    return Fact(
        key=f"potje-x/{uuid4()}", name="potje.account", municipality=CITY, subject=STREET, actor="engine"
    )


def remembered(step: Step[Any, Any], arg: BaseModel, result: object = None) -> list[Recorded]:
    """A workflow that saw a step end."""
    return [Recorded("potje-x", "PotjeWorkflow", running=True, steps=[Done(step.name, arg, result, NOW)])]


async def journal(conn: asyncpg.Connection, name: str, recorded_at: datetime) -> None:
    """A line about the street's account; the account itself may be forgotten by now."""
    await conn.execute(
        "insert into registry.fact (key, name, municipality, subject, actor, recorded_at)"
        " values ($1, $2, $3, $4, 'engine', $5)",
        f"payee-{uuid4()}/in_force",
        name,
        CITY,
        STREET,
        recorded_at,
    )


async def test_a_reminder_that_was_not_needed_is_not_forgotten(owner_conn: asyncpg.Connection) -> None:
    """The street gave its account at the last moment: nothing was written, and nothing is apart."""
    await journal(owner_conn, "account.in_force", NOW - timedelta(seconds=1))
    assert await of_workflows(owner_conn, remembered(steps.REMIND_ACCOUNT, fact())) == []


@pytest.mark.parametrize(
    ("name", "later"), [("account.asked", -1), ("account.gone", -1), ("account.in_force", 1)]
)
async def test_a_reminder_that_was_needed_is_forgotten(
    owner_conn: asyncpg.Connection, name: str, later: int
) -> None:
    await journal(owner_conn, name, NOW + timedelta(seconds=later))
    (told,) = await of_workflows(owner_conn, remembered(steps.REMIND_ACCOUNT, fact()))
    assert told.kind is Kind.FORGOTTEN


@pytest.mark.parametrize(
    ("step", "nothing", "something"),
    [
        (steps.ASK_PROFESSIONAL, Asked(due=NOW, gone=True), Asked(due=NOW)),
        (steps.FOLLOW_UP_CONCERN, Asked(due=NOW, gone=True), Asked(due=NOW)),
        (steps.OFFER_MOMENTS, Offered(free=False), Offered(free=True)),
        (steps.FORGET_CONCERN, Lapsed(answered=True), Lapsed(answered=False)),
    ],
)
async def test_a_step_that_said_that_it_wrote_nothing(
    owner_conn: asyncpg.Connection, step: Step[Any, Any], nothing: BaseModel, something: BaseModel
) -> None:
    assert await of_workflows(owner_conn, remembered(step, Order(fact=fact()), nothing)) == []
    (told,) = await of_workflows(owner_conn, remembered(step, Order(fact=fact()), something))
    assert told.kind is Kind.FORGOTTEN
