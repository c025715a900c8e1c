"""A town to test in: real servers, one worker, and short ways to do what residents and staff do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from activities.context import Tools
from schemas.calendar import dutch_date
from schemas.facts import LinkOrder, LinkPurpose
from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.payment import PaymentOutcome
from schemas.person import Person, Place, Story
from schemas.policy import PayoutKind, Policy, Potje, PotjePart
from schemas.potje import PotjeAct, PotjeResult
from schemas.programme import Budget
from schemas.refs import intake_id, signup_id
from schemas.refusals import SENTENCES, Refusal
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import inbox, links, policies
from store.database import Database
from store.inbox import Submission
from store.keys import Keyring
from store.vault import Vault
from tests.workflow.bank import bank_says, put_in_batch
from tests.workflow.watched import Watched
from workers.relay import Relay
from workers.worker import sandbox, temporal_worker
from workflows.intake import IntakeWorkflow

COORDINATOR = "coordinator-1"
TREASURER = "treasurer-1"
ANS = Person(name="Ans Bakker", email="ans@example.org")
BO = Person(name="Bo Visser", email="bo@example.org")
PLACE = Place(text="Buurthuis De Bloem")


@dataclass
class Town(Watched):
    """Streets, intakes and potjes are named by the slug of their street, which is this test's alone."""

    vault: Vault
    relay: Relay
    tools: Tools
    suffix: str

    def slug(self, street: str = "rozenlaan") -> str:
        """A street of this test alone: the Temporal server is shared."""
        return f"{street}-{self.suffix}"

    # The people

    async def keep(self, item: Person | Place | Story, municipality: str = "rotterdam") -> UUID:
        """Seal something in the vault."""
        async with self.db.transaction() as conn:
            return await self.vault.put(conn, municipality, item)

    async def signs_up(
        self,
        municipality: str = "rotterdam",
        *,
        first: Person = ANS,
        second: Person | None = None,
        street: str = "rozenlaan",
    ) -> SignupOrder:
        """What the form does: it is in the inbox now, and nowhere else."""
        policy = await self.policy(municipality)
        order = SignupOrder(
            submission=uuid4(),
            municipality=municipality,
            street=self.slug(street),
            street_name=street.capitalize(),
            wijk=policy.wijken[0],
            campaign="voorjaar",
            gangmaker=await self.keep(first, municipality),
            second=await self.keep(second, municipality) if second else None,
            reminders=list(policy.signup.reminders),
            expires_after=policy.signup.expires_after,
        )
        async with self.db.transaction() as conn:
            payload = order.model_dump(mode="json")
            await inbox.receive(conn, Submission(order.submission, "signup", municipality, payload))
        return order

    async def sign_up(
        self,
        municipality: str = "rotterdam",
        *,
        first: Person = ANS,
        second: Person | None = None,
        street: str = "rozenlaan",
    ) -> SignupOrder:
        """What the form does, then what the relay does, until the question is in the outbox."""
        order = await self.signs_up(municipality, first=first, second=second, street=street)
        await self.relay.work()
        await self.mailed(order.gangmaker, "confirm_signup")
        return order

    async def answers(
        self, workflow_id: str, person: UUID, purpose: LinkPurpose, *, yes: bool = True, number: int = 1
    ) -> bool:
        """What a click on a mailed link does in the database; the signal comes with the relay."""
        order = LinkOrder(purpose=purpose, workflow_id=workflow_id, number=number)
        async with self.db.transaction() as conn:
            return await links.answer(conn, links.token_of(self.tools.keyring, order, person), yes=yes)

    async def confirm(self, order: SignupOrder, *, yes: bool = True) -> bool:
        """The gangmaker answers; False when the link is void or was used before."""
        answered = await self.answers(
            signup_id(order.submission), order.gangmaker, LinkPurpose.CONFIRM_SIGNUP, yes=yes
        )
        await self.relay.work()
        return answered

    async def second_confirms(self, order: SignupOrder, *, yes: bool = True) -> bool:
        """The second gangmaker answers, once they have been asked."""
        person = second_of(order)
        await self.mailed(person, "confirm_second")
        answered = await self.answers(
            signup_id(order.submission), person, LinkPurpose.CONFIRM_SECOND, yes=yes
        )
        await self.relay.work()
        return answered

    async def begins(
        self, municipality: str = "rotterdam", *, second: Person | None = None, street: str = "rozenlaan"
    ) -> SignupOrder:
        """Sign up and confirm, the second one too: the street waits for its intake."""
        order = await self.sign_up(municipality, second=second, street=street)
        await self.confirm(order)
        if second:
            await self.second_confirms(order)
        await self.signup(order).result()
        await self.until_there(intake_id(municipality, order.street, 1))
        return order

    # The desk

    async def plan(self, order: SignupOrder, *, number: int = 1, **span: float) -> IntakePlan:
        """Plan or move the conversation, in three days unless told otherwise."""
        handle = self.intake(order, number)
        now = await self.skipper.get_current_time(handle)
        plan = IntakePlan(
            at=now + timedelta(**(span or {"days": 3})),
            place=await self.keep(PLACE, order.municipality),
            coordinator=staff(order, COORDINATOR),
        )
        await handle.execute_update(IntakeWorkflow.plan, plan)
        return plan

    async def record(
        self,
        order: SignupOrder,
        outcome: Outcome = Outcome.ACCEPTED,
        *,
        number: int = 1,
        agreed: bool = True,
        approach: UUID | None = None,
    ) -> None:
        """Record the outcome of the conversation."""
        people = "select gangmakers from registry.street where municipality = $1 and slug = $2"
        record = IntakeRecord(
            outcome=outcome,
            agreed=await self.value(people, order.municipality, order.street) if agreed else [],
            coordinator=staff(order, COORDINATOR),
            approach=approach,
        )
        await self.intake(order, number).execute_update(IntakeWorkflow.record, record)

    async def accepted(
        self, municipality: str = "rotterdam", *, second: Person | None = None, street: str = "rozenlaan"
    ) -> SignupOrder:
        """A street whose intake is over: its potje was proposed."""
        order = await self.begins(municipality, second=second, street=street)
        await self.plan(order)
        await self.record(order)
        await self.until("select exists (select from registry.potje where street = $1)", order.street)
        await self.until_phase(self.potje(order), "potje_to_approve", "potje_waiting_for_budget")
        return order

    async def act(self, order: SignupOrder, update: Any, by: str = TREASURER) -> None:
        """Approve, reject, hand over or mark paid."""
        await self.potje(order).execute_update(update, PotjeAct(by=staff(order, by)))

    async def pays(
        self, order: SignupOrder, outcome: PaymentOutcome = PaymentOutcome.BOOKED, code: str | None = None
    ) -> UUID:
        """The bank part goes into a batch of its own, and the bank says what became of it."""
        payment = await put_in_batch(self, order)
        await self.bank_says(payment, outcome, code)
        return payment

    async def bank_says(
        self, payment: UUID, outcome: PaymentOutcome = PaymentOutcome.BOOKED, code: str | None = None
    ) -> None:
        """A statement comes in, and the potje hears of it."""
        await bank_says(self, payment, outcome, code)
        await self.relay.work()
        name = "paid" if outcome is PaymentOutcome.BOOKED else "bounced"
        await self.until("select exists (select from registry.fact where key like $1)", f"%/{name}-{payment}")

    async def settles(self, order: SignupOrder) -> PotjeResult:
        """How the potje ends, once the bank can send nothing back any more."""
        potje = self.potje(order)
        await self.later(potje, days=10, minutes=1)
        result: PotjeResult = await potje.result()
        return result

    async def refused(self, handle: WorkflowHandle[Any, Any], update: Any, arg: Any, why: Refusal) -> None:
        """An update that is turned down: a Dutch sentence, the refusal as type, no trace in the history."""
        before = await self.at_rest(handle)
        await self.refused_late(handle, update, arg, why)
        assert await self.at_rest(handle) == before

    async def refused_late(
        self, handle: WorkflowHandle[Any, Any], update: Any, arg: Any, why: Refusal
    ) -> None:
        """An update that the database turns down: the same sentence, after a step in the history."""
        try:
            await handle.execute_update(update, arg)
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError)
            assert (error.cause.type, error.cause.message) == (why.value, SENTENCES[why])
        else:
            raise AssertionError(f"not refused: {why}")

    # The policy

    async def policy(self, municipality: str = "rotterdam") -> Policy:
        """The policy in force."""
        async with self.db.connection() as conn:
            found = await policies.current(conn, municipality)
        assert found
        return found[0]

    async def decree(self, municipality: str = "rotterdam", **changes: Any) -> None:
        """Apply a changed policy; with more money the relay wakes who waits for it."""
        policy = (await self.policy(municipality)).model_copy(update=changes)
        async with self.db.transaction() as conn:
            await policies.apply(conn, policy, "engine", date(self.year, 1, 1))
        await self.relay.work()

    async def grant(self, euros: int, municipality: str = "rotterdam") -> None:
        """This year's budget becomes so many euros."""
        await self.decree(municipality, budgets=[Budget(year=self.year, euros=Decimal(euros))])


def staff(order: SignupOrder, name: str) -> str:
    """A member of staff of a municipality."""
    return f"{order.municipality}:{name}"


def second_of(order: SignupOrder) -> UUID:
    """The second gangmaker, who must have been named."""
    assert order.second
    return order.second


def potje_of(**euros: int) -> Potje:
    """A potje in parts, such as ``potje_of(bank=100, voucher=25)``."""
    return Potje(parts=[PotjePart(kind=PayoutKind(kind), euros=Decimal(e)) for kind, e in euros.items()])


async def terminate(handle: WorkflowHandle[Any, Any]) -> None:
    try:
        await handle.terminate("the test is over")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


@asynccontextmanager
async def town_on(db: Database, keyring: Keyring, skipper: TimeSkipper, suffix: str) -> AsyncIterator[Town]:
    """A worker on a database and a queue of its own: what an earlier test left running gets no worker."""
    vault, client, queue = Vault(keyring), skipper.client, f"{QUEUE}-{suffix}"
    tools = Tools(db, keyring, vault, "http://public.test", "http://desk.test", "noreply@straat.example")
    year = dutch_date(datetime.now(UTC)).year

    async def connected() -> Client:
        return client

    with (
        patch("workers.deliveries.QUEUE", queue),
        patch("activities.streets.QUEUE", queue),
        patch("activities.beginnings.QUEUE", queue),
    ):
        async with temporal_worker(client, tools, queue=queue, runner=sandbox()):
            town = Town(db, client, skipper, year, vault, Relay(tools, connected), tools, suffix)
            for municipality in ("rotterdam", "den-haag", "aalsmeer"):
                await town.grant(10_000, municipality)
            yield town
            for workflow_id in await town.workflow_ids():
                await terminate(client.get_workflow_handle(workflow_id))
