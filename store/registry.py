"""The registry: the journal of facts, and snapshots of the workflows, for the desk and the public."""

import json
from typing import Any

import asyncpg

from schemas.facts import Fact, IntakeSnapshot, PotjeSnapshot, RenewalSnapshot, SignupSnapshot, StreetSnapshot
from schemas.intake import IntakeStatus
from store import concerns, events, intakes
from store.database import Connection
from store.queries import queries

SQL = queries("registry")
DECIDED = (IntakeStatus.ACCEPTED, IntakeStatus.REFERRED, IntakeStatus.DECLINED)


async def enter(conn: Connection, fact: Fact, result: dict[str, Any] | None = None) -> bool:
    """Write a fact's line, what others hear of it, and snapshots.

    False: it was written before, and nothing changes.
    """
    line = (fact.key, fact.name, fact.municipality, fact.subject, fact.actor, result)
    if heard := await events.of(conn, fact):
        told = (heard.kind, heard.subject, json.dumps(heard.data))
        seq = await conn.fetchval(SQL["enter_told_fact"], *line, *told)
    else:
        seq = await conn.fetchval(SQL["enter_fact"], *line)
    if seq is None:
        return False
    if fact.signup:
        await _write_signup(conn, fact.signup)
    if fact.street:
        await _write_street(conn, fact.street)
    if fact.intake:
        await _write_intake(conn, fact.intake)
    if fact.potje:
        await _write_potje(conn, fact.potje)
    if fact.renewal:
        await _write_renewal(conn, fact.renewal)
    if fact.starter:
        await intakes.write_starter(conn, fact.starter)
    if fact.concern:
        await concerns.write(conn, fact.concern)
    return True


async def entered(conn: Connection, key: str) -> bool:
    """Whether a fact was written."""
    return await conn.fetchrow(SQL["fact_result"], key) is not None


async def _write_signup(conn: Connection, s: SignupSnapshot) -> None:
    await conn.execute(
        SQL["write_signup"],
        s.submission,
        s.municipality,
        s.street,
        s.campaign,
        s.status,
        s.revision,
        s.source,
        s.round,
    )


async def _write_street(conn: Connection, s: StreetSnapshot) -> None:
    await conn.execute(
        SQL["write_street"],
        s.municipality,
        s.slug,
        s.name,
        s.part,
        s.wijk,
        s.phase,
        s.gangmakers,
        s.minimum,
        s.next_date,
        s.revision,
        s.paused,
        s.shape,
        s.since,
        s.asleep_since,
        s.merged_into,
        s.split_from,
        s.approach,
    )


async def _write_intake(conn: Connection, s: IntakeSnapshot) -> None:
    await conn.execute(
        SQL["write_intake"],
        s.workflow_id,
        s.municipality,
        s.street,
        s.status,
        s.at,
        s.place,
        s.coordinator,
        s.gangmakers,
        s.revision,
        s.unsuited,
        s.nudges,
        s.missed,
        s.agreed,
        s.referral,
        s.approach,
    )
    if s.status in DECIDED:
        await intakes.close_offers(conn, s.workflow_id)


async def _write_potje(conn: Connection, s: PotjeSnapshot) -> None:
    await conn.execute(
        SQL["write_potje"],
        s.workflow_id,
        s.municipality,
        s.street,
        s.year,
        s.status,
        s.cents,
        s.parts,
        s.open_parts,
        s.proposer,
        s.approver,
        s.attempt,
        s.handovers,
        s.revision,
    )


async def _write_renewal(conn: Connection, s: RenewalSnapshot) -> None:
    await conn.execute(
        SQL["write_renewal"],
        s.workflow_id,
        s.municipality,
        s.street,
        s.year,
        s.status,
        s.outcome,
        s.people,
        s.answered,
        s.words,
        s.revision,
    )


async def street(conn: Connection, municipality: str, slug: str) -> asyncpg.Record | None:
    """A street's row, or None."""
    return await conn.fetchrow(SQL["street"], municipality, slug)


async def where_it_went(conn: Connection, municipality: str, slug: str) -> asyncpg.Record | None:
    """The row of the street in which this one goes on, or its own; None for a street nobody knows."""
    return await conn.fetchrow(SQL["where_it_went"], municipality, slug)


async def is_paused(conn: Connection, municipality: str, slug: str) -> bool:
    """Whether a street has too few gangmakers for now; held until the transaction ends."""
    return bool(await conn.fetchval(SQL["is_paused"], municipality, slug))


async def count_active(conn: Connection, municipality: str) -> int:
    """How many streets are active."""
    return int(await conn.fetchval(SQL["count_active"], municipality))


async def potjes_waiting(conn: Connection, municipality: str, year: int) -> list[str]:
    """Workflow ids of the potjes that wait and that the budget can pay now, the longest waiting first."""
    return [row["workflow_id"] for row in await conn.fetch(SQL["potjes_waiting"], municipality, year)]


async def potje(conn: Connection, workflow_id: str) -> asyncpg.Record | None:
    """A potje's row, or None."""
    return await conn.fetchrow(SQL["potje"], workflow_id)


async def last_of_potje(conn: Connection, workflow_id: str) -> str:
    """The key of the last line in the journal about a potje that is there."""
    return str(await conn.fetchval(SQL["last_of_potje"], workflow_id))


async def hold_potje(conn: Connection, workflow_id: str) -> asyncpg.Record | None:
    """A potje's row, locked until the transaction ends; None: it is not there, and nobody else makes it."""
    row = await conn.fetchrow(SQL["hold_potje"], workflow_id)
    if row is not None:
        return row
    await conn.execute(SQL["own_potje"], workflow_id)
    return await conn.fetchrow(SQL["hold_potje"], workflow_id)


async def share_budget(conn: Connection, municipality: str) -> None:
    """Before a reservation: no money comes between finding the budget short and noting it.

    The first lock of its transaction, as that of :func:`own_budget` is.
    """
    await conn.execute(SQL["share_budget"], municipality)


async def own_budget(conn: Connection, municipality: str) -> None:
    """Before money comes into a budget: who finds it short has noted so, and will be woken."""
    await conn.execute(SQL["own_budget"], municipality)
