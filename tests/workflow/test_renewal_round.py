"""A round over 300 streets whose workers are killed in the middle; and asked again, nobody twice."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import ActivityEnvironment, TimeSkipper

from activities.beginnings import Beginnings
from activities.context import Tools
from schemas.calendar import dutch_date
from schemas.person import Person
from schemas.refs import renewal_id, round_id
from schemas.renewal import (
    CallOutcome,
    Choice,
    RenewalCall,
    RenewalOutcome,
    RoundNews,
    RoundPage,
    RoundState,
)
from schemas.steps import QUEUE
from schemas.street import Phase, StreetStart, StreetState
from store import policies
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.workflow.asking import answers
from tests.workflow.town import Town
from workers.relay import Relay
from workflows.engine import attributes
from workflows.renewal import RenewalWorkflow
from workflows.renewal_round import RenewalRoundWorkflow
from workflows.street import StreetWorkflow

CITY, STREETS, AT_ONCE = "rotterdam", 300, 25


@pytest_asyncio.fixture
async def alone(db: Database, keyring: Keyring, temporal: TimeSkipper) -> AsyncIterator[Town]:
    """A town without a worker: the test starts and kills them itself."""
    vault, client, suffix = Vault(keyring), temporal.client, uuid4().hex[:8]
    tools = Tools(db, keyring, vault, "http://public.test", "http://desk.test", "noreply@straat.example")

    async def connected() -> object:
        return client

    year = dutch_date(datetime.now(UTC)).year
    town = Town(db, client, temporal, year, vault, Relay(tools, connected), tools, suffix)  # type: ignore[arg-type]
    yield town
    rows = await town.rows("select 'street-' || municipality || '-' || slug as id from registry.street")
    rows += await town.rows("select workflow_id as id from registry.renewal where status <> 'decided'")
    for row in rows:
        await client.get_workflow_handle(row["id"]).terminate("the test is over")


@contextmanager
def worker(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, killed at the end as a power cut does it."""
    arguments = [
        town.client.service_client.config.target_host,
        town.db._url,
        f"{QUEUE}-{town.suffix}",
        town.tools.keyring.keys[1].hex(),
    ]
    process = subprocess.Popen([sys.executable, "-m", "tests.workflow.lone_worker", *arguments])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def begins(town: Town, number: int) -> tuple[str, UUID]:
    """A street that has been active for years."""
    slug = town.slug(f"straat-{number:03}")
    async with town.db.transaction() as conn:
        person = await town.vault.put(
            conn, CITY, Person(name=f"Bewoner {number}", email=f"b{number}@example.org")
        )
    state = StreetState(
        municipality=CITY,
        slug=slug,
        name=f"Straat {number:03}",
        wijk="Noord",
        phase=Phase.ACTIVE,
        gangmakers=[person],
        intakes=1,
        since=date(2024, 5, 1),
        potje_year=town.year,
    )
    await town.client.start_workflow(
        StreetWorkflow.run,
        StreetStart(state=state),
        id=state.workflow_id,
        task_queue=f"{QUEUE}-{town.suffix}",
        search_attributes=attributes(CITY, Phase.ACTIVE, "Noord"),
    )
    return slug, person


async def round_of(town: Town) -> WorkflowHandle[RenewalRoundWorkflow, dict[str, int]]:
    """As the schedule starts one."""
    return await town.client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality=CITY),
        id=f"{round_id(CITY)}-{town.suffix}-{uuid4().hex[:4]}",
        task_queue=f"{QUEUE}-{town.suffix}",
    )


async def until_count(town: Town, sql: str, least: int) -> None:
    async with asyncio.timeout(120):
        while await town.value(sql) < least:
            await asyncio.sleep(0.05)


ASKED = "select count(*) from registry.renewal"
DECIDED = "select count(*) from registry.renewal where status = 'decided'"


async def answer_all(town: Town, people: dict[str, UUID]) -> Counter[str]:
    """Four of five by the page, the others by a call; a few of those are not reached and go to sleep."""
    wanted: Counter[str] = Counter()
    choices = (Choice.GO_ON, Choice.CHANGE, Choice.STOP, Choice.GO_ON)
    for number, (slug, person) in enumerate(sorted(people.items())):
        workflow_id = renewal_id(CITY, slug, town.year)
        if number % 5 < len(choices):
            assert await answers(town, workflow_id, person, choices[number % 5])
            wanted[choices[number % 5]] += 1
        else:
            wanted["go_on"] += 1
    return wanted


STREET = """
insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum, revision, since)
values ($1, $2, 'Straat', 'Noord', 'active', array[$3::uuid], 1, 1, '2020-01-01') returning slug"""


async def waits_to_be_asked(town: Town) -> str:
    """A street of which the registry knows; its workflow has no worker."""
    slug, person = await begins(town, 0)
    await town.value(STREET, CITY, slug, person)
    return slug


async def test_a_page_asked_again_counts_its_own_and_leaves_what_another_round_began(alone: Town) -> None:
    slug, client = await waits_to_be_asked(alone), alone.client

    async def connected() -> Client:
        return client

    steps, nowhere = Beginnings(alone.tools, connected), ActivityEnvironment()

    async def asked(name: str) -> list[str]:
        page = RoundPage(municipality=CITY, year=alone.year, round=name)
        return (await nowhere.run(steps.ask_page, page)).streets

    assert [await asked(name) for name in ("one", "one", "two")] == [[slug], [slug], []]
    assert await alone.value("select count(*) from post.mail where template = 'renewal_ask'") == 1


async def test_who_decides_before_the_page_is_done_is_counted(alone: Town) -> None:
    slug = await waits_to_be_asked(alone)
    asking = await alone.client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality=CITY),
        id=f"{round_id(CITY)}-{alone.suffix}",
        task_queue=f"{QUEUE}-{alone.suffix}",
        start_signal="decided",
        start_signal_args=[RoundNews(street=slug, outcome=RenewalOutcome.CHANGE)],
    )
    with worker(alone):
        assert await asyncio.wait_for(asking.result(), 60) == {"change": 1}


DECIDED_ALREADY = """
insert into registry.renewal
    (workflow_id, municipality, street, year, status, outcome, people, answered, revision)
values ($1, $2, $3, $4, 'decided', 'change', 1, 1, 1) returning street"""


async def test_who_decides_between_two_tries_of_a_page_is_counted(alone: Town) -> None:
    """The second try leaves them out; what came of them was told, and may be told twice."""
    slug = await waits_to_be_asked(alone)
    await alone.value(DECIDED_ALREADY, renewal_id(CITY, slug, alone.year), CITY, slug, alone.year)
    news = RoundNews(street=slug, outcome=RenewalOutcome.CHANGE)
    asking = await alone.client.start_workflow(
        RenewalRoundWorkflow.run,
        RoundState(municipality=CITY),
        id=f"{round_id(CITY)}-{alone.suffix}",
        task_queue=f"{QUEUE}-{alone.suffix}",
        start_signal="decided",
        start_signal_args=[news],
    )
    await asking.signal(RenewalRoundWorkflow.decided, news)
    with worker(alone):
        assert await asyncio.wait_for(asking.result(), 60) == {"change": 1}
        assert "1 van 1 straten besloten" in await alone.details(asking)


@pytest.mark.long
async def test_300_streets_with_workers_killed_in_the_middle(alone: Town) -> None:
    town = alone
    async with town.db.transaction() as conn:
        found = await policies.current(conn, CITY)
    assert found
    assert found[0].renewal.at_once == AT_ONCE
    with worker(town):
        people = dict([await begins(town, number) for number in range(STREETS)])
        await until_count(town, "select count(*) from registry.street", STREETS)
        asking = await round_of(town)
        await until_count(town, ASKED, 60)
    with worker(town):
        await until_count(town, ASKED, 150)
    with worker(town):
        await until_count(town, ASKED, STREETS)
        wanted = await answer_all(town, people)
        relaying = asyncio.create_task(relays(town))
        await until_count(town, DECIDED, 80)
    with worker(town):
        called = [slug for number, slug in enumerate(sorted(people)) if number % 5 == 4]
        for slug in called:
            handle = town.client.get_workflow_handle(renewal_id(CITY, slug, town.year))
            call = RenewalCall(outcome=CallOutcome.GO_ON, by=f"{CITY}:coordinator-1")
            await handle.execute_update(RenewalWorkflow.record_call, call)
        counts = await asyncio.wait_for(asking.result(), 120)
        assert counts == dict(wanted)
        mails = await town.rows(
            "select person, count(*) as times from post.mail where template = 'renewal_ask' group by person"
        )
        assert {(row["person"], row["times"]) for row in mails} == {(person, 1) for person in people.values()}
        again = await round_of(town)
        assert await again.result() == {}
        assert await town.value(ASKED) == STREETS
        await until_count(
            town, "select count(*) from registry.street where phase = 'ended'", wanted[Choice.STOP]
        )
        assert f"{STREETS} van {STREETS} straten besloten" in await town.details(asking)
        relaying.cancel()


async def relays(town: Town) -> None:
    while True:
        await town.relay.work()
        await asyncio.sleep(0.05)
