"""The daily heads on a real Temporal: the schedule, the letter, and that nobody is told twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.testing import TimeSkipper

from activities.context import Tools
from schemas.heads import HEADS
from schemas.ledger import Verified
from schemas.policy import Policy
from store import ledger, policies
from store.database import Connection, Database
from store.keys import Keyring
from store.outbox import MailState
from store.vault import Vault
from tests.workflow.records import Records
from workers.schedules import SCHEDULES, ensure
from workers.worker import temporal_worker
from workflows.heads import PublishHeadsWorkflow

CITY = "den-haag"
AUDITOR = "controleur@accountant.example"
TODAY = date(2026, 11, 23)


@dataclass
class Office(Records):
    """A worker of this test, on a queue and a schedule of its own."""

    client: Client
    vault: Vault
    queue: str

    async def publish(self) -> Any:
        """What the schedule starts, here and now."""
        return await self.client.execute_workflow(
            PublishHeadsWorkflow.run, id=f"{HEADS}-{uuid4()}", task_queue=self.queue
        )

    async def letter(self) -> str:
        """The last letter, opened as the postman does."""
        row = (await self.rows("select * from post.mail order by created_at desc limit 1"))[0]
        async with self.db.connection() as conn:
            sealed = await self.vault.open_letter(conn, row["person"], row["id"], row["sealed"])
        return sealed.decode().replace("=\r\n", "")

    async def told(self) -> int:
        """How many letters there are."""
        return int(await self.value("select count(*) from post.mail where template = 'ledger_head'"))


async def named(conn: Connection, policy: Policy, address: str | None) -> None:
    """A policy that names this auditor, or nobody."""
    payout = policy.payout.model_copy(update={"auditor_email": address})
    await policies.apply(conn, policy.model_copy(update={"payout": payout}), "engine", TODAY)


async def renamed(office: "Office", address: str | None) -> None:
    """The Hague names another auditor from now on."""
    async with office.db.transaction() as conn:
        found = await policies.current(conn, CITY)
        assert found
        await named(conn, found[0], address)


@pytest_asyncio.fixture
async def office(
    db: Database, keyring: Keyring, temporal: TimeSkipper, no_failures: None
) -> AsyncIterator[Office]:
    """The Hague has an auditor, the others have none."""
    async with db.transaction() as conn:
        for policy in await policies.all_current(conn):
            await named(conn, policy, AUDITOR if policy.slug == CITY else None)
    vault, queue = Vault(keyring), f"heads-{uuid4().hex[:8]}"
    tools = Tools(db, keyring, vault, "http://public.test", "http://desk.test", "noreply@straat.example")
    async with temporal_worker(temporal.client, tools, queue=queue):
        yield Office(db, temporal.client, vault, queue)


async def head(office: Office, year: int = 2026) -> Verified:
    """Where the chain stands."""
    async with office.db.connection() as conn:
        found = await ledger.verify(conn, CITY, year)
    assert isinstance(found, Verified)
    return found


async def test_the_auditor_hears_where_the_chain_stands(office: Office) -> None:
    done = await office.publish()
    assert [(each.municipality, each.broken) for each in done.told] == [(CITY, 0)]
    stands = await head(office)
    letter = await office.letter()
    assert f"To: Controleur <{AUDITOR}>" in letter
    assert f"{stands.seq} regels, kenmerk {stands.head}" in letter
    assert "Subject: Stand van de boeken van Den Haag" in letter
    assert await office.value("select count(*) from registry.fact where name = 'ledger.head'") == 1


async def test_two_triggers_a_day_are_one_letter(office: Office) -> None:
    await asyncio.gather(office.publish(), office.publish())
    await office.publish()
    assert await office.told() == 1


async def test_a_broken_chain_is_told_and_logged_even_after_a_sound_morning(
    office: Office, owner_conn: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await office.publish()
    await owner_conn.execute("alter table ledger.transfer disable trigger all")
    await owner_conn.execute("update ledger.transfer set cents = cents + 1 where municipality = $1", CITY)
    with caplog.at_level("ERROR"):
        done = await office.publish()
        await office.publish()
    assert done.told[0].broken > 0
    assert await office.told() == 2
    letter = await office.letter()
    assert "Subject: Let op: de boeken van Den Haag kloppen niet" in letter
    assert "- 2026: transfer " in letter
    assert [record.levelname for record in caplog.records if "contradicts itself" in record.message]


async def test_nobody_to_tell_is_nobody_told(office: Office) -> None:
    await renamed(office, None)
    assert (await office.publish()).told == []
    assert await office.told() == 0


async def test_an_auditor_who_was_replaced_gets_no_more(office: Office) -> None:
    await office.publish()
    before = await office.value("select ref from money.addressee where municipality = $1", CITY)
    await renamed(office, "nieuw@accountant.example")
    await office.publish()
    assert await office.told() == 1
    assert isinstance(before, UUID)
    assert await office.erased(before)


@pytest_asyncio.fixture
async def scheduled(office: Office) -> AsyncIterator[Office]:
    """With the schedule, which is gone afterwards."""
    await ensure(office.client, queue=office.queue)
    yield office
    for planned in SCHEDULES:
        await office.client.get_schedule_handle(planned.id).delete()


async def test_the_schedule_starts_it_each_morning_in_dutch_time(scheduled: Office) -> None:
    told = await scheduled.client.get_schedule_handle(HEADS).describe()
    assert isinstance(told.schedule.action, ScheduleActionStartWorkflow)
    assert told.schedule.action.workflow == "PublishHeadsWorkflow"
    assert told.schedule.action.task_queue == scheduled.queue
    assert told.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert told.schedule.policy.catchup_window.total_seconds() == 18 * 3600
    assert told.schedule.spec.time_zone_name == "Europe/Amsterdam"
    hours = {(each.astimezone(UTC).month, each.astimezone(UTC).hour) for each in told.info.next_action_times}
    assert len(told.info.next_action_times) > 5
    assert {hour for _, hour in hours} <= {4, 5}
    local = {_dutch(each) for each in told.info.next_action_times}
    assert local == {(6, 0, 0)}


def _dutch(moment: datetime) -> tuple[int, int, int]:
    from schemas.calendar import AMSTERDAM

    there = moment.astimezone(AMSTERDAM)
    return there.hour, there.minute, there.second


async def test_an_operator_triggers_it(scheduled: Office) -> None:
    handle = scheduled.client.get_schedule_handle(HEADS)
    await handle.trigger()
    await scheduled.until("select exists (select from post.mail where template = 'ledger_head')")
    async with asyncio.timeout(60):
        # One that still runs is not started beside itself: the trigger is left out.
        while (await handle.describe()).info.num_actions < 2:
            await handle.trigger()
            await asyncio.sleep(0.3)
    await scheduled.until("select count(*) > 0 from post.mail")
    assert await scheduled.told() == 1
    assert await scheduled.value("select state from post.mail") == MailState.QUEUED


async def test_ensuring_twice_changes_nothing_and_keeps_a_pause(scheduled: Office) -> None:
    handle = scheduled.client.get_schedule_handle(HEADS)
    before = (await handle.describe()).schedule
    await handle.pause(note="de controleur is op vakantie")
    await ensure(scheduled.client, queue=scheduled.queue)
    after = (await handle.describe()).schedule
    assert (after.spec, after.policy) == (before.spec, before.policy)
    assert after.state.paused
    assert after.state.note == "de controleur is op vakantie"


async def test_a_schedule_that_is_not_as_it_should_be_is_put_right(scheduled: Office) -> None:
    handle = scheduled.client.get_schedule_handle(HEADS)
    right = (await handle.describe()).schedule.spec

    def late(found: ScheduleUpdateInput) -> ScheduleUpdate:
        with patch("workers.schedules.CATCH_UP", found.description.schedule.policy.catchup_window):
            changed = SCHEDULES[0].schedule("elsewhere")
        changed.spec.calendars = [type(changed.spec.calendars[0])()]
        return ScheduleUpdate(changed)

    await handle.update(late)
    assert (await handle.describe()).schedule.spec != right
    await ensure(scheduled.client, queue=scheduled.queue)
    mended = (await handle.describe()).schedule
    assert mended.spec == right
    assert isinstance(mended.action, ScheduleActionStartWorkflow)
    assert mended.action.task_queue == scheduled.queue
