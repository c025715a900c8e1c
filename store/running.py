"""Whether everything moves: what waits or was refused, mail that has not left, when the books were seen."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from schemas.facts import Fact
from schemas.refs import Slug, StaffRef
from store import registry
from store.database import Connection
from store.queries import queries
from store.reports import Chain, chains

SQL = queries("running")

SHOWN = 50
"""Refused submissions on one page; the count tells of the rest."""


@dataclass(frozen=True)
class Looked:
    """The last time that the books were recomputed."""

    at: datetime
    sound: bool


@dataclass(frozen=True)
class Running:
    """How it stands."""

    inbox: list[asyncpg.Record]
    refused: list[asyncpg.Record]
    mails: list[asyncpg.Record]
    looked: Looked | None
    chains: list[Chain]

    @property
    def refusals(self) -> int:
        """How many were refused, also those that are not shown."""
        return int(self.refused[0]["total"]) if self.refused else 0


async def running(conn: Connection, municipality: Slug) -> Running:
    """All of one municipality's; codes, counts and moments only."""
    looked = await conn.fetchrow(SQL["looked"], municipality)
    return Running(
        inbox=await conn.fetch(SQL["inbox"], municipality),
        refused=await conn.fetch(SQL["refused"], municipality, SHOWN),
        mails=await conn.fetch(SQL["mails"], municipality),
        looked=Looked(looked["recorded_at"], looked["name"] == "ledger.head") if looked else None,
        chains=await chains(conn, municipality),
    )


async def bring(conn: Connection, municipality: Slug, submission: UUID, staff: StaffRef, form: UUID) -> bool:
    """Have a refused submission brought again, by its own id: nothing starts twice. False: there is none."""
    kind = await conn.fetchval(SQL["bring"], municipality, submission)
    if kind is None:
        return False
    fact = Fact(
        key=f"inbox.again/{submission}/{form}",
        name="inbox.again",
        municipality=municipality,
        subject=f"submission/{submission}",
        actor=staff,
    )
    await registry.enter(conn, fact)
    await conn.execute(SQL["ring"])
    return True
