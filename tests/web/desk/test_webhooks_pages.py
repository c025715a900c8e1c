"""Webhooks on the desk: made with a secret that is seen once, watched, tried, paused, replayed and ended."""

import re
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from forms.desk.webhooks import words
from schemas.events import Kind
from schemas.facts import Fact
from schemas.staff import Role
from schemas.webhook import DeliveryState, SubscriptionState
from store import events, registry, webhooks
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.desk.colleagues import seated
from tests.web.desk.conftest import Seat, browser_of, settings
from tests.web.desk.test_desk_pages import text_of
from workers.courier import Trouble

ROOM = "/den-haag/koppelingen/webhooks"
URL = "https://zaken.gemeente.example/lief-en-leed"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")
GOOD = {"name": "Zaaksysteem", "url": URL, "which": "all"}


async def press(browser: httpx.AsyncClient, path: str, **values: object) -> httpx.Response:
    """Send a form as it stands on the page."""
    return await browser.post(path, data={"form": str(uuid4()), **values})


async def journal(db: Database) -> list[tuple[str, str]]:
    """What was noted about webhooks, and who did it."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "select name, actor from registry.fact where name like 'webhook.%' order by seq"
        )
    return [(row["name"].removeprefix("webhook."), row["actor"].removeprefix("den-haag:")) for row in rows]


async def kept(db: Database) -> list[asyncpg.Record]:
    """The webhooks of The Hague."""
    async with db.connection() as conn:
        return await webhooks.webhooks(conn, "den-haag")


@pytest_asyncio.fixture
async def lead(seat: Seat) -> httpx.AsyncClient:
    """Lena, who leads the programme."""
    return await seat("lead-1")


@pytest_asyncio.fixture
async def webhook(lead: httpx.AsyncClient, rows: Database) -> UUID:
    """A webhook."""
    async with rows.transaction() as conn:
        await events.give_places(conn, "https://straat.example/api/v1")
    form = uuid4()
    answer = await lead.post(ROOM, data={"form": str(form), **GOOD})
    assert answer.status_code == 200
    return form


async def dead(db: Database, webhook: UUID, *slugs: str) -> None:
    """Events that were given up."""
    async with db.transaction() as conn:
        for slug in slugs:
            name = "street.stopped"
            await registry.enter(
                conn, Fact(key=f"x/{slug}", name=name, municipality="den-haag", subject=slug)
            )
        await events.give_places(conn, "https://straat.example/api/v1")
        await conn.execute(
            "update event.delivery set state = 'dead', attempts = 13, code = '503' where webhook = $1",
            webhook,
        )
        await conn.execute(
            "update event.webhook set failing_since = now(), last_code = '503' where id = $1", webhook
        )


def test_everything_has_a_word() -> None:
    assert set(words.KINDS) == set(Kind)
    assert [kind for group in words.GROUPS for kind in words.kinds_of(group)] == [*Kind][:-1]
    assert set(words.STATES) == set(SubscriptionState) - {SubscriptionState.ENDED}
    assert set(words.DELIVERIES) == set(words.BADGES) == set(DeliveryState)
    assert set(words.CODES) == set(Trouble)
    assert words.code_of("503") == "503"


async def test_a_webhook_is_made_and_its_secret_seen_once(lead: httpx.AsyncClient, rows: Database) -> None:
    assert "Er is nog geen webhook." in text_of(await lead.get(ROOM))
    form = {"form": str(uuid4()), **GOOD}
    answer = await lead.post(ROOM, data=form)
    [secret] = set(SECRET.findall(answer.text))
    assert "no-store" in answer.headers["cache-control"]
    [row] = await kept(rows)
    assert (row["name"], row["url"], row["kinds"], row["state"]) == ("Zaaksysteem", URL, [], "active")
    again = await lead.post(ROOM, data=form)
    assert (again.status_code, again.headers["location"]) == (303, f"{ROOM}/{row['id']}")
    for path in (ROOM, f"{ROOM}/{row['id']}"):
        page = await lead.get(path)
        assert page.status_code == 200
        assert "Zaaksysteem" in page.text
        assert not SECRET.search(page.text)
    assert await journal(rows) == [("made", "lead-1")]
    async with rows.connection() as conn:
        dump = str(await conn.fetch("select * from event.webhook")) + str(
            await conn.fetch("select * from registry.fact where name like 'webhook.%'")
        )
    assert secret not in dump
    assert URL not in str(await journal(rows))


async def test_only_what_was_chosen(lead: httpx.AsyncClient, rows: Database) -> None:
    chosen = [Kind.POTJE_PAID, Kind.STREET_OPENED]
    answer = await press(lead, ROOM, **GOOD | {"which": "some", "kinds": chosen})
    assert answer.status_code == 200
    [row] = await kept(rows)
    assert row["kinds"] == [Kind.STREET_OPENED, Kind.POTJE_PAID]
    page = await lead.get(f"{ROOM}/{row['id']}")
    assert page.text.count(" checked") == 3


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"name": " "}, "name", "Geef de webhook een korte naam"),
        ({"url": ""}, "url", "Het adres begint met https://."),
        ({"url": "http://zaken.gemeente.example/"}, "url", "Het adres begint met https://."),
        ({"url": "https://zaken gemeente/"}, "url", "Vul een heel adres in"),
        ({"url": "https://jan:geheim@zaken.example/"}, "url", "Zet geen naam of wachtwoord in het adres."),
        ({"url": "https://zaken.example:22/"}, "url", "Gebruik poort 443, of een poort boven 1023."),
        ({"url": "https://10.0.0.1/"}, "url", "Dit adres is niet van het openbare internet."),
        ({"url": "https://localhost:8443/"}, "url", "Dit adres is niet van het openbare internet."),
        ({"which": "some"}, "kinds", "Kies ten minste één soort bericht."),
        ({"which": "some", "kinds": "streets.burned"}, "kinds", "Kies ten minste één soort bericht."),
        ({"which": "some", "kinds": "webhooks.ping"}, "kinds", "Kies ten minste één soort bericht."),
    ],
)
async def test_a_mistake_is_told_and_changes_nothing(
    lead: httpx.AsyncClient, rows: Database, wrong: dict[str, str], field: str, sentence: str
) -> None:
    answer = await press(lead, ROOM, **GOOD | wrong)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-fout"' in answer.text
    assert await kept(rows) == []
    assert await journal(rows) == []


async def test_the_same_mistakes_in_a_change_leave_it_as_it_was(
    lead: httpx.AsyncClient, rows: Database, webhook: UUID
) -> None:
    answer = await press(lead, f"{ROOM}/{webhook}", **GOOD | {"url": "https://10.0.0.1/", "name": "Ander"})
    assert answer.status_code == 422
    assert (await kept(rows))[0]["url"] == URL
    changed = await press(lead, f"{ROOM}/{webhook}", **GOOD | {"name": "Ander", "which": "all"})
    assert changed.headers["location"] == f"{ROOM}/{webhook}?gedaan=change"
    assert "De webhook is bijgewerkt." in text_of(await lead.get(changed.headers["location"]))
    assert (await kept(rows))[0]["name"] == "Ander"
    assert await journal(rows) == [("made", "lead-1"), ("changed", "lead-1")]


async def test_in_english(lead: httpx.AsyncClient, webhook: UUID) -> None:
    answer = await press(lead, f"{ROOM}?taal=en", **GOOD | {"url": "http://x.example"})
    assert "The address begins with https://." in text_of(answer)
    page = text_of(await lead.get(f"{ROOM}/{webhook}?taal=en"))
    assert "Send a test message" in page
    assert "webhook beëindigen" not in page


async def test_plain_http_to_this_machine_only_where_the_desk_is_so_itself(
    rows: Database, keyring: Keyring, temporal: object, lead: httpx.AsyncClient
) -> None:
    local = GOOD | {"url": "http://127.0.0.1:9000/in"}
    assert (await press(lead, ROOM, **local)).status_code == 200
    from forms.desk.app import desk_app

    app = desk_app(rows, keyring, temporal, settings(url="https://bureau.example"))  # type: ignore[arg-type]
    async with browser_of(app, "https://bureau.example") as browser:
        browser.cookies.set("__Host-straat", await seated(rows, Vault(keyring), Role.LEAD))
        answer = await press(browser, ROOM, **local)
        assert answer.status_code == 422
        assert "Het adres begint met https://." in text_of(answer)


async def test_a_test_event_waits_for_the_herald(
    lead: httpx.AsyncClient, seat: Seat, rows: Database, webhook: UUID
) -> None:
    form = {"form": str(uuid4())}
    for _ in range(2):
        answer = await lead.post(f"{ROOM}/{webhook}/test", data=form)
        assert answer.status_code == 303
    operator = await seat("operator-1")
    assert (await press(operator, f"{ROOM}/{webhook}/test")).status_code == 303
    page = text_of(await operator.get(f"{ROOM}/{webhook}?gedaan=test"))
    assert "Het proefbericht is onderweg." in page
    assert page.count("proefbericht wacht") + page.count("proefbericht") >= 2
    assert (await kept(rows))[0]["waiting"] == 2
    assert await journal(rows) == [("made", "lead-1"), ("tested", "lead-1"), ("tested", "operator-1")]


async def test_pause_and_go_on(lead: httpx.AsyncClient, rows: Database, webhook: UUID) -> None:
    for act, state, told in (
        ("pause", "paused", "De webhook staat stil."),
        ("pause", "paused", "De webhook staat stil."),
        ("resume", "active", "De webhook gaat verder."),
    ):
        answer = await press(lead, f"{ROOM}/{webhook}/{act}")
        assert (await kept(rows))[0]["state"] == state
        assert told in text_of(await lead.get(answer.headers["location"]))
    assert [name for name, _ in await journal(rows)] == ["made", "paused", "resumed"]


async def test_a_new_secret_once_one_is_sure(lead: httpx.AsyncClient, rows: Database, webhook: UUID) -> None:
    asked = await press(lead, f"{ROOM}/{webhook}/rotate")
    assert "Een nieuw geheim maken?" in text_of(asked)
    assert not (await kept(rows))[0]["two_secrets"]
    form = {"form": str(uuid4()), "sure": "yes"}
    answer = await lead.post(f"{ROOM}/{webhook}/rotate", data=form)
    assert SECRET.search(answer.text)
    assert "Het oude geheim werkt nog tot" in text_of(answer)
    again = await lead.post(f"{ROOM}/{webhook}/rotate", data=form)
    assert again.status_code == 303
    assert (await kept(rows))[0]["two_secrets"]
    assert "Er zijn twee geheimen." in text_of(await lead.get(f"{ROOM}/{webhook}"))
    assert [name for name, _ in await journal(rows)] == ["made", "rotated"]


async def test_it_ends_once_one_is_sure(lead: httpx.AsyncClient, rows: Database, webhook: UUID) -> None:
    await press(lead, f"{ROOM}/{webhook}/test")
    asked = await press(lead, f"{ROOM}/{webhook}/end")
    assert "Eén bericht dat nog wacht, wordt niet verstuurd." in text_of(asked)
    assert len(await kept(rows)) == 1
    answer = await press(lead, f"{ROOM}/{webhook}/end", sure="yes")
    assert "De webhook is beëindigd." in text_of(await lead.get(answer.headers["location"]))
    assert await kept(rows) == []
    for act in ("", "/pause", "/resume", "/rotate", "/end", "/test", "/again"):
        assert (await press(lead, f"{ROOM}/{webhook}{act}", sure="yes", **GOOD)).status_code == 404
    assert [name for name, _ in await journal(rows)] == ["made", "tested", "ended"]


async def test_what_was_given_up_is_seen_and_sent_again(
    seat: Seat, lead: httpx.AsyncClient, rows: Database, webhook: UUID
) -> None:
    await dead(rows, webhook, "rozenlaan", "beukstraat", "eikenhof")
    overview = text_of(await lead.get(ROOM))
    assert "lukt niet" in overview
    operator = await seat("operator-1")
    assert "Niet aangekomen en opgegeven: 3" in text_of(await operator.get("/den-haag/beheer"))
    page = await operator.get(f"{ROOM}/{webhook}?stand=dead")
    assert "Het lukt niet sinds" in text_of(page)
    assert text_of(page).count("503") == 4
    assert page.text.count('name="event"') == 3
    [one, *_] = re.findall(r'name="event" value="([0-9]+)"', page.text)
    answer = await press(operator, f"{ROOM}/{webhook}/again", event=one)
    assert "We sturen het opnieuw." in text_of(await operator.get(answer.headers["location"]))
    [row] = await kept(rows)
    assert (row["waiting"], row["dead"]) == (1, 2)
    await press(operator, f"{ROOM}/{webhook}/again")
    [row] = await kept(rows)
    assert (row["waiting"], row["dead"]) == (3, 0)
    late = await press(operator, f"{ROOM}/{webhook}/again", event=one)
    assert late.status_code == 422
    assert "Er is niets meer om opnieuw te sturen." in text_of(late)
    assert (await press(operator, f"{ROOM}/{webhook}/again", event="x")).status_code == 400
    assert await journal(rows) == [("made", "lead-1"), ("replayed", "operator-1"), ("replayed", "operator-1")]


async def test_an_operator_sees_and_sends_again_and_changes_nothing(
    seat: Seat, rows: Database, webhook: UUID
) -> None:
    operator = await seat("operator-1")
    page = await operator.get(f"{ROOM}/{webhook}")
    assert "Stuur een proefbericht" in page.text
    for button in ("Pauzeer", "Nieuw geheim", "Beëindig", "Wijzig de webhook"):
        assert button not in page.text
    assert "De programmaleider maakt en wijzigt webhooks." in text_of(await operator.get(ROOM))
    for act in ("", "/pause", "/resume", "/rotate", "/end"):
        assert (await press(operator, f"{ROOM}/{webhook}{act}", sure="yes", **GOOD)).status_code == 403
    assert [name for name, _ in await journal(rows)] == ["made"]


async def test_a_webhook_of_another_municipality_is_not_there(
    seat: Seat, rows: Database, webhook: UUID
) -> None:
    elsewhere = await seat("lead-1", "rotterdam")
    room = ROOM.replace("den-haag", "rotterdam")
    assert "Zaaksysteem" not in (await elsewhere.get(room)).text
    assert (await elsewhere.get(f"{room}/{webhook}")).status_code == 404
    for act in ("", "/pause", "/resume", "/rotate", "/end", "/test", "/again"):
        assert (await press(elsewhere, f"{room}/{webhook}{act}", sure="yes", **GOOD)).status_code == 404
    assert [name for name, _ in await journal(rows)] == ["made"]


async def test_no_more_than_twenty(lead: httpx.AsyncClient, rows: Database) -> None:
    for number in range(20):
        assert (await press(lead, ROOM, **GOOD | {"name": f"Nummer {number}"})).status_code == 200
    answer = await press(lead, ROOM, **GOOD)
    assert answer.status_code == 422
    assert "Er zijn al 20 webhooks." in text_of(answer)
    assert len(await kept(rows)) == 20
