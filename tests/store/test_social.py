"""The social map in the database: replaced as a whole, found by topic and wijk, each municipality its own."""

import asyncio

import asyncpg
import pytest

from schemas.social import Offer
from store import social
from store.database import Database

BY = "rotterdam:coordinator-1"


def offer_of(name: str, *, topics: str = "money", wijken: str = "", **values: str) -> Offer:
    return Offer.model_validate(
        {"name": name, "topics": topics.split(), "wijken": wijken.split(), "nl": "Hulp", "phone": "113"}
        | values
    )


async def put(db: Database, *offers: Offer, municipality: str = "rotterdam") -> int:
    async with db.transaction() as conn:
        return await social.replace(conn, municipality, offers, BY)


async def names(db: Database, topic: str | None = None, wijk: str | None = None) -> list[str]:
    async with db.connection() as conn:
        return [offer.name for offer in await social.offers(conn, "rotterdam", topic, wijk)]


async def test_an_offer_comes_back_as_it_was(db: Database) -> None:
    whole = offer_of(
        "De Linde",
        topics="money care",
        wijken="Noord",
        en="Help",
        email="a@b.nl",
        web="https://linde.example",
    )
    bare = offer_of("Aan de bel")
    assert await put(db, whole, bare) == 1
    async with db.connection() as conn:
        assert await social.offers(conn, "rotterdam") == [bare, whole]
        assert await social.count(conn, "rotterdam") == 2
        latest = await social.latest(conn, "rotterdam")
        assert latest is not None
        assert (latest["version"], latest["read_by"]) == (1, BY)


async def test_an_import_replaces_all_and_a_name_stays_itself(db: Database) -> None:
    await put(db, offer_of("De Linde"), offer_of("De Brug"))
    async with db.connection() as conn:
        before = dict(await conn.fetch("select name, id from social.offer"))
    assert await put(db, offer_of("DE LINDE", nl="Nieuw")) == 2
    assert await names(db) == ["DE LINDE"]
    async with db.connection() as conn:
        rows = {row["name"]: row for row in await conn.fetch("select * from social.offer")}
        assert rows["DE LINDE"]["id"] == before["De Linde"]
        assert rows["DE LINDE"]["nl"] == "Nieuw"
        assert rows["De Brug"]["withdrawn_at"] is not None
        assert rows["De Brug"]["version"] == 1
        assert await social.count(conn, "rotterdam") == 1
    await put(db, offer_of("De Brug"))
    assert await names(db) == ["De Brug"]
    async with db.connection() as conn:
        again = await conn.fetchrow("select * from social.offer where name = 'De Brug'")
        assert again is not None
        assert (again["id"], again["version"]) == (before["De Brug"], 3)


async def test_what_was_withdrawn_keeps_the_time_at_which_that_was(db: Database) -> None:
    await put(db, offer_of("De Brug"))
    times = []
    for _ in range(2):
        await put(db, offer_of("De Linde"))
        async with db.connection() as conn:
            times.append(await conn.fetchval("select withdrawn_at from social.offer where name = 'De Brug'"))
    assert times[0] == times[1] is not None


async def test_by_topic_and_wijk(db: Database) -> None:
    await put(
        db,
        offer_of("A overal"),
        offer_of("B zorg", topics="care money"),
        offer_of("C noord", wijken="Noord Zuid"),
        offer_of("D zuid", topics="care", wijken="Zuid"),
    )
    assert await names(db) == ["A overal", "B zorg", "C noord", "D zuid"]
    assert await names(db, topic="care") == ["B zorg", "D zuid"]
    assert await names(db, wijk="Noord") == ["C noord", "A overal", "B zorg"]
    assert await names(db, topic="care", wijk="Noord") == ["B zorg"]
    assert await names(db, topic="tuin") == []


async def test_each_municipality_has_its_own(db: Database) -> None:
    await put(db, offer_of("De Linde"))
    assert await put(db, offer_of("De Linde", nl="Elders"), municipality="den-haag") == 1
    async with db.connection() as conn:
        assert [offer.nl for offer in await social.offers(conn, "rotterdam")] == ["Hulp"]
        assert await social.count(conn, "aalsmeer") == 0
        assert await social.latest(conn, "aalsmeer") is None


async def test_two_imports_at_once_come_after_one_another(db: Database) -> None:
    sets = [[offer_of(f"Plek {each}-{number}") for number in range(3)] for each in range(4)]
    versions = await asyncio.gather(*(put(db, *offers) for offers in sets))
    assert sorted(versions) == [1, 2, 3, 4]
    last = versions.index(4)
    assert await names(db) == [f"Plek {last}-{number}" for number in range(3)]
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from registry.fact where name = 'social.replaced'") == 4


async def test_an_import_that_fails_leaves_the_map_as_it_was(db: Database) -> None:
    await put(db, offer_of("De Linde"))
    nobody = offer_of("Onbereikbaar").model_copy(update={"phone": None})
    with pytest.raises(asyncpg.CheckViolationError):
        await put(db, offer_of("De Brug"), nobody)
    assert await names(db) == ["De Linde"]
