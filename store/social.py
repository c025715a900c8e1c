"""The social map of a municipality: an import replaces all of it, and what is gone is withdrawn."""

from collections.abc import Sequence

import asyncpg

from schemas.facts import Fact
from schemas.refs import Slug, StaffRef
from schemas.social import Offer
from store import registry
from store.database import Connection
from store.queries import queries

SQL = queries("social")


async def replace(conn: Connection, municipality: Slug, offers: Sequence[Offer], by: StaffRef) -> int:
    """Make these the whole map; gives the number of this import. An offer of the same name stays itself."""
    await conn.execute(SQL["lock"], municipality)
    version = int(await conn.fetchval(SQL["next_version"], municipality))
    await conn.executemany(
        SQL["put_offer"], [(municipality, version, by, *_columns(offer)) for offer in offers]
    )
    await conn.execute(SQL["withdraw"], municipality, version)
    fact = Fact(
        key=f"social/{municipality}/{version}",
        name="social.replaced",
        municipality=municipality,
        subject=f"social/{municipality}",
        actor=by,
    )
    await registry.enter(conn, fact)
    return version


def _columns(offer: Offer) -> tuple[object, ...]:
    web = str(offer.web) if offer.web else None
    return (
        offer.name,
        offer.topics,
        offer.wijken,
        offer.nl,
        offer.en,
        offer.phone,
        offer.email,
        web,
    )


async def offers(
    conn: Connection, municipality: Slug, topic: str | None = None, wijk: str | None = None
) -> list[Offer]:
    """What there is, by name; for a wijk with what is for the whole municipality after its own."""
    rows = await conn.fetch(SQL["offers"], municipality, topic, wijk)
    return [Offer.model_validate(dict(row)) for row in rows]


async def count(conn: Connection, municipality: Slug) -> int:
    """How many offers the map has."""
    return int(await conn.fetchval(SQL["count"], municipality))


async def latest(conn: Connection, municipality: Slug) -> asyncpg.Record | None:
    """The last import: its number, when it was and who did it. None before the first."""
    return await conn.fetchrow(SQL["latest"], municipality)
