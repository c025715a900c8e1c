"""The scout's pages: who may what, what is written, and what never is."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from forms.site.security import OWN_SCRIPT, POLICY
from schemas.calendar import dutch_date
from schemas.person import Person
from schemas.scouting import RoundOrder, signup_of
from schemas.signup import SignupOrder
from store import scouting
from store.database import Database
from store.vault import Vault
from tests.today import today
from tests.web.desk.conftest import Seat
from tests.web.desk.scouting import (
    CANDIDATE,
    DOOR,
    NEW,
    ROOM,
    SCOUT,
    SENT,
    all_of,
    note,
    order_of,
    put,
)


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
        ({"outcome": "talked", "again": "{today}"}, "again", "Kies een dag na vandaag."),
        ({"outcome": "nobody_home", "again": "{too_late}"}, "again", "al voorbij"),
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
    days = {"today": today(), "too_late": found.last_day + timedelta(days=1)}
    answer = await note(scout, found, **{name: typed.format(**days) for name, typed in values.items()})
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
    assert dutch_date(refused["visited_at"]) == today()
    assert refused["rest_until"] == today() + timedelta(days=365)


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
