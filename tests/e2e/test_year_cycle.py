"""A year of 500 streets: granted, allocated, paid, logged, closed; every figure traced to its postings."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from forms.desk.budget.entering import NOT_OPEN
from schemas.accounts import BudgetLine, bank_account, funder_account, line_account, street_account
from schemas.attentie import Occasion
from schemas.exports import words
from schemas.ledger import Leg, LegKind
from schemas.reports import Report
from schemas.sepa.camt import Problem
from store import ledger
from tests.e2e import year_bank as bank
from tests.e2e.conftest import fresh_stack
from tests.e2e.running import Running
from tests.e2e.year_books import books_of, total
from tests.e2e.year_cycle import SELDOM, Cycle, at_the_desk
from tests.e2e.year_desk import HOME, Gangmaker, done, refused
from tests.e2e.year_shown import expected, page_of
from tests.e2e.year_town import CITY, POTJE, STREETS, YEAR, Town
from tests.e2e.year_traced import closed_year_page, exports, trace

pytestmark = [pytest.mark.timeout(900), pytest.mark.long]


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Running]:
    """A stack of our own: its mails and workflows are many."""
    yield from fresh_stack(28_200)


@pytest_asyncio.fixture(scope="module")
async def cycle(own_stack: Running, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cycle]:
    """The whole year, played once; it is closed now."""
    town = Town(own_stack, tmp_path_factory.mktemp("year"))
    async with at_the_desk(town) as cycle:
        await cycle.play()
        print(cycle.seconds, {moment: each.figures for moment, each in cycle.traced.items()})  # noqa: T201
        yield cycle
    await town.db.close()


async def test_every_figure_was_traced_at_every_moment(cycle: Cycle) -> None:
    """The tracing itself is in the cycle; here, that there was something to trace."""
    assert len(cycle.traced) == 5
    for moment, traced in cycle.traced.items():
        assert traced.figures > 90, moment
        assert traced.transfers > STREETS - 200, moment
    reserved = cycle.traced["proposed"].books.budget()["potjes"]["reserved"]
    assert (reserved.value, len(reserved.of)) == (400 * POTJE, 408)
    assert cycle.traced["closed"].books.budget()["potjes"]["reserved"].value == 0


async def test_what_the_year_came_to(cycle: Cycle) -> None:
    """The sums that were typed, spelled out once more."""
    budget = cycle.traced["closed"].books.budget()
    potjes, campaign, hours = budget["potjes"], budget["campaign"], budget["hours"]
    assert potjes["granted"].value == 45_000_00 + 15_000_00 + 4_500_00 + 12_000_00
    assert potjes["moved"].value == 250_25
    assert potjes["spent"].value == (STREETS - 2) * POTJE + bank.BY_HAND - bank.GIVEN_BACK
    assert campaign["granted"].value == 8_000_00 - 1_000_00 + bank.GIFT
    assert campaign["spent"].value == 0
    assert hours["spent"].value == 12_000_00 + bank.FEE
    for cells in budget.values():
        assert cells["left"].value == 0
        assert cells["returned"].value > 0


async def test_a_closed_year_balances(cycle: Cycle) -> None:
    """Suspense, bank, streets and lines are empty; what came in, went out."""
    books = cycle.traced["closed"].books
    empty = ("suspense", "bank", "street", "budget")
    left = {code: books.balance(code).value for code in books.accounts if code.startswith(empty)}
    assert len(left) == STREETS + 2 + len(BudgetLine)
    assert set(left.values()) == {0}
    assert books.waiting == []


async def test_few_of_a_kind_are_not_told(cycle: Cycle) -> None:
    """Three diplomas, and whatever would betray them."""
    books = cycle.traced["closed"].books
    counts = {name: cells["count"].value for name, cells in books.by_occasion().items()}
    assert {occasion: counts[occasion] for occasion in SELDOM} == SELDOM
    shown = (await page_of(cycle.ties, YEAR)).table(Report.OCCASIONS)
    secret = {name for name, cells in shown.items() if cells["Aantal"] is None}
    assert secret == {words.OCCASIONS[Occasion.DIPLOMA], words.OCCASIONS[Occasion.MOURNING]}
    assert all(shown[name]["Attenties"] is None for name in secret)
    assert shown == expected(Report.OCCASIONS, books.by_occasion())


async def test_the_closed_year_says_how_it_ended(cycle: Cycle) -> None:
    await closed_year_page(cycle.ties, cycle.traced["closed"].books, YEAR, keep=True)


async def test_the_next_year_begins_with_what_the_streets_kept(cycle: Cycle) -> None:
    traced = await trace(cycle.town, cycle.ties, YEAR + 1)
    kept = sum(cells["turned"].value for cells in traced.books.by_wijk().values())
    closed = cycle.traced["closed"].books
    out = [move for move in closed.posted if (move.debit.kind, move.credit.kind) == ("street", "carry")]
    assert kept == sum(move.row["cents"] for move in out) > 0
    assert len(out) > STREETS - 50


@pytest.mark.parametrize("year", [YEAR, YEAR + 1])
async def test_the_exports_hold_every_transfer(cycle: Cycle, year: int) -> None:
    books = (await trace(cycle.town, cycle.ties, year)).books
    await exports(cycle.town, cycle.ties, books, year)


async def test_the_books_are_sound(cycle: Cycle) -> None:
    """Balances, chain, files and reasons; and the head is what the pages and the desk say."""
    verified = await cycle.town.straat("ledger", "verify", "--municipality", CITY)
    assert (verified.returncode, verified.stderr) == (0, b"")
    lines = verified.stdout.decode().splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{CITY} {YEAR}", f"{CITY} {YEAR + 1}"]
    assert all(": sound, " in line for line in lines)
    head = await cycle.town.straat("ledger", "head", "--municipality", CITY, "--year", str(YEAR))
    assert head.stdout.decode().split()[2:] == ["closed", *(await page_of(cycle.ties, YEAR)).chain]


async def test_a_closed_year_takes_nothing(cycle: Cycle) -> None:
    """Whoever asks, and however: the chain stays as it is."""
    before = await page_of(cycle.ties, YEAR)
    refused(await cycle.ties.enter("grant", "1", "Te laat", funder="gemeente", line="potjes"), NOT_OPEN)
    async with Gangmaker(cycle.town, cycle.all[0]) as gangmaker:
        await gangmaker.comes_in("potje_paid")
        late = await gangmaker.notes("welcome", "1", f"1-1-{YEAR}")
        refused(late, f"Het jaar {YEAR} is afgesloten.")
    await cycle.ties.is_refused(bank.some_money(), Problem.YEAR_CLOSED)
    path = cycle.town.folder / f"{CITY}.toml"
    path.write_text(path.read_text().replace("euros = 45000", "euros = 45001"))
    applied = await cycle.town.straat("municipality", "apply", str(path))
    assert (applied.returncode, applied.stdout) == (1, b"")
    assert (await page_of(cycle.ties, YEAR)).chain == before.chain


GIVER, LINE = funder_account(CITY, "gemeente", YEAR), line_account(CITY, BudgetLine.POTJES, YEAR)
WAYS = [(GIVER, LINE), (LINE, GIVER), (bank_account(CITY, YEAR), LINE), (LINE, bank_account(CITY, YEAR))]


@pytest.mark.parametrize("kind", [LegKind.SINGLE, LegKind.RESERVE])
async def test_the_ledger_itself_refuses_a_closed_year(cycle: Cycle, kind: LegKind) -> None:
    """As the application's own role, without any page."""
    street = street_account(CITY, cycle.all[9].slug, YEAR)
    for debit, credit in (*WAYS, (bank_account(CITY, YEAR), street), (street, LINE)):
        leg = Leg(id=uuid4(), kind=kind, debit=debit, credit=credit, cents=1, reason="late")
        with pytest.raises(ledger.YearNotOpen):
            async with cycle.town.db.transaction() as conn:
                day = date(YEAR, 12, 31)
                await ledger.transfer(conn, [leg], actor="engine", group_id=leg.id, booked_on=day)


@pytest.mark.parametrize(
    "change", ["update ledger.transfer set cents = cents", "delete from ledger.transfer"]
)
async def test_nobody_changes_what_was_booked(cycle: Cycle, change: str) -> None:
    """Not even the superuser, by an ordinary statement."""
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await cycle.town.rows(change)


async def test_the_year_after_it_ends_by_another_policy(cycle: Cycle) -> None:
    """Lines carry over, and what streets have left goes to the potjes of the year that follows."""
    ties, after = cycle.ties, YEAR + 1
    await cycle.town.decree(("bank", 150), closing=("return", "carry"))
    kept = sum(
        cells["left_in_street"].value for cells in (await books_of(cycle.town, after)).by_wijk().values()
    )
    grant = {"funder": "havenfonds", "line": "potjes"}
    await ties.books("grant", "1.000,01", "Nieuw jaar", year=after, **grant)
    await ties.books("grant", "2.000", "Nieuw jaar", year=after, funder="gemeente", line="hours")
    await trace(cycle.town, ties, after)
    for step in ("begin", "close"):
        done(await ties.turn_year(step, after), f"{HOME}/jaar/{after}")
    closed = (await trace(cycle.town, ties, after)).books
    await closed_year_page(ties, closed, after, keep=False)
    assert total(closed.budget().values())["carried_out"].value == 3_000_01
    begun = (await trace(cycle.town, ties, after + 1)).books.budget()
    assert begun["potjes"]["carried_in"].value == 1_000_01 + kept
    assert begun["hours"]["carried_in"].value == 2_000_00
