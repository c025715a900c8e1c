"""The short link of a channel: counts people, keeps nothing of them, and always leads on."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from schemas.calendar import dutch_date
from schemas.campaign import Campaign, ChannelKind
from store import campaigns
from store.database import Database
from tests.web.public.resident import Resident, text_of

LINK = "/rotterdam/c/markt"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 12_5 like Mac OS X)"


@pytest_asyncio.fixture
async def channel(db: Database) -> Database:
    campaign = Campaign(
        id=uuid4(),
        municipality="rotterdam",
        name="Voorjaar",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        planned_cents=0,
    )
    async with db.transaction() as conn:
        await campaigns.make(conn, campaign, "rotterdam:coordinator-1")
        await campaigns.add(
            conn, "rotterdam", campaign.id, ChannelKind.POSTER, "Markt", uuid4(), "rotterdam:coordinator-1"
        )
    return db


async def counted(db: Database) -> list[tuple[str, date, int]]:
    async with db.connection() as conn:
        return [tuple(row) for row in await conn.fetch("select code, day, visits from outreach.visit")]


async def test_a_visit_is_counted_and_leads_to_the_form(resident: Resident, channel: Database) -> None:
    today = dutch_date(datetime.now(UTC))
    for visit in (1, 2):
        answer = await resident.http.get(LINK, headers={"User-Agent": PHONE})
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/rotterdam/aanmelden?campagne=markt",
        )
        assert "set-cookie" not in answer.headers
        assert await counted(channel) == [("markt", today, visit)]
    assert "Om welke straat gaat het?" in text_of(await resident.get(LINK))


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "WhatsApp/2.23"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "Googlebot/2.1"},
        {"User-Agent": PHONE, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": PHONE, "Purpose": "prefetch"},
    ],
)
async def test_machines_are_not_counted(
    resident: Resident, channel: Database, headers: dict[str, str]
) -> None:
    assert (await resident.http.get(LINK, headers=headers)).status_code == 303
    assert (await resident.http.head(LINK, headers={"User-Agent": PHONE})).status_code == 303
    assert await counted(channel) == []


@pytest.mark.parametrize("code", ["nergens", "Met-Hoofdletters", "a" * 41])
async def test_what_nobody_knows_leads_to_the_form_as_well(
    resident: Resident, channel: Database, code: str
) -> None:
    answer = await resident.http.get(f"/rotterdam/c/{code}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/rotterdam/aanmelden")
    assert await counted(channel) == []


async def test_it_leads_on_without_a_database(resident: Resident, channel: Database) -> None:
    await resident.get("/rotterdam")
    async with channel.connection() as conn:
        await conn.execute("select 1")
    await channel.close()
    broken = channel._url
    channel._url = "postgresql://127.0.0.1:1/none"
    answer = await resident.http.get(LINK, headers={"User-Agent": PHONE})
    channel._url = broken
    assert (answer.status_code, answer.headers["location"]) == (303, "/rotterdam/aanmelden?campagne=markt")
