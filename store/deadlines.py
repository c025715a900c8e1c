"""What has to be done by a day: dates that stand in the registry, and those that follow from the policy."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from schemas.calendar import dutch_date, start_of
from schemas.policy import Policy
from store.database import Connection
from store.queries import queries

SQL = queries("deadlines")

AHEAD = timedelta(days=14)
"""How far one looks; what comes later is not urgent today."""
SHOWN = 8


class Due(StrEnum):
    """What is due."""

    CONCERN = "concern"
    INTAKE = "intake"
    STATEMENT = "statement"
    CALL = "call"
    ROUND = "round"
    RENEWAL = "renewal"
    BOOKS = "books"


@dataclass(frozen=True)
class Deadline:
    """``key`` leads to where it is done: an id, a slug or a year."""

    kind: Due
    at: datetime
    name: str | None
    part: str | None
    key: str


async def nearest(conn: Connection, policy: Policy, kinds: Collection[Due], now: datetime) -> list[Deadline]:
    """The nearest first, with what is late already."""
    rows = await conn.fetch(
        SQL["nearest"],
        policy.slug,
        list(kinds),
        now + AHEAD,
        SHOWN,
        policy.intake.plan_within,
        policy.payout.statement_reminder,
        policy.renewal.sleep_after,
    )
    found = [Deadline(Due(row["kind"]), row["at"], row["name"], row["part"], row["key"]) for row in rows]
    if Due.BOOKS in kinds:
        years = await conn.fetch(SQL["open_years"], policy.slug, dutch_date(now).year)
        found += [_books(row["year"]) for row in years]
    if Due.RENEWAL in kinds:
        turn = start_of(next_turn(policy, dutch_date(now)))
        found += [Deadline(Due.RENEWAL, turn, None, None, str(turn.year))] if turn < now + AHEAD else []
    return sorted(found, key=lambda each: (each.at, each.kind, each.key))[:SHOWN]


def _books(year: int) -> Deadline:
    """Books of a year that is over are closed from its last day on."""
    return Deadline(Due.BOOKS, start_of(date(year + 1, 1, 1)), str(year), None, str(year))


def next_turn(policy: Policy, today: date) -> date:
    """The next day on which the streets of a municipality are asked whether they go on."""
    this_year = date(today.year, policy.renewal.month, policy.renewal.day)
    return this_year if this_year >= today else this_year.replace(year=today.year + 1)
