"""One fact, one activity, one transaction: journal, registry, letters, vault and ledger."""

import asyncpg
from temporalio import activity

from activities.context import Tools
from activities.post import queue
from schemas.facts import Booked, Booking, Fact, Lapse, Lapsed
from schemas.ledger import AccountKind, Leg, LegKind
from store import inbox, ledger, links, payees, payments, registry
from store.database import Connection


class Facts:
    """Writes what workflows decided; writing it again changes nothing and gives the first result."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def record(self, fact: Fact) -> None:
        """A fact without money."""
        async with self._tools.db.transaction() as conn:
            await write(conn, self._tools, fact)

    async def book(self, booking: Booking) -> Booked:
        """A fact with its postings; a short budget writes ``otherwise`` instead, where there is one.

        Late when somebody else decided first: the registry's row of the potje, locked, arbitrates.
        """
        fact = booking.fact
        async with self._tools.db.transaction() as conn:
            if booking.otherwise:
                await registry.share_budget(conn, fact.municipality)
            row = await registry.hold_potje(conn, fact.potje.workflow_id) if fact.potje else None
            if found := await _booked_before(conn, booking, row):
                return found
            if await _is_late(conn, booking, row):
                return Booked(late=True)
            if booking.unless_paying and await _is_told_of(conn, fact):
                return Booked(late=True, moved=True)
            if booking.unless_paused and await _is_paused(conn, fact):
                return Booked(late=True, paused=True)
            try:
                await self._transfer(conn, booking)
            except (ledger.Overdraft, ledger.YearNotOpen):
                if booking.otherwise is None:
                    raise
                await write(conn, self._tools, booking.otherwise)
                return Booked(short=True, revision=_revision(booking.otherwise))
            await write(conn, self._tools, fact)
            await _tell_of_released_money(conn, booking)
            return Booked(revision=_revision(fact))

    async def remind_account(self, fact: Fact) -> None:
        """Ask once more where to pay, unless the street has told by now."""
        async with self._tools.db.transaction() as conn:
            if await payees.in_force(conn, fact.municipality, fact.subject) is None:
                await write(conn, self._tools, fact)

    async def lapse(self, lapse: Lapse) -> Lapsed:
        """End a question, unless an answer was receipted first: both lock the same link."""
        async with self._tools.db.transaction() as conn:
            if await links.lapse(conn, lapse.workflow_id, lapse.person):
                return Lapsed(answered=True)
            await write(conn, self._tools, lapse.fact)
            return Lapsed(answered=False)

    async def _transfer(self, conn: Connection, booking: Booking) -> None:
        fact = booking.fact
        for year in sorted({spec.fiscal_year for spec in booking.accounts}):
            await ledger.open_year(conn, fact.municipality, year)
        if booking.accounts:
            await ledger.open_accounts(conn, booking.accounts)
        if booking.legs:
            await ledger.transfer(
                conn, booking.legs, actor=fact.actor, group_id=booking.group, booked_on=booking.booked_on
            )


async def write(conn: Connection, tools: Tools, *facts: Fact) -> bool:
    """All of some facts of one municipality but their money, in the caller's transaction.

    False: all of them were written before.
    """
    new = [fact for fact in facts if await _is_new(conn, fact)]
    await queue(conn, tools, *new)
    for fact in new:
        if fact.forget:
            await tools.vault.erase(conn, fact.forget, fact.name)
        if gone := [*fact.forget, *fact.leaving]:
            accounts = await payees.given_by(conn, gone)
            await payees.refuse(conn, tools.vault, accounts, fact.name)
    return bool(new)


async def _is_new(conn: Connection, fact: Fact) -> bool:
    """Whether it is in the journal since now."""
    if await registry.enter(conn, fact):
        return True
    activity.logger.info("fact was written before", extra={"fact": fact.name})
    return False


def _revision(fact: Fact) -> int:
    return fact.potje.revision if fact.potje else 0


async def _booked_before(conn: Connection, booking: Booking, row: asyncpg.Record | None) -> Booked | None:
    """What came of it the first time, with where the potje is by now."""
    revision = row["revision"] if row else 0
    if booking.otherwise and await registry.entered(conn, booking.otherwise.key):
        return Booked(short=True, revision=revision)
    return Booked(revision=revision) if await registry.entered(conn, booking.fact.key) else None


async def _is_late(conn: Connection, booking: Booking, row: asyncpg.Record | None) -> bool:
    if booking.only_new and row is not None:
        return True
    if booking.only_from is not None and (row is None or row["status"] != booking.only_from):
        return True
    if booking.only_open is not None and (row is None or set(row["open_parts"]) != set(booking.only_open)):
        return True
    potje = booking.fact.potje
    return bool(booking.unless_paying and potje and await payments.open_payment(conn, potje.workflow_id))


async def _is_told_of(conn: Connection, fact: Fact) -> bool:
    return fact.potje is not None and await payments.is_told_of(conn, fact.potje.workflow_id)


async def _is_paused(conn: Connection, fact: Fact) -> bool:
    potje = fact.potje
    return potje is not None and await registry.is_paused(conn, potje.municipality, potje.street)


async def _tell_of_released_money(conn: Connection, booking: Booking) -> None:
    """Money that comes back to the budget wakes the potjes that wait for it, as a new grant does."""
    potje = booking.fact.potje
    back = [leg.id for leg in booking.legs if _frees_budget(leg)]
    if potje and back:
        payload = {"municipality": potje.municipality, "year": potje.year}
        await inbox.receive(conn, inbox.Submission(back[0], "money", potje.municipality, payload))


def _frees_budget(leg: Leg) -> bool:
    """A reservation that is released, or what was set apart and is taken back."""
    released = leg.kind is LegKind.RELEASE and leg.debit.startswith(f"{AccountKind.BUDGET}:")
    return released or leg.credit.startswith(f"{AccountKind.BUDGET}:")
