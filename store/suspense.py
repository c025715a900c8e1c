"""Movements of a bank statement that fit no payment: what waits, what it says, and giving it a place."""

from datetime import date
from uuid import UUID

from schemas.accounts import spec_of
from schemas.budget import Entry, kind_of, line_of
from schemas.ledger import AccountKind, transfer_id
from schemas.person import Story
from schemas.refs import Slug, StaffRef
from schemas.suspense import Placing, SuspenseItem, entry_of, fits, placing_legs
from store import budgets, ledger, registry
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("suspense")

LOOK = "suspense"
"""The purpose under which a look at a movement's words is logged."""


class CannotPlace(Exception):
    """A movement has no such place: it is not there, goes the other way, or the street is unknown."""


class AlreadyPlaced(Exception):
    """Somebody else gave it a place first."""


async def open_items(conn: Connection, municipality: Slug) -> list[SuspenseItem]:
    """What waits for a place, the oldest first."""
    return [SuspenseItem(**dict(row)) for row in await conn.fetch(SQL["items"], municipality, None)]


async def item(conn: Connection, municipality: Slug, transfer: UUID) -> SuspenseItem | None:
    """One of them, placed or not; None when this municipality has no such movement."""
    row = await conn.fetchrow(SQL["items"], municipality, transfer)
    return SuspenseItem(**dict(row)) if row else None


async def words(conn: Connection, vault: Vault, found: SuspenseItem, staff: StaffRef) -> list[str]:
    """What the bank said of it, line by line. Personal: the look is logged."""
    if found.details is None:
        return []
    try:
        story = await vault.look_at(conn, found.details, Story, staff, LOOK)
    except Erased:
        return []
    return story.text.splitlines()


async def place(
    conn: Connection,
    municipality: Slug,
    transfer: UUID,
    placing: Placing,
    *,
    reason: str,
    form: UUID,
    by: StaffRef,
    today: date,
) -> bool:
    """Give a movement its place, with the reason. False: this form did so before, and nothing changes.

    Raises :class:`CannotPlace`, :class:`AlreadyPlaced`, and as :func:`store.budgets.enter` does
    :class:`~store.ledger.Overdraft` (the line cannot spare it) and :class:`~store.ledger.YearNotOpen`; the
    caller's transaction must then end without a commit.
    """
    await registry.own_budget(conn, municipality)
    row = await conn.fetchrow(SQL["lock_item"], municipality, transfer)
    if row is None:
        raise CannotPlace
    if await conn.fetchval(SQL["has_entry"], municipality, form):
        return False
    found = SuspenseItem(**dict(row))
    if found.entry is not None:
        raise AlreadyPlaced
    await _check(conn, found, placing)
    entry = entry_of(found, placing, form, reason)
    legs = placing_legs(found, entry)
    codes = {code for leg in legs for code in (leg.debit, leg.credit)}
    await ledger.open_accounts(conn, [spec_of(code) for code in sorted(codes)])
    await ledger.transfer(conn, legs, actor=by, group_id=entry.id, booked_on=today)
    await budgets.note(conn, entry, by)
    await conn.execute(SQL["place"], transfer, entry.id)
    if _gives_potjes(entry):
        await budgets.wake(conn, transfer_id("money", str(entry.id)), municipality, found.year)
    return True


async def _check(conn: Connection, found: SuspenseItem, placing: Placing) -> None:
    if not fits(found, placing):
        raise CannotPlace
    street = getattr(placing, "street", None)
    if street and not await conn.fetchval(SQL["has_street"], found.municipality, street):
        raise CannotPlace


def _gives_potjes(entry: Entry) -> bool:
    return kind_of(entry.target) is AccountKind.BUDGET and line_of(entry.target) == "potjes"
