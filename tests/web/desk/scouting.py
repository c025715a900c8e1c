"""A scouting round on the desk of Den Haag, and what its scout sends."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from schemas.calendar import start_of
from schemas.scouting import RoundOrder, Target
from store import scouting
from store.database import Database
from tests.today import today

ROOM, NEW, DOOR = "/den-haag/talentenjacht", "/den-haag/talentenjacht-nieuw", "/den-haag/aan-de-deur"
SCOUT = "den-haag:scout-1"
SENT = "from post.submission where kind in ('visit', 'signup')"
CANDIDATE = {
    "outcome": "candidate",
    "name": "Cas Vermeer",
    "email": "cas@example.org",
    "language": "en",
    "why": "Ik ken hier iedereen.",
    "consent": "yes",
}


def last_day() -> date:
    """Of a round that begins now."""
    return today() + timedelta(days=20)


def order_of(*streets: Target, scouts: tuple[str, ...] = (SCOUT,)) -> RoundOrder:
    return RoundOrder(
        round=uuid4(),
        municipality="den-haag",
        wijk="Laak",
        targets=list(streets or (Target(street="goudsbloemlaan", name="Goudsbloemlaan"),)),
        scouts=list(scouts),
        until=start_of(last_day() + timedelta(days=1)),
        by="den-haag:coordinator-1",
        desk_url="http://127.0.0.1:8601",
    )


async def put(rows: Database, order: RoundOrder) -> RoundOrder:
    """What the workflow's first step writes."""
    async with rows.transaction() as conn:
        await scouting.start(conn, order, datetime.now(UTC))
    return order


async def note(browser: httpx.AsyncClient, order: RoundOrder, **values: str) -> httpx.Response:
    sent = {"form": str(uuid4()), "street": "goudsbloemlaan"} | values
    return await browser.post(f"{DOOR}/{order.round}", data=sent)


async def all_of(rows: Database, sql: str, *args: object) -> list[Any]:
    async with rows.connection() as conn:
        return list(await conn.fetch(sql, *args))
