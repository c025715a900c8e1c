"""Events: one with each fact or none at all, in a line that nobody who follows it misses a place of."""

import asyncio
import json
import random
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from schemas.events import CATALOGUE, KEPT_DAYS, Kind, approved_together, told, type_of
from schemas.facts import Fact, StreetSnapshot
from schemas.potje import ApprovalChunk
from store import approvals, events, registry
from store.database import Database
from store.policies import current
from store.vault import Vault
from tests.conftest import Urls
from tests.recorded_facts import recorded_facts
from tests.today import this_year
from tests.web.desk.rows import seed

API = "https://straat.example/api/v1"


def fact(slug: str, name: str = "street.stopped", municipality: str = "rotterdam", **more: object) -> Fact:
    """A fact that is told."""
    return Fact(
        key=f"{municipality}/{slug}/{name}/{uuid4()}",
        name=name,
        municipality=municipality,
        subject=slug,
        **more,
    )


def street(slug: str, revision: int, *, paused: bool, people: int = 1) -> StreetSnapshot:
    """An active street."""
    return StreetSnapshot(
        municipality="rotterdam",
        slug=slug,
        name="Rozenlaan",
        part=None,
        wijk="Noord",
        phase="active",
        gangmakers=[uuid4() for _ in range(people)],
        minimum=2,
        next_date=None,
        revision=revision,
        paused=paused,
    )


async def enter(db: Database, *facts: Fact) -> None:
    """Facts, each in a transaction of its own."""
    for each in facts:
        async with db.transaction() as conn:
            await registry.enter(conn, each)


async def place(db: Database) -> int:
    """Give places to all that is there."""
    async with db.transaction() as conn:
        return await events.give_places(conn, API)


async def feed(db: Database, cursor: int = 0, municipality: str = "rotterdam") -> events.Page:
    """The feed after a cursor."""
    async with db.connection() as conn:
        return await events.after(conn, municipality, cursor)


def subjects(page: events.Page) -> list[str]:
    """What the events of a page are about."""
    return [event.subject for event in page.events]


async def test_a_fact_has_its_event_once_and_in_its_own_transaction(db: Database) -> None:
    once = fact("rozenlaan")
    await enter(db, once, once)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as conn:
            await registry.enter(conn, fact("beukstraat"))
            raise ZeroDivisionError
    await enter(db, fact("rozenlaan", "intake.planned"))
    assert await place(db) == 1
    page = await feed(db)
    [event] = page.events
    assert (event.subject, event.type) == ("rozenlaan", type_of(Kind.STREET_ENDED))
    assert (await feed(db, page.cursor)).events == []
    assert (await feed(db, page.cursor)).cursor == page.cursor
    assert (await feed(db, municipality="den-haag")).events == []


async def test_a_fact_whose_event_cannot_be_written_is_not_written(
    db: Database, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute("alter table event.told add constraint never check (subject <> 'rozenlaan')")
    told = fact("rozenlaan")
    with pytest.raises(asyncpg.CheckViolationError):
        await enter(db, told)
    async with db.connection() as conn:
        assert not await registry.entered(conn, told.key)


async def test_the_feed_does_not_skip_who_commits_late(db: Database) -> None:
    """The early one took its number first and commits last."""
    async with db.transaction() as late:
        await registry.enter(late, fact("laat"))
        await enter(db, fact("vroeg"))
        assert await place(db) == 1
        first = await feed(db)
        assert subjects(first) == ["vroeg"]
    assert (await feed(db, first.cursor)).events == []
    assert await place(db) == 1
    second = await feed(db, first.cursor)
    assert subjects(second) == ["laat"]
    async with db.connection() as conn:
        rows = await conn.fetch("select subject from event.told order by nr")
    assert [row["subject"] for row in rows] == ["laat", "vroeg"]


async def test_who_gives_places_waits_for_who_does_so_already(db: Database) -> None:
    """Otherwise the second would commit later places before the first commits its earlier ones."""
    await enter(db, fact("een"))
    async with db.transaction() as one:
        assert await events.give_places(one, API) == 1
        await enter(db, fact("twee"))
        second = asyncio.create_task(place(db))
        await asyncio.sleep(0.2)
        assert not second.done()
        assert (await feed(db)).events == []
    assert await second == 1
    assert subjects(await feed(db)) == ["een", "twee"]


class Crowd:
    """Many who write, some who change their mind, two who give places and one who follows the line."""

    def __init__(self, db: Database, seed: int) -> None:
        self._db = db
        self._chance = random.Random(seed)  # noqa: S311 - a dice
        self.committed: set[str] = set()
        self.seen: list[str] = []

    async def write(self, number: int) -> None:
        """Twelve transactions, of which some are rolled back."""
        for turn in range(12):
            slug = f"straat-{number}-{turn}"
            async with self._db.connection() as conn:
                transaction = conn.transaction()
                await transaction.start()
                await registry.enter(conn, fact(slug))
                await asyncio.sleep(self._chance.random() * 0.02)
                if self._chance.random() < 0.2:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    self.committed.add(slug)

    async def give(self) -> None:
        """Places, until cancelled."""
        while True:
            await place(self._db)
            await asyncio.sleep(self._chance.random() * 0.004)

    async def follow(self) -> None:
        """The line, until cancelled."""
        cursor = 0
        while True:
            page = await feed(self._db, cursor)
            self.seen.extend(subjects(page))
            cursor = page.cursor


@pytest.mark.parametrize("number", range(3))
async def test_many_writers_and_one_who_follows(database: Urls, number: int) -> None:
    db = Database(database.app_url, size=20)
    crowd = Crowd(db, number)
    others = [asyncio.create_task(each) for each in (crowd.give(), crowd.give(), crowd.follow())]
    await asyncio.gather(*(crowd.write(number) for number in range(8)))
    async with asyncio.timeout(10):
        while len(crowd.seen) < len(crowd.committed):
            await asyncio.sleep(0.01)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    assert len(crowd.committed) > 60
    assert len(crowd.seen) == len(set(crowd.seen))
    assert set(crowd.seen) == crowd.committed
    assert subjects(await feed(db)) == crowd.seen[:100]
    await db.close()


async def test_potjes_that_are_approved_together_are_told_one_by_one(db: Database, vault: Vault) -> None:
    await seed(db, vault)
    chunk = ApprovalChunk(
        workflow_id="approvals-1",
        number=1,
        municipality="den-haag",
        year=this_year(),
        by="den-haag:treasurer-1",
        begun=None,
    )
    async with db.transaction() as conn:
        assert (await approvals.approve_chunk(conn, chunk)).potjes == 2
    async with db.transaction() as conn:
        await approvals.approve_chunk(conn, chunk)
    await place(db)
    page = await feed(db, municipality="den-haag")
    approved = [event for event in page.events if event.type == type_of(Kind.POTJE_APPROVED)]
    assert sorted(event.subject for event in approved) == ["fuchsiastraat", "goudenregenstraat"]
    assert all(event.data == {"street": event.subject} | approved_together(this_year()) for event in approved)
    async with db.connection() as conn:
        facts = await conn.fetch(
            "select name from registry.fact f join event.told t on t.fact = f.seq where key like '%in-bulk%'"
        )
    assert [row["name"] for row in facts] == ["potje.approved"] * 2


async def test_a_street_is_paused_and_resumed_once(db: Database) -> None:
    states = [
        ("street.decided", False),
        ("street.left", True),
        ("street.left", True),
        ("street.joined", True),
        ("street.joined", False),
        ("street.joined", False),
    ]
    for revision, (name, paused) in enumerate(states, start=1):
        await enter(db, fact("rozenlaan", name, street=street("rozenlaan", revision, paused=paused)))
    await place(db)
    kinds = [event.type.split(".")[3] for event in (await feed(db)).events]
    assert kinds == ["accepted", "paused", "joined", "resumed", "joined"]


async def test_the_municipality_s_own_number_is_in_the_source(db: Database) -> None:
    oin = "00000001002220647000"
    async with db.transaction() as conn:
        found = await current(conn, "rotterdam")
        assert found
        document = found[0].model_copy(update={"oin": oin}).model_dump(mode="json")
        await conn.execute(
            "insert into registry.policy (municipality, version, document) values ('rotterdam', $1, $2)",
            found[1] + 1,
            document,
        )
    await enter(db, fact("rozenlaan"), fact("hoefkade", municipality="den-haag"))
    await place(db)
    [ours] = (await feed(db)).events
    [theirs] = (await feed(db, municipality="den-haag")).events
    assert ours.source == f"urn:nld:oin:{oin}:systeem:lief-en-leedstraten"
    assert theirs.source == "urn:nld:gemeente-den-haag:systeem:lief-en-leedstraten"
    assert ours.dataref == f"{API}/streets/rozenlaan"


async def test_the_recorded_journeys_tell_each_fact_once_and_nobody_s_name(db: Database) -> None:
    facts = recorded_facts()
    async with db.transaction() as conn:
        await events.give_places(conn, API)
        for each in facts:
            assert await registry.enter(conn, each)
            assert not await registry.enter(conn, each)
        rows = await conn.fetch(
            "select f.key as fact from event.told t join registry.fact f on f.seq = t.fact"
        )
        while await events.give_places(conn, API):
            continue
    assert {row["fact"] for row in rows} == {
        each.key for each in facts if told(each) and each.name in CATALOGUE
    }
    documents = []
    for municipality in sorted({each.municipality for each in facts}):
        page = await feed(db, 0, municipality)
        while page.events:
            documents += [json.loads(event.document()) for event in page.events]
            page = await feed(db, page.cursor, municipality)
    assert len(documents) == len(rows)
    lines = [json.dumps({**document, "id": None}) for document in documents]
    secrets = secrets_of(facts)
    assert len(secrets) > 300
    assert [line for line in lines if any(secret in line for secret in secrets)] == []


def secrets_of(facts: list[Fact]) -> set[str]:
    """Every reference to somebody, in every shape it has in these facts."""
    found: set[str] = set()
    for each in facts:
        found |= {each.key, each.actor} - {"engine"}
        found |= {str(letter.to) for letter in each.letters}
        found |= {str(ref) for ref in (*each.forget, *each.leaving)}
        found |= {str(ref) for ref in (each.street.gangmakers if each.street else [])}
        if each.signup:
            found.add(str(each.signup.submission))
    return found


async def test_what_was_kept_long_enough_goes(db: Database) -> None:
    await enter(db, fact("oud"), fact("nieuw"), fact("ongezien"))
    async with db.transaction() as conn:
        await events.give_places(conn, API)
        age = timedelta(days=KEPT_DAYS, minutes=1)
        await conn.execute(
            "update event.told set told_at = now() - $1::interval where subject <> 'nieuw'", age
        )
        await conn.execute("update event.told set place = null where subject = 'ongezien'")
        assert len(await events.forget(conn)) == 1
        assert await events.forget(conn) == []
    await place(db)
    assert subjects(await feed(db)) == ["nieuw", "ongezien"]


async def test_the_line_goes_on_behind_what_was_forgotten(db: Database) -> None:
    await enter(db, fact("oud"))
    await place(db)
    cursor = (await feed(db)).cursor
    async with db.transaction() as conn:
        await conn.execute("update event.told set told_at = now() - interval '1 year'")
        assert len(await events.forget(conn)) == 1
    await enter(db, fact("nieuw"))
    await place(db)
    assert subjects(await feed(db, cursor)) == ["nieuw"]


async def test_a_reader_gets_no_more_than_a_page(db: Database) -> None:
    async with db.transaction() as conn:
        for number in range(events.MOST + 5):
            await registry.enter(conn, fact(f"straat-{number}"))
        await events.give_places(conn, API)
        first = await events.after(conn, "rotterdam", 0, 10_000)
        second = await events.after(conn, "rotterdam", first.cursor)
        three = await events.after(conn, "rotterdam", 0, 3)
    assert (len(first.events), len(second.events), len(three.events)) == (events.MOST, 5, 3)
