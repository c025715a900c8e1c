"""Campaigns on the desk: channels, results from visit to street, costs, poster."""

from datetime import date
from uuid import UUID, uuid4
from xml.etree.ElementTree import fromstring

import httpx

from schemas.facts import Fact, SignupSnapshot, SignupStatus
from store import campaigns, registry
from store.database import Database
from tests.today import this_year
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/campagnes"
NEW = {"name": "Voorjaar in Laak", "first": "1-3-2027", "last": "30-4-2027", "planned": "500"}


async def made(browser: httpx.AsyncClient, *channels: str) -> str:
    """A campaign with channels; gives its address."""
    answer = await browser.post(ROOM, data=NEW | {"form": str(uuid4())})
    here = answer.headers["location"]
    for words in channels:
        added = await browser.post(
            f"{here}/kanalen", data={"form": str(uuid4()), "kind": "poster", "words": words}
        )
        assert added.headers["location"] == here
    return str(here)


async def signed_up(db: Database, code: str, street: str, status: SignupStatus) -> None:
    """A sign-up that a channel brought."""
    snapshot = SignupSnapshot(
        submission=uuid4(), municipality="den-haag", street=street, campaign=code, status=status, revision=1
    )
    fact = Fact(key=str(uuid4()), name="signup.x", municipality="den-haag", subject=street, signup=snapshot)
    async with db.transaction() as conn:
        await registry.enter(conn, fact)


async def test_a_campaign_is_made_once(seat: Seat, rows: Database) -> None:
    browser, form = await seat(), str(uuid4())
    for _ in range(2):
        answer = await browser.post(ROOM, data=NEW | {"form": form})
        assert answer.headers["location"] == f"{ROOM}/{form}"
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from outreach.campaign") == 1
        assert await conn.fetchval("select count(*) from registry.fact where name = 'campaign.made'") == 1
    told = text_of(await browser.get(f"{ROOM}/{form}"))
    assert "Voorjaar in Laak" in told
    assert "Deze campagne heeft nog geen kanaal." in told


async def test_mistakes_are_told_and_nothing_is_made(seat: Seat, rows: Database) -> None:
    browser = await seat()
    for wrong, sentence in (
        ({"name": ""}, "Geef de campagne een korte naam"),
        ({"first": "morgen"}, "Vul een datum in"),
        ({"last": "1-2-2027"}, "De laatste dag komt na de eerste."),
        ({"planned": "-5"}, "Vul een bedrag in"),
        ({"planned": "veel"}, "Vul een bedrag in"),
    ):
        answer = await browser.post(ROOM, data=NEW | {"form": str(uuid4())} | wrong)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from outreach.campaign") == 0


async def test_every_channel_has_a_code_of_its_own(seat: Seat, rows: Database) -> None:
    browser = await seat()
    here = await made(browser, "Bibliotheek Laak")
    form = str(uuid4())
    for _ in range(2):
        await browser.post(
            f"{here}/kanalen", data={"form": form, "kind": "flyer", "words": "Bibliotheek Laak"}
        )
    async with rows.connection() as conn:
        codes = await conn.fetch("select code from outreach.channel order by code")
    assert [row["code"] for row in codes] == ["bibliotheek-laak", "bibliotheek-laak-2"]
    wrong = await browser.post(f"{here}/kanalen", data={"form": str(uuid4()), "kind": "vlag", "words": "x"})
    told = text_of(wrong)
    assert "Kies een soort uit de lijst." in told
    assert "Schrijf kort waar het is" in told


async def test_results_go_from_visit_to_active_street(seat: Seat, rows: Database) -> None:
    browser = await seat()
    here = await made(browser, "Markt", "Station")
    async with rows.connection() as conn:
        for _ in range(7):
            await campaigns.visited(conn, "den-haag", "markt", date(2027, 3, 2))
        await campaigns.visited(conn, "den-haag", "nergens", date(2027, 3, 2))
    await signed_up(rows, "markt", "fuchsiastraat", SignupStatus.CONFIRMED)
    await signed_up(rows, "station", "fuchsiastraat", SignupStatus.CONFIRMED)
    await signed_up(rows, "markt", "acacialaan", SignupStatus.CONFIRMED)
    await signed_up(rows, "markt", "nieuwelaan", SignupStatus.AWAITING)
    async with rows.connection() as conn:
        found = await campaigns.channels(conn, "den-haag", [UUID(here.rpartition("/")[2])])
    funnels = {channel.code: tuple(funnel.model_dump().values()) for channel, funnel in found}
    assert funnels == {"markt": (7, 3, 2, 1, 1), "station": (0, 1, 1, 0, 0)}, "the first one opened it"
    told = text_of(await browser.get(here))
    assert "Markt poster http://127.0.0.1:8600/den-haag/c/markt" in told
    assert "Samen 7 4 3 1 1" in told


async def test_costs_are_booked_once_and_divided(seat: Seat, rows: Database) -> None:
    here = await made(await seat(), "Markt")
    await signed_up(rows, "markt", "fuchsiastraat", SignupStatus.CONFIRMED)
    treasurer = await seat("treasurer-1")
    async with rows.transaction() as conn:
        before = await conn.fetchval("select count(*) from money.entry")
    short = await treasurer.post(
        f"{here}/kosten", data={"form": str(uuid4()), "cents": "125", "reason": "Drukwerk posters"}
    )
    assert short.status_code == 422
    assert "Dat is meer dan er vrij is." in text_of(short)
    granted = await treasurer.post(
        f"/den-haag/budget/{this_year()}/grant",
        data={
            "form": str(uuid4()),
            "line": "campaign",
            "funder": "gemeente",
            "cents": "500",
            "reason": "Campagne",
        },
    )
    assert granted.status_code == 303
    form = str(uuid4())
    for _ in range(2):
        done = await treasurer.post(
            f"{here}/kosten", data={"form": form, "cents": "125", "reason": "Drukwerk posters"}
        )
        assert done.status_code == 303
    told = text_of(await treasurer.get(here)).replace("\u00a0", " ")
    assert "Per actieve straat € 125" in told
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from money.entry") == before + 2


async def test_a_poster_and_its_code(seat: Seat) -> None:
    browser = await seat()
    await made(browser, "Markt")
    page = await browser.get(f"{ROOM}/kanalen/markt/poster")
    assert "127.0.0.1:8600/den-haag/c/markt" in page.text
    english = await browser.get(f"{ROOM}/kanalen/markt/poster?taal=en")
    assert "Looking after one another" in english.text
    drawn = await browser.get(f"{ROOM}/kanalen/markt/qr.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert fromstring(drawn.content).tag.endswith("svg")  # noqa: S314  our own drawing
    assert (await browser.get(f"{ROOM}/kanalen/nergens/poster")).status_code == 404


async def test_who_may_what(seat: Seat) -> None:
    here = await made(await seat(), "Markt")
    treasurer = await seat("treasurer-1")
    assert "Voeg een kanaal toe" not in text_of(await treasurer.get(here))
    made_by_other = await treasurer.post(ROOM, data=NEW | {"form": str(uuid4())})
    assert made_by_other.status_code == 403
    coordinator = await seat()
    cost = await coordinator.post(f"{here}/kosten", data={"form": str(uuid4()), "cents": "5", "reason": "x"})
    assert cost.status_code == 403
    elsewhere = await seat("coordinator-1", "rotterdam")
    assert (await elsewhere.get(here.replace("den-haag", "rotterdam"))).status_code == 404
