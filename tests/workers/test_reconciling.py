"""What workflows remember and the database does not is told; a step that wrote nothing is no such thing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import BaseModel

from schemas import steps
from schemas.concern import Asked
from schemas.facts import Fact, Lapsed
from schemas.intake import Offered
from schemas.payee import AccountMoved, AccountStep, PayeeOrder
from schemas.potje import ApprovedInBulk
from schemas.renewal import LateAnswers
from schemas.steps import Step
from store import payments
from store.database import Database
from store.vault import Vault
from tests.store.batch_steps import attach, freeze, step, town
from tests.store.payout_rows import SECOND, order
from workers.reconciling.findings import Finding, Kind, of_workflows, still_apart
from workers.reconciling.recorded import Done, Recorded

CITY, STREET = "rotterdam", "rozenlaan"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


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


async def test_an_approval_together_with_others_that_no_letter_tells_of(
    owner_conn: asyncpg.Connection,
) -> None:
    """What is handed over comes with a mail of its own: then the signal is all that tells."""
    act = ApprovedInBulk(by=f"{CITY}:treasurer-1", revision=7)
    found = [Recorded("potje-x", "PotjeWorkflow", running=True, approved=[act])]
    (told,) = await of_workflows(owner_conn, found)
    assert (told.kind, told.mends, "with others" in told.do) == (Kind.MONEY, False, True)
    await owner_conn.execute(
        "insert into registry.potje (workflow_id, municipality, street, year, status, cents, parts,"
        " open_parts, proposer, revision)"
        " values ('potje-x', $1, $2, 2026, 'approved', 1, '[]', '{}', 'engine', 7)",
        CITY,
        STREET,
    )
    assert await of_workflows(owner_conn, found) == []


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
        (steps.DECIDE_RENEWAL, LateAnswers(people=[UUID(int=1)]), LateAnswers(people=[])),
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


async def test_a_batch_that_was_released_since_the_backup(db: Database, vault: Vault) -> None:
    """The bank may have its file; nobody may cancel it here, and pay it twice."""
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    await attach(db, vault, asked)
    found = remembered(steps.RELEASE_BATCH, step(asked, SECOND))
    async with db.transaction() as conn:
        (told,) = await of_workflows(conn, found)
        assert (told.kind, told.municipality, told.mends) == (Kind.FORGOTTEN, CITY, True)
        await payments.release(conn, step(asked, SECOND))
        assert await of_workflows(conn, found) == []


async def test_an_account_that_counts_since_the_backup(owner_conn: asyncpg.Connection) -> None:
    """Else the account of before would be paid on; only a person can ask for it again."""
    given = PayeeOrder(
        ref=uuid4(), municipality=CITY, street=STREET, given_by=uuid4(), desk_url="http://desk.test"
    )
    moved = AccountStep(order=given, asked=[], by="engine", deadline=NOW)
    found = remembered(steps.PUT_ACCOUNT_IN_FORCE, moved, AccountMoved(done=True))
    (told,) = await of_workflows(owner_conn, found)
    assert (told.kind, told.mends, "--by-hand potje-x" in told.do) == (Kind.MONEY, False, True)
    nothing = remembered(steps.PUT_ACCOUNT_IN_FORCE, moved, AccountMoved())
    assert await of_workflows(owner_conn, nothing) == []


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (None, [Kind.BEHIND]),
        (Recorded("street-a", "StreetWorkflow", running=True, revision=4), [Kind.BEHIND]),
        (Recorded("street-a", "StreetWorkflow", running=True, revision=4, busy=True), [Kind.BUSY]),
        (Recorded("street-a", "StreetWorkflow", running=True, revision=5), []),
        (Recorded("street-a", "StreetWorkflow", running=False, revision=4), []),
    ],
    ids=["gone", "behind", "busy", "went-on", "ended"],
)
def test_who_seemed_behind_is_told_as_it_is_now(now: Recorded | None, left: list[Kind]) -> None:
    """Nobody pays while a step is under way that may show who is behind."""
    told = [Finding(Kind.BEHIND, "street-a", "the workflow knows less than the database", revision=5)]
    assert [each.kind for each in still_apart(told, {"street-a": now} if now else {})] == left
