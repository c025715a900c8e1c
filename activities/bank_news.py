"""What a bank statement did to a potje: journal, registry and letters, before its workflow hears of it."""

import asyncpg

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Template
from schemas.payment import PaymentNews, PaymentOutcome
from schemas.policy import PayoutKind
from schemas.potje import PotjeMoved, PotjeStatus, StreetPotje, by_the_bank
from schemas.potje_letters import PotjeStands, potje_fact, potje_letters
from schemas.refs import ENGINE
from store import registry
from store.database import Connection


async def hear(conn: Connection, tools: Tools, news: PaymentNews) -> PotjeMoved | None:
    """Write what came of a payment, once; where the potje is then. None when there is no such potje.

    None as well when the potje is over and this was never written: then there is nothing to tell.
    The row of the potje, locked, arbitrates: an act that did not know of this yet is late.
    """
    row = await registry.hold_potje(conn, news.workflow_id)
    if row is None:
        return None
    paid, bounced = f"paid-{news.payment}", f"bounced-{news.payment}"
    status, open_parts, revision = _status(row), _kinds(row), row["revision"]
    # However their ways cross: what was sent back has come before it went back.
    over = await registry.entered(conn, f"{news.workflow_id}/{bounced}")
    name = paid if news.outcome is PaymentOutcome.BOOKED and not over else bounced
    after = None if over else by_the_bank(status, open_parts, news.outcome)
    if after:
        fact = await _fact(conn, row, name, *after)
        if await registry.enter(conn, fact):
            await queue(conn, tools, fact)
            status, open_parts = after
            revision += 1
    fact_key = f"{news.workflow_id}/{name}"
    if after is None and not await registry.entered(conn, fact_key):
        return None
    return PotjeMoved(fact=fact_key, status=status, open_parts=open_parts, revision=revision)


async def _fact(
    conn: Connection, row: asyncpg.Record, name: str, status: PotjeStatus, open_parts: list[PayoutKind]
) -> Fact:
    stands = PotjeStands(
        status=status,
        open_parts=open_parts,
        approver=row["approver"],
        attempt=row["attempt"],
        handovers=row["handovers"],
        revision=row["revision"] + 1,
    )
    potje = await _whose(conn, row)
    if name.startswith("bounced"):
        letters = potje_letters(potje, Template.POTJE_BOUNCED, [], 0)
    else:
        letters = [] if open_parts else potje_letters(potje, Template.POTJE_PAID, [], 0)
    return potje_fact(potje, name, stands, letters, ENGINE)


async def _whose(conn: Connection, row: asyncpg.Record) -> StreetPotje:
    """The potje, and who carries its street today: where two became one, who carries that."""
    street = await registry.street(conn, row["municipality"], row["street"])
    today = await registry.where_it_went(conn, row["municipality"], row["street"])
    name, part = (street["name"], street["part"]) if street else (row["street"], None)
    return StreetPotje(
        workflow_id=row["workflow_id"],
        municipality=row["municipality"],
        year=row["year"],
        parts=row["parts"],
        street=row["street"],
        street_name=f"{name} ({part})" if part else name,
        gangmakers=today["gangmakers"] if today else [],
        proposer=row["proposer"],
    )


def _status(row: asyncpg.Record) -> PotjeStatus:
    return PotjeStatus(row["status"])


def _kinds(row: asyncpg.Record) -> list[PayoutKind]:
    return [PayoutKind(kind) for kind in row["open_parts"]]
