"""The herald: what a fact's transaction told arrives, signed, at least once, whatever the receiver does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from schemas.events import Kind
from schemas.facts import Fact, StreetSnapshot
from schemas.webhook import WebhookForm
from store import registry, webhooks
from store.database import Database
from store.keys import Keyring
from tests.workers.receiver import Receiver, receiving
from workers.courier import Courier
from workers.herald import Herald

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
