"""The rooms for budget and year: what they show, what they book, and what they say no to."""

import html
import re
from itertools import chain
from uuid import uuid4

import httpx
import pytest

from forms.desk.budget import answers, entering, words, years
from forms.site.i18n import translations
from schemas.accounts import BudgetLine
from schemas.ledger import Verified, YearState
from schemas.refs import Language
from store import budgets, ledger
from store.database import Database
from tests.today import this_year, today
from tests.web.desk.conftest import Seat

M = "den-haag"
REASON = "Besluit van het college"
DUTCH = re.compile(r"\b(de|het|een|nog|naar|wacht|straten|boekingen)\b")


def here() -> str:
    """The budget of this year."""
    return f"/{M}/budget/{this_year()}"


def closing() -> str:
    """Where this year is closed."""
    return f"/{M}/jaar/{this_year()}"


def text_of(page: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def form(**values: str) -> dict[str, str]:
    return {"form": str(uuid4()), "cents": "100", "reason": REASON, **values}


GRANT = {"funder": "gemeente", "line": "campaign"}


async def line(db: Database, name: BudgetLine = BudgetLine.CAMPAIGN) -> budgets.LineFigures:
    year = this_year()
    async with db.connection() as conn:
        found = (await budgets.lines(conn, M, year))[name]
        assert isinstance(await ledger.verify(conn, M, year), Verified)
    return found


async def booked(db: Database) -> int:
    """How much was entered."""
    async with db.connection() as conn:
        return int(await conn.fetchval("select count(*) from money.entry"))


async def test_every_page_speaks_dutch_and_english(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    sent = form(**GRANT)
    await browser.post(f"{here()}/grant", data=sent)
    pages = [here(), f"/{M}/budget/{this_year() + 1}", closing(), f"{here()}/boekingen/{sent['form']}"]
    pages += [f"{here()}/{kind}" for kind in ("grant", "less", "move", "expense")]
    for page in pages:
        for language in ("nl", "en"):
            answer = await browser.get(f"{page}?taal={language}")
            assert answer.status_code == 200, page
            assert "<script" not in answer.text
            assert " style=" not in answer.text
            shown = text_of(answer).replace(REASON, "").replace("De gemeente", "")
            assert bool(DUTCH.search(shown)) == (language == "nl"), (page, shown)


async def test_the_front_doors_lead_to_this_year(seat: Seat) -> None:
    browser = await seat("treasurer-1")
    assert (await browser.get(f"/{M}/budget")).headers["location"] == here()
    assert (await browser.get(f"/{M}/jaar")).headers["location"] == closing()


async def test_the_budget_shows_the_ledger_and_what_is_expected(seat: Seat) -> None:
    page = text_of(await (await seat()).get(here()))
    for piece in ("€ 30.000", "De gemeente", "Volgens het beleid van uw gemeente", "Potjes", "Campagne"):
        assert piece in page
    assert "Eén potje wacht op geld: € 100" in page
    assert "Nog verwacht" in page
    assert "Geld erbij" not in page, "a coordinator only looks"


async def test_short_of_money_it_says_how_many_potjes_it_still_pays(seat: Seat) -> None:
    browser = await seat("treasurer-1")
    sent = form(funder="gemeente", line="potjes", cents="29.350", sure="yes")
    assert (await browser.post(f"{here()}/less", data=sent)).status_code == 303
    page = text_of(await browser.get(here()))
    assert "te kort voor de potjes van dit jaar" in page
    assert "kan nog één potje worden betaald" in page
    assert "Naar verwachting is het op rond" in page


async def test_a_grant_is_booked_once_and_wakes_potjes(seat: Seat, rows: Database) -> None:
    browser, sent = await seat("treasurer-1"), form(funder="gemeente", line="potjes", cents="€ 1.250,50")
    for _ in range(2):
        answer = await browser.post(f"{here()}/grant", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{here()}?gedaan=grant")
    assert (await line(rows, BudgetLine.POTJES)).granted == {"gemeente": 31_250_50}
    page = text_of(await browser.get(f"{here()}?gedaan=grant"))
    assert "Potjes die op geld wachten, gaan nu vanzelf verder." in page
    assert REASON in page
    assert "Ties" in page
    async with rows.connection() as conn:
        waiting = await conn.fetchval("select count(*) from post.submission where relayed_at is null")
    assert waiting == 1


async def test_the_other_forms_book_too(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    await browser.post(f"{here()}/grant", data=form(funder="gemeente", line="campaign", cents="500 euro"))
    await browser.post(f"{here()}/expense", data=form(line="campaign", cents="120,-"))
    await browser.post(f"{here()}/move", data=form(line="campaign", to="hours", cents="80"))
    asked = await browser.post(
        f"{here()}/less", data=form(line="campaign", funder="gemeente", cents="50", taal="x")
    )
    assert asked.status_code == 200
    assert "Geld terug naar de geldgever?" in asked.text
    assert (await line(rows)).available == 300_00, "asked first, nothing booked"
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text))
    assert again["sure"] == "yes"
    assert (await browser.post(f"{here()}/less", data=again)).status_code == 303
    found = await line(rows)
    assert (found.granted, found.spent, found.moved) == ({"gemeente": 450_00}, 120_00, -80_00)


async def test_a_correction_undoes_an_entry_and_says_so(seat: Seat, rows: Database) -> None:
    browser, sent = await seat("treasurer-1"), form(**GRANT)
    await browser.post(f"{here()}/grant", data=sent)
    entry = f"{here()}/boekingen/{sent['form']}"
    assert "Deze boeking corrigeren" in (await browser.get(entry)).text
    wrong = await browser.post(entry, data=form(reason=""))
    assert (wrong.status_code, "in een paar woorden waarom" in wrong.text) == (422, True)
    undo = form(reason="Dubbel geboekt")
    answers = [await browser.post(entry, data=undo) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    late = await browser.post(entry, data=form(reason="Nog eens"))
    assert (late.status_code, "al gecorrigeerd" in late.text) == (422, True)
    assert (await line(rows)).available == 0
    page = text_of(await browser.get(here()))
    assert "correctie" in page
    assert "gecorrigeerd" in page
    assert "Van Campagne terug naar De gemeente" in page
    assert await booked(rows) == 2


BAD = [
    ("cents", "", "Vul een bedrag in euro's in"),
    ("cents", "veel", "Vul een bedrag in euro's in"),
    ("cents", "-5", "Vul een bedrag in euro's in"),
    ("cents", "12,345,6", "Vul een bedrag in euro's in"),
    ("cents", "0", "Vul een bedrag in dat hoger is dan nul"),
    ("cents", "$ 100", "Vul het bedrag in euro's in"),
    ("cents", "100 USD", "Vul het bedrag in euro's in"),
    ("cents", "£5", "Vul het bedrag in euro's in"),
    ("cents", "100.000.001", "Dit bedrag is te hoog"),
    ("reason", "", "Schrijf in een paar woorden waarom"),
    ("reason", " x ", "Schrijf in een paar woorden waarom"),
    ("reason", "x" * 301, "Schrijf in een paar woorden waarom"),
    ("reason", "een\u202etwee", "Schrijf in een paar woorden waarom"),
    ("funder", "", "Kies een geldgever"),
    ("funder", "maffia", "Kies een geldgever"),
    ("funder", "gangmakers", "Kies een geldgever"),
    ("line", "", "Kies een post"),
    ("line", "taart", "Kies een post"),
]


@pytest.mark.parametrize(("field", "typed", "told"), BAD, ids=[f"{each[0]} {each[1][:12]!r}" for each in BAD])
async def test_what_is_wrong_is_told_at_its_field(
    seat: Seat, rows: Database, field: str, typed: str, told: str
) -> None:
    answer = await (await seat("treasurer-1")).post(f"{here()}/grant", data=form(**GRANT | {field: typed}))
    assert answer.status_code == 422
    assert "<title>Fout:" in answer.text
    page = html.unescape(answer.text)
    assert re.search(rf'id="{field}-fout">{re.escape(told)}', page)
    assert re.search(rf'<li><a href="#{field}">{re.escape(told)}', page)
    assert await booked(rows) == 0


async def test_more_than_there_is_is_refused_with_what_there_is(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    await browser.post(f"{here()}/grant", data=form(**GRANT))
    for kind, sent in (
        ("expense", form(line="campaign", cents="100,01")),
        ("move", form(line="campaign", to="hours", cents="200")),
        ("less", form(line="campaign", funder="gemeente", cents="200", sure="yes")),
    ):
        answer = await browser.post(f"{here()}/{kind}", data=sent)
        assert answer.status_code == 422
        assert 'id="cents-fout">Dat is meer dan er vrij is. Er is nog € 100,00 vrij.' in answer.text
        assert sent["cents"] in answer.text, "what was typed stays"
    english = await browser.post(f"{here()}/expense?taal=en", data=form(line="campaign", cents="200"))
    assert "€100.00" in english.text
    assert (await line(rows)).available == 100_00
    assert await booked(rows) == 1


async def test_no_funder_gets_back_more_than_it_gave(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    await browser.post(f"{here()}/grant", data=form(**GRANT))
    await browser.post(f"{here()}/move", data=form(line="potjes", to="campaign", cents="500"))
    sent = form(line="campaign", funder="gemeente", cents="200", sure="yes")
    answer = await browser.post(f"{here()}/less", data=sent)
    assert 'id="cents-fout">Deze geldgever gaf dit jaar € 100,00 voor deze post.' in answer.text
    assert (answer.status_code, await booked(rows)) == (422, 2)


async def test_a_move_goes_somewhere_else_and_potjes_are_no_expense(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    moved = await browser.post(f"{here()}/move", data=form(line="potjes", to="potjes"))
    assert 'id="to-fout">Kies een andere post' in moved.text
    spent = await browser.post(f"{here()}/expense", data=form(line="potjes"))
    assert 'id="line-fout">Kies een post' in spent.text
    assert await booked(rows) == 0


async def test_a_form_sent_again_with_other_words_is_a_new_form(seat: Seat, rows: Database) -> None:
    browser, sent = await seat("treasurer-1"), form(**GRANT)
    await browser.post(f"{here()}/grant", data=sent)
    answer = await browser.post(f"{here()}/grant", data={**sent, "cents": "200"})
    assert (answer.status_code, "Dit formulier was al verstuurd" in answer.text) == (422, True)
    assert sent["form"] not in answer.text
    assert (await line(rows)).available == 100_00


async def test_only_a_treasurer_enters_anything(seat: Seat, rows: Database) -> None:
    browser, sent = await seat("coordinator-1"), form(**GRANT)
    for address in (
        f"{here()}/grant",
        f"{here()}/boekingen/{uuid4()}",
        f"{closing()}/begin",
        f"{closing()}/close",
    ):
        assert (await browser.post(address, data={**sent, "sure": "yes"})).status_code == 403
    assert (await browser.get(f"{here()}/grant")).status_code == 403
    assert (await browser.get(closing())).status_code == 200
    assert await booked(rows) == 0


async def test_addresses_that_mean_nothing(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    for address in (
        f"/{M}/budget/{this_year() + 2}",
        f"/{M}/budget/1999",
        f"/{M}/budget/x",
        f"{here()}/taart",
        f"{here()}/correction",
        f"{here()}/placed",
        f"{here()}/boekingen/{uuid4()}",
        f"{here()}/boekingen/x",
        f"/{M}/jaar/{this_year() + 2}",
        f"/{M}/jaar/x",
        f"/rotterdam/budget/{this_year()}",
    ):
        assert (await browser.get(address)).status_code == 404, address
    for address in (f"{here()}/correction", f"{here()}/placed", f"/{M}/budget/{this_year() + 2}/grant"):
        assert (await browser.post(address, data=form(**GRANT))).status_code == 404, address
    assert (await browser.post(f"{here()}/grant", data=form(**GRANT) | {"form": "x"})).status_code == 400
    assert await booked(rows) == 0


async def test_an_entry_of_another_municipality_cannot_be_corrected(seat: Seat, rows: Database) -> None:
    sent = form(**GRANT)
    await (await seat("treasurer-1")).post(f"{here()}/grant", data=sent)
    stranger = await seat("treasurer-1", "rotterdam")
    entry = f"{here()}/boekingen/{sent['form']}"
    for address in (entry.replace(M, "rotterdam"), entry):
        assert (await stranger.post(address, data=form(reason="Weg ermee"))).status_code == 404
    assert (await line(rows)).available == 100_00


async def settle(db: Database) -> None:
    """All potjes of the year are decided, and their reservations are gone."""
    async with db.transaction() as conn:
        await conn.execute("update registry.potje set status = 'rejected' where municipality = $1", M)
        held = await conn.fetch(
            "select * from ledger.transfer t where municipality = $1 and kind = 'reserve' "
            "and not exists (select from ledger.transfer r where r.pending_id = t.id)",
            M,
        )
        legs = [
            ledger.Leg(
                id=uuid4(),
                kind="release",
                debit=row["debit"],
                credit=row["credit"],
                cents=row["cents"],
                pending_id=row["id"],
                reason="test",
            )
            for row in held
        ]
        await ledger.transfer(conn, legs, actor="engine", group_id=uuid4(), booked_on=today())


SURE = {"sure": "yes"}


async def test_what_hinders_closing_is_listed_with_links(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    page = (await browser.get(closing())).text
    assert "potjes die nog wachten op geld, op goedkeuring of op een betaling" in page
    assert f'href="/{M}/goedkeuren?jaar={this_year()}"' in page
    assert f'action="{closing()}/begin"' not in page
    answer = await browser.post(f"{closing()}/begin", data=SURE)
    assert (answer.status_code, "kan nog niet verder" in answer.text) == (422, True)
    async with rows.connection() as conn:
        assert await budgets.state(conn, M, this_year()) is YearState.OPEN


async def test_a_year_is_closed_in_two_steps_each_asked_twice(seat: Seat, rows: Database) -> None:
    await settle(rows)
    browser = await seat("treasurer-1")
    for step, before, after in (
        ("begin", YearState.OPEN, YearState.CLOSING),
        ("close", YearState.CLOSING, YearState.CLOSED),
    ):
        page = await browser.get(closing())
        assert f'action="{closing()}/{step}"' in page.text
        asked = await browser.post(f"{closing()}/{step}", data={"form": str(uuid4())})
        assert asked.status_code == 200
        assert "Weet u het zeker?" in asked.text
        assert "is nog niet voorbij" in asked.text
        async with rows.connection() as conn:
            assert await budgets.state(conn, M, this_year()) is before
        for _ in range(2):
            answer = await browser.post(f"{closing()}/{step}", data=SURE)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{closing()}?gedaan={step}")
        async with rows.connection() as conn:
            assert await budgets.state(conn, M, this_year()) is after
    page = text_of(await browser.get(f"{closing()}?gedaan=close"))
    assert "Dit jaar is afgesloten. Deze cijfers veranderen niet meer." in page
    assert "Terug naar De gemeente € 30.000" in page
    assert "Begin met afsluiten" not in page
    assert (await line(rows, BudgetLine.POTJES)).returned == 30_000_00


async def test_in_a_closed_year_nothing_is_booked(seat: Seat, rows: Database) -> None:
    browser, sent = await seat("treasurer-1"), form(**GRANT)
    await browser.post(f"{here()}/grant", data=sent)
    await settle(rows)
    for step in ("begin", "close"):
        await browser.post(f"{closing()}/{step}", data=SURE)
    page = (await browser.get(here())).text
    assert "Geld erbij" not in page
    assert "boekingen/" not in page
    for kind, typed in (
        ("grant", form(**GRANT)),
        ("expense", form(line="hours")),
        ("less", form(line="campaign", funder="gemeente", cents="1", **SURE)),
    ):
        answer = await browser.post(f"{here()}/{kind}", data=typed)
        assert answer.status_code == 422
        assert "Dit boekjaar is niet meer open. Er is niets geboekt." in answer.text
    undo = await browser.post(f"{here()}/boekingen/{sent['form']}", data=form(reason="Te laat"))
    assert (undo.status_code, "niet meer open" in undo.text) == (422, True)
    assert await booked(rows) == 1


async def test_closing_waits_for_its_beginning(seat: Seat, rows: Database) -> None:
    await settle(rows)
    answer = await (await seat("treasurer-1")).post(f"{closing()}/close", data=SURE)
    assert (answer.status_code, "Dit kan nu niet" in answer.text) == (422, True)


def test_everything_is_said_in_english_too() -> None:
    said = {
        *words.STATES.values(),
        *words.LINES.values(),
        *words.COLUMNS.values(),
        words.GANGMAKERS,
        *chain.from_iterable(words.FORMS.values()),
        *(text for hurdle in words.HURDLES.values() for text in (hurdle.what, hurdle.link)),
        words.BEGUN,
        words.CLOSED,
        *answers.SENTENCES.values(),
        entering.SHORT,
        entering.GIVEN,
        entering.NOT_OPEN,
        entering.USED,
        entering.CORRECTED,
        years.HINDERED,
        years.NOT_NOW,
    }
    known = vars(translations(Language.EN))["_catalog"]
    assert sorted(text for text in said if text not in known) == []
