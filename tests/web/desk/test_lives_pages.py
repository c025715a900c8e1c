"""The life of a street on the desk: who stops or hands over, sleep, shapes."""

from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from schemas.person import Person
from schemas.refs import street_id
from schemas.refusals import SENTENCES, Refusal
from schemas.shapes import Merge, Reshape, Split
from schemas.signup import HANDOVER, SignupOrder
from schemas.street import Leave, Phase, Shape, StreetAct
from store.database import Database
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, refused
from tests.web.desk.rows import ANNA, BRAM, Town
from tests.web.desk.test_desk_pages import text_of

HERE = "/den-haag/straten/papaverhof"
BY = "den-haag:coordinator-1"


@pytest_asyncio.fixture
async def people(rows: Database, vault: Vault) -> list[UUID]:
    """The gangmakers of an active street."""
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        found = await town.people(ANNA, BRAM)
        await town.street("papaverhof", "Papaverhof", Phase.ACTIVE, people=found)
    return found


async def moved(rows: Database, **columns: object) -> None:
    """As its workflow would have written it."""
    async with rows.transaction() as conn:
        for name, value in columns.items():
            await conn.execute(f"update registry.street set {name} = $1 where slug = 'papaverhof'", value)


def form(**values: str) -> dict[str, str]:
    return {"form": str(uuid4()), **values}


async def test_a_gangmaker_stops_after_a_second_look(
    seat: Seat, people: list[UUID], temporal: FakeTemporal
) -> None:
    browser = await seat()
    page = await browser.get(HERE)
    assert text_of(page).count("Stopt als gangmaker") == 2
    asked = form()
    sure = await browser.post(f"{HERE}/gangmakers/{people[0]}/stopt", data=asked)
    assert "Stopt deze gangmaker?" in text_of(sure)
    assert temporal.sent == []
    done = await browser.post(f"{HERE}/gangmakers/{people[0]}/stopt", data=asked | {"sure": "yes"})
    assert done.headers["location"] == f"{HERE}?gedaan=leave"
    sent = temporal.sent[0]
    assert (sent.workflow_id, sent.name, sent.id) == (
        street_id("den-haag", "papaverhof"),
        "leave",
        asked["form"],
    )
    assert sent.arg == Leave(person=people[0], by=BY)
    assert "kreeg een bedankje" in text_of(await browser.get(done.headers["location"]))


async def test_the_stick_is_handed_on_by_an_invitation(
    seat: Seat, people: list[UUID], rows: Database, vault: Vault
) -> None:
    browser, asked = await seat(), form(name="Di Jansen", email="di@bewoners.example", language="nl")
    page = f"{HERE}/gangmakers/{people[0]}/doorgeven"
    assert ANNA.name in text_of(await browser.get(page))
    for _ in range(2):
        done = await browser.post(page, data=asked)
        assert done.headers["location"] == f"{HERE}?gedaan=hand-on"
    async with rows.connection() as conn:
        found = await conn.fetch("select payload from post.submission where kind = 'signup'")
        assert len(found) == 1, "the same form twice is one invitation"
        order = SignupOrder.model_validate(found[0]["payload"])
        assert (order.source, order.replaces, order.street) == (HANDOVER, people[0], "papaverhof")
        assert (await vault.get(conn, order.gangmaker, Person)).email == "di@bewoners.example"
        held = await conn.fetchval("select count(*) from vault.item where kind = 'person'")
    again = await browser.post(page, data=asked | {"form": str(uuid4()), "email": "geen adres"})
    assert again.status_code == 422
    assert "Vul een e-mailadres in" in text_of(again)
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.item where kind = 'person'") == held


async def test_only_gangmakers_of_this_street_hand_on(seat: Seat, people: list[UUID]) -> None:
    browser = await seat()
    assert (await browser.get(f"{HERE}/gangmakers/{uuid4()}/doorgeven")).status_code == 404
    stranger = await browser.post(
        f"{HERE}/gangmakers/{uuid4()}/doorgeven",
        data=form(name="Di", email="di@bewoners.example", language="nl"),
    )
    assert stranger.status_code == 404


async def test_a_paused_and_a_sleeping_street_say_so(
    seat: Seat, people: list[UUID], rows: Database, temporal: FakeTemporal
) -> None:
    browser = await seat()
    await moved(rows, paused=True)
    assert "Daarom wacht het potje." in text_of(await browser.get(HERE))
    await moved(rows, paused=False, phase="sleeping")
    async with rows.transaction() as conn:
        await conn.execute("update registry.street set asleep_since = '2026-11-23' where slug = 'papaverhof'")
    page = await browser.get(HERE)
    assert "Deze straat slaapt sinds" in text_of(page)
    assert "slaapt" in text_of(await browser.get("/den-haag/straten?fase=sleeping"))
    done = await browser.post(f"{HERE}/wake", data=form())
    assert done.headers["location"] == f"{HERE}?gedaan=wake"
    assert temporal.sent[0].arg == StreetAct(by=BY)


async def test_a_street_stops_after_a_second_look(
    seat: Seat, people: list[UUID], temporal: FakeTemporal
) -> None:
    browser, asked = await seat(), form()
    assert "Stopt deze straat?" in text_of(await browser.post(f"{HERE}/end", data=asked))
    temporal.error = refused(Refusal.STREET_OVER)
    late = await browser.post(f"{HERE}/end", data=asked | {"sure": "yes"})
    assert late.status_code == 422
    assert SENTENCES[Refusal.STREET_OVER] in text_of(late)


async def test_a_shape_needs_words(seat: Seat, people: list[UUID], temporal: FakeTemporal) -> None:
    browser = await seat()
    bare = await browser.post(f"{HERE}/vorm/reshape", data=form(shape="flat", part=""))
    assert bare.status_code == 422
    assert "Schrijf kort om welk deel het gaat" in text_of(bare)
    wrong = await browser.post(f"{HERE}/vorm/reshape", data=form(shape="castle", part="toren"))
    assert "Kies een vorm uit de lijst." in text_of(wrong)
    assert temporal.sent == []
    done = await browser.post(f"{HERE}/vorm/reshape", data=form(shape="flat", part="De Horizon"))
    assert done.headers["location"] == f"{HERE}?gedaan=reshape"
    assert temporal.sent[0].arg == Reshape(shape=Shape.FLAT, part="De Horizon", by=BY)


async def test_merging_is_asked_twice(seat: Seat, people: list[UUID], temporal: FakeTemporal) -> None:
    browser, asked = await seat(), form(into="fuchsiastraat")
    page = await browser.get(f"{HERE}/vorm")
    assert 'value="fuchsiastraat"' in page.text
    assert 'value="papaverhof"' not in page.text
    assert "Kies een straat" in text_of(await browser.post(f"{HERE}/vorm/merge", data=form(into="")))
    sure = await browser.post(f"{HERE}/vorm/merge", data=asked)
    assert "Deze straat verder in de andere?" in text_of(sure)
    assert temporal.sent == []
    await browser.post(f"{HERE}/vorm/merge", data=asked | {"sure": "yes"})
    assert temporal.sent[0].arg == Merge(into="fuchsiastraat", by=BY)


async def test_a_part_is_split_off(seat: Seat, people: list[UUID], temporal: FakeTemporal) -> None:
    browser, here = await seat(), f"{HERE}/vorm/split"
    assert "Schrijf kort hoe het nieuwe deel heet" in text_of(
        await browser.post(here, data=form(split_part=""))
    )
    done = await browser.post(here, data=form(split_part="even kant") | {f"woont-{people[1]}": "yes"})
    assert done.headers["location"] == f"{HERE}?gedaan=split"
    assert temporal.sent[0].arg == Split(part="even kant", people=[people[1]], by=BY)


async def test_where_a_street_went_is_told(seat: Seat, people: list[UUID], rows: Database) -> None:
    await moved(rows, phase="ended", merged_into="fuchsiastraat")
    page = await (await seat()).get(HERE)
    assert "Deze straat ging verder in een andere:" in text_of(page)
    assert 'href="/den-haag/straten/fuchsiastraat"' in page.text


@pytest.mark.parametrize("path", ["vorm/split", "vorm/merge", "vorm/reshape", "wake", "end"])
async def test_a_treasurer_only_looks(
    seat: Seat, people: list[UUID], temporal: FakeTemporal, path: str
) -> None:
    browser = await seat("treasurer-1")
    assert "Stopt als gangmaker" not in text_of(await browser.get(HERE))
    assert (await browser.post(f"{HERE}/{path}", data=form(sure="yes"))).status_code == 403
    assert temporal.sent == []


async def test_another_municipality_finds_nothing(seat: Seat, people: list[UUID]) -> None:
    browser = await seat("coordinator-1", "rotterdam")
    answer = await browser.post("/rotterdam/straten/papaverhof/end", data=form(sure="yes"))
    assert answer.status_code == 404
