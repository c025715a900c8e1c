"""The herald: what a fact's transaction told arrives, signed, at least once, whatever the receiver does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from schemas.events import Kind
from schemas.facts import Fact, StreetSnapshot
from schemas.refs import ENGINE
from schemas.webhook import DeliveryState, SubscriptionState, WebhookForm
from store import events, registry, webhooks
from store.database import Database
from store.keys import Keyring
from tests.workers.receiver import Receiver, cut, hang, receiving, status
from workers.courier import Courier
from workers.herald import EACH, Herald

API = "https://straat.example/api/v1"
LENA = "rotterdam:lead-1"


def fact(slug: str, name: str = "street.decided", phase: str = "active") -> Fact:
    """A street that begins."""
    street = StreetSnapshot(
        municipality="rotterdam",
        slug=slug,
        name="Rozenlaan",
        part=None,
        wijk="Noord",
        phase=phase,
        gangmakers=[uuid4()],
        minimum=1,
        next_date=None,
        revision=1,
    )
    return Fact(
        key=f"{slug}/{name}", name=name, municipality="rotterdam", subject=slug, actor=LENA, street=street
    )


async def enter(db: Database, *slugs: str) -> None:
    """Facts, each in a transaction of its own."""
    for slug in slugs:
        async with db.transaction() as conn:
            assert await registry.enter(conn, fact(slug))


async def made(
    db: Database, keyring: Keyring, receiver: Receiver, *kinds: Kind, path: str = "/events"
) -> tuple[UUID, str]:
    """A webhook and its secret."""
    webhook = uuid4()
    form = WebhookForm(name="Zaaksysteem", url=receiver.url(path), kinds=list(kinds))
    async with db.transaction() as conn:
        secret = await webhooks.make(conn, keyring, "rotterdam", webhook, form, LENA)
    assert secret
    return webhook, secret


@asynccontextmanager
async def herald_of(db: Database, keyring: Keyring, courier: Courier | None = None) -> AsyncIterator[Herald]:
    """A herald that runs while the block does."""
    herald = Herald(db, keyring, courier or Courier(local=True), API)
    task = asyncio.create_task(herald.run())
    try:
        yield herald
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_fact_arrives_signed(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        _, secret = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        await receiver.until(1)
        event = receiver.verified(secret)
    [taken] = receiver.taken
    assert taken.headers["content-type"] == "application/cloudevents+json"
    assert taken.headers["webhook-id"] == event["id"]
    assert event.pop("id")
    assert event.pop("time").endswith("Z")
    assert event == {
        "specversion": "1.0",
        "source": "urn:nld:gemeente-rotterdam:systeem:lief-en-leedstraten",
        "type": "nl.lief-en-leedstraten.streets.accepted.v1",
        "subject": "rozenlaan",
        "datacontenttype": "application/json",
        "dataref": f"{API}/streets/rozenlaan",
        "data": {"street": "rozenlaan", "phase": "active", "paused": False},
    }


async def state_of(db: Database, webhook: UUID) -> list[tuple[str, int, str | None]]:
    """Each delivery of a webhook, in the order of its events: state, attempts and code."""
    async with db.connection() as conn:
        rows = await webhooks.deliveries(conn, webhook)
    return [(row["state"], row["attempts"], row["code"]) for row in reversed(rows)]


async def becomes(db: Database, webhook: UUID, *wanted: tuple[str, int, str | None]) -> None:
    """Wait until the deliveries stand so."""
    async with asyncio.timeout(15):
        while (found := await state_of(db, webhook)) != list(wanted):
            await asyncio.sleep(0.02)
    assert found


async def health(db: Database, webhook: UUID) -> Any:
    """A webhook as the desk sees it."""
    async with db.connection() as conn:
        [row] = await webhooks.webhooks(conn, "rotterdam", webhook)
    return row


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four attempts, a moment apart."""
    monkeypatch.setattr("workers.herald.wait_after", lambda n: timedelta(milliseconds=30) if n < 4 else None)


async def test_only_what_was_asked_for_and_only_from_then_on(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        await enter(db, "vroeger")
        async with db.transaction() as conn:
            await events.give_places(conn, API)
        early, _ = await made(db, keyring, receiver, Kind.POTJE_PAID)
        webhook, secret = await made(db, keyring, receiver, Kind.STREET_ACCEPTED)
        await enter(db, "rozenlaan")
        async with db.transaction() as conn:
            await registry.enter(conn, fact("rozenlaan", "street.shaped"))
        await becomes(db, webhook, ("delivered", 1, "200"))
        assert receiver.verified(secret)["subject"] == "rozenlaan"
        assert await state_of(db, early) == []


async def test_what_is_old_when_a_webhook_is_made_is_not_sent(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver:
        await enter(db, "oud")
        async with db.transaction() as conn:
            await conn.execute("update event.told set told_at = now() - interval '61 seconds'")
        webhook, _ = await made(db, keyring, receiver)
        async with herald_of(db, keyring):
            await enter(db, "nieuw")
            await becomes(db, webhook, ("delivered", 1, "200"))
        assert [json.loads(each.body)["subject"] for each in receiver.taken] == ["nieuw"]


async def test_another_municipality_hears_nothing(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        await made(db, keyring, receiver)
        async with db.transaction() as conn:
            await registry.enter(conn, fact("hoefkade").model_copy(update={"municipality": "den-haag"}))
        await enter(db, "rozenlaan")
        await receiver.until(1)
        await asyncio.sleep(0.1)
        assert [json.loads(each.body)["subject"] for each in receiver.taken] == ["rozenlaan"]


async def test_a_receiver_that_recovers_gets_the_same_event(
    db: Database, keyring: Keyring, quick: None
) -> None:
    async with receiving(status(500), cut, status(301)) as receiver, herald_of(db, keyring):
        webhook, secret = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        await becomes(db, webhook, ("delivered", 4, "200"))
        assert len({(each.headers["webhook-id"], each.body) for each in receiver.taken}) == 1
        assert len(receiver.taken) == 4
        for number in range(4):
            receiver.verified(secret, number)
        row = await health(db, webhook)
        assert (row["failing_since"], row["last_code"], row["dead"], row["waiting"]) == (None, "200", 0, 0)


async def test_who_never_says_yes_is_given_up_and_can_have_it_again(
    db: Database, keyring: Keyring, quick: None
) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        receiver.always = status(503)
        webhook, secret = await made(db, keyring, receiver)
        await enter(db, "rozenlaan", "beukstraat")
        await becomes(db, webhook, ("dead", 4, "503"), ("dead", 4, "503"))
        row = await health(db, webhook)
        assert row["failing_since"] is not None
        assert row["dead"] == 2
        async with db.connection() as conn:
            assert await webhooks.stuck(conn, "rotterdam") == webhooks.Stuck(2, 0, 1, 0)
            assert await webhooks.stuck(conn, "den-haag") == webhooks.Stuck(0, 0, 0, 0)
            [_, first] = await webhooks.deliveries(conn, webhook, DeliveryState.DEAD)
        receiver.always = status(204)
        before = len(receiver.taken)
        async with db.transaction() as conn:
            assert await webhooks.again(conn, "den-haag", webhook, None, LENA) == 0
            assert await webhooks.again(conn, "rotterdam", webhook, first["event"], LENA) == 1
        await becomes(db, webhook, ("delivered", 1, "204"), ("dead", 4, "503"))
        assert receiver.verified(secret)["id"] == str(first["id"])
        assert receiver.taken[before].headers["webhook-id"] == str(first["id"])
        async with db.transaction() as conn:
            assert await webhooks.again(conn, "rotterdam", webhook, None, LENA) == 1
        await becomes(db, webhook, ("delivered", 1, "204"), ("delivered", 1, "204"))
        async with db.transaction() as conn:
            assert await webhooks.again(conn, "rotterdam", webhook, None, LENA) == 0


async def test_a_receiver_that_is_gone_is_left_alone_until_somebody_looked(
    db: Database, keyring: Keyring
) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        receiver.always = status(410)
        webhook, _ = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        await becomes(db, webhook, ("waiting", 0, "410"))
        assert (await health(db, webhook))["state"] == SubscriptionState.GONE
        await enter(db, "beukstraat")
        await becomes(db, webhook, ("waiting", 0, "410"), ("waiting", 0, None))
        assert len(receiver.taken) == 1
        receiver.always = status(200)
        async with db.transaction() as conn:
            await webhooks.resume(conn, "rotterdam", webhook, LENA)
        await becomes(db, webhook, ("delivered", 1, "200"), ("delivered", 1, "200"))
        async with db.connection() as conn:
            told = await conn.fetch(
                "select name, actor from registry.fact where name like 'webhook.%' order by seq"
            )
        assert [tuple(row) for row in told] == [
            ("webhook.made", LENA),
            ("webhook.gone", ENGINE),
            ("webhook.resumed", LENA),
        ]


async def test_killed_between_the_answer_and_the_note_it_comes_again_with_the_same_id(
    db: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as receiver:
        webhook, secret = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        with monkeypatch.context() as slow:
            slow.setattr(webhooks, "delivered", _never)
            async with herald_of(db, keyring):
                await receiver.until(1)
                await asyncio.sleep(0.1)
        assert await state_of(db, webhook) == [("sending", 1, None)]
        async with herald_of(db, keyring):
            await asyncio.sleep(0.2)
            assert len(receiver.taken) == 1
            async with db.transaction() as conn:
                await conn.execute("update event.delivery set next_at = now()")
                await conn.execute("select pg_notify('events', '')")
            await becomes(db, webhook, ("delivered", 2, "200"))
        first, second = receiver.taken
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert receiver.verified(secret)["id"] == first.headers["webhook-id"]


async def _never(*_: object) -> None:
    await asyncio.Event().wait()


async def test_what_was_told_while_no_worker_ran_arrives_later(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver:
        _, secret = await made(db, keyring, receiver)
        await enter(db, *(f"straat-{number}" for number in range(30)))
        async with herald_of(db, keyring):
            await receiver.until(30)
    seen = {receiver.verified(secret, number)["subject"] for number in range(30)}
    assert seen == {f"straat-{number}" for number in range(30)}
    assert receiver.most_at_once <= EACH


async def test_many_heralds_bring_each_event_once(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, AsyncExitStack() as stack:
        webhook, _ = await made(db, keyring, receiver)
        for _ in range(4):
            await stack.enter_async_context(herald_of(db, keyring))
        await enter(db, *(f"straat-{number}" for number in range(40)))
        await becomes(db, webhook, *[("delivered", 1, "200")] * 40)
        assert len(receiver.taken) == len({each.headers["webhook-id"] for each in receiver.taken}) == 40


async def test_a_receiver_that_hangs_holds_up_nobody_else_and_no_transaction(
    db: Database, keyring: Keyring, owner_conn: asyncpg.Connection
) -> None:
    async with receiving() as slow, receiving() as good, herald_of(db, keyring):
        slow.always = hang
        stuck, _ = await made(db, keyring, slow)
        webhook, _ = await made(db, keyring, good)
        await enter(db, *(f"straat-{number}" for number in range(20)))
        await becomes(db, webhook, *[("delivered", 1, "200")] * 20)
        await slow.until(EACH)
        assert slow.at_once == EACH
        held = (
            "select count(*) from pg_stat_activity "
            "where datname = current_database() and state like 'idle in transaction%'"
        )
        # Others may be between two statements; what waits for a receiver would stay so.
        async with asyncio.timeout(30):
            while await owner_conn.fetchval(held):
                await asyncio.sleep(0.05)
        assert [each[0] for each in await state_of(db, stuck)].count("sending") == EACH


async def test_a_paused_webhook_keeps_its_events_and_an_ended_one_drops_them(
    db: Database, keyring: Keyring
) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        webhook, _ = await made(db, keyring, receiver)
        async with db.transaction() as conn:
            await webhooks.pause(conn, "rotterdam", webhook, LENA)
        await enter(db, "rozenlaan")
        await becomes(db, webhook, ("waiting", 0, None))
        async with db.transaction() as conn:
            await webhooks.resume(conn, "rotterdam", webhook, LENA)
        await becomes(db, webhook, ("delivered", 1, "200"))
        async with db.transaction() as conn:
            await webhooks.pause(conn, "rotterdam", webhook, LENA)
        await enter(db, "beukstraat")
        await becomes(db, webhook, ("delivered", 1, "200"), ("waiting", 0, None))
        async with db.transaction() as conn:
            await webhooks.end(conn, "rotterdam", webhook, LENA)
        await enter(db, "eikenhof")
        await asyncio.sleep(0.1)
        assert await state_of(db, webhook) == [("delivered", 1, "200")]
        assert len(receiver.taken) == 1


async def test_both_secrets_sign_for_a_day(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        webhook, old = await made(db, keyring, receiver)
        async with db.transaction() as conn:
            new = await webhooks.rotate(conn, keyring, "rotterdam", webhook, uuid4(), LENA)
        assert new
        assert new != old
        await enter(db, "rozenlaan")
        await receiver.until(1)
        assert receiver.verified(old) == receiver.verified(new)
        async with db.transaction() as conn:
            await conn.execute("update event.webhook set old_until = now()")
        await enter(db, "beukstraat")
        await receiver.until(2)
        receiver.verified(new)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(old)


async def test_a_changed_byte_is_no_longer_signed(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver, herald_of(db, keyring):
        _, secret = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        await receiver.until(1)
        receiver.verified(secret)
        receiver.taken[0].body = receiver.taken[0].body.replace("rozenlaan", "beukstraat")
        with pytest.raises(WebhookVerificationError):
            receiver.verified(secret)


async def test_another_key_file_sends_nothing_and_loses_nothing(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver:
        webhook, _ = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        async with herald_of(db, Keyring({1: bytes(32)})):
            await becomes(db, webhook, ("waiting", 1, "sealed"))
        assert receiver.taken == []


async def test_who_is_given_up_while_another_tries_changes_nothing(db: Database, keyring: Keyring) -> None:
    async with receiving() as receiver:
        webhook, _ = await made(db, keyring, receiver)
        await enter(db, "rozenlaan")
        lease = timedelta(0)
        async with db.transaction() as conn:
            await events.give_places(conn, API)
            [first] = await webhooks.claim(conn, 10, EACH, lease)
        async with db.transaction() as conn:
            [second] = await webhooks.claim(conn, 10, EACH, timedelta(seconds=60))
            assert await webhooks.claim(conn, 10, EACH, lease) == []
        async with db.transaction() as conn:
            await webhooks.failed(conn, first, "500", None)
        assert await state_of(db, webhook) == [("sending", 2, None)]
        async with db.transaction() as conn:
            await webhooks.failed(conn, second, "500", None)
        assert await state_of(db, webhook) == [("dead", 2, "500")]
