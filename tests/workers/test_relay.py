"""The relay: what has a receipt reaches its workflow once, whatever was away; nothing blocks the queue."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from activities.context import Tools
from deploy.local.temporal import Temporal
from forms.desk.running.words import code
from schemas.facts import Fact, PotjeSnapshot
from schemas.payment import PaymentNews, PaymentOutcome
from schemas.refs import signup_id
from schemas.signup import SignupOrder
from schemas.steps import QUEUE
from store import inbox, registry
from store.database import Database
from store.inbox import Submission
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import free_port
from workers.relay import BATCH, Relay
from workers.temporal import Temporal as Connection

ANSWER = {"workflow_id": "signup-of-nobody", "person": str(UUID(int=1)), "yes": True}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[Temporal]:
    """A Temporal server without workers, so that workflows stay as they were started."""
    home = Path(tempfile.mkdtemp(prefix="straat-relay-"))
    async with Temporal(home, free_port()) as temporal:
        yield temporal
    shutil.rmtree(home)


@pytest.fixture
def connection(server: Temporal, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Our own way to that server."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
    return Connection()


def tools(db: Database) -> Tools:
    """What the relay works with."""
    keyring = Keyring({1: bytes(32)})
    return Tools(
        db, keyring, Vault(keyring), "http://public.test", "http://desk.test", "noreply@straat.example"
    )


def signup() -> Submission:
    """A sign-up as the form hands it in."""
    order = SignupOrder(
        submission=uuid4(),
        municipality="rotterdam",
        street="rozenlaan",
        street_name="Rozenlaan",
        wijk="Noord",
        gangmaker=uuid4(),
        reminders=[timedelta(days=3)],
        expires_after=timedelta(days=14),
    )
    return Submission(order.submission, "signup", "rotterdam", order.model_dump(mode="json"))


def answering(workflow_id: str) -> Submission:
    """An answer to a workflow's question."""
    return Submission(uuid4(), "answer", "rotterdam", {**ANSWER, "workflow_id": workflow_id})


async def receive(db: Database, *submissions: Submission) -> None:
    """Take them in, each at its own moment."""
    for submission in submissions:
        async with db.transaction() as conn:
            await inbox.receive(conn, submission)


async def due(db: Database) -> None:
    """Whatever waits has waited long enough."""
    async with db.transaction() as conn:
        await conn.execute("update post.submission set next_at = now()")


async def stands(db: Database, submission: Submission) -> tuple[bool, str | None, int]:
    """Whether it was relayed, with which refusal, after how many attempts."""
    async with db.connection() as conn:
        row = await conn.fetchrow("select * from post.submission where id = $1", submission.id)
    return row["relayed_at"] is not None, row["refused"], row["attempts"]


async def signals(client: Client, workflow_id: str) -> list[str]:
    """Signals in the history of a workflow, each with its argument."""
    found = []
    async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
        signal = event.workflow_execution_signaled_event_attributes
        if signal.signal_name:
            found.append(signal.signal_name + "".join(each.data.decode() for each in signal.input.payloads))
    return found


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Failed client connect"),
        ConnectionRefusedError(),
        TimeoutError(),
        RPCError("away", RPCStatusCode.UNAVAILABLE, b""),
        RPCError("slow", RPCStatusCode.DEADLINE_EXCEEDED, b""),
    ],
)
async def test_while_temporal_is_away_everything_stays(db: Database, error: Exception) -> None:
    async def away() -> Client:
        raise error

    kept = [signup(), answering("signup-1")]
    await receive(db, *kept)
    relay = Relay(tools(db), away)
    for attempts in (1, 2):
        soonest = await relay.work()
        assert soonest is not None
        assert 0 < soonest <= 30
        assert [await stands(db, each) for each in kept] == [(False, None, attempts)] * 2
        await due(db)


async def test_a_server_that_comes_late_gets_everything_once(
    db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port, one = free_port(), signup()
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{port}")
    temporal = Connection()
    relay = Relay(tools(db), temporal)
    await receive(db, one)
    await relay.work()
    assert await stands(db, one) == (False, None, 1)
    async with Temporal(tmp_path, port):
        await due(db)
        assert await relay.work() is None
        assert await stands(db, one) == (True, None, 1)
        handle = (await temporal()).get_workflow_handle(signup_id(one.id))
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        late = answering(signup_id(one.id))
        await receive(db, late)
    await relay.work()
    assert await stands(db, late) == (False, None, 1)
    async with Temporal(tmp_path, port):
        await due(db)
        assert await relay.work() is None
        assert await stands(db, late) == (True, None, 1)
        [signal] = await signals(await temporal(), signup_id(one.id))
    told = {"person": ANSWER["person"], "yes": True, "purpose": None}
    assert json.loads(signal.removeprefix("answer")) == told


async def test_a_relay_that_dies_before_its_note_starts_nothing_twice(
    db: Database, connection: Connection
) -> None:
    one = signup()
    await receive(db, one)
    relay = Relay(tools(db), connection)
    await relay.work()
    handle = (await connection()).get_workflow_handle(signup_id(one.id))
    run = (await handle.describe()).run_id
    for ended in (False, True):
        if ended:
            await handle.terminate()
        async with db.transaction() as conn:
            await conn.execute("update post.submission set relayed_at = null")
        await relay.work()
        assert (await stands(db, one))[:2] == (True, None)
        assert (await handle.describe()).run_id == run


async def test_a_workflow_shows_where_it_belongs_and_nothing_personal(
    db: Database, connection: Connection
) -> None:
    one = signup()
    await receive(db, one)
    await Relay(tools(db), connection).work()
    told = await (await connection()).get_workflow_handle(signup_id(one.id)).describe()
    found = {pair.key.name: pair.value for pair in told.typed_search_attributes}
    assert {name: found[name] for name in ("Municipality", "Wijk")} == {
        "Municipality": "rotterdam",
        "Wijk": "Noord",
    }
    assert await told.static_summary() == "Aanmelding voor Rozenlaan"
    assert told.task_queue == QUEUE


async def test_two_relays_at_once_bring_each_once(db: Database, connection: Connection) -> None:
    async def at_once(*submissions: Submission) -> None:
        await receive(db, *submissions)
        await asyncio.gather(*(Relay(tools(db), connection).work() for _ in range(2)))
        assert [await stands(db, each) for each in submissions] == [(True, None, 0)] * len(submissions)

    signups = [signup() for _ in range(BATCH + 10)]
    await at_once(*signups)
    await at_once(*(answering(signup_id(each.id)) for each in signups))
    client = await connection()
    for each in signups:
        assert len(await signals(client, signup_id(each.id))) == 1


async def test_an_answer_to_a_workflow_that_is_gone_is_refused_with_a_code(
    db: Database, connection: Connection
) -> None:
    ended, never = signup(), answering("signup-of-nobody")
    await receive(db, ended)
    relay = Relay(tools(db), connection)
    await relay.work()
    await (await connection()).get_workflow_handle(signup_id(ended.id)).terminate()
    late = answering(signup_id(ended.id))
    await receive(db, late, never)
    await relay.work()
    for refused in (late, never):
        assert await stands(db, refused) == (True, "workflow_gone", 0)


async def test_a_payment_of_a_potje_that_nobody_knows_is_no_news_for_one_that_has_ended(
    db: Database, connection: Connection
) -> None:
    """The money was booked with its statement: that usually nothing needs to be done would be untrue."""
    news = PaymentNews(workflow_id="potje-of-nobody", payment=uuid4(), outcome=PaymentOutcome.BOOKED)
    told = Submission(uuid4(), "payment", "rotterdam", news.model_dump(mode="json"))
    await receive(db, told)
    await Relay(tools(db), connection).work()
    assert await stands(db, told) == (True, "payment_unexpected", 0)
    assert "penningmeester" in code("payment_unexpected")


async def test_a_missing_namespace_is_no_missing_workflow(
    db: Database, connection: Connection, server: Temporal
) -> None:
    async def elsewhere() -> Client:
        return await Client.connect(
            server.address, namespace="misspelt", data_converter=pydantic_data_converter
        )

    waiting = [answering("signup-1"), signup()]
    await receive(db, *waiting)
    await Relay(tools(db), elsewhere).work()
    for each in waiting:
        assert await stands(db, each) == (False, None, 1)


MALFORMED: list[tuple[str, Any]] = [
    ("signup", {}),
    ("signup", {"submission": "not a uuid", "name": "Kanarie Zwaluw"}),
    ("signup", []),
    ("answer", {"person": ANSWER["person"], "yes": True}),
    ("answer", {**ANSWER, "person": "Kanarie Zwaluw"}),
    ("answer", {**ANSWER, "workflow_id": 7}),
    ("answer", 7),
    ("money", {"municipality": "rotterdam"}),
    ("money", {"municipality": "rotterdam", "year": "soon"}),
    ("money", "money"),
]


async def test_what_cannot_be_read_is_parked_and_blocks_nothing(db: Database, connection: Connection) -> None:
    wrong = [Submission(uuid4(), kind, "rotterdam", payload) for kind, payload in MALFORMED]
    one = signup()
    await receive(db, *wrong, one)
    with capture_logs() as logged:
        assert await Relay(tools(db), connection).work() is None
    assert [await stands(db, each) for each in wrong] == [(True, "malformed", 0)] * len(wrong)
    assert await stands(db, one) == (True, None, 0)
    errors = [line for line in logged if line["log_level"] == "error"]
    assert [line["submission"] for line in errors] == [str(each.id) for each in wrong]
    assert "Kanarie" not in str(logged)
    async with db.connection() as conn:
        kept = await conn.fetchval("select payload from post.submission where id = $1", wrong[1].id)
    assert kept == MALFORMED[1][1]


async def test_what_only_a_newer_build_knows_waits_for_that(
    db: Database, connection: Connection, owner_conn: asyncpg.Connection
) -> None:
    """Two builds work side by side during a deploy; the older one leaves alone what it cannot read."""
    await owner_conn.execute("alter table post.submission drop constraint submission_kind_check")
    async with db.transaction() as conn:
        await inbox.receive(conn, Submission(uuid4(), "of-tomorrow", "rotterdam", {"workflow_id": "x"}))
    with capture_logs() as told:
        assert await Relay(tools(db), connection).work()
    assert [line["event"] for line in told] == ["of another build"]
    async with db.connection() as conn:
        waits = "select count(*) from post.submission where kind = 'of-tomorrow' and relayed_at is null"
        assert await conn.fetchval(waits) == 1


async def test_money_wakes_the_potjes_that_wait_in_that_year(db: Database, connection: Connection) -> None:
    client = await connection()
    ids = {year: f"potje-{uuid4()}" for year in (2026, 2027)}
    async with db.transaction() as conn:
        for year, workflow_id in (*ids.items(), (2026, "potje-that-is-gone")):
            potje = PotjeSnapshot(
                workflow_id=workflow_id,
                municipality="rotterdam",
                street="rozenlaan",
                year=year,
                status="waiting_for_budget",
                cents=1,
                parts=[],
                open_parts=[],
                proposer="engine",
                revision=1,
            )
            fact = Fact(key=workflow_id, name="short", municipality="rotterdam", subject="s", potje=potje)
            await registry.enter(conn, fact)
    for workflow_id in ids.values():
        await client.start_workflow("PotjeWorkflow", id=workflow_id, task_queue="nobody")
    money = Submission(uuid4(), "money", "rotterdam", {"municipality": "rotterdam", "year": 2026})
    await receive(db, money)
    await Relay(tools(db), connection).work()
    assert await stands(db, money) == (True, None, 0)
    assert (await signals(client, ids[2026]), await signals(client, ids[2027])) == (["money_came"], [])


async def test_a_decision_waits_for_a_street_that_is_to_begin_anew(
    db: Database, owner_conn: asyncpg.Connection, connection: Connection
) -> None:
    """One that ended, and a round that was stopped by hand, have nothing to hear: that is no trouble."""
    city, year = "rotterdam", 2026
    await owner_conn.executemany(
        "insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)"
        " values ($1, $2, 'Straat', 'Noord', $3, '{}', 1, 1)",
        [(city, "lost", "active"), (city, "ended", "ended")],
    )

    def told(kind: str, workflow_id: str, street: str) -> Submission:
        said = {"workflow_id": workflow_id, "municipality": city, "street": street, "year": year}
        return Submission(uuid4(), kind, city, {**said, "outcome": "go_on"})

    lost = told("renewal_decided", "street-rotterdam-lost", "lost")
    over = [
        told("renewal_decided", "street-rotterdam-ended", "ended"),
        told("round_decided", "renewal-round-stopped", "ended"),
    ]
    await receive(db, lost, *over)
    await Relay(tools(db), connection).work()
    assert await stands(db, lost) == (False, None, 1)
    assert [await stands(db, each) for each in over] == [(True, None, 0)] * 2
