"""Rounds of talent scouting, their streets, and the visits to them. Who was spoken to is not here."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from schemas.refs import Slug, StaffRef
from schemas.scouting import Counts, DoorVisit, RoundOrder
from store.database import Connection
from store.queries import queries

SQL = queries("scouting")


async def start(conn: Connection, order: RoundOrder, at: datetime) -> None:
    """A round with its streets, in the order in which they were given."""
    await conn.execute(
        SQL["start_round"],
        order.round,
        order.municipality,
        order.wijk,
        order.scouts,
        order.until,
        order.by,
        at,
        order.workflow_id,
    )
    streets, names, parts = (
        [each.street for each in order.targets],
        [each.name for each in order.targets],
        [each.part for each in order.targets],
    )
    await conn.execute(SQL["add_targets"], order.round, streets, names, parts)


async def add(conn: Connection, municipality: Slug, visit: DoorVisit) -> bool:
    """Note a visit. False: its form came in before, and nothing changes."""
    added = await conn.fetchval(
        SQL["add_visit"],
        visit.visit,
        visit.round,
        municipality,
        visit.street,
        visit.scout,
        visit.outcome,
        visit.at,
        visit.again_on,
        visit.rest_until,
    )
    return added is not None


async def visit(conn: Connection, municipality: Slug, scout: StaffRef, form: UUID) -> asyncpg.Record | None:
    """What a scout's form was noted as, if it was."""
    return await conn.fetchrow(SQL["visit"], form, municipality, scout)


async def counts(conn: Connection, round_id: UUID) -> Counts:
    """How far a round is."""
    return Counts(**await conn.fetchrow(SQL["counts"], round_id))


async def latest(conn: Connection, round_id: UUID, street: Slug) -> DoorVisit | None:
    """The latest visit to a street of a round."""
    row = await conn.fetchrow(SQL["latest"], round_id, street)
    return DoorVisit(**row) if row else None


async def fall_due(conn: Connection, round_id: UUID, street: Slug, at: datetime) -> None:
    """From now on the scouts and the desk see that somebody should go back."""
    await conn.execute(SQL["fall_due"], round_id, street, at)


async def gone_back(conn: Connection, round_id: UUID, street: Slug) -> None:
    """Somebody was there: nothing is due any more."""
    await conn.execute(SQL["fall_due"], round_id, street, None)


async def end(conn: Connection, round_id: UUID, at: datetime, by: StaffRef) -> None:
    """The round is over; ending it again changes nothing."""
    await conn.execute(SQL["end_round"], round_id, at, by)


async def rounds(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The rounds of a municipality, those that run first, then the latest."""
    return list(await conn.fetch(SQL["rounds"], municipality))


async def one(conn: Connection, municipality: Slug, round_id: UUID) -> asyncpg.Record | None:
    """A round of this municipality, or None."""
    return await conn.fetchrow(SQL["round"], municipality, round_id)


async def rounds_of(conn: Connection, municipality: Slug, scout: StaffRef) -> list[asyncpg.Record]:
    """The rounds that somebody goes out for now, the one that ends first on top."""
    return list(await conn.fetch(SQL["rounds_of_scout"], municipality, scout))


async def targets(conn: Connection, round_id: UUID, today: date) -> list[asyncpg.Record]:
    """The streets of a round, each with its latest visit."""
    return list(await conn.fetch(SQL["targets"], round_id, today))


async def signups_of(conn: Connection, round_id: UUID) -> list[asyncpg.Record]:
    """What became of a round's candidates, without saying who they are."""
    return list(await conn.fetch(SQL["signups_of"], round_id))


async def resting(
    conn: Connection, municipality: Slug, today: date, streets: Sequence[Slug] | None = None
) -> list[asyncpg.Record]:
    """Streets that said no and are left alone, with the day until which; all of them, or of some."""
    wanted = None if streets is None else list(streets)
    return list(await conn.fetch(SQL["resting"], municipality, wanted, today))


async def taken(conn: Connection, municipality: Slug, streets: Sequence[Slug]) -> dict[Slug, str]:
    """Streets that need no scout: *street* has its gangmakers, *round* has a scout already."""
    rows = await conn.fetch(SQL["taken"], municipality, list(streets))
    return {row["street"]: row["why"] for row in rows}


async def proposals(conn: Connection, municipality: Slug, wijk: str, today: date) -> list[asyncpg.Record]:
    """Streets of a wijk that a round could go to: asleep, stopped, or visited before without a gangmaker."""
    return list(await conn.fetch(SQL["proposals"], municipality, wijk, today))
