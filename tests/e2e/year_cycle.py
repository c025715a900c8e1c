"""The year of a municipality with 500 streets, stage by stage, through the desk and the command line."""

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

from forms.desk.budget.entering import NOT_OPEN
from forms.desk.budget.years import HINDERED
from forms.desk.payouts.approving import NO_LONGER
from schemas.accounts import street_account
from schemas.attentie import Occasion
from schemas.door import AttentieForm
from schemas.door import Gangmaker as Who
from schemas.refs import VaultRef
from schemas.refusals import SENTENCES, Refusal
from schemas.sepa.camt import Problem
from store import trust
from tests.e2e import year_bank as bank
from tests.e2e.running import until
from tests.e2e.year_books import books_of
from tests.e2e.year_desk import HOME, Desk, Gangmaker, done, mailed_code, plain, refused
from tests.e2e.year_town import (
    BY_VOUCHER,
    CITY,
    STREETS,
    WITHOUT_ACCOUNT,
    YEAR,
    Street,
    Town,
    iban_of,
    streets,
)
from tests.e2e.year_traced import Traced, outcome_of, trace
from tests.today import today
from tests.unit.sepa_files import check
from workers.demo.bank import read_order

FIRST, MORE = 300, 100
"""How many potjes the file's grant pays, and the first one that is entered on the desk."""

LOGGED = 200
"""Streets that write attenties down."""

OFTEN = (Occasion.WELCOME, Occasion.ILLNESS, Occasion.BIRTH, Occasion.COMPANY, Occasion.CELEBRATION)
SELDOM = {Occasion.DIPLOMA: 3, Occasion.MOURNING: 6, Occasion.OTHER: 9}
SEED = 20_26


@dataclass
class Cycle:
    """The town, who sits at its desk, and what was traced at each stage."""

    town: Town
    noor: Desk
    ties: Desk
    tess: Desk
    all: list[Street] = field(default_factory=streets)
    people: dict[str, VaultRef] = field(default_factory=dict)
    traced: dict[str, Traced] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    back: list[UUID] = field(default_factory=list)
    """Payments that came back when there was nothing left to pay them with."""

    @property
    def by_voucher(self) -> list[Street]:
        """The streets that get a part of their potje in vouchers."""
        return self.all[:BY_VOUCHER]

    async def play(self) -> None:
        """All of the year, up to its closing."""
        stages = (
            self.allocate,
            self.wait_in_order,
            self.approve,
            self.give_accounts,
            self.spend,
            self.pay_the_first,
            self.hand_over,
            self.pay_the_rest,
            self.pay_what_failed,
            self.place,
            self.log_attenties,
            self.close,
        )
        for stage in stages:
            began = time.monotonic()
            await stage()
            self.seconds[stage.__name__] = round(time.monotonic() - began, 1)

    async def trace(self, moment: str, year: int = YEAR) -> None:
        """Every figure, as the books stand now."""
        self.traced[moment] = await trace(self.town, self.ties, year)

    # Grant and allocate

    async def allocate(self) -> None:
        """Two policies, one after the other: a few streets began under the one with vouchers."""
        town = self.town
        self.people = await town.settle(self.all)
        await town.give_accounts(self.all[WITHOUT_ACCOUNT:], self.people)
        await town.begin_year(self.by_voucher, self.people)
        await town.decree(("bank", 150))
        await town.begin_year(self.all[BY_VOUCHER:], self.people)
        await town.comes_to(to_approve=FIRST, waiting_for_budget=STREETS - FIRST)

    async def waiting(self) -> list[str]:
        """The streets in line, the first one first."""
        rows = await self.town.rows(
            "select street from registry.potje where municipality = $1 and status = 'waiting_for_budget'"
            " order by waiting_since, workflow_id",
            CITY,
        )
        return [row["street"] for row in rows]

    async def wait_in_order(self) -> None:
        """The tail of the streets waits, and moves by itself, the first in line first."""
        line = await self.waiting()
        assert await self.ties.queue() == line[:50]
        await self.ties.books("grant", "15.000", "Toezegging maart", funder="havenfonds", line="potjes")
        await self.town.comes_to(to_approve=FIRST + MORE, waiting_for_budget=STREETS - FIRST - MORE)
        assert await self.waiting() == line[MORE:]
        await self.ties.books("grant", "8.000", "Campagne", funder="havenfonds", line="campaign")
        await self.ties.books("grant", "20.000,10", "Uren", funder="gemeente", line="hours")
        await self.tess.books("grant", "€ 5 000", "Uren", funder="oranjefonds", line="hours")
        await self.trace("proposed")

    # Approve

    async def approve(self) -> None:
        """Never by who proposed them: one refused, one by one, by ticks, by wijk, and all."""
        town, standing = self.town, FIRST + MORE
        refused(await self.noor.approve_all(), NO_LONGER)
        proposed = await self.proposed()
        line = await self.waiting()
        await self.ties.potje(town, proposed[-1], "reject", sure="yes")
        await town.comes_to(to_approve=standing, waiting_for_budget=len(line) - 1, rejected=1)
        assert await self.waiting() == line[1:]
        await self.tess.potje(town, proposed[0], "approve")
        told = [
            await self.ties.approve_page(),
            await self.tess.approve_all("Haven"),
            await self.ties.approve_all(),
        ]
        numbers = [int(done(each, f"{HOME}/goedkeuren").url.params["goedgekeurd"]) for each in told]
        assert numbers[0] == 50
        assert sum(numbers) == standing - 1
        await town.comes_to(approved=standing, waiting_for_budget=len(line) - 1, rejected=1)

    async def proposed(self) -> list[str]:
        """Streets that are paid by bank and wait for approval."""
        rows = await self.town.rows(
            "select street from registry.potje where municipality = $1 and status = 'to_approve'"
            " and open_parts = '{bank}' order by street",
            CITY,
        )
        return [row["street"] for row in rows]

    async def give_accounts(self) -> None:
        """Some gangmakers give their account themselves, behind their door."""
        some = self.all[:WITHOUT_ACCOUNT]
        for number, street in enumerate(some, start=STREETS):
            async with Gangmaker(self.town, street) as gangmaker:
                await gangmaker.comes_in()
                await gangmaker.gives_account(f"Bewoner {street.name}", iban_of(number))
        sql = "select count(*) as n from money.payee where municipality = $1 and state = 'in_force'"

        async def all_in_force() -> bool:
            return bool((await self.town.rows(sql, CITY))[0]["n"] == STREETS)

        await until(all_in_force, "the accounts are in force")

    async def spend(self) -> None:
        """The other lines of the budget: spent, corrected, moved, given back."""
        await self.ties.books("expense", "4.321,09", "Pakketten besteld", line="starter")
        await self.ties.books("expense", "12.000", "Uren voorjaar", line="hours")
        await self.tess.books("expense", "100", "Posters", line="campaign")
        await self.tess.corrects("Posters")
        await self.ties.books("move", "250,25", "Meer straten dan gedacht", line="starter", to="potjes")
        # Enough for one more.
        await self._settles(approved=FIRST + MORE)
        await self.ties.books("less", "1.000", "Niet nodig", line="campaign", funder="havenfonds", sure="yes")
        refused(
            await self.ties.enter("expense", "99.999", "Te veel", line="hours"), "Dat is meer dan er vrij is."
        )

    # Pay

    async def batch(self) -> bytes:
        """A batch of all that is ready: frozen by the one, released by the other; its file."""
        batch = await self.ties.freeze()
        release = f"{HOME}/betalen/{batch}/release"
        refused(await self.ties.post(release, form=str(uuid4())), SENTENCES[Refusal.OWN_BATCH])
        done(await self.tess.in_batch(batch, "release"), f"{HOME}/betalen/{batch}")
        file = await self.ties.download(batch)
        check(file)
        await self._adds_up(batch, file)
        return file

    async def _adds_up(self, batch: str, file: bytes) -> None:
        """The file, its control sum, its payments and their reservations are the same money."""
        paid = read_order(file).payments
        assert len({each.iban for each in paid}) == len(paid)
        reserved = await self.town.rows(
            "select r.id, r.cents, p.id as payment from money.payment p join ledger.transfer r"
            " on r.id = p.reserve_id and r.kind = 'reserve' where p.batch = $1",
            UUID(batch),
        )
        assert {each.end_to_end_id: each.cents for each in paid} == {
            row["payment"].hex: row["cents"] for row in reserved
        }
        total = sum(each.cents for each in paid)
        assert file.count(f"<CtrlSum>{total / 100:.2f}</CtrlSum>".encode()) == 2

    async def pay_the_first(self) -> None:
        """Two statements for one batch, with 1% rejects; what is no statement of ours books nothing."""
        file = await self.batch()
        fate = bank.fate_of(file, rejects=4, later=100, returns=4)
        assert len(fate.order.payments) == FIRST + MORE
        one = bank.paid(fate.order, fate.booked, "1", rejected=fate.rejected, more=bank.STRANGERS)
        check(one)
        assert await self.ties.imports(one) == {"booked": 296, "rejected": 4, "returned": 0, "suspense": 3}
        for wrong, why in (
            (one, Problem.ALREADY_BOOKED),
            (bank.some_money("NL91ABNA0417164300"), Problem.OTHER_ACCOUNT),
            (b"%PDF-1.7", Problem.NOT_XML),
        ):
            await self.tess.is_refused(wrong, why)
        # The potjes of the statement that is yet to come, those that failed, and those with a voucher.
        standing = 100 + 4 + BY_VOUCHER
        await self._settles(paid=FIRST + MORE - standing, approved=standing)
        refused(await self.ties.turn_year("begin"), HINDERED)
        await self.trace("half of the first batch booked")
        two = bank.paid(fate.order, fate.later, "2", more=[bank.GIVER])
        assert await self.tess.imports(two) == {"booked": 100, "rejected": 0, "returned": 0, "suspense": 1}
        await self._settles(paid=FIRST + MORE - 4 - BY_VOUCHER, approved=4 + BY_VOUCHER)
        three = bank.sent_back(fate.order, fate.returned, "3")
        assert await self.tess.imports(three) == {"booked": 0, "rejected": 0, "returned": 4, "suspense": 0}
        await self._settles(paid=FIRST + MORE - 8 - BY_VOUCHER, approved=8 + BY_VOUCHER)

    async def _settles(self, **expected: int) -> None:
        """While the others wait."""
        wait = STREETS - FIRST - MORE - 2
        await self.town.comes_to(**expected, to_approve=1, waiting_for_budget=wait, rejected=1)

    async def hand_over(self) -> None:
        """Vouchers are handed over, once by mistake, and confirmed with the code from the mail."""
        mistaken = self.by_voucher[0]
        await self.noor.potje(self.town, mistaken.slug, "hand-over")
        await self.noor.potje(self.town, mistaken.slug, "undo-hand-over")
        for street in self.by_voucher:
            await self.noor.potje(self.town, street.slug, "hand-over")
        await self.trace("handed over")
        for street in self.by_voucher:
            code = await mailed_code(self.town.stack, street, "potje_handed", 1 + (street is mistaken))
            await self.noor.potje(self.town, street.slug, "confirm", **{f"code-{YEAR}": code})
        await self._settles(paid=FIRST + MORE - 8, approved=8)

    async def pay_the_rest(self) -> None:
        """Two more grants move who still waits, in order; what failed goes along in their batch."""
        line = await self.waiting()
        paid, rest = FIRST + MORE - 8, len(line) + 1
        await self.tess.books("grant", "4.500", "Extra straten", funder="oranjefonds", line="potjes")
        await self.town.comes_to(
            paid=paid, approved=8, to_approve=1 + 30, waiting_for_budget=len(line) - 30, rejected=1
        )
        assert await self.waiting() == line[30:]
        await self.tess.books("grant", "12.000", "De rest", funder="gemeente", line="potjes")
        await self.town.comes_to(paid=paid, approved=8, to_approve=rest, rejected=1)
        done(await self.tess.approve_all(), f"{HOME}/goedkeuren")
        await self.town.comes_to(paid=paid, approved=8 + rest, rejected=1)
        file = await self.batch()
        fate = bank.fate_of(file, rejects=1, returns=1)
        assert len(fate.order.payments) == 8 + rest
        only = bank.paid(fate.order, fate.booked, "1", rejected=fate.rejected, returned=fate.returned)
        assert await self.ties.imports(only) == {
            "booked": 6 + rest,
            "rejected": 1,
            "returned": 1,
            "suspense": 0,
        }
        await self.town.comes_to(paid=paid + 6 + rest, approved=2, rejected=1)
        self.back = [UUID(each.end_to_end_id) for each in fate.returned]

    async def pay_what_failed(self) -> None:
        """One street stops: its potje is withdrawn. The other is paid, in a batch that was made twice."""
        sql = "select street from money.payment where id = any($1)"
        (stops,) = await self.town.rows(sql, self.back)
        await self.noor.potje(self.town, stops["street"], "withdraw", sure="yes")
        await self.town.comes_to(paid=STREETS - 3, approved=1, rejected=1, withdrawn=1)
        mistake = await self.ties.freeze()
        done(await self.ties.in_batch(mistake, "cancel", sure="yes"), f"{HOME}/betalen/{mistake}")
        order = read_order(await self.batch())
        last = bank.paid(order, order.payments, "1")
        assert await self.ties.imports(last) == {"booked": 1, "rejected": 0, "returned": 0, "suspense": 0}
        await self.town.comes_to(paid=STREETS - 2, rejected=1, withdrawn=1)

    async def place(self) -> None:
        """What fitted no payment gets its place: a gift, a fee, what a street got or gave by hand."""
        refused(await self.ties.turn_year("begin"), HINDERED)
        places = {
            "€ 1.234,56": {"place": "grant", "funder": "oranjefonds", "line": "campaign"},
            "€ 12,34": {"place": "cost", "cost-line": "hours"},
            "€ 40": {"place": "street", "street-paid": self.all[41].slug},
            "€ 25": {"place": "late-return", "street-back": self.all[40].slug},
        }
        placed = set()
        for line in await self.ties.unplaced():
            text = plain(await self.ties.get(f"{HOME}/afschriften/regels/{line}"))
            (amount,) = [amount for amount in places if f": {amount} " in text]
            await self.ties.place(line, reason="Nagekeken met de bank", **places[amount])
            placed.add(amount)
        assert placed == places.keys()
        assert await self.ties.unplaced() == []

    # The attenties

    async def log_attenties(self) -> None:
        """A handful behind the door; the others by the function behind that page."""
        for number, street in enumerate(self.all[:WITHOUT_ACCOUNT]):
            async with Gangmaker(self.town, street) as gangmaker:
                await gangmaker.comes_in("potje_paid")
                done(await gangmaker.notes("welcome", "12,50"), gangmaker.door)
                done(await gangmaker.notes("illness", f"8,0{number}", "1 januari"), gangmaker.door)
                await gangmaker.takes_back()
                assert await gangmaker.balance() == await self.held(street)
        chance = random.Random(SEED)  # noqa: S311
        seldom = list(Counter(SELDOM).elements())
        some = self.all[WITHOUT_ACCOUNT : WITHOUT_ACCOUNT + LOGGED]
        for number, street in enumerate(some):
            occasion = seldom[number] if number < len(seldom) else OFTEN[number % len(OFTEN)]
            for _ in range(4 if number % 25 == 24 else 1):
                cents = 50_00 if number % 25 == 24 else chance.randrange(3_00, 60_00)
                await self._log(street, occasion, cents, _some_day(chance))

    async def held(self, street: Street) -> int:
        """What the books say that a street holds, in cents."""
        books = await books_of(self.town, YEAR)
        return books.balance(street_account(CITY, street.slug, YEAR)).value

    async def _log(self, street: Street, occasion: Occasion, cents: int, day: date) -> None:
        who = Who(municipality=CITY, street=street.slug, person=self.people[street.slug], title=street.name)
        typed = {"day": day.isoformat(), "occasion": occasion, "amount": f"{cents // 100},{cents % 100:02}"}
        given = AttentieForm.model_validate(typed, context={"today": (now := today())})
        async with self.town.db.transaction() as conn:
            await trust.log(conn, who, uuid4(), given, now)

    # Close

    async def close(self) -> None:
        """Two steps; in between, nothing new."""
        await self.trace("settled")
        done(await self.ties.turn_year("begin"), f"{HOME}/jaar/{YEAR}")
        grant = await self.ties.enter("grant", "1", "Te laat", funder="gemeente", line="potjes")
        refused(grant, NOT_OPEN)
        announced = await outcome_of(self.tess, YEAR)
        done(await self.tess.turn_year("close"), f"{HOME}/jaar/{YEAR}")
        assert announced == await outcome_of(self.tess, YEAR)
        await self.trace("closed")


def _some_day(chance: random.Random) -> date:
    """A day of this year that is past."""
    first = date(YEAR, 1, 1)
    return first + timedelta(days=chance.randrange((today() - first).days + 1))


@asynccontextmanager
async def at_the_desk(town: Town) -> AsyncIterator[Cycle]:
    """A coordinator and two treasurers, signed in at a municipality that takes part since a moment."""
    await town.decree(("bank", 100), ("voucher", 50))
    stack = town.stack
    async with (
        Desk(stack, "coordinator-1") as noor,
        Desk(stack, "treasurer-1") as ties,
        Desk(stack, "treasurer-2") as tess,
    ):
        yield Cycle(town, noor, ties, tess)
