"""A town to test in: real servers, one worker, and short ways to do what residents and staff do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle, WorkflowHistory, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from activities.context import Tools
from schemas.calendar import dutch_date
from schemas.facts import LinkOrder, LinkPurpose
from schemas.intake import IntakePlan, IntakeRecord, Outcome
from schemas.ledger import Balance
from schemas.person import Person, Place
from schemas.policy import Budget, PayoutKind, Policy, Potje, PotjePart
from schemas.potje import PotjeAct
from schemas.refs import intake_id, potje_id, signup_id, street_id
from schemas.refusals import SENTENCES, Refusal
from schemas.signup import SignupOrder, SignupResult
from store import inbox, ledger, links, policies
from store.database import Database
from store.inbox import Submission
from store.keys import Keyring
from store.vault import Vault
from workers.relay import Relay
from workers.worker import temporal_worker
from workflows.engine import PHASE
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.signup import SignupWorkflow

COORDINATOR = "coordinator-1"
TREASURER = "treasurer-1"
ANS = Person(name="Ans Bakker", email="ans@example.org")
BO = Person(name="Bo Visser", email="bo@example.org")
PLACE = Place(text="Buurthuis De Bloem")

WORKFLOW_IDS = """
select 'signup-' || id as id from post.submission where kind = 'signup' and relayed_at is not null
union all select 'street-' || municipality || '-' || slug from registry.street
union all select workflow_id from registry.intake
union all select workflow_id from registry.potje
"""


@dataclass
class Town:
    """Streets, intakes and potjes are named by the slug of their street, which is this test's alone."""

    db: Database
    vault: Vault
    client: Client
    skipper: TimeSkipper
    relay: Relay
    tools: Tools
    suffix: str
    year: int

    def slug(self, street: str = "rozenlaan") -> str:
        """A street of this test alone: the Temporal server is shared."""
        return f"{street}-{self.suffix}"

    # The people

    async def keep(self, item: Person | Place, municipality: str = "rotterdam") -> UUID:
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
        self, workflow_id: str, person: UUID, purpose: LinkPurpose, *, yes: bool = True
    ) -> bool:
        """What a click on a mailed link does in the database; the signal comes with the relay."""
        order = LinkOrder(purpose=purpose, workflow_id=workflow_id)
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
    ) -> None:
        """Record the outcome of the conversation."""
        record = IntakeRecord(
            outcome=outcome, spelregels_agreed=agreed, coordinator=staff(order, COORDINATOR)
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

    async def refused(self, handle: WorkflowHandle[Any, Any], update: Any, arg: Any, why: Refusal) -> None:
        """An update that is turned down: a Dutch sentence, the refusal as type, no trace in the history."""
        before = await self.at_rest(handle)
        try:
            await handle.execute_update(update, arg)
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError)
            assert (error.cause.type, error.cause.message) == (why.value, SENTENCES[why])
        else:
            raise AssertionError(f"not refused: {why}")
        assert await self.at_rest(handle) == before

    # The workflows

    def signup(self, order: SignupOrder) -> WorkflowHandle[SignupWorkflow, SignupResult]:
        """The handle of a sign-up."""
        return self.client.get_workflow_handle_for(SignupWorkflow.run, signup_id(order.submission))

    def street(self, order: SignupOrder) -> WorkflowHandle[Any, Any]:
        """The handle of the street."""
        return self.client.get_workflow_handle(street_id(order.municipality, order.street))

    def intake(self, order: SignupOrder, number: int = 1) -> WorkflowHandle[IntakeWorkflow, Any]:
        """The handle of the n-th intake."""
        return self.client.get_workflow_handle_for(
            IntakeWorkflow.run, intake_id(order.municipality, order.street, number)
        )

    def potje(self, order: SignupOrder, attempt: int = 1) -> WorkflowHandle[PotjeWorkflow, Any]:
        """The handle of this year's potje."""
        return self.client.get_workflow_handle_for(
            PotjeWorkflow.run, potje_id(order.municipality, order.street, self.year, attempt)
        )

    async def workflow_ids(self) -> list[str]:
        """Every workflow of this test, in the order of a street's life."""
        return [row["id"] for row in await self.rows(WORKFLOW_IDS)]

    async def histories(self) -> dict[str, WorkflowHistory]:
        """The histories of all workflows of this test by id; of earlier runs by id, stroke and run."""
        found = {}
        for workflow_id in await self.workflow_ids():
            run = await self.client.get_workflow_handle(workflow_id).fetch_history()
            found[workflow_id] = run
            while earlier := _run_before(run):
                run = await self.client.get_workflow_handle(workflow_id, run_id=earlier).fetch_history()
                found[f"{workflow_id}/{earlier}"] = run
        return found

    async def until_there(self, workflow_id: str) -> None:
        """Wait until a workflow is there."""
        async with asyncio.timeout(20):
            while not await _exists(self.client.get_workflow_handle(workflow_id)):
                await asyncio.sleep(0.02)

    async def at_rest(self, handle: WorkflowHandle[Any, Any]) -> int:
        """The length of a workflow's history, once nothing is under way in it."""
        async with asyncio.timeout(20):
            while True:
                told = await handle.describe()
                raw = told.raw_description
                if not raw.pending_activities and not raw.HasField("pending_workflow_task"):
                    return told.history_length
                await asyncio.sleep(0.02)

    async def phase(self, handle: WorkflowHandle[Any, Any]) -> str | None:
        """The search attribute that operators filter on."""
        return (await handle.describe()).typed_search_attributes.get(PHASE)

    async def details(self, handle: WorkflowHandle[Any, Any]) -> str:
        """The Markdown that operators read at the top of a workflow."""
        told = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(told.current_details)

    async def until_phase(self, handle: WorkflowHandle[Any, Any], *phases: str) -> None:
        """Wait until a workflow is there and says that it is in one of these phases."""
        await self.until_there(handle.id)
        async with asyncio.timeout(20):
            while await self.phase(handle) not in phases:
                await asyncio.sleep(0.02)

    # Time

    async def later(self, handle: WorkflowHandle[Any, Any], **span: float) -> None:
        """Skip a workflow's own time, with all that happens meanwhile. One that waits for a child cannot."""
        async with asyncio.timeout(20):
            await self.skipper.fast_forward(handle, timedelta(**span))

    async def later_until(self, handle: WorkflowHandle[Any, Any], moment: datetime) -> None:
        """Skip a workflow's own time to a moment."""
        span = moment - await self.skipper.get_current_time(handle)
        await self.later(handle, seconds=span.total_seconds())

    # What became of it

    async def mails(self, person: UUID | None = None) -> list[str]:
        """Templates in the outbox, in the order in which they came."""
        rows = await self.rows("select template, person from post.mail order by created_at, key")
        return [row["template"] for row in rows if person in (None, row["person"])]

    async def mailed(self, person: UUID, template: str, times: int = 1) -> None:
        """Wait for a mail to somebody."""
        await self.until(
            "select count(*) = $3 from post.mail where person = $1 and template = $2", person, template, times
        )

    async def facts(self, order: SignupOrder, prefix: str = "") -> list[str]:
        """Names of what happened in a street, in order."""
        return [name for name in await self.facts_of(order.street) if name.startswith(prefix)]

    async def facts_of(self, slug: str) -> list[str]:
        """The same, by the street's slug."""
        rows = await self.rows("select name from registry.fact where subject = $1 order by seq", slug)
        return [row["name"] for row in rows]

    async def erased(self, person: UUID) -> bool:
        """Whether the vault has forgotten somebody, key and all."""
        return bool(
            await self.value(
                "select erased_at is not null and sealed is null and wrapped_key is null"
                " from vault.item where ref = $1",
                person,
            )
        )

    async def balance(self, code: str) -> Balance:
        """The sums of an account."""
        async with self.db.connection() as conn:
            return await ledger.balance(conn, code)

    async def rows(self, sql: str, *args: object) -> list[Any]:
        """Rows from the database."""
        async with self.db.connection() as conn:
            return list(await conn.fetch(sql, *args))

    async def value(self, sql: str, *args: object) -> Any:
        """One value from the database."""
        async with self.db.connection() as conn:
            return await conn.fetchval(sql, *args)

    async def until(self, sql: str, *args: object, seconds: float = 20) -> None:
        """Wait until a query says true."""
        async with asyncio.timeout(seconds):
            while not await self.value(sql, *args):
                await asyncio.sleep(0.02)

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


def payloads_of(history: WorkflowHistory, attributes: str) -> list[Any]:
    """The first argument of every event of a kind, such as ``activity_task_scheduled_event_attributes``."""
    found = [getattr(event, attributes) for event in history.events if event.HasField(attributes)]
    return [json.loads(each.input.payloads[0].data) for each in found]


def second_of(order: SignupOrder) -> UUID:
    """The second gangmaker, who must have been named."""
    assert order.second
    return order.second


def potje_of(**euros: int) -> Potje:
    """A potje in parts, such as ``potje_of(bank=100, voucher=25)``."""
    return Potje(parts=[PotjePart(kind=PayoutKind(kind), euros=Decimal(e)) for kind, e in euros.items()])


def _run_before(history: WorkflowHistory) -> str:
    started = history.events[0].workflow_execution_started_event_attributes
    return str(started.continued_execution_run_id)


async def _exists(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def _terminate(handle: WorkflowHandle[Any, Any]) -> None:
    try:
        await handle.terminate("the test is over")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


@asynccontextmanager
async def town_on(db: Database, keyring: Keyring, skipper: TimeSkipper, suffix: str) -> AsyncIterator[Town]:
    """A worker on a database of its own; what is left running afterwards is terminated."""
    vault, client = Vault(keyring), skipper.client
    tools = Tools(db, keyring, vault, "http://public.test", "http://desk.test", "noreply@straat.example")

    async def connected() -> Client:
        return client

    async with temporal_worker(client, tools):
        year = dutch_date(datetime.now(UTC)).year
        town = Town(db, vault, client, skipper, Relay(db, connected), tools, suffix, year)
        for municipality in ("rotterdam", "den-haag", "aalsmeer"):
            await town.grant(10_000, municipality)
        yield town
        async for run in client.list_workflows('ExecutionStatus="Running"'):
            await _terminate(client.get_workflow_handle(run.id))
