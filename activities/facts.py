"""One fact, one activity, one transaction: journal, registry, letters, vault and ledger."""

from temporalio import activity

from activities.context import Tools
from activities.post import queue
from schemas.facts import Booked, Booking, Fact, Lapse, Lapsed
from schemas.ledger import LegKind
from store import inbox, ledger, links, registry
from store.database import Connection


class Facts:
    """Writes what workflows decided; writing it again changes nothing and gives the first result."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def record(self, fact: Fact) -> None:
        """A fact without money."""
        async with self._tools.db.transaction() as conn:
            await self._write(conn, fact)

    async def book(self, booking: Booking) -> Booked:
        """A fact with its postings; a short budget writes ``otherwise`` instead, where there is one."""
        async with self._tools.db.transaction() as conn:
            if booking.otherwise and await registry.entered(conn, booking.otherwise.key):
                return Booked(short=True)
            try:
                await self._transfer(conn, booking)
            except ledger.Overdraft:
                if booking.otherwise is None:
                    raise
                await self._write(conn, booking.otherwise)
                return Booked(short=True)
            await self._write(conn, booking.fact)
            await _tell_of_released_money(conn, booking)
            return Booked()

    async def lapse(self, lapse: Lapse) -> Lapsed:
        """End a question, unless an answer was receipted first: both lock the same link."""
        async with self._tools.db.transaction() as conn:
            if await links.lapse(conn, lapse.workflow_id, lapse.person):
                return Lapsed(answered=True)
            await self._write(conn, lapse.fact)
            return Lapsed(answered=False)

    async def _write(self, conn: Connection, fact: Fact) -> None:
        if not await registry.enter(conn, fact):
            activity.logger.info("fact was written before", extra={"fact": fact.name})
            return
        await queue(conn, self._tools, fact)
        if fact.forget:
            await self._tools.vault.erase(conn, fact.forget, fact.name)

    async def _transfer(self, conn: Connection, booking: Booking) -> None:
        fact = booking.fact
        for year in sorted({spec.fiscal_year for spec in booking.accounts}):
            await ledger.open_year(conn, fact.municipality, year)
        await ledger.open_accounts(conn, booking.accounts)
        await ledger.transfer(
            conn, booking.legs, actor=fact.actor, group_id=booking.group, booked_on=booking.booked_on
        )


async def _tell_of_released_money(conn: Connection, booking: Booking) -> None:
    """Money that comes back to the budget wakes the potjes that wait for it, as a new grant does."""
    potje = booking.fact.potje
    released = [leg.id for leg in booking.legs if leg.kind is LegKind.RELEASE]
    if potje and released:
        payload = {"municipality": potje.municipality, "year": potje.year}
        await inbox.receive(conn, inbox.Submission(released[0], "money", potje.municipality, payload))
