"""Help near by: everybody can read the map, narrow it down, and reach who is on it."""

import pytest
import pytest_asyncio

from schemas.social import Offer
from store import social
from store.database import Database
from tests.web.public.resident import Resident, text_of

PAGE = "/rotterdam/hulp"


def offer_of(name: str, topics: list[str], wijken: list[str], **values: str) -> Offer:
    return Offer.model_validate(
        {"name": name, "topics": topics, "wijken": wijken, "nl": f"Hulp van {name}"} | values
    )


@pytest_asyncio.fixture
async def town(db: Database) -> Database:
    """A map with three offers."""
    offers = [
        offer_of("Linde & <b>Zoon</b>", ["money"], ["Noord", "Charlois"], phone="010 123 45 60"),
        offer_of("Maatjes", ["loneliness"], [], en="A buddy", email="maatjes@zuid.example"),
        offer_of("Klussers", ["home"], [], web='https://www.klus.example/a?b="c"&d'),
    ]
    async with db.transaction() as conn:
        await social.replace(conn, "rotterdam", offers, "rotterdam:coordinator-1")
    return db


async def test_everything_is_there_with_ways_to_reach_them(resident: Resident, town: Database) -> None:
    page = await resident.get(PAGE)
    assert page.status_code == 200
    told = text_of(page)
    assert "3 plekken waar u terechtkunt" in told
    assert "Linde & <b>Zoon</b>" in told
    assert "Voor mensen in: Noord, Charlois." in told
    assert "Voor iedereen in Rotterdam." in told
    for link in (
        '<a href="tel:0101234560">010 123 45 60</a>',
        '<a href="mailto:maatjes@zuid.example">maatjes@zuid.example</a>',
        '<a href="https://www.klus.example/a?b=%22c%22&amp;d" rel="noopener">klus.example</a>',
        '<a href="tel:112">Bel meteen 112.</a>',
    ):
        assert link in page.text
    assert "<b>Zoon" not in page.text
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("onderwerp=money", ["Linde"]),
        ("wijk=Noord", ["Linde", "Klussers", "Maatjes"]),
        ("onderwerp=&wijk=Delfshaven", ["Klussers", "Maatjes"]),
        ("onderwerp=loneliness&wijk=Noord", ["Maatjes"]),
        ("onderwerp=tuin&wijk=Nergens", ["Klussers", "Linde", "Maatjes"]),
        ("onderwerp=conflict", []),
    ],
)
async def test_narrowed_down(resident: Resident, town: Database, query: str, found: list[str]) -> None:
    page = await resident.get(f"{PAGE}?{query}")
    told = text_of(page)
    places = {name: told.find(f"Hulp van {name}") for name in ("Klussers", "Linde", "Maatjes")}
    shown = sorted((place, name) for name, place in places.items() if place >= 0)
    assert [name for _, name in shown] == found
    assert ("We vonden niets dat hierbij past" in told) == (not found)


async def test_what_was_chosen_stays_chosen(resident: Resident, town: Database) -> None:
    page = await resident.get(f"{PAGE}?onderwerp=money&wijk=Noord")
    assert '<option value="money" selected>Zorgen over geld</option>' in page.text
    assert '<option value="Noord" selected>Noord</option>' in page.text
    assert page.text.count(" selected") == 2
    assert 'method="get" action="/rotterdam/hulp"' in page.text


async def test_english_with_dutch_where_there_is_no_other(resident: Resident, town: Database) -> None:
    page = await resident.get(f"{PAGE}?taal=en")
    told = text_of(page)
    assert "Help near by" in told
    assert "3 places you can turn to" in told
    assert "Somebody is alone a lot" in told
    assert "<p>A buddy</p>" in page.text
    assert '<p lang="nl">Hulp van Klussers</p>' in page.text
    assert "Hulp van Maatjes" not in told


async def test_a_map_that_is_empty_leads_to_a_person(resident: Resident, db: Database) -> None:
    told = text_of(await resident.get(PAGE))
    assert "Deze lijst is nog leeg" in told
    assert "Bel of mail ons gerust." in told
    assert (await resident.get("/nergens/hulp")).status_code == 404


async def test_what_was_withdrawn_is_gone_at_once(resident: Resident, town: Database) -> None:
    async with town.transaction() as conn:
        await social.replace(conn, "rotterdam", [offer_of("Nieuw", ["money"], [], phone="113")], "engine")
    told = text_of(await resident.get(PAGE))
    assert "Hulp van Nieuw" in told
    assert "Maatjes" not in told
