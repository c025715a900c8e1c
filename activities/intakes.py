"""Intakes: what is offered, what is planned, and the nudge when nothing is."""

from datetime import datetime

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, Template
from schemas.intake import NudgeFact, Offered, OfferFact, PlanFact
from store import addressees, intakes, policies, registry
from store.database import Connection


class Intakes:
    """Each step is one transaction; writing it again changes nothing."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def offer(self, order: OfferFact) -> Offered:
        """Propose moments, if all of them are still free."""
        async with self._tools.db.transaction() as conn:
            await intakes.lock(conn, order.workflow_id)
            if await registry.entered(conn, order.fact.key):
                return Offered(free=True)
            municipality = order.fact.municipality
            if not await intakes.offer(conn, municipality, order.workflow_id, order.number, order.slots):
                return Offered(free=False)
            await self._write(conn, order.fact)
            return Offered(free=True)

    async def plan(self, order: PlanFact) -> None:
        """Plan or move a conversation; what was offered or picked before is over."""
        async with self._tools.db.transaction() as conn:
            await intakes.lock(conn, order.workflow_id)
            if await registry.entered(conn, order.fact.key):
                return
            await intakes.end_offers(conn, order.workflow_id, order.slot)
            await self._write(conn, order.fact)

    async def nudge(self, order: NudgeFact) -> None:
        """The party's mailbox hears that an intake waits; the desk shows it too."""
        fact = order.fact
        async with self._tools.db.transaction() as conn:
            found = await policies.current(conn, fact.municipality)
            reader = await addressees.party(conn, self._tools.vault, found[0]) if found else None
            if reader is not None:
                values: dict[str, str | int | datetime] = {
                    "street": order.street_name,
                    "at": order.waits_since,
                }
                fact.letters = [Letter(template=Template.INTAKE_NUDGE, to=reader, values=dict(values))]
            await self._write(conn, fact)

    async def _write(self, conn: Connection, fact: Fact) -> None:
        if not await registry.enter(conn, fact):
            return
        await queue(conn, self._tools, fact)
        if fact.forget:
            await self._tools.vault.erase(conn, fact.forget, fact.name)
