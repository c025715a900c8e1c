"""Lines of the bank that fit no payment: who sees what, every place, and what cannot be."""

from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from schemas.accounts import bank_account, suspense_account
from store import ledger
from store.database import Database
from tests.today import this_year, today
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of
from workers.demo import bank

ROOM = "/den-haag/afschriften"
LINES = [
    bank.Line(5_000, name="Stichting Buurtfonds", text="Voor de straten"),
    bank.Line(-250, text="Kosten zakelijk betalingsverkeer"),
]


class Suspended:
    """The two lines as the desk knows them."""

    def __init__(self, came_in: UUID, went_out: UUID) -> None:
        self.came_in = f"{ROOM}/regels/{came_in}"
        self.went_out = f"{ROOM}/regels/{went_out}"


@pytest_asyncio.fixture
async def lines(seat: Seat, rows: Database) -> Suspended:
    """A gift and a fee, from a statement that was uploaded."""
    statement = bank.statement("NL47RABO0300000518", today(), LINES, number="s1")
    browser = await seat("treasurer-2")
    answer = await browser.post(ROOM, files={"bestand": ("a.xml", statement)})
    assert answer.status_code == 303
    async with rows.connection() as conn:
        found = await conn.fetch("select transfer from money.suspense order by cents desc")
    return Suspended(*(row["transfer"] for row in found))


def form(**values: str) -> dict[str, str]:
    return {"form": str(uuid4()), "reason": "Nagevraagd bij de bank", **values}


GRANT = {"place": "grant", "funder": "gemeente", "line": "campaign"}
COST = {"place": "cost", "cost-line": "potjes"}
BACK = {"place": "late-return", "street-back": "lindelaan"}
PAID = {"place": "street", "street-paid": "lindelaan"}


async def balances(db: Database) -> list[int]:
    """Net of suspense and of the bank, in cents."""
    async with db.connection() as conn:
        codes = [suspense_account("den-haag", this_year()), bank_account("den-haag", this_year())]
        found = [await ledger.balance(conn, code) for code in codes]
    return [each.credits_posted - each.debits_posted for each in found]


async def test_a_treasurer_sees_what_the_bank_said_and_the_look_is_logged(
    seat: Seat, rows: Database, lines: Suspended
) -> None:
    page = text_of(await (await seat("treasurer-1")).get(lines.came_in)).replace("\u00a0", " ")
    assert "Er kwam geld bij: € 50" in page
    assert "Stichting Buurtfonds" in page
    async with rows.connection() as conn:
        looks = await conn.fetch("select staff, purpose from vault.look")
    assert [tuple(look) for look in looks] == [("den-haag:treasurer-1", "suspense")]


async def test_a_coordinator_sees_the_amount_only(seat: Seat, rows: Database, lines: Suspended) -> None:
    browser = await seat()
    page = await browser.get(lines.came_in)
    assert page.status_code == 200
    assert "Stichting Buurtfonds" not in page.text
    assert "Een penningmeester geeft deze regel een plek." in page.text
    assert (await browser.post(lines.came_in, data=form(**GRANT))).status_code == 403
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.look") == 0


@pytest.mark.parametrize(
    ("which", "place"), [("came_in", GRANT), ("came_in", BACK), ("went_out", COST), ("went_out", PAID)]
)
async def test_every_place_empties_suspense_and_bank(
    seat: Seat, rows: Database, lines: Suspended, which: str, place: dict[str, str]
) -> None:
    browser, address = await seat("treasurer-1"), getattr(lines, which)
    before = await balances(rows)
    sent = form(**place)
    answer = await browser.post(address, data=sent)
    assert answer.headers["location"] == f"{address}?gedaan=place"
    cents = 5_000 if which == "came_in" else -250
    assert await balances(rows) == [before[0] + cents, before[1] - cents]
    page = text_of(await browser.get(answer.headers["location"]))
    assert "De bankregel heeft een plek." in page
    assert "Nagevraagd bij de bank" in page
    assert "Ties" in page
    assert "Eén bankregel wacht op een plek" in text_of(await browser.get(ROOM))
    async with rows.connection() as conn:
        assert isinstance(await ledger.verify(conn, "den-haag", this_year()), ledger.Verified)

    twice = await browser.post(address, data=sent)
    assert twice.status_code == 303
    assert await balances(rows) == [before[0] + cents, before[1] - cents]


MISTAKES = [
    ("came_in", {}, "place", "Kies waar dit geld bij hoort."),
    ("came_in", {"place": "gift"}, "place", "Kies waar dit geld bij hoort."),
    ("came_in", COST, "place", "Kies waar dit geld bij hoort."),
    ("went_out", GRANT, "place", "Kies waar dit geld bij hoort."),
    ("came_in", {**GRANT, "funder": "niemand"}, "funder", "Kies van wie het geld komt."),
    ("came_in", {**GRANT, "line": ""}, "line", "Kies een post van het budget."),
    ("came_in", {**BACK, "street-back": "rozenlaan"}, "street-back", "Kies een straat."),
    ("went_out", {**PAID, "street-paid": ""}, "street-paid", "Kies een straat."),
    ("went_out", {**COST, "cost-line": "x"}, "cost-line", "Kies een post van het budget."),
    ("went_out", {**COST, "reason": " "}, "reason", "Schrijf in een paar woorden waarom"),
    ("went_out", {**COST, "reason": "x" * 301}, "reason", "Schrijf in een paar woorden waarom"),
    ("went_out", {**COST, "cost-line": "hours"}, "place", "In deze post van het budget is niet genoeg vrij."),
]


@pytest.mark.parametrize(("which", "values", "field", "sentence"), MISTAKES)
async def test_what_cannot_be_is_told_beside_its_field(
    seat: Seat,
    rows: Database,
    lines: Suspended,
    which: str,
    values: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    before = await balances(rows)
    answer = await (await seat("treasurer-1")).post(getattr(lines, which), data=form(**values))
    assert answer.status_code == 422
    assert "<title>Fout:" in answer.text
    assert answer.text.count(sentence) == 2
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert await balances(rows) == before


async def test_when_a_colleague_was_first_it_is_told(seat: Seat, lines: Suspended) -> None:
    await (await seat("treasurer-2")).post(lines.went_out, data=form(**COST))
    late = await (await seat("treasurer-1")).post(lines.went_out, data=form(**COST))
    assert late.status_code == 422
    assert "Een collega gaf deze regel al een plek." in late.text


async def test_a_form_that_was_used_for_another_line_is_told(seat: Seat, lines: Suspended) -> None:
    browser, sent = await seat("treasurer-1"), form(**COST)
    assert (await browser.post(lines.went_out, data=sent)).status_code == 303
    answer = await browser.post(lines.came_in, data={**sent, **GRANT})
    assert answer.status_code == 422
    assert "Dit formulier is al eens gebruikt." in answer.text


async def test_what_is_not_there(seat: Seat, lines: Suspended) -> None:
    browser = await seat("treasurer-1", "rotterdam")
    for address in (lines.came_in, lines.came_in.replace("den-haag", "rotterdam")):
        answers: list[httpx.Response] = [
            await browser.get(address),
            await browser.post(address, data=form(**GRANT)),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
    own = await seat("treasurer-1")
    assert (await own.get(f"{ROOM}/regels/x")).status_code == 404
    assert (await own.post(lines.came_in, data=GRANT)).status_code == 400


async def test_both_languages(seat: Seat, lines: Suspended) -> None:
    browser = await seat("treasurer-1")
    for address in (lines.came_in, lines.went_out):
        page = text_of(await browser.get(f"{address}?taal=en"))
        assert "Where does this belong?" in page
        assert "Waar" not in page
