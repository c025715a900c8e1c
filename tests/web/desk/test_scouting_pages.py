"""Talent scouting on the desk and at the door: who may what, what is written, and what never is."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from forms.desk.scouting import words
from forms.site.security import OWN_SCRIPT, POLICY
from schemas.calendar import dutch_date, start_of
from schemas.person import Person
from schemas.scouting import RoundOrder, Target, VisitOutcome, signup_of
from schemas.signup import SignupOrder
from schemas.street import Phase
from store import scouting
from store.database import Database
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update
from tests.web.desk.rows import Town

TODAY = dutch_date(datetime.now(UTC))
LAST = TODAY + timedelta(days=20)
ROOM, NEW, DOOR = "/den-haag/talentenjacht", "/den-haag/talentenjacht-nieuw", "/den-haag/aan-de-deur"
SCOUT = "den-haag:scout-1"
SENT = "from post.submission where kind in ('visit', 'signup')"
CANDIDATE = {
    "outcome": "candidate",
    "name": "Cas Vermeer",
    "email": "cas@example.org",
    "language": "en",
    "why": "Ik ken hier iedereen.",
    "consent": "yes",
}
Noting: TypeAlias = "Callable[..., Awaitable[httpx.Response]]"


def order_of(*streets: Target, scouts: tuple[str, ...] = (SCOUT,)) -> RoundOrder:
    return RoundOrder(
        round=uuid4(),
        municipality="den-haag",
        wijk="Laak",
        targets=list(streets or (Target(street="goudsbloemlaan", name="Goudsbloemlaan"),)),
        scouts=list(scouts),
        until=start_of(LAST + timedelta(days=1)),
        by="den-haag:coordinator-1",
        desk_url="http://127.0.0.1:8601",
    )


async def put(rows: Database, order: RoundOrder) -> RoundOrder:
    """What the workflow's first step writes."""
    async with rows.transaction() as conn:
        await scouting.start(conn, order, datetime.now(UTC))
    return order


@pytest_asyncio.fixture
async def found(rows: Database) -> RoundOrder:
    """A round of two streets that runs."""
    return await put(
        rows,
        order_of(
            Target(street="goudsbloemlaan", name="Goudsbloemlaan"),
            Target(street="hoefkade-tot-de-brug", name="Hoefkade", part="tot de brug"),
        ),
    )


@pytest_asyncio.fixture
async def scout(seat: Callable[..., Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await seat("scout-1")


async def note(browser: httpx.AsyncClient, order: RoundOrder, **values: str) -> httpx.Response:
    sent = {"form": str(uuid4()), "street": "goudsbloemlaan"} | values
    return await browser.post(f"{DOOR}/{order.round}", data=sent)


async def all_of(rows: Database, sql: str, *args: object) -> list[Any]:
    async with rows.connection() as conn:
        return list(await conn.fetch(sql, *args))


# The scout, and nobody else


async def test_a_scout_sees_the_door_and_nothing_of_the_desk(scout: httpx.AsyncClient) -> None:
    for path in ("/den-haag", "/den-haag/vandaag"):
        assert (await scout.get(path)).headers["location"] == DOOR
    for path in (
        "straten",
        "straten/rozenlaan",
        "goedkeuren",
        "betalen",
        "budget",
        "rapporten",
        "talentenjacht",
    ):
        assert (await scout.get(f"/den-haag/{path}")).status_code == 403, path
    for path in ("talentenjacht-nieuw", f"talentenjacht/{uuid4()}/end", "goedkeuren", "betalen"):
        assert (await scout.post(f"/den-haag/{path}", data={})).status_code == 403, path
    assert (await scout.get("/rotterdam/aan-de-deur")).status_code == 404
    page = await scout.get(DOOR)
    assert page.status_code == 200
    assert set(re.findall(r'<a href="(/den-haag/[a-z-]+)"', page.text)) == {DOOR}


async def test_a_treasurer_does_not_go_out(seat: Seat, found: RoundOrder) -> None:
    browser = await seat("treasurer-1")
    for path in (DOOR, f"{DOOR}/{found.round}", NEW):
        assert (await browser.get(path)).status_code == 403
    for path in (NEW, f"{ROOM}/{found.round}/end"):
        assert (await browser.post(path, data={"form": str(uuid4())})).status_code == 403
    for path in (ROOM, f"{ROOM}/{found.round}"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "talentenjacht-nieuw" not in page.text
        assert "Stop deze ronde" not in page.text
    assert (await note(browser, found, outcome="talked")).status_code == 403


async def test_a_scout_sees_their_own_rounds_only(rows: Database, scout: httpx.AsyncClient) -> None:
    other = await put(rows, order_of(scouts=("den-haag:coordinator-2",)))
    assert (await scout.get(f"{DOOR}/{other.round}")).status_code == 404
    assert (await note(scout, other, outcome="talked")).status_code == 404
    mine = await put(rows, order_of())
    assert (await scout.get(DOOR)).headers["location"] == f"{DOOR}/{mine.round}"


async def test_only_the_door_runs_our_own_script(
    scout: httpx.AsyncClient, seat: Seat, found: RoundOrder
) -> None:
    page = await scout.get(f"{DOOR}/{found.round}")
    assert page.headers["content-security-policy"] == OWN_SCRIPT
    assert re.findall(r"<script[^>]*>", page.text) == re.findall(
        r'<script src="/static/scouting\.js\?v=[0-9a-f]{10}" defer>', page.text
    )
    assert "unsafe" not in OWN_SCRIPT
    desk = await seat()
    for path in (ROOM, NEW, f"{ROOM}/{found.round}", "/den-haag/vandaag"):
        answer = await desk.get(path)
        assert answer.headers["content-security-policy"] == POLICY
        assert "<script" not in answer.text


# At the door


@pytest.mark.parametrize("outcome", ["nobody_home", "talked", "refused"])
async def test_without_a_candidate_nothing_about_a_person_is_kept(
    rows: Database, scout: httpx.AsyncClient, found: RoundOrder, outcome: str
) -> None:
    """Also when the fields below were filled in before the scout chose otherwise."""
    before = (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"]
    answer = await note(scout, found, **CANDIDATE | {"outcome": outcome})
    assert answer.headers["location"] == f"{DOOR}/{found.round}?gedaan={outcome}&in=goudsbloemlaan"
    sent = await all_of(rows, f"select kind, payload {SENT}")
    assert [row["kind"] for row in sent] == ["visit"]
    for typed in ("Cas", "cas@", "iedereen"):
        assert typed not in json.dumps([row["payload"] for row in sent])
    assert (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"] == before
    (visit,) = await all_of(rows, "select * from scouting.visit")
    assert (visit["outcome"], visit["scout"]) == (outcome, SCOUT)


async def test_a_candidate_goes_on_as_a_sign_up(
    rows: Database, vault: Vault, scout: httpx.AsyncClient, found: RoundOrder
) -> None:
    form = uuid4()
    answer = await note(scout, found, form=str(form), **CANDIDATE | {"street": "hoefkade-tot-de-brug"})
    assert answer.status_code == 303
    kinds = {row["kind"]: row for row in await all_of(rows, f"select id, kind, payload {SENT}")}
    assert sorted(kinds) == ["signup", "visit"]
    assert kinds["visit"]["id"] == form
    assert kinds["visit"]["payload"]["workflow_id"] == found.workflow_id
    order = SignupOrder.model_validate(kinds["signup"]["payload"])
    assert order.submission == kinds["signup"]["id"] == signup_of(form)
    assert (order.source, order.round, order.campaign) == ("scouting", found.round, None)
    assert (order.street_name, order.part, order.wijk) == ("Hoefkade", "tot de brug", "Laak")
    async with rows.connection() as conn:
        person = await vault.get(conn, order.gangmaker, Person)
    assert (person.name, person.why, person.language) == ("Cas Vermeer", "Ik ken hier iedereen.", "en")
    shown = await scout.get(answer.headers["location"])
    assert "Wat mooi, een kandidaat!" in shown.text
    assert "Cas" not in shown.text


async def test_without_consent_the_page_says_why_and_keeps_nothing(
    rows: Database, scout: httpx.AsyncClient, found: RoundOrder
) -> None:
    before = (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"]
    answer = await note(scout, found, **{key: value for key, value in CANDIDATE.items() if key != "consent"})
    assert answer.status_code == 422
    assert "Zonder toestemming bewaren we niets over iemand." in answer.text
    assert 'href="#consent"' in answer.text
    for sql in ("select 1 from scouting.visit", f"select 1 {SENT}"):
        assert await all_of(rows, sql) == []
    assert (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"] == before


async def test_the_same_form_sent_twice_is_one_visit(
    rows: Database, scout: httpx.AsyncClient, found: RoundOrder
) -> None:
    before = (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"]
    form = str(uuid4())
    first = await note(scout, found, form=form, **CANDIDATE)
    again = await note(scout, found, form=form, **CANDIDATE | {"name": "Iemand Anders"})
    assert first.headers["location"] == again.headers["location"]
    assert len(await all_of(rows, "select 1 from scouting.visit")) == 1
    assert len(await all_of(rows, f"select 1 {SENT}")) == 2
    assert (await all_of(rows, "select count(*) as n from vault.item"))[0]["n"] == before + 1


async def test_a_phone_gets_its_answer_as_data(scout: httpx.AsyncClient, found: RoundOrder) -> None:
    data = {"form": str(uuid4()), "street": "goudsbloemlaan", "outcome": "talked"}
    path, wants = f"{DOOR}/{found.round}", {"accept": "application/json"}
    answer = await scout.post(path, data=data, headers=wants)
    assert answer.json() == {"to": f"{path}?gedaan=talked&in=goudsbloemlaan"}
    wrong = await scout.post(path, data=data | {"form": str(uuid4()), "outcome": ""}, headers=wants)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["outcome"])
    await scout.post("/uit")
    assert (await scout.post(path, data=data, headers=wants)).status_code == 303


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"outcome": ""}, "outcome", "Kies wat er van uw bezoek kwam."),
        ({"outcome": "talked", "street": "dorpsstraat"}, "street", "Kies de straat waar u was."),
        ({"outcome": "talked", "again": "ooit"}, "again", "Vul een datum in"),
        ({"outcome": "talked", "again": TODAY.isoformat()}, "again", "Kies een dag na vandaag."),
        ({"outcome": "nobody_home", "again": (LAST + timedelta(1)).isoformat()}, "again", "al voorbij"),
        (CANDIDATE | {"email": "cas"}, "email", "Vul een e-mailadres in"),
        (CANDIDATE | {"name": " "}, "name", "Vul de naam in"),
        (CANDIDATE | {"why": "a" * 501}, "why", "ten hoogste 500 tekens"),
        (CANDIDATE | {"language": "fr"}, "language", "Kies in welke taal"),
    ],
)
async def test_a_mistake_is_a_sentence_and_writes_nothing(
    rows: Database,
    scout: httpx.AsyncClient,
    found: RoundOrder,
    values: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    answer = await note(scout, found, **values)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert answer.text.count(sentence) == 2
    assert await all_of(rows, "select 1 from scouting.visit") == []


async def test_days_follow_from_the_policy_and_the_day_of_the_visit(
    rows: Database, scout: httpx.AsyncClient, found: RoundOrder
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await note(scout, found, outcome="nobody_home", at=yesterday.isoformat())
    await note(scout, found, outcome="refused", street="hoefkade-tot-de-brug", at="2020-01-01T00:00:00Z")
    home, refused = await all_of(rows, "select * from scouting.visit order by seq")
    assert home["visited_at"] == yesterday
    assert home["again_on"] == dutch_date(yesterday) + timedelta(days=7)
    assert dutch_date(refused["visited_at"]) == TODAY
    assert refused["rest_until"] == TODAY + timedelta(days=365)


async def test_a_due_street_stands_on_both_pages_until_somebody_went(
    rows: Database, scout: httpx.AsyncClient, seat: Seat, found: RoundOrder
) -> None:
    await note(scout, found, outcome="nobody_home")
    async with rows.transaction() as conn:
        await scouting.fall_due(conn, found.round, "goudsbloemlaan", datetime.now(UTC))
    assert "Ga hier terug" in (await scout.get(f"{DOOR}/{found.round}")).text
    desk = await seat()
    today = await desk.get("/den-haag/vandaag")
    assert "Straten waar een verkenner terug zou komen" in today.text
    assert f'href="{ROOM}/{found.round}"' in today.text
    await note(scout, found, outcome="talked")
    assert "Ga hier terug" not in (await scout.get(f"{DOOR}/{found.round}")).text
    assert "terug zou komen" not in (await desk.get("/den-haag/vandaag")).text


# The coordinator


def started(temporal: FakeTemporal, rows: Database) -> None:
    async def write(update: Update) -> None:
        await put(rows, update.arg.order)

    temporal.then = write


def filled(**values: str) -> dict[str, str]:
    return {
        "form": str(uuid4()),
        "wijk": "Laak",
        "day": LAST.isoformat(),
        "streets": "Goudsbloemlaan\n  hoefkade (tot de brug)\nGoudsbloemlaan\n",
        f"scout-{SCOUT}": "yes",
    } | values


async def test_a_round_starts_once_with_what_was_typed(
    rows: Database, temporal: FakeTemporal, seat: Seat
) -> None:
    started(temporal, rows)
    desk = await seat()
    values = filled()
    for _ in range(2):
        answer = await desk.post(NEW, data=values)
        assert answer.headers["location"] == f"{ROOM}/{values['form']}?gedaan=start-round"
    (sent,) = temporal.sent
    order: RoundOrder = sent.arg.order
    assert sent.workflow_id == f"scouting-den-haag-{values['form']}"
    assert [each.street for each in order.targets] == ["goudsbloemlaan", "hoefkade-tot-de-brug"]
    assert (order.scouts, order.last_day, order.wijk) == ([SCOUT], LAST, "Laak")
    page = await desk.get(answer.headers["location"])
    assert "De ronde is begonnen." in page.text
    assert "Fien" in page.text
    assert "Laak" in (await desk.get(ROOM)).text


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"streets": " \n "}, "streets", "Kies een voorgestelde straat, of typ er een in."),
        ({"streets": "wie@example.org"}, "streets", "Dit is geen straatnaam: wie@example.org"),
        ({"streets": "\n".join(f"Straat {n}" for n in range(101))}, "streets", "te veel straten"),
        ({f"scout-{SCOUT}": ""}, "scouts", "Kies wie er op pad gaat."),
        ({"day": (TODAY - timedelta(1)).isoformat()}, "day", "Kies vandaag of een dag die nog moet komen."),
        ({"day": "zomer"}, "day", "Vul een datum in"),
        ({"wijk": "Nergens"}, "wijk", "Kies een wijk uit de lijst."),
    ],
)
async def test_a_round_that_cannot_start(
    temporal: FakeTemporal, seat: Seat, values: dict[str, str], field: str, sentence: str
) -> None:
    answer = await (await seat()).post(NEW, data=filled(**values))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert sentence in answer.text
    assert temporal.sent == []


async def test_sleeping_streets_are_proposed_and_resting_ones_are_not(
    rows: Database, vault: Vault, scout: httpx.AsyncClient, seat: Seat
) -> None:
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        await town.street("sluimerlaan", "Sluimerlaan", "sleeping", wijk="Laak")  # type: ignore[arg-type]
        await town.street("stilstraat", "Stilstraat", Phase.ENDED, wijk="Laak")
        await town.street("drukstraat", "Drukstraat", Phase.ACTIVE, wijk="Laak")
        await town.street("verweg", "Verweg", "sleeping", wijk="Centrum")  # type: ignore[arg-type]
    desk = await seat()
    page = (await desk.get(f"{NEW}?wijk=Laak")).text
    assert page.index("Sluimerlaan") < page.index("Stilstraat")
    assert "Drukstraat" not in page
    assert "Verweg" not in page
    order = await put(rows, order_of(Target(street="stilstraat", name="Stilstraat")))
    await note(scout, order, outcome="refused", street="stilstraat")
    async with rows.transaction() as conn:
        await scouting.end(conn, order.round, datetime.now(UTC), "engine")
    assert "Stilstraat" not in (await desk.get(f"{NEW}?wijk=Laak")).text
    assert "Stilstraat" in (await desk.get(ROOM)).text
    for streets, why in (("Stilstraat", "rust tot en met"), ("Drukstraat", "heeft al gangmakers")):
        answer = await desk.post(NEW, data=filled(streets=streets))
        assert answer.status_code == 422
        assert f"{streets}" in answer.text
        assert why in answer.text
    running = await put(rows, order_of())
    answer = await desk.post(NEW, data=filled(streets=running.targets[0].name))
    assert "hoort al bij een ronde" in answer.text


async def test_a_proposed_street_keeps_its_own_slug(
    rows: Database, vault: Vault, temporal: FakeTemporal, seat: Seat
) -> None:
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        await town.street("kort", "Een Heel Lange Laan", "sleeping", wijk="Laak")  # type: ignore[arg-type]
    await (await seat()).post(NEW, data=filled(streets="", **{"street-kort": "yes", "street-nep": "yes"}))
    (sent,) = temporal.sent
    assert sent.arg.order.targets == [Target(street="kort", name="Een Heel Lange Laan")]


async def test_the_round_s_page_counts_and_reports(
    rows: Database, temporal: FakeTemporal, scout: httpx.AsyncClient, seat: Seat, found: RoundOrder
) -> None:
    await note(scout, found, outcome="nobody_home")
    await note(scout, found, **CANDIDATE)
    desk = await seat()
    page = (await desk.get(f"{ROOM}/{found.round}")).text
    assert "1 van 2 straten bezocht" in page
    assert '<progress max="2" value="1"' in page
    assert "Cas" not in page
    sure = await desk.post(f"{ROOM}/{found.round}/end", data={"form": str(uuid4())})
    assert "Deze ronde stoppen?" in sure.text
    assert temporal.sent == []
    ended = await desk.post(f"{ROOM}/{found.round}/end", data={"form": str(uuid4()), "sure": "yes"})
    assert ended.headers["location"] == f"{ROOM}/{found.round}?gedaan=end-round"
    assert (temporal.sent[0].workflow_id, temporal.sent[0].name) == (found.workflow_id, "end")
    async with rows.transaction() as conn:
        await scouting.end(conn, found.round, datetime.now(UTC), "den-haag:coordinator-1")
    report = (await desk.get(ended.headers["location"])).text
    assert "Laak: verslag" in report
    assert "Stop deze ronde" not in report
    assert (await scout.get(DOOR)).status_code == 200


async def test_a_round_of_another_municipality_is_not_there(seat: Seat, found: RoundOrder) -> None:
    other = await seat("coordinator-1", "rotterdam")
    for path in (f"talentenjacht/{found.round}", f"aan-de-deur/{found.round}"):
        assert (await other.get(f"/rotterdam/{path}")).status_code == 404
    answer = await other.post(f"/rotterdam/talentenjacht/{found.round}/end", data={"form": str(uuid4())})
    assert answer.status_code == 404


async def test_temporal_away_keeps_what_was_typed(temporal: FakeTemporal, seat: Seat) -> None:
    temporal.reachable = False
    answer = await (await seat()).post(NEW, data=filled())
    assert answer.status_code == 503
    assert "Goudsbloemlaan" in answer.text


async def test_the_coordinator_reads_why_on_the_street_s_page(
    rows: Database, vault: Vault, seat: Seat
) -> None:
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        people = await town.people(Person(name="Cas", email="cas@example.org", why="Ik ken hier iedereen."))
        await town.street("goudsbloemlaan", "Goudsbloemlaan", people=people)
    page = await (await seat()).get("/den-haag/straten/goudsbloemlaan")
    assert "<q>Ik ken hier iedereen.</q>" in page.text


def test_every_outcome_has_its_words() -> None:
    for table in (words.OUTCOMES, words.COUNTED, words.FLASHES):
        assert list(table) == list(VisitOutcome)
