"""Every page with real rows, in both languages, and who looked is written down."""

import re

import httpx

from forms.desk import operators
from schemas.facts import Fact
from store import registry
from store.database import Database
from tests.today import this_year
from tests.web.desk.conftest import Seat

STREETS = [
    "acacialaan",
    "beukstraat",
    "cederplein",
    "dennenweg",
    "eikenhof",
    "fuchsiastraat",
    "goudenregenstraat",
    "hazelaarplein",
    "iepenlaan",
    "jasmijnstraat",
    "kastanjestraat",
    "lindelaan",
    "meidoornstraat",
]
MONEY = ["/den-haag/goedkeuren", "/den-haag/betalen", "/den-haag/afschriften"]
PAGES = ["/den-haag/vandaag", "/den-haag/straten", *MONEY, *(f"/den-haag/straten/{slug}" for slug in STREETS)]
DUTCH = re.compile(r"\b(de|het|een|nog|naar|wacht|straat is|gangmakers krijgen)\b")


def text_of(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text))


async def test_every_page_speaks_dutch_and_english(seat: Seat) -> None:
    browser = await seat()
    for page in PAGES:
        for language in ("nl", "en"):
            answer = await browser.get(f"{page}?taal={language}")
            assert answer.status_code == 200
            assert f'<html lang="{language}">' in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "<script" not in answer.text
            assert " style=" not in answer.text
            assert bool(DUTCH.search(text_of(answer))) == (language == "nl"), page


async def test_today_tells_a_coordinator_what_waits(seat: Seat) -> None:
    page = text_of(await (await seat()).get("/den-haag/vandaag"))
    assert "Er wachten 5 dingen op u" in page
    mine, others = page.split("Hier wacht iemand anders op")
    for street in ("Acacialaan", "Beukstraat", "Dennenweg", "Fuchsiastraat", "Hazelaarplein"):
        assert street in mine
    for street in ("Cederplein", "Goudenregenstraat", "Iepenlaan", "Jasmijnstraat", "Lindelaan"):
        assert street in others
        assert street not in mine
    assert "Eikenhof" not in page
    assert "Rozenlaan" not in page


async def test_today_leaves_intakes_to_coordinators(seat: Seat) -> None:
    page = text_of(await (await seat("treasurer-1")).get("/den-haag/vandaag"))
    mine, others = page.split("Hier wacht iemand anders op")
    assert "Er wachten 2 dingen op u" in mine
    assert "Goudenregenstraat" in mine
    assert "Acacialaan" in others


async def test_an_empty_desk_is_time_for_coffee(seat: Seat) -> None:
    page = await (await seat(municipality="aalsmeer")).get("/aalsmeer/vandaag")
    assert "Alles is gedaan. Tijd voor koffie." in page.text
    streets = await (await seat(municipality="aalsmeer")).get("/aalsmeer/straten")
    assert "Er zijn nog geen straten." in streets.text


async def test_operators_find_their_lists(seat: Seat) -> None:
    page = await (await seat()).get("/den-haag/vandaag")
    lists = [httpx.URL(address) for address in re.findall(r'href="(http://127.0.0.1:8602/[^"]*)"', page.text)]
    assert len(lists) == len(operators.KINDS)
    wanted = 'Municipality="den-haag" and WorkflowType="IntakeWorkflow" and ExecutionStatus="Running"'
    assert wanted in [address.params["query"] for address in lists]


FOUND = {
    "": 13,
    "?zoek=straat": 6,
    "?zoek=ACACIÁ": 1,
    "?fase=active": 7,
    "?fase=ended": 1,
    "?wijk=Escamp": 1,
    "?wijk=Centrum&fase=intake": 3,
    "?zoek=%25": 13,  # nothing of it is a letter, so it asks for nothing
    "?zoek=zzz": 0,
    "?fase=x&wijk=%00&pagina=x": 13,
    "?pagina=2": 0,
    "?pagina=99999999999999999999": 0,
}


async def test_streets_are_found(seat: Seat) -> None:
    browser = await seat()
    for query, found in FOUND.items():
        page = await browser.get(f"/den-haag/straten{query}")
        assert page.status_code == 200
        assert page.text.count('<th scope="row">') == found, query


async def test_many_streets_come_in_pages(seat: Seat, rows: Database) -> None:
    async with rows.transaction() as conn:
        await conn.execute(
            """
            insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)
            select 'aalsmeer', 'laan-' || n, 'Laan ' || n, 'Oost', 'active', '{}', 2, 1
            from generate_series(100, 220) n
            """
        )
    browser = await seat(municipality="aalsmeer")
    pages = [await browser.get(f"/aalsmeer/straten?pagina={n}&fase=active") for n in (1, 2, 3)]
    assert [page.text.count('<th scope="row">') for page in pages] == [50, 50, 21]
    assert "Bladzijde 2 van 3" in pages[1].text
    assert "fase=active&amp;wijk=&amp;pagina=3" in pages[1].text
    assert "Volgende" not in pages[2].text


async def test_a_street_shows_its_people_and_the_look_is_logged(seat: Seat, rows: Database) -> None:
    page = await (await seat()).get("/den-haag/straten/beukstraat")
    for detail in ("Anna van der Berg", "anna@bewoners.example", "+31 6 12345678", "Buurthuis De Brink"):
        assert detail in page.text
    assert "Bram O&#39;Neill-Özdemir" in page.text
    async with rows.connection() as conn:
        looks = await conn.fetch("select ref, staff, purpose from vault.look")
        gangmakers = await conn.fetchval(
            "select gangmakers from registry.street where slug = 'beukstraat' and municipality = 'den-haag'"
        )
        place = await conn.fetchval("select place from registry.intake where street = 'beukstraat'")
    assert {look["ref"] for look in looks} == {*gangmakers, place}
    assert {(look["staff"], look["purpose"]) for look in looks} == {("den-haag:coordinator-1", "street_page")}


async def test_lists_look_at_nobody(seat: Seat, rows: Database) -> None:
    browser = await seat()
    for page in ("/den-haag/vandaag", "/den-haag/straten"):
        assert "Anna" not in (await browser.get(page)).text
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.look") == 0


async def test_money_comes_from_the_ledger(seat: Seat) -> None:
    page = text_of(await (await seat()).get("/den-haag/straten/fuchsiastraat"))
    assert "Nu bij de straat € 0 Onderweg naar de straat € 0" in page.replace("\u00a0", " ")
    assert "Nog vrij in het budget van de gemeente € 29.500" in page.replace("\u00a0", " ")


async def test_a_street_leads_to_its_workflows(seat: Seat) -> None:
    page = (await (await seat()).get("/den-haag/straten/fuchsiastraat")).text
    for workflow_id in (
        "street-den-haag-fuchsiastraat",
        "intake-den-haag-fuchsiastraat-1",
        f"potje-den-haag-fuchsiastraat-{this_year()}",
    ):
        assert f'href="http://127.0.0.1:8602/namespaces/default/workflows/{workflow_id}"' in page


async def test_the_story_names_who_did_it(seat: Seat, rows: Database) -> None:
    async with rows.transaction() as conn:
        for number, name in enumerate(["signup.confirm_signup-2", "something.new"]):
            fact = Fact(key=f"k{number}", name=name, municipality="den-haag", subject="fuchsiastraat")
            await registry.enter(conn, fact)
    story = text_of(await (await seat()).get("/den-haag/straten/fuchsiastraat")).split("Wat er gebeurde")[1]
    assert "Er is iets gebeurd waar nog geen zin voor is." in story
    assert "Herinnering gestuurd: bevestig uw aanmelding." in story
    assert "Het potje is voorgesteld en gereserveerd in het budget. Sam" in story


BUTTONS = [
    ("coordinator-1", "fuchsiastraat", ["/approve", "/reject"], ["/hand-over", "/plan"]),
    ("coordinator-2", "fuchsiastraat", [], ["/approve", "/reject"]),  # who proposed it
    (
        "coordinator-1",
        "hazelaarplein",
        ["/hand-over", "/withdraw"],
        ["/approve", "/undo-hand-over", "/confirm"],
    ),
    ("treasurer-1", "hazelaarplein", [], ["/hand-over", "/withdraw"]),
    ("coordinator-1", "iepenlaan", ["/hand-over", "/undo-hand-over", "/confirm"], ["/approve", "/withdraw"]),
    ("treasurer-1", "iepenlaan", [], ["/potjes/"]),
    ("coordinator-1", "jasmijnstraat", ["/withdraw"], ["/approve", "/hand-over"]),
    ("treasurer-1", "lindelaan", [], ["/potjes/"]),
    ("coordinator-1", "lindelaan", ["/withdraw"], ["/hand-over"]),
    ("coordinator-1", "kastanjestraat", [], ["/potjes/"]),
    ("coordinator-1", "acacialaan", ["/plan"], ["/record"]),
    ("coordinator-1", "beukstraat", ["/plan", "/record"], []),
    ("treasurer-1", "beukstraat", [], ["/plan", "/record"]),
]


async def test_the_buttons_fit_who_looks(seat: Seat) -> None:
    for key, street, shown, hidden in BUTTONS:
        page = await (await seat(key)).get(f"/den-haag/straten/{street}")
        actions = " ".join(re.findall(r'action="([^"]*)"', page.text))
        assert all(action in actions for action in shown), (key, street)
        assert not any(action in actions for action in hidden), (key, street)


async def test_health_needs_no_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/gezond")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


ABSENT = [
    ("GET", "/den-haag/straten/nergens", 404),
    ("GET", "/den-haag/straten/%00", 404),
    ("GET", "/den-haag/potjes/x/approve", 405),
    ("POST", "/den-haag/vandaag", 405),
    ("POST", "/den-haag/potjes/x/plan", 404),
    ("POST", "/den-haag/potjes/x/mark-paid", 404),
]


async def test_what_is_not_there_is_told_in_the_layout(seat: Seat) -> None:
    browser = await seat()
    for method, path, status in ABSENT:
        answer = await browser.request(method, path, data={"x": "y"} if method == "POST" else None)
        assert answer.status_code == status, path
        assert 'class="desk"' in answer.text
        assert answer.headers["cache-control"] == "no-store"
