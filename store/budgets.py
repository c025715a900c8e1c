"""Entries in the programme budget, and what the ledger says of its lines. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from schemas.accounts import BudgetLine, spec_of
from schemas.budget import AT_THE_END, Entry, EntryKind, Flow, LineFigures, figures, kind_of, line_of, name_in
from schemas.facts import Fact
from schemas.ledger import AccountKind, Leg, MarkKind, YearState, transfer_id
from schemas.refs import Slug, StaffRef
from store import inbox, ledger, registry
from store.database import Connection
from store.policies import GRANT_OF_FILE
from store.queries import queries

SQL = queries("budgets")

LINES_SHOWN = 500


class AlreadyCorrected(Exception):
    """An entry is undone once."""


class MoreThanGiven(Exception):
    """A funder does not get back more than it gave a line this year; ``granted`` in cents."""

    def __init__(self, granted: int) -> None:
        super().__init__()
        self.granted = granted


class NoSuchEntry(Exception):
    """An entry that this municipality does not have in this year."""


async def enter(conn: Connection, entry: Entry, by: StaffRef, today: date) -> bool:
    """Book an entry with its reason. False: this form was entered before, and nothing changes.

    Raises :class:`~store.ledger.Overdraft`, :class:`~store.ledger.YearNotOpen`, :class:`MoreThanGiven`, and
    :class:`~store.ledger.OtherArguments` for a form's id that stands for another entry; the caller's
    transaction must then end without a commit. See :func:`correct` for undoing one.
    """
    await registry.own_budget(conn, entry.municipality)
    if await _entered(conn, entry):
        return False
    await ledger.open_year(conn, entry.municipality, entry.year, by)
    await ledger.open_accounts(conn, [spec_of(entry.source), spec_of(entry.target)])
    await _book(conn, entry, [entry.leg], by, today)
    return True


async def correct(conn: Connection, entry: Entry, by: StaffRef, today: date) -> bool:
    """Undo an entry by mirroring each of its transfers; ``entry`` is a correction. False: entered before.

    Raises :class:`AlreadyCorrected`, and what :func:`enter` raises.
    """
    await registry.own_budget(conn, entry.municipality)
    if await _entered(conn, entry):
        return False
    if await conn.fetchval(SQL["correction_of"], entry.corrects):
        raise AlreadyCorrected
    legs = [
        Leg(
            id=transfer_id("entry", str(entry.id), str(number)),
            debit=row["credit"],
            credit=row["debit"],
            cents=row["cents"],
            reverses_id=row["id"],
            reason="entry.correction",
        )
        for number, row in enumerate(await conn.fetch(SQL["transfers_of"], entry.corrects))
    ]
    await _book(conn, entry, legs, by, today)
    await conn.execute(SQL["unplace"], entry.corrects)
    return True


async def note(conn: Connection, entry: Entry, by: StaffRef) -> None:
    """Write down an entry whose transfers (group ``entry.id``) are booked: row, mark, journal."""
    await conn.execute(
        SQL["write_entry"],
        entry.id,
        entry.municipality,
        entry.year,
        entry.kind,
        entry.source,
        entry.target,
        entry.cents,
        entry.reason,
        entry.corrects,
        by,
    )
    await ledger.mark(
        conn,
        entry.municipality,
        entry.year,
        kind=MarkKind.NOTE,
        subject=str(entry.id),
        digest=sha256(entry.reason.encode()).digest(),
        actor=by,
    )
    await registry.enter(
        conn,
        Fact(
            key=f"budget/{entry.id}",
            name=f"budget.{entry.kind}",
            municipality=entry.municipality,
            subject=subject_of(entry),
            actor=by,
        ),
    )


def subject_of(entry: Entry) -> str:
    """What the journal files an entry under: ``budget:potjes``, which no street's slug can be."""
    lines = [line_of(code) for code in (entry.source, entry.target)]
    return f"budget:{next((line for line in lines if line), 'suspense')}"


async def wake(conn: Connection, submission: UUID, municipality: Slug, year: int) -> None:
    """Call the potjes that wait for money, in their order, once this transaction is committed."""
    payload = {"municipality": municipality, "year": year}
    await inbox.receive(conn, inbox.Submission(submission, "money", municipality, payload))


async def _entered(conn: Connection, entry: Entry) -> bool:
    """Whether this form was entered before; another entry under its id is refused."""
    row = await conn.fetchrow(SQL["entry"], entry.municipality, entry.id)
    if row is None:
        return False
    if _entry(row) != entry:
        raise ledger.OtherArguments("the form was used before, for another entry")
    return True


async def _book(conn: Connection, entry: Entry, legs: Sequence[Leg], by: StaffRef, today: date) -> None:
    await ledger.transfer(conn, legs, actor=by, group_id=entry.id, booked_on=today)
    await note(conn, entry, by)
    await _check_funder(conn, entry)
    gained = sum(leg.cents for leg in legs if _is_potjes(leg.credit))
    if gained > sum(leg.cents for leg in legs if _is_potjes(leg.debit)):
        await wake(conn, transfer_id("money", str(entry.id)), entry.municipality, entry.year)


async def _check_funder(conn: Connection, entry: Entry) -> None:
    line = line_of(entry.source)
    if line is None or kind_of(entry.target) is not AccountKind.FUNDING:
        return
    granted = (await lines(conn, entry.municipality, entry.year))[line].granted.get(name_in(entry.target), 0)
    if granted < 0:
        raise MoreThanGiven(granted + entry.cents)


def _is_potjes(code: str) -> bool:
    return kind_of(code) is AccountKind.BUDGET and line_of(code) is BudgetLine.POTJES


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(
        id=row["id"],
        municipality=row["municipality"],
        year=row["fiscal_year"],
        kind=row["kind"],
        source=row["source"],
        target=row["target"],
        cents=row["cents"],
        reason=row["reason"],
        corrects=row["corrects"],
    )


@dataclass(frozen=True)
class Line:
    """An entry as a list shows it. What a policy file granted has no reason and cannot be corrected here."""

    id: UUID
    kind: EntryKind
    source: str
    target: str
    cents: int
    reason: str | None
    by: StaffRef
    at: datetime
    corrected: bool
    corrects: UUID | None

    @property
    def may_be_corrected(self) -> bool:
        """Once, and only what somebody entered."""
        return not self.corrected and self.reason is not None and self.kind is not EntryKind.CORRECTION


@dataclass(frozen=True)
class Overview:
    """The budget of a municipality and year."""

    year: int
    state: YearState | None
    """None: this year was never opened."""
    lines: dict[BudgetLine, LineFigures]
    entries: list[Line]
    entries_in_all: int
    waiting: int
    waiting_cents: int

    @property
    def funders(self) -> list[str]:
        """Every funder that gave something, by key."""
        return sorted({funder for line in self.lines.values() for funder in line.granted})


async def overview(conn: Connection, municipality: Slug, year: int) -> Overview:
    """All that the page of a budget year shows; amounts in cents."""
    entries = await conn.fetch(SQL["entries"], municipality, year, GRANT_OF_FILE, LINES_SHOWN)
    waiting = await conn.fetchrow(SQL["waiting"], municipality, year)
    return Overview(
        year=year,
        state=await state(conn, municipality, year),
        lines=await lines(conn, municipality, year),
        entries=[_line(row) for row in entries],
        entries_in_all=entries[0]["total"] if entries else 0,
        waiting=waiting["potjes"],
        waiting_cents=waiting["cents"],
    )


async def lines(conn: Connection, municipality: Slug, year: int) -> dict[BudgetLine, LineFigures]:
    """The figures of every line, summed from the transfers."""
    rows = await conn.fetch(SQL["flows"], municipality, year, AT_THE_END)
    pending = await conn.fetch(SQL["reserved"], municipality, year)
    flows = [
        Flow(line=line, other=row["other"], at_the_end=row["at_the_end"], cents=row["cents"])
        for row in rows
        if (line := line_of(row["code"]))
    ]
    reserved = {line: row["cents"] for row in pending if (line := line_of(row["code"]))}
    return figures(flows, reserved)


async def state(conn: Connection, municipality: Slug, year: int) -> YearState | None:
    """Whether a year is open, closing or closed; None before it was opened."""
    found = await conn.fetchval(SQL["year_state"], municipality, year)
    return YearState(found) if found else None


async def years(conn: Connection, municipality: Slug) -> list[int]:
    """The years that were opened, the oldest first."""
    return [row["fiscal_year"] for row in await conn.fetch(SQL["years"], municipality)]


async def turns(conn: Connection, municipality: Slug) -> list[date]:
    """The days on which the active streets renew next."""
    return [row["next_date"] for row in await conn.fetch(SQL["turns"], municipality)]


async def entry(conn: Connection, municipality: Slug, year: int, entry_id: UUID) -> tuple[Entry, Line]:
    """One entry of this municipality and year; raises :class:`NoSuchEntry`."""
    row = await conn.fetchrow(SQL["entry"], municipality, entry_id)
    if row is None or row["fiscal_year"] != year:
        raise NoSuchEntry
    return _entry(row), _line(row)


def _line(row: asyncpg.Record) -> Line:
    return Line(
        id=row["id"],
        kind=EntryKind(row["kind"]),
        source=row["source"],
        target=row["target"],
        cents=row["cents"],
        reason=row["reason"],
        by=row["entered_by"],
        at=row["entered_at"],
        corrected=row["corrected"],
        corrects=row["corrects"],
    )
