"""The figures of a year and its books, read in one snapshot: what one query sees, all of them see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.accounts import BudgetLine
from schemas.book import Book, Line, Marked
from schemas.budget import AT_THE_END
from schemas.ledger import Balance, Frozen, YearState
from schemas.postings import Movement
from schemas.potje import PotjeMoney, potje_group
from schemas.refs import Slug
from schemas.reports import Figures, WijkCounts
from store.database import Connection, Database
from store.queries import queries

SQL = queries("reports")

LONGEST_SECONDS = 600
"""A chain of some hundred thousand transfers takes its time to be read."""


class Chain(Frozen):
    """A year of a municipality, and where its chain stands."""

    municipality: Slug
    fiscal_year: int
    state: YearState
    seq: int
    head: str


class NoSuchYear(LookupError):
    """The municipality has no such year in its books."""


@asynccontextmanager
async def snapshot(db: Database) -> AsyncIterator[Connection]:
    """A connection on which the database stands still."""
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        yield conn


async def chains(conn: Connection, municipality: Slug | None = None, year: int | None = None) -> list[Chain]:
    """The years there are, by municipality and year."""
    return [Chain.model_validate(dict(row)) for row in await conn.fetch(SQL["chains"], municipality, year)]


async def figures(conn: Connection, municipality: Slug, year: int) -> Figures:
    """All that the reports are made of; the caller holds a :func:`snapshot`."""
    groups, streets = await _potjes(conn, municipality, year)
    rows = await conn.fetch(SQL["movements"], municipality, year, AT_THE_END, groups, streets)
    approved = await conn.fetch(SQL["potjes_approved"], municipality, year, groups, streets)
    potjes = {row["wijk"]: row["potjes"] for row in approved}
    held = {row["wijk"]: row for row in await conn.fetch(SQL["streets"], municipality, year)}
    lines = {row["line"]: row["cents"] for row in await conn.fetch(SQL["line_balances"], municipality, year)}
    return Figures(
        municipality=municipality,
        year=year,
        movements=tuple(Movement.model_validate(dict(row)) for row in rows),
        wijken=tuple(
            WijkCounts(
                wijk=wijk,
                streets=held[wijk]["streets"] if wijk in held else 0,
                potjes=potjes.get(wijk, 0),
            )
            for wijk in sorted({*held, *potjes})
        ),
        lines={line: lines.get(line, 0) for line in BudgetLine},
        streets={wijk: row["cents"] for wijk, row in held.items()},
    )


async def _potjes(conn: Connection, municipality: Slug, year: int) -> tuple[list[object], list[str]]:
    """The transfer groups of the year's potjes, and their streets."""
    rows = await conn.fetch(SQL["potjes_of"], municipality, year)
    orders = [
        PotjeMoney(workflow_id=row["workflow_id"], municipality=municipality, year=year, parts=[])
        for row in rows
    ]
    return [potje_group(order) for order in orders], [row["street"] for row in rows]


async def book(conn: Connection, municipality: Slug, year: int, name: str) -> Book:
    """The whole chain and its accounts; raises :class:`NoSuchYear`."""
    found = await chains(conn, municipality, year)
    if not found:
        raise NoSuchYear(f"{municipality} {year}")
    lines = await conn.fetch(SQL["transfers"], municipality, year, timeout=LONGEST_SECONDS)
    marks = await conn.fetch(SQL["marks"], municipality, year)
    accounts = await conn.fetch(SQL["accounts"], municipality, year)
    return Book(
        municipality=municipality,
        name=name,
        year=year,
        seq=found[0].seq,
        head=found[0].head,
        lines=tuple(Line.model_validate(dict(row)) for row in lines),
        marks=tuple(Marked.model_validate(dict(row)) for row in marks),
        accounts=tuple(Balance.model_validate({"account": row["code"], **dict(row)}) for row in accounts),
    )
