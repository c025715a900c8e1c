"""Bank statements: a file is booked as a whole or not at all, and kept either way.

Whatever comes twice, the same file, the same statement or the same movement, is booked once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg

from schemas.calendar import dutch_date
from schemas.ledger import MarkKind, YearState, transfer_id
from schemas.payment import PaymentState
from schemas.person import Document
from schemas.policy import Policy, budget_year
from schemas.refs import StaffRef
from schemas.sepa.camt import NotAStatement, Problem, read
from schemas.sepa.movements import Movement, Statement
from schemas.statement import Counts, Imported, KnownPayment, Placed, StatementState, plan, references
from store import ledger
from store.database import Connection
from store.movements import Booking, book
from store.queries import queries
from store.vault import Vault

SQL = queries("statements")

FURTHEST = timedelta(days=31)
"""A batch may be planned this far ahead; a statement of a later day is wrong."""


@dataclass(frozen=True)
class Upload:
    """A file that somebody brought, and how the ledger's years stand."""

    vault: Vault
    policy: Policy
    content: bytes
    by: StaffRef
    now: datetime
    years: Mapping[int, YearState]

    @property
    def municipality(self) -> str:
        """Whose statement it is."""
        return self.policy.slug

    @property
    def digest(self) -> bytes:
        """The SHA-256 of its bytes."""
        return sha256(self.content).digest()

    @property
    def today(self) -> date:
        """The Dutch date of the import."""
        return dutch_date(self.now)

    @property
    def home(self) -> int:
        """The year in whose chain the file is marked: this one, or the next when this one is closed."""
        year = budget_year(self.today)
        return year + 1 if self.years[year] is YearState.CLOSED else year


async def import_statement(
    conn: Connection, vault: Vault, policy: Policy, content: bytes, by: StaffRef, now: datetime
) -> Imported:
    """Book a statement in the caller's transaction, or keep it with what is wrong with it.

    A :class:`~store.ledger.LedgerError` (a year that was closed at this very moment) must end that
    transaction without a commit.
    """
    await conn.execute(SQL["lock_statements"], policy.slug)
    upload = Upload(vault, policy, content, by, now, await _years(conn, policy.slug, by, now))
    earlier = await conn.fetchrow(SQL["same_file"], policy.slug, upload.digest)
    try:
        return await _accept(conn, upload, earlier)
    except NotAStatement as wrong:
        statement = await _keep(conn, upload, earlier, wrong.code)
        return Imported(statement=statement, state=StatementState.REFUSED, problem=wrong.code)


async def _years(conn: Connection, municipality: str, by: StaffRef, now: datetime) -> dict[int, YearState]:
    """The ledger's years, with one that is open for what comes in today."""
    year = budget_year(dutch_date(now))
    await ledger.open_year(conn, municipality, year, by)
    found = await _states(conn, municipality)
    if found[year] is YearState.CLOSED:
        await ledger.open_year(conn, municipality, year + 1, by)
    return await _states(conn, municipality)


async def _states(conn: Connection, municipality: str) -> dict[int, YearState]:
    rows = await conn.fetch(SQL["year_states"], municipality)
    return {row["fiscal_year"]: YearState(row["state"]) for row in rows}


async def _accept(conn: Connection, upload: Upload, earlier: asyncpg.Record | None) -> Imported:
    """Book what is new in the file; raises :class:`~schemas.sepa.camt.NotAStatement` before anything is."""
    if earlier and earlier["state"] == StatementState.BOOKED:
        raise NotAStatement(Problem.ALREADY_BOOKED)
    statements = _own(read(upload.content), upload.policy)
    await _refuse_told(conn, upload, statements)
    movements, known = await _new(conn, upload, statements)
    waits = [_waits_in(movement.booked_on, upload) for movement in movements]
    payments = await _payments(conn, upload.municipality, movements)
    window = upload.policy.payout.return_window
    placed = plan(movements, map(_known, payments), window=window, now=upload.now)
    counts = _counted(placed, known)
    statement = await _keep(conn, upload, earlier, None, statements, counts)
    booking = Booking(
        statement, upload.municipality, upload.by, upload.now, {row["id"]: row for row in payments}
    )
    await book(conn, upload.vault, booking, list(zip(placed, waits, strict=True)))
    return Imported(statement=statement, state=StatementState.BOOKED, counts=counts)


def _own(statements: list[Statement], policy: Policy) -> list[Statement]:
    if policy.bank is None:
        raise NotAStatement(Problem.NO_BANK_ACCOUNT)
    if statements[0].iban != policy.bank.iban:
        raise NotAStatement(Problem.OTHER_ACCOUNT)
    return statements


async def _refuse_told(conn: Connection, upload: Upload, statements: Sequence[Statement]) -> None:
    """The bank's own number of a statement stands for one statement, whatever its bytes."""
    ids = {statement.bank_id for statement in statements}
    rows = await conn.fetch(SQL["same_ids"], upload.municipality, sorted(ids))
    if {row["told"] for row in rows} == ids:
        raise NotAStatement(Problem.ALREADY_BOOKED)


async def _new(
    conn: Connection, upload: Upload, statements: Sequence[Statement]
) -> tuple[list[Movement], int]:
    """The movements that no earlier statement showed, and how many one did."""
    found = [movement for statement in statements for movement in statement.movements]
    new = {movement.key: movement for movement in found}
    for row in await conn.fetch(SQL["known_movements"], upload.municipality, list(new)):
        del new[row["key"]]
    return list(new.values()), len(found) - len(new)


def _waits_in(day: date, upload: Upload) -> int:
    """The year whose suspense takes a movement that fits nothing.

    A year that is being closed takes nothing new: then it is this year.
    """
    if day > upload.today + FURTHEST:
        raise NotAStatement(Problem.MALFORMED)
    if day.year < min(upload.years) or upload.years.get(day.year) is YearState.CLOSED:
        raise NotAStatement(Problem.YEAR_CLOSED)
    year = day.year if upload.years.get(day.year) is YearState.OPEN else upload.home
    if upload.years[year] is not YearState.OPEN:
        raise NotAStatement(Problem.YEAR_CLOSED)
    return year


async def _payments(
    conn: Connection, municipality: str, movements: Iterable[Movement]
) -> list[asyncpg.Record]:
    """The payments that these movements may be about, locked with their batches."""
    rows = await conn.fetch(SQL["lock_batches"], municipality, sorted(references(movements)))
    payments: list[asyncpg.Record] = await conn.fetch(SQL["payments"], [row["id"] for row in rows])
    return payments


def _known(row: asyncpg.Record) -> KnownPayment:
    return KnownPayment(
        id=row["id"],
        batch=row["batch"],
        cents=row["cents"],
        state=PaymentState(row["state"]),
        released=row["released"],
        year_closed=row["year_closed"],
        booked_on=row["booked_on"],
        resolved_at=row["resolved_at"],
    )


def _counted(placed: Iterable[Placed], known: int) -> Counts:
    """Of every payment its last news: one that is booked and sent back at once was returned."""
    told = {each.payment: each.outcome for one in placed for each in one.resolved}
    unplaced = sum(1 for one in placed if one.suspense)
    return Counts(**Counter(map(str, told.values())), suspense=unplaced, known=known)


async def _keep(
    conn: Connection,
    upload: Upload,
    earlier: asyncpg.Record | None,
    problem: Problem | None,
    statements: Sequence[Statement] = (),
    counts: Counts | None = None,
) -> UUID:
    """Keep the file, once for the same bytes and the same verdict, with its digest in the chain."""
    verdict = problem or StatementState.BOOKED
    row = transfer_id("statement", upload.municipality, upload.digest.hex(), verdict)
    if await conn.fetchval(SQL["has_statement"], row):
        return row
    document = (
        earlier["document"]
        if earlier
        else await upload.vault.put(conn, upload.municipality, Document(content=upload.content))
    )
    await conn.execute(
        SQL["put_statement"],
        row,
        upload.municipality,
        upload.digest,
        document,
        StatementState.REFUSED if problem else StatementState.BOOKED,
        problem,
        "\n".join(dict.fromkeys(each.bank_id for each in statements)) or None,
        min((each.from_day for each in statements if each.from_day), default=None),
        max((each.to_day for each in statements if each.to_day), default=None),
        (counts or Counts()).model_dump(),
        upload.by,
        upload.now,
    )
    await _mark(conn, upload, row)
    return row


async def _mark(conn: Connection, upload: Upload, statement: UUID) -> None:
    await ledger.mark(
        conn,
        upload.municipality,
        upload.home,
        kind=MarkKind.FILE,
        subject=f"statement/{statement}",
        digest=upload.digest,
        actor=upload.by,
    )
