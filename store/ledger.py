"""The ledger, on a connection whose transaction the caller owns: one fact, one transaction.

A refusal leaves that transaction usable, and nothing of the refused call in it. Messages carry
account codes and cents, never anything about people.

LedgerError            SQLSTATE
├── Overdraft          LL001  the account cannot spare the cents; ``available`` is what it has
├── OtherArguments     LL002  the id was used before, for something else
├── NotReserved        LL003  no such reservation, or it was posted or released already
├── YearNotOpen        LL004  the year does not admit this, or cannot go to that state
├── UnknownAccount     LL005
├── DoesNotFit         LL006  more than reserved, other accounts, or no mirror of what it reverses
├── AcrossYears        LL007  two municipalities, or two years and no carry account between
└── AppendOnly         LL008  somebody tried to change or remove what was booked
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from schemas.ledger import (
    AccountSpec,
    Balance,
    Broken,
    Head,
    Leg,
    Mark,
    MarkKind,
    Posted,
    Transfer,
    Verified,
    YearState,
)
from schemas.model import Model
from store.database import Connection
from store.queries import queries

SQL = queries("ledger")

LEGS = TypeAdapter(Sequence[Leg])
SPECS = TypeAdapter(Sequence[AccountSpec])


class Written(str):
    """Legs that are written down: see :func:`written`."""

    __slots__ = ()


class Refused(Model):
    """What ``ledger.try_transfer`` answers instead of the transfers."""

    sqlstate: str
    message: str
    detail: str


ANSWER: TypeAdapter[list[Posted] | Refused] = TypeAdapter(list[Posted] | Refused)


class LedgerError(Exception):
    """The ledger refused; nothing of the call was booked."""


class Overdraft(LedgerError):
    """The account cannot spare the amount."""

    def __init__(self, message: str, available: int) -> None:
        super().__init__(message)
        self.available = available


class OtherArguments(LedgerError):
    """The id was used before, for something else."""


class NotReserved(LedgerError):
    """No such reservation, or it was resolved already."""


class YearNotOpen(LedgerError):
    """The year does not admit this."""


class UnknownAccount(LedgerError):
    """No account has this code."""


class DoesNotFit(LedgerError):
    """A post, release or reversal that does not fit what it resolves."""


class AcrossYears(LedgerError):
    """The two accounts differ in municipality or year."""


class AppendOnly(LedgerError):
    """What was booked stays."""


ERRORS: dict[str, type[LedgerError]] = {
    "LL002": OtherArguments,
    "LL003": NotReserved,
    "LL004": YearNotOpen,
    "LL005": UnknownAccount,
    "LL006": DoesNotFit,
    "LL007": AcrossYears,
    "LL008": AppendOnly,
}


def _refusal(refused: Refused) -> LedgerError:
    if refused.sqlstate == "LL001":
        return Overdraft(refused.message, int(refused.detail))
    return ERRORS[refused.sqlstate](refused.message)


@asynccontextmanager
async def _savepoint(conn: Connection) -> AsyncIterator[None]:
    try:
        async with conn.transaction():
            yield
    except asyncpg.PostgresError as error:
        if error.sqlstate not in ERRORS:
            raise
        raise ERRORS[error.sqlstate](error.message) from None


async def open_year(conn: Connection, municipality: str, year: int, actor: str = "engine") -> None:
    """Open a fiscal year and mark it so in its chain; one that is there stays as it is."""
    await conn.execute(SQL["open_year"], municipality, year, actor)


async def move_year(conn: Connection, municipality: str, year: int, to: YearState, actor: str) -> None:
    """Take a year to closing, then to closed, and mark that in its chain.

    Raises :class:`YearNotOpen` for another way.
    """
    async with _savepoint(conn):
        await conn.execute(SQL["move_year"], municipality, year, to, actor)


async def mark(
    conn: Connection, municipality: str, year: int, *, kind: MarkKind, subject: str, digest: bytes, actor: str
) -> None:
    """Put the SHA-256 of a file or of words into the chain; the same once more changes nothing.

    Raises :class:`OtherArguments` for another digest of that subject, :class:`YearNotOpen` in a
    closed year, and :class:`DoesNotFit` for the mark of a year, which is :func:`move_year`'s.
    """
    async with _savepoint(conn):
        await conn.execute(SQL["mark"], municipality, year, kind, subject, digest, actor)


async def open_accounts(conn: Connection, specs: Sequence[AccountSpec]) -> None:
    """Open what is not yet there, before any transfer of the same transaction.

    Raises :class:`YearNotOpen`.
    """
    async with _savepoint(conn):
        await conn.execute(SQL["open_accounts"], SPECS.dump_json(specs).decode())


async def transfer(
    conn: Connection, legs: Sequence[Leg], *, actor: str, group_id: UUID, booked_on: date
) -> list[Posted]:
    """Book all legs, in order, or none. A repeated id gives its first result again.

    All legs of a transaction belong in one call, which locks their accounts in one order; some
    hundreds to a thousand a call go fastest. Raises :class:`LedgerError`.
    """
    return await _asked(conn, legs, actor, group_id, booked_on, told=True)


async def book(
    conn: Connection, legs: Sequence[Leg] | Written, *, actor: str, group_id: UUID, booked_on: date
) -> None:
    """As :func:`transfer`, for who asks nothing back: for many legs that takes a third less time."""
    await _asked(conn, legs, actor, group_id, booked_on, told=False)


def written(legs: Sequence[Leg]) -> Written:
    """Legs as PostgreSQL takes them, for who has a moment to write them down before their turn."""
    return Written(LEGS.dump_json(legs).decode())


async def _asked(
    conn: Connection,
    legs: Sequence[Leg] | Written,
    actor: str,
    group_id: UUID,
    booked_on: date,
    *,
    told: bool,
) -> list[Posted]:
    asked = legs if isinstance(legs, Written) else written(legs)
    answer = ANSWER.validate_json(
        await conn.fetchval(SQL["transfer"], asked, actor, group_id, booked_on, told)
    )
    if isinstance(answer, Refused):
        raise _refusal(answer)
    return answer


async def balance(conn: Connection, code: str) -> Balance:
    """The sums of an account, in cents. Raises :class:`UnknownAccount`."""
    row = await conn.fetchrow(SQL["balance"], code)
    if row is None:
        raise UnknownAccount(f"unknown account {code}")
    return Balance.of(row)


async def transfers_of(conn: Connection, account: str, *, limit: int = 1000) -> list[Transfer]:
    """The statement of an account, newest first."""
    return [
        Transfer.model_validate(dict(row)) for row in await conn.fetch(SQL["transfers_of"], account, limit)
    ]


async def transfers_in(conn: Connection, group_id: UUID) -> list[Transfer]:
    """All that was booked under one group, oldest first."""
    return [Transfer.model_validate(dict(row)) for row in await conn.fetch(SQL["transfers_in"], group_id)]


async def reversed_ids(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the transfers that were reversed."""
    return {row["reverses_id"] for row in await conn.fetch(SQL["reversed_ids"], ids)}


async def marks(conn: Connection, municipality: str, year: int, kind: MarkKind) -> list[Mark]:
    """The marks of one kind, oldest first."""
    return [
        Mark.model_validate(dict(row)) for row in await conn.fetch(SQL["marks"], municipality, year, kind)
    ]


async def heads(conn: Connection) -> list[Head]:
    """The end of the chain of every year that is not closed, to publish outside the database."""
    return [Head.model_validate(dict(row)) for row in await conn.fetch(SQL["heads"])]


async def verify(conn: Connection, municipality: str, year: int) -> Verified | Broken:
    """Recompute chain and balances of a municipality's year, and say where they break first."""
    if link := await conn.fetchrow(SQL["broken_chain"], municipality, year):
        return Broken(where=link["place"], why=link["why"])
    if account := await conn.fetchrow(SQL["broken_balance"], municipality, year):
        return Broken(where=account["code"], why=account["why"])
    return Verified.model_validate(dict(await conn.fetchrow(SQL["head"], municipality, year)))
