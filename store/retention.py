"""Retention: what is older than its term goes, some at a time, each batch with its count in a transaction."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg

from schemas.calendar import dutch_date
from schemas.events import KEPT_DAYS
from schemas.facts import Fact
from schemas.policy import Policy
from schemas.refs import Slug, VaultRef
from schemas.retention import CODES_KEPT, RAN, ROUND, TERM_OVER, Removal, Removed, Waiting, fiscal_before
from store import policies, registry
from store.database import Connection, Database
from store.queries import queries
from store.vault import Vault

SQL = queries("retention")
BATCH = 500
DAYS_SHOWN = 30
FIXED = {"codes": CODES_KEPT, "webhooks": timedelta(days=KEPT_DAYS)}
"""Terms that are no municipality's to choose."""
QUERIES = {
    "stranded": (SQL["count_stranded"], SQL["take_stranded"]),
    "submissions": (SQL["count_submissions"], SQL["take_submissions"]),
    "mails": (SQL["count_mails"], SQL["take_mails"]),
    "answers": (SQL["count_answers"], SQL["take_answers"]),
    "codes": (SQL["count_codes"], SQL["take_codes"]),
    "sessions": (SQL["count_sessions"], SQL["take_sessions"]),
    "looks": (SQL["count_looks"], SQL["take_looks"]),
    "stories": (SQL["count_stories"], SQL["take_stories"]),
    "moments": (SQL["count_moments"], SQL["take_moments"]),
    "colleagues": (SQL["count_colleagues"], SQL["take_colleagues"]),
    "invitations": (SQL["count_invitations"], SQL["take_invitations"]),
    "webhooks": (SQL["count_webhooks"], SQL["take_webhooks"]),
}
"""Of each class: what counts, and what removes."""
MONEY = "money"
REASON, _ = TERM_OVER.split(".")
"""How the reason of an erasure begins; the class comes after a point."""


def terms(policy: Policy) -> dict[str, timedelta]:
    """How long each class stays by a policy; what lasts for fiscal years is not among them."""
    chosen: dict[str, timedelta] = {
        key: getattr(policy.retention, key) for key in QUERIES if key not in FIXED
    }
    return chosen | FIXED


async def remove(db: Database, vault: Vault, order: Removal, *, most: int = BATCH) -> Removed:
    """Remove all that is due in a municipality and write the report; doing it again removes what is left.

    A policy that is gone removes nothing. ``most`` is how many rows one transaction takes.
    """
    async with db.connection() as conn:
        found = await policies.current(conn, order.municipality)
    if found is None:
        return Removed(municipality=order.municipality)
    gone: dict[str, int] = {}
    for each in ROUND:
        count = await _remove_class(db, vault, order, each.key, found[0], most)
        if count:
            gone[each.key] = count
    fact = Fact(
        key=f"{RAN}/{order.municipality}/{order.run}",
        name=RAN,
        municipality=order.municipality,
        subject="bewaren",
        actor=order.actor,
    )
    async with db.transaction() as conn:
        await registry.enter(conn, fact, {"removed": gone})
    return Removed(municipality=order.municipality, counts=gone)


async def _remove_class(
    db: Database, vault: Vault, order: Removal, key: str, policy: Policy, most: int
) -> int:
    """Batch after batch until one is not full; the count of a batch is written with it."""
    day, removed = date.fromisoformat(order.day), 0
    while True:
        async with db.transaction() as conn:
            await conn.execute(SQL["one_at_a_time"], order.municipality)
            refs = await _take(conn, policy, key, day, most)
            if erased := [ref for ref in refs if ref is not None]:
                await vault.erase(conn, erased, f"{REASON}.{key}")
            await conn.execute(SQL["note"], order.municipality, day, key, len(refs))
        removed += len(refs)
        if len(refs) < most:
            return removed


async def _take(
    conn: Connection, policy: Policy, key: str, today: date, most: int
) -> Sequence[VaultRef | None]:
    """Remove some of a class; gives a line for each, with what the vault is to erase."""
    if key == MONEY:
        year = fiscal_before(today, policy.retention.fiscal_years)
        rows = await conn.fetch(SQL["money"], policy.slug, year, most)
    else:
        rows = await conn.fetch(QUERIES[key][1], policy.slug, terms(policy)[key], most)
    return [row["ref"] for row in rows]


async def waiting(conn: Connection, policy: Policy) -> list[Waiting]:
    """What would go now, and when the next of each class is due. Changes nothing."""
    found = [await _money(conn, policy)]
    for key, term in terms(policy).items():
        row = await conn.fetchrow(QUERIES[key][0], policy.slug, term)
        oldest: datetime | None = row["oldest"]
        found.append(Waiting(key, term, row["due"], oldest + term if oldest else None))
    order = [each.key for each in ROUND]
    return sorted(found, key=lambda each: order.index(each.key))


async def _money(conn: Connection, policy: Policy) -> Waiting:
    years, today = policy.retention.fiscal_years, dutch_date(datetime.now(UTC))
    rows = await conn.fetch(SQL["money"], policy.slug, today.year + 1, None)
    due = sum(row["year"] < fiscal_before(today, years) for row in rows)
    first = min((row["year"] for row in rows), default=None)
    following = datetime(first + years + 1, 1, 1, tzinfo=UTC) if first else None
    return Waiting(MONEY, years, due, following)


async def report(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The last days of the round: day, when it was done, how many went in all, and of which class."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["report"], municipality, DAYS_SHOWN)
    return rows
