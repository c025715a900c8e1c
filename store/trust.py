"""The trust account of a street: what it holds, its attenties, its stories. Nobody checks them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import asyncpg

from schemas.accounts import ATTENTIES, spec_of, spent_account, street_account
from schemas.attentie import PREFIX, Occasion, occasion_of, reason_of
from schemas.calendar import dutch_date
from schemas.door import AccountForm, AttentieForm, Gangmaker, Share, StoryForm
from schemas.facts import Fact
from schemas.ledger import NO_YEAR, AccountKind, Leg, YearState, account_code, transfer_id
from schemas.payment import PayeeOrder
from schemas.person import Account, Story
from schemas.refs import VaultRef
from store import ledger, limits, payees, registry
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("trust")

ENTRIES = limits.Limit("entry", 60)
"""Attenties and stories of a street in an hour: room for a whole year's, none for a machine's."""

ACCOUNTS = limits.Limit("account", 5)
"""Account numbers of a street in an hour: each is told to all its gangmakers."""


class YearClosed(Exception):
    """The year of the attentie takes nothing any more."""


class TooOften(Exception):
    """More in an hour than people type."""


class SentBefore(Exception):
    """The form was sent before, with something else in it; nothing was booked or kept now."""


@dataclass(frozen=True)
class Holding:
    """What a street has in the years that are not closed, in cents; ``underway`` comes on top of it."""

    cents: int
    underway: int


@dataclass(frozen=True)
class Attentie:
    """An attentie that stands; it can be taken away while its year is open."""

    id: UUID
    day: date
    occasion: Occasion
    cents: int
    undoable: bool


@dataclass(frozen=True)
class Told:
    """A story of the gangmaker who asks."""

    id: UUID
    text: str
    share: bool
    told_on: date


class Undone(StrEnum):
    """What came of taking an attentie away."""

    NOW = "now"
    BEFORE = "before"


async def _count(conn: Connection, limit: limits.Limit, who: Gangmaker) -> None:
    if not await limits.attempt(conn, limit, f"{who.municipality}/{who.street}"):
        raise TooOften


def _street(who: Gangmaker) -> str:
    """The street's account without its year."""
    return account_code(AccountKind.STREET, who.municipality, NO_YEAR, who.street)


async def holding(conn: Connection, who: Gangmaker) -> Holding:
    """The sums of the street's accounts."""
    row = await conn.fetchrow(SQL["holding"], who.municipality, _street(who))
    return Holding(row["cents"], row["underway"])


async def attenties(conn: Connection, who: Gangmaker) -> list[Attentie]:
    """The street's attenties of the years that are not closed, the latest first."""
    rows = await conn.fetch(SQL["attenties"], who.municipality, _street(who), PREFIX)
    return [_attentie(row) for row in rows]


async def attentie(conn: Connection, who: Gangmaker, attentie_id: UUID) -> Attentie | None:
    """One attentie of the street that stands and can be taken away; None otherwise."""
    row = await conn.fetchrow(SQL["attentie"], attentie_id, _street(who), PREFIX)
    return _attentie(row) if row else None


def _attentie(row: asyncpg.Record) -> Attentie:
    occasion = occasion_of(row["reason"]) or Occasion.OTHER
    return Attentie(row["id"], row["booked_on"], occasion, row["cents"], row["undoable"])


async def takes(conn: Connection, municipality: str, year: int, today: date) -> bool:
    """Whether attenties of a year can be logged: it is open, or it is this year and simply begins."""
    state = await conn.fetchval(SQL["year_state"], municipality, year)
    return state == YearState.OPEN or (state is None and year == today.year)


async def log(conn: Connection, who: Gangmaker, form: UUID, given: AttentieForm, today: date) -> None:
    """Book an attentie on the year of its day, once a form. Below zero is fine: the street is trusted.

    Raises :class:`YearClosed`, :class:`SentBefore` and :class:`TooOften`.
    """
    await _count(conn, ENTRIES, who)
    year = given.day.year
    if not await takes(conn, who.municipality, year, today):
        raise YearClosed
    street, spent = (
        street_account(who.municipality, who.street, year),
        spent_account(who.municipality, ATTENTIES, year),
    )
    leg = Leg(
        id=transfer_id("attentie", who.municipality, who.street, str(form)),
        debit=street,
        credit=spent,
        cents=given.amount,
        reason=reason_of(given.occasion),
    )
    try:
        await ledger.open_year(conn, who.municipality, year)
        await ledger.open_accounts(conn, [spec_of(street), spec_of(spent)])
        await ledger.transfer(conn, [leg], actor=who.actor, group_id=leg.id, booked_on=given.day)
    except ledger.YearNotOpen:
        raise YearClosed from None
    except ledger.OtherArguments:
        raise SentBefore from None
    await _note(conn, who, f"attentie/{leg.id}", "street.attentie")


async def undo(conn: Connection, who: Gangmaker, attentie_id: UUID, today: date) -> Undone:
    """Take an attentie away by booking it back; taking it away again changes nothing.

    Raises :class:`YearClosed`.
    """
    row = await conn.fetchrow(SQL["attentie"], attentie_id, _street(who), PREFIX)
    if row is None:
        return Undone.BEFORE
    leg = Leg(
        id=transfer_id("attentie.undone", str(attentie_id)),
        debit=row["credit"],
        credit=row["debit"],
        cents=row["cents"],
        reverses_id=attentie_id,
        reason=row["reason"],
    )
    try:
        await ledger.transfer(conn, [leg], actor=who.actor, group_id=leg.id, booked_on=today)
    except ledger.YearNotOpen:
        raise YearClosed from None
    except (ledger.OtherArguments, ledger.DoesNotFit):
        return Undone.BEFORE
    await _note(conn, who, f"attentie-undone/{attentie_id}", "street.attentie_undone")
    return Undone.NOW


async def _note(conn: Connection, who: Gangmaker, key: str, name: str) -> bool:
    """The line in the journal. False: it stood there already."""
    fact = Fact(key=key, name=name, municipality=who.municipality, subject=who.street, actor=who.actor)
    return await registry.enter(conn, fact)


async def tell(conn: Connection, vault: Vault, who: Gangmaker, form: UUID, given: StoryForm) -> None:
    """Keep a story, sealed, once a form. Raises :class:`SentBefore` and :class:`TooOften`."""
    await _count(conn, ENTRIES, who)
    story = transfer_id("story", who.municipality, who.street, str(form))
    if not await _note(conn, who, f"story/{story}", "street.story"):
        if not await _is_told(conn, vault, who, story, given):
            raise SentBefore
        return
    words = await vault.put(conn, who.municipality, Story(text=given.text))
    await conn.execute(
        SQL["put_story"], story, who.municipality, who.street, who.person, words, given.share is Share.YES
    )


async def _is_told(conn: Connection, vault: Vault, who: Gangmaker, story: UUID, given: StoryForm) -> bool:
    told = await story_of(conn, vault, who, story)
    return told is not None and (told.text, told.share) == (given.text, given.share is Share.YES)


async def stories(conn: Connection, vault: Vault, who: Gangmaker) -> list[Told]:
    """What this gangmaker told and did not take back, the latest first."""
    rows = await conn.fetch(SQL["stories"], who.municipality, who.street, who.person)
    told = [await _opened(conn, vault, row) for row in rows]
    return [story for story in told if story]


async def story_of(conn: Connection, vault: Vault, who: Gangmaker, story: UUID) -> Told | None:
    """One story of this gangmaker; None when it is somebody else's, or was taken back."""
    row = await conn.fetchrow(SQL["story"], story, who.municipality, who.street, who.person)
    return await _opened(conn, vault, row) if row else None


async def _opened(conn: Connection, vault: Vault, row: asyncpg.Record) -> Told | None:
    try:
        words = await vault.get(conn, row["words"], Story)
    except Erased:
        return None
    return Told(row["id"], words.text, row["share"], dutch_date(row["told_at"]))


async def withdraw(conn: Connection, vault: Vault, who: Gangmaker, story: UUID) -> None:
    """Take a story back: its words are erased. Taking it back again changes nothing."""
    words: VaultRef | None = await conn.fetchval(
        SQL["withdraw_story"], story, who.municipality, who.street, who.person
    )
    if words is None:
        return
    await vault.erase(conn, [words], "street.story_withdrawn")
    await _note(conn, who, f"story-withdrawn/{story}", "street.story_withdrawn")


async def give_account(
    conn: Connection, vault: Vault, who: Gangmaker, form: UUID, given: AccountForm
) -> bool:
    """Seal where the street wants to be paid and start weighing it. False: this form was sent before.

    Raises :class:`TooOften`.
    """
    await _count(conn, ACCOUNTS, who)
    key = transfer_id("account", who.municipality, who.street, str(form))
    if not await _note(conn, who, f"account/{key}", "account.given"):
        return False
    ref = await vault.put(conn, who.municipality, Account(holder=given.holder, iban=given.iban))
    order = PayeeOrder(ref=ref, municipality=who.municipality, street=who.street, given_by=who.person)
    await payees.ask(conn, order)
    return True


@dataclass(frozen=True)
class PaidOn:
    """The account in force, if there is one, and whether another waits to become it."""

    account: Account | None
    waiting: bool


async def paid_on(conn: Connection, vault: Vault, who: Gangmaker) -> PaidOn:
    """Where the street is paid; the page shows it masked."""
    ref = await payees.in_force(conn, who.municipality, who.street)
    found = await vault.accounts(conn, [ref]) if ref else {}
    waiting = await payees.pending(conn, who.municipality, who.street)
    return PaidOn(found.get(ref) if ref else None, waiting is not None)
