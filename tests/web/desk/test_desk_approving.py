"""Approving in bulk: what one may tick, what is sent, and what the reader hears of it."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import WorkflowAlreadyStartedError

from schemas.payment import Approvals, ApprovalsOrder, approvals_id
from schemas.potje import PotjeStatus
from schemas.refs import potje_id
from schemas.street import Phase
from store.database import Database
from store.vault import Vault
from tests.today import this_year
from tests.web.desk.conftest import DESK, Seat
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.rows import ANNA, BANK, CASH, Town
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/goedkeuren"


def sams() -> str:
    """The potje that he proposed."""
    return potje_id("den-haag", "fuchsiastraat", this_year())


def noors() -> str:
    """And hers."""
    return potje_id("den-haag", "goudenregenstraat", this_year())


def form(**values: str | list[str]) -> dict[str, str | list[str]]:
    return {"form": str(uuid4()), "jaar": str(this_year()), "wijk": "", **values}


async def test_own_proposals_are_shown_and_cannot_be_ticked(seat: Seat) -> None:
    page = await (await seat()).get(ROOM)
    told = text_of(page)
    assert f'value="{sams()}"' in page.text
    assert f'value="{noors()}"' not in page.text
    assert "Goudenregenstraat" in told
    assert "Noor (dat bent u)" in told
    assert "Wat u zelf voorstelde, keurt een collega goed." in told
    assert "Keur dat ene potje goed: € 100" in told.replace("\u00a0", " ")


async def test_a_treasurer_may_approve_both(seat: Seat) -> None:
    page = await (await seat("treasurer-1")).get(ROOM)
    assert page.text.count('name="potje"') == 2
    told = text_of(page).replace("\u00a0", " ")
    assert "Keur alle 2 goed: € 200" in told
    assert "Wat u zelf voorstelde" not in told
    assert "Nog vrij in het budget voor potjes € 29.500" in told


async def test_those_without_budget_stand_in_line(seat: Seat, rows: Database, vault: Vault) -> None:
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        await town.street("zonnestraat", "Zonnestraat", Phase.ACTIVE, people=await town.people(ANNA))
        await town.potje("zonnestraat", PotjeStatus.WAITING_FOR_BUDGET, CASH)
        await conn.execute(
            "update registry.potje set waiting_since = now() - interval '9 days' where street = 'zonnestraat'"
        )
    told = text_of(await (await seat()).get(ROOM)).replace("\u00a0", " ")
    line = told.split("2 potjes wachten op budget: € 200")[1]
    assert line.index("Zonnestraat") < line.index("Jasmijnstraat")


async def test_the_chosen_ones_are_approved(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.answer = Approvals(potjes=2, cents=20_000)
    browser, sent = await seat("treasurer-1"), form(potje=[sams(), noors()], welke="gekozen")
    answer = await browser.post(ROOM, data=sent)
    [update] = temporal.sent
    workflow_id = approvals_id("den-haag", sent["form"])  # type: ignore[arg-type]
    assert (update.workflow_id, update.name, update.id) == (workflow_id, "done", sent["form"])
    assert update.arg == ApprovalsOrder(
        workflow_id=workflow_id,
        municipality="den-haag",
        year=this_year(),
        by="den-haag:treasurer-1",
        potjes=[sams(), noors()],
        desk_url=DESK,
    )
    assert answer.status_code == 303
    told = text_of(await browser.get(answer.headers["location"])).replace("\u00a0", " ")
    assert "2 potjes zijn goedgekeurd: € 200." in told


@pytest.mark.parametrize(
    ("wijk", "potjes"), [("", None), ("Scheveningen", [sams, noors]), ("Laak", []), ("Nergens", [])]
)
async def test_all_means_all_that_the_page_is_about(
    seat: Seat, temporal: FakeTemporal, wijk: str, potjes: list[Callable[[], str]] | None
) -> None:
    temporal.answer = Approvals(potjes=2, cents=20_000)
    answer = await (await seat("treasurer-1")).post(ROOM, data=form(welke="alle", wijk=wijk))
    chosen = None if potjes is None else [each() for each in potjes]
    assert [update.arg.potjes for update in temporal.sent] == ([] if potjes == [] else [chosen])
    assert answer.status_code == (422 if potjes == [] else 303)


async def test_in_a_wijk_all_leaves_out_what_one_proposed(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.answer = Approvals(potjes=1, cents=10_000)
    await (await seat("coordinator-1")).post(ROOM, data=form(welke="alle", wijk="Scheveningen"))
    assert [update.arg.potjes for update in temporal.sent] == [[sams()]]


async def test_nothing_chosen_is_told(seat: Seat, temporal: FakeTemporal) -> None:
    for boxes in ([], ["../../x"], ["x" * 201]):
        answer = await (await seat()).post(ROOM, data=form(welke="gekozen", potje=boxes))
        assert answer.status_code == 422
        assert "Kies eerst een of meer potjes." in answer.text
    assert temporal.sent == []


async def test_when_a_colleague_was_first_it_is_told(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.answer = Approvals()
    answer = await (await seat()).post(ROOM, data=form(welke="gekozen", potje=[sams()]))
    assert answer.status_code == 422
    assert "Misschien was een collega u voor." in answer.text


async def test_a_double_click_hears_of_the_first(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.error = WorkflowAlreadyStartedError("approvals", "ApprovalsWorkflow")
    temporal.result = Approvals(potjes=1, cents=10_000)
    answer = await (await seat()).post(ROOM, data=form(welke="gekozen", potje=[sams()]))
    assert answer.headers["location"] == f"{ROOM}?jaar={this_year()}&goedgekeurd=1&cent=10000"


async def test_while_temporal_is_away_the_choice_is_kept(seat: Seat, temporal: FakeTemporal) -> None:
    browser, sent = await seat("treasurer-1"), form(potje=[sams(), noors()], welke="gekozen")
    temporal.reachable = False
    answer = await browser.post(ROOM, data=sent)
    assert answer.status_code == 503
    again = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text))
    assert again["form"] == sent["form"]
    temporal.reachable, temporal.answer = True, Approvals(potjes=2, cents=20_000)
    await browser.post(ROOM, data=again)
    assert temporal.sent[0].arg.potjes == [sams(), noors()]


async def test_a_late_answer_is_told_as_it_is(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.error = WorkflowUpdateRPCTimeoutOrCancelledError()
    answer = await (await seat()).post(ROOM, data=form(potje=[sams()], welke="gekozen"))
    assert answer.status_code == 503
    assert "Uw opdracht is verstuurd" in answer.text
    assert f'href="{ROOM}?jaar={this_year()}"' in answer.text


async def test_an_address_that_means_nothing_is_no_flash(seat: Seat) -> None:
    for query in ("?goedgekeurd=<b>&cent=1", "?goedgekeurd=1", "?jaar=x&wijk=Nergens&pagina=-1"):
        page = await (await seat()).get(ROOM + query)
        assert page.status_code == 200
        assert 'role="status"' not in page.text


async def test_a_long_list_comes_in_pages_and_by_wijk(seat: Seat, rows: Database, vault: Vault) -> None:
    async with rows.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        for number in range(60):
            slug, wijk = f"zijstraat-{number}", "Laak" if number < 55 else "Segbroek"
            await town.street(slug, f"Zijstraat {number}", Phase.ACTIVE, wijk=wijk)
            await town.potje(slug, PotjeStatus.TO_APPROVE, BANK, proposer="coordinator-2")
    browser = await seat()
    counts = [
        (await browser.get(f"{ROOM}?{query}")).text.count('<th scope="row">')
        for query in ("", "pagina=2", "pagina=3", "wijk=Laak", "wijk=Laak&pagina=2", "wijk=Segbroek")
    ]
    assert counts == [50, 12, 0, 50, 5, 5]
    told = text_of(await browser.get(f"{ROOM}?wijk=Laak")).replace("\u00a0", " ")
    assert "Keur alle 55 in Laak goed: € 8.250" in told


async def test_another_year_that_still_waits_is_named(seat: Seat, rows: Database) -> None:
    async with rows.transaction() as conn:
        await conn.execute(
            "update registry.potje set year = $1 where workflow_id = $2", this_year() - 1, sams()
        )
    browser = await seat()
    assert f'href="?jaar={this_year() - 1}"' in (await browser.get(ROOM)).text
    assert "Fuchsiastraat" in (await browser.get(f"{ROOM}?jaar={this_year() - 1}")).text


@pytest.mark.parametrize(("data", "status"), [({}, 400), ({"form": "x"}, 400)])
async def test_a_form_without_its_id_is_no_form(
    seat: Seat, temporal: FakeTemporal, data: dict[str, str], status: int
) -> None:
    assert (await (await seat()).post(ROOM, data=data)).status_code == status
    assert temporal.sent == []


async def test_another_municipality_has_its_own(seat: Seat, temporal: FakeTemporal) -> None:
    browser = await seat(municipality="rotterdam")
    assert (await browser.get(ROOM)).status_code == 404
    assert (await browser.post(ROOM, data=form(potje=[sams()]))).status_code == 404
    assert temporal.sent == []
