"""What a scouting round writes: its beginning, each visit, what fell due, its end. One transaction each."""

from temporalio.exceptions import ApplicationError

from activities.context import Tools
from schemas.scouting import Counts, DueFact, Noted, RoundFact, VisitFact
from store import registry, scouting


class Scouting:
    """Steps of a round; done again they change nothing and answer the same."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def start(self, starting: RoundFact) -> None:
        """The round and its streets, for the desk and the scouts to see."""
        async with self._tools.db.transaction() as conn:
            if await registry.enter(conn, starting.fact):
                await scouting.start(conn, starting.order, starting.at)

    async def note(self, noting: VisitFact) -> Noted:
        """The journal's line of a visit that the scout's page wrote, and how far the round is."""
        visit = noting.visit
        async with self._tools.db.transaction() as conn:
            if await registry.enter(conn, noting.fact):
                await scouting.gone_back(conn, visit.round, visit.street)
            latest = await scouting.latest(conn, visit.round, visit.street)
            if latest is None:
                raise ApplicationError("a visit that nobody wrote", type="no_visit", non_retryable=True)
            return Noted(counts=await scouting.counts(conn, visit.round), latest=latest)

    async def tell_due(self, falling: DueFact) -> None:
        """Put a street on the scouts' page and on the desk again."""
        async with self._tools.db.transaction() as conn:
            if await registry.enter(conn, falling.fact):
                await scouting.fall_due(conn, falling.round, falling.street, falling.at)

    async def end(self, ending: RoundFact) -> Counts:
        """The round is over; its report stands in the journal."""
        async with self._tools.db.transaction() as conn:
            counts = await scouting.counts(conn, ending.order.round)
            if await registry.enter(conn, ending.fact, counts.model_dump()):
                await scouting.end(conn, ending.order.round, ending.at, ending.fact.actor)
            return counts
