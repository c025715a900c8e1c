"""Campaigns: who made them, how often their codes were opened, and what came of that."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg

from schemas.budget import Entry
from schemas.campaign import Campaign, Channel, ChannelKind, Funnel, code_for
from schemas.facts import Fact
from schemas.refs import Slug, StaffRef
from store import budgets, registry
from store.database import Connection
from store.queries import queries

SQL = queries("campaigns")


async def make(conn: Connection, campaign: Campaign, by: StaffRef) -> bool:
    """Make a campaign. False: this form made it before."""
    made = await conn.fetchval(
        SQL["put_campaign"],
        campaign.id,
        campaign.municipality,
        campaign.name,
        campaign.first_day,
        campaign.last_day,
        campaign.planned_cents,
        by,
    )
    if made is None:
        return False
    await _note(conn, campaign.municipality, campaign.id, "made", str(campaign.id), by)
    return True


async def add(
    conn: Connection,
    municipality: Slug,
    campaign: UUID,
    kind: ChannelKind,
    words: str,
    form: UUID,
    by: StaffRef,
) -> bool:
    """Add a channel with a code of its own. False: this form added it before."""
    if await registry.entered(conn, f"campaign/{campaign}/channel-{form}"):
        return False
    await conn.execute(SQL["lock_codes"], municipality)
    taken = {row["code"] for row in await conn.fetch(SQL["codes"], municipality)}
    channel = Channel(campaign=campaign, code=code_for(kind, words, taken), kind=kind, words=words)
    await conn.execute(SQL["put_channel"], municipality, channel.code, campaign, kind, words)
    await _note(conn, municipality, campaign, "channel", str(form), by)
    return True


async def spend(conn: Connection, entry: Entry, campaign: UUID, by: StaffRef, today: date) -> bool:
    """Book a cost on the campaign line. False: entered before. Raises as ``budgets.enter`` does."""
    entered = await budgets.enter(conn, entry, by, today)
    await conn.execute(SQL["put_cost"], entry.id, campaign)
    return entered


async def visited(conn: Connection, municipality: Slug, code: str, day: date) -> None:
    """Count one visit on a day; an unknown code is not counted."""
    await conn.execute(SQL["visit"], municipality, code, day)


async def all_of(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """The campaigns, the latest first, with what they cost so far."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["campaigns"], municipality, None)
    return rows


async def one(conn: Connection, municipality: Slug, campaign: UUID) -> asyncpg.Record | None:
    """One campaign, or None."""
    return await conn.fetchrow(SQL["campaigns"], municipality, campaign)


async def channels(
    conn: Connection, municipality: Slug, campaigns: Sequence[UUID]
) -> list[tuple[Channel, Funnel]]:
    """The channels of campaigns with what came of each, in the order in which they were made."""
    rows = await conn.fetch(SQL["channels"], municipality, campaigns)
    return [(Channel.model_validate(dict(row)), Funnel.model_validate(dict(row))) for row in rows]


async def channel(conn: Connection, municipality: Slug, code: str) -> asyncpg.Record | None:
    """One channel with its campaign, or None."""
    return await conn.fetchrow(SQL["channel"], municipality, code)


async def costs(conn: Connection, campaign: UUID) -> list[asyncpg.Record]:
    """What was booked for a campaign; ``undone`` no longer counts."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["costs"], campaign)
    return rows


async def _note(
    conn: Connection, municipality: Slug, campaign: UUID, what: str, once: str, by: StaffRef
) -> None:
    fact = Fact(
        key=f"campaign/{campaign}/{what}-{once}",
        name=f"campaign.{what}",
        municipality=municipality,
        subject=f"campaign/{campaign}",
        actor=by,
    )
    await registry.enter(conn, fact)
