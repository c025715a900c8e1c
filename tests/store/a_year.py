"""A year of money at random, and a plain model of it: what the reports must say."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid5

from schemas.accounts import (
    ATTENTIES,
    BudgetLine,
    bank_account,
    carry_account,
    funder_account,
    line_account,
    spec_of,
    spent_account,
    street_account,
    suspense_account,
)
from schemas.attentie import Occasion, reason_of
from schemas.budget import Entry, EntryKind, correction, expense, grant, less, move, name_in
from schemas.ledger import Leg, LegKind, transfer_id
from schemas.policy import PayoutKind
from schemas.potje import PotjeMoney, back_legs, potje_group, reserve_legs, resolve_legs
from schemas.refs import potje_id
from store import budgets, ledger
from store.database import Connection

CITY, YEAR = "rotterdam", 2026
BY = "rotterdam:treasurer-1"
WIJKEN = ("Delfshaven", "=Noord", "Kralingen")
FUNDERS = ("gemeente", "fonds", "buurtpot")
NAMESPACE = UUID(int=3)


@dataclass
class Year:
    """Books something, and remembers what it should come to; all in cents."""

    conn: Connection
    seed: int
    city: str = CITY
    granted: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    reserved: int = 0
    approved: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    potjes: Counter[str] = field(default_factory=Counter)
    attenties: Counter[str] = field(default_factory=Counter)
    by_occasion: Counter[Occasion] = field(default_factory=Counter)
    occasions: Counter[Occasion] = field(default_factory=Counter)
    number: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a test that can be repeated

    def form(self) -> UUID:
        """The next form's id."""
        self.number += 1
        return uuid5(NAMESPACE, f"{self.seed}-{self.number}")

    def day(self) -> date:
        """Some day of the year."""
        return date(YEAR, 1, 1) + timedelta(days=self.random.randrange(365))

    def amount(self, most: int = 20_000) -> int:
        """Some cents."""
        return self.random.randrange(1, most)

    async def live(self, streets: int = 24) -> "Year":
        """All of the year."""
        await ledger.open_year(self.conn, self.city, YEAR)
        await self._grants()
        for number in range(streets):
            await self._street(f"laan-{number}", WIJKEN[number % len(WIJKEN)])
        await self._entries()
        await self._gift()
        return self

    async def _grants(self) -> None:
        rows = await self.conn.fetch(
            "select debit, credit, cents from ledger.transfer"
            " where municipality = $1 and fiscal_year = $2 and reason = 'grant.policy'",
            self.city,
            YEAR,
        )
        for row in rows:
            self.granted[name_in(row["debit"]), name_in(row["credit"])] += row["cents"]
        for funder in FUNDERS:
            for line in BudgetLine:
                cents = 300_000 + self.amount(100_000)
                entry = grant(
                    self.form(), self.city, YEAR, funder=funder, line=line, cents=cents, reason="Toegezegd"
                )
                await self._enter(entry)
                self.granted[funder, line] += cents
        back = less(
            self.form(), self.city, YEAR, line=BudgetLine.STARTER, funder="fonds", cents=999, reason="Te veel"
        )
        await self._enter(back)
        self.granted["fonds", BudgetLine.STARTER] -= 999

    async def _enter(self, entry: Entry) -> None:
        assert await budgets.enter(self.conn, entry, BY, self.day())

    async def _entries(self) -> None:
        moving = move(
            self.form(),
            self.city,
            YEAR,
            line=BudgetLine.STARTER,
            to=BudgetLine.POTJES,
            cents=5_001,
            reason="Meer straten",
        )
        await self._enter(moving)
        self.moved[BudgetLine.STARTER] -= 5_001
        self.moved[BudgetLine.POTJES] += 5_001
        for line in (BudgetLine.STARTER, BudgetLine.CAMPAIGN, BudgetLine.HOURS):
            cents = self.amount(100_000)
            entry = expense(self.form(), self.city, YEAR, line=line, cents=cents, reason="Rekening")
            await self._enter(entry)
            if line is BudgetLine.HOURS:
                undone = correction(self.form(), entry, "Vergist")
                assert await budgets.correct(self.conn, undone, BY, self.day())
            else:
                self.spent[line] += cents

    async def _gift(self) -> None:
        """Came in by bank, and was placed as a funder's."""
        bank, suspense = bank_account(self.city, YEAR), suspense_account(self.city, YEAR)
        line, funder = (
            line_account(self.city, BudgetLine.CAMPAIGN, YEAR),
            funder_account(self.city, "bakker", YEAR),
        )
        await ledger.open_accounts(self.conn, [spec_of(each) for each in (bank, suspense, line, funder)])
        form = self.form()
        came = Leg(
            id=transfer_id(str(form), "came"), debit=suspense, credit=bank, cents=1234, reason="statement.in"
        )
        await self._book([came], form)
        entry = Entry(
            id=self.form(),
            municipality=self.city,
            year=YEAR,
            kind=EntryKind.PLACED,
            source=funder,
            target=line,
            cents=1234,
            reason="Een gift van de bakker",
        )
        legs = [
            Leg(
                id=transfer_id(str(entry.id), debit),
                debit=debit,
                credit=credit,
                cents=1234,
                reason="entry.placed",
            )
            for debit, credit in ((funder, suspense), (bank, line))
        ]
        await self._book(legs, entry.id)
        await budgets.note(self.conn, entry, BY)
        self.granted["bakker", BudgetLine.CAMPAIGN] += 1234

    async def _street(self, slug: str, wijk: str) -> None:
        await self.conn.execute(
            "insert into registry.street"
            " (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)"
            " values ($1, $2, $2, $3, 'active', '{}', 1, 1) on conflict do nothing",
            self.city,
            slug,
            wijk,
        )
        potje = PotjeMoney(
            workflow_id=potje_id(self.city, slug, YEAR),
            municipality=self.city,
            year=YEAR,
            parts=[(PayoutKind.BANK, 10_000), (PayoutKind.CASH, 2_500)],
        )
        await self.conn.execute(
            "insert into registry.potje (workflow_id, municipality, street, year, status, cents, parts,"
            " open_parts, proposer, revision) values ($1, $2, $3, $4, 'approved', 12500, '[]', '{}', $5, 1)"
            " on conflict do nothing",
            potje.workflow_id,
            self.city,
            slug,
            YEAR,
            BY,
        )
        street = street_account(self.city, slug, YEAR)
        codes = (line_account(self.city, BudgetLine.POTJES, YEAR), bank_account(self.city, YEAR), street)
        spent = spent_account(self.city, ATTENTIES, YEAR)
        await ledger.open_accounts(self.conn, [spec_of(each) for each in (*codes, spent)])
        await self._potje(potje, street, wijk)

    async def _potje(self, potje: PotjeMoney, street: str, wijk: str) -> None:
        fate = self.random.choice(["proposed", "rejected", "withdrawn", "approved", *["paid"] * 8])
        await self._book(reserve_legs(potje, 1), potje_group(potje))
        if fate == "proposed":
            self.reserved += potje.cents
            return
        if fate == "rejected":
            await self._book(resolve_legs(potje, 1, LegKind.RELEASE), potje_group(potje))
            return
        # A bulk approval has a group of its own.
        await self._book(resolve_legs(potje, 1, LegKind.POST), self.form())
        if fate == "withdrawn":
            await self._book(back_legs(potje, 1), potje_group(potje))
            return
        self.approved[wijk] += potje.cents
        self.potjes[wijk] += 1
        self.spent[BudgetLine.POTJES] += potje.cents
        if fate == "paid":
            await self._pay(street, wijk)

    async def _pay(self, street: str, wijk: str) -> None:
        for cents in (10_000, 2_500):
            form = self.form()
            held = Leg(
                id=transfer_id(str(form), "reserve"),
                kind=LegKind.RESERVE,
                debit=bank_account(self.city, YEAR),
                credit=street,
                cents=cents,
                reason="payment",
            )
            how = self.random.choice([LegKind.POST, LegKind.POST, LegKind.RELEASE])
            ended = held.model_copy(
                update={"id": transfer_id(str(form), how), "kind": how, "pending_id": held.id}
            )
            await self._book([held, ended], form)
            if how is LegKind.RELEASE:
                continue
            if self.random.random() < 0.2:
                back = Leg(
                    id=transfer_id(str(form), "returned"),
                    debit=street,
                    credit=held.debit,
                    cents=cents,
                    reverses_id=ended.id,
                    reason="payment.returned",
                )
                await self._book([back], form)
                continue
            self.paid[wijk] += cents
            await self._attenties(street, wijk)

    async def _attenties(self, street: str, wijk: str) -> None:
        for _ in range(self.random.randrange(4)):
            occasion = self.random.choice([Occasion.ILLNESS, Occasion.ILLNESS, *Occasion])
            cents = self.amount(4_000)
            given = Leg(
                id=self.form(),
                debit=street,
                credit=spent_account(self.city, ATTENTIES, YEAR),
                cents=cents,
                reason=reason_of(occasion),
            )
            await self._book([given], given.id)
            if self.random.random() < 0.2:
                undone = Leg(
                    id=self.form(),
                    debit=given.credit,
                    credit=given.debit,
                    cents=cents,
                    reverses_id=given.id,
                    reason="attentie.undone",
                )
                await self._book([undone], undone.id)
                continue
            self.attenties[wijk] += cents
            self.by_occasion[occasion] += cents
            self.occasions[occasion] += 1

    async def close(self, back: int, on: int) -> None:
        """Some of what is left goes back to a funder and into the next year, as a closing books it."""
        line, carry = line_account(self.city, BudgetLine.HOURS, YEAR), carry_account(self.city)
        await ledger.open_accounts(self.conn, [spec_of(carry)])
        legs = [
            Leg(id=self.form(), debit=line, credit=to, cents=cents, reason="closing.line")
            for to, cents in ((funder_account(self.city, "fonds", YEAR), back), (carry, on))
        ]
        await self._book(legs, self.form())

    async def _book(self, legs: list[Leg], group: UUID) -> None:
        await ledger.transfer(self.conn, legs, actor=BY, group_id=group, booked_on=self.day())
