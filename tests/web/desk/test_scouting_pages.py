"""Talent scouting on the desk: rounds that start, what is proposed, progress, report."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from forms.desk.scouting import words
from schemas.person import Person
from schemas.scouting import RoundOrder, Target, VisitOutcome
from schemas.street import Phase
from store import scouting
from store.database import Database
from store.vault import Vault
from tests.today import today
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update
from tests.web.desk.rows import Town
from tests.web.desk.scouting import CANDIDATE, DOOR, NEW, ROOM, SCOUT, last_day, note, order_of, put


def started(temporal: FakeTemporal, rows: Database) -> None:
    async def write(update: Update) -> None:
        await put(rows, update.arg.order)

    temporal.then = write


def filled(**values: str) -> dict[str, str]:
    return {
        "form": str(uuid4()),
        "wijk": "Laak",
        "day": str(last_day()),
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
    assert (order.scouts, order.last_day, order.wijk) == ([SCOUT], date.fromisoformat(values["day"]), "Laak")
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
        ({"day": "{yesterday}"}, "day", "Kies vandaag of een dag die nog moet komen."),
        ({"day": "zomer"}, "day", "Vul een datum in"),
        ({"wijk": "Nergens"}, "wijk", "Kies een wijk uit de lijst."),
    ],
)
async def test_a_round_that_cannot_start(
    temporal: FakeTemporal, seat: Seat, values: dict[str, str], field: str, sentence: str
) -> None:
    yesterday = today() - timedelta(days=1)
    sent = {name: typed.format(yesterday=yesterday) for name, typed in values.items()}
    answer = await (await seat()).post(NEW, data=filled(**sent))
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
