"""The clock of this machine, held against those of others; the way there and back bounds each difference.

A wrong clock ends sessions and links too early or too late, and lets mails look forged.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from deploy.local.addresses import HEALTH_PATH
from schemas.steps import QUEUE
from store import doctor
from workers.builds import polling
from workers.doctor.database import opened
from workers.doctor.findings import Check, Finding, attention, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.pages import client
from workers.doctor.place import Part, Place
from workers.settings import address

SOME, MUCH = timedelta(seconds=2), timedelta(seconds=30)
WHY = "links, sessions and signatures of mail go by it: let the machine follow a time server (NTP)"
SECOND = timedelta(seconds=1)
"""How fine a moment in a header of HTTP is."""


def apart(before: datetime, there: datetime, after: datetime) -> timedelta:
    """How far a clock is from ours at least: it was read somewhere between these two moments of ours."""
    if there > after:
        return there - after
    return there - before if there < before else timedelta(0)


def judged(whose: str, difference: timedelta) -> Finding:
    """A sentence about a difference; positive: the other is ahead."""
    size = abs(difference)
    if size <= SOME:
        return good(f"this machine and {whose} agree on the time")
    way = "behind" if difference > timedelta(0) else "ahead of"
    say = broken if size > MUCH else attention
    return say(f"this machine is {size.total_seconds():.0f} seconds {way} {whose}", WHY)


async def database(place: Place) -> list[Finding]:
    """PostgreSQL's clock."""
    async with opened(place).connection() as conn:
        before = datetime.now(UTC)
        there = await doctor.now(conn)
        return [judged("PostgreSQL", apart(before, there, datetime.now(UTC)))]


async def temporal(place: Place) -> list[Finding]:
    """Temporal tells no time, but when it last heard a worker: that cannot be later than now."""
    assert place.temporal is not None  # noqa: S101
    pollers = await polling(place.temporal, QUEUE)
    seen = [each.last_access_time.ToDatetime(UTC) for each in pollers]
    if not seen:
        return [not_checked("the clock of Temporal: no worker asked it for work")]
    return [judged("Temporal", max(max(seen) - datetime.now(UTC), timedelta(0)))]


async def pages(place: Place) -> list[Finding]:
    """What the public pages, or the proxy before them, say that it is."""
    if not place.has("STRAAT_PUBLIC_URL"):
        return []
    before = datetime.now(UTC) - SECOND
    try:
        async with client() as http:
            answer = await http.get(address(place.settings.public_url) + HEALTH_PATH)
        there = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, OSError, ValueError, KeyError):
        return [not_checked("the clock of the public pages: they tell no time here")]
    return [judged("the public pages", apart(before, there, datetime.now(UTC)))]


CHECKS = [
    Check(Group.CLOCK, "PostgreSQL", database, (Part.DATABASE,)),
    Check(Group.CLOCK, "Temporal", temporal, (Part.TEMPORAL,)),
    Check(Group.CLOCK, "public pages", pages),
]
