"""The social map on the desk: a file replaces it or nothing happens, and only coordinators send one."""

import httpx
import pytest

from schemas.social import MAX_BYTES
from store import social
from store.database import Database
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/sociale-kaart"
HEAD = "naam;onderwerpen;wijken;tekst;text_en;telefoon;email;web\n"
GOOD = HEAD + "De Linde;Zorgen over geld|care;Laak;Koffie en soep;;070 123 45 60;a@linde.example;\n"


async def send(browser: httpx.AsyncClient, text: str, name: str = "bestand") -> httpx.Response:
    return await browser.post(ROOM, files={name: ("kaart.csv", text.encode(), "text/csv")})


async def on_the_map(db: Database) -> list[str]:
    async with db.connection() as conn:
        return [offer.name for offer in await social.offers(conn, "den-haag")]


async def test_a_file_becomes_the_map(seat: Seat, rows: Database) -> None:
    browser = await seat()
    assert "De kaart is nog leeg." in text_of(await browser.get(ROOM))
    answer = await send(browser, GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOM}?gedaan=social-map")
    told = text_of(await browser.get(answer.headers["location"]))
    assert "De sociale kaart is vervangen." in told
    assert "Eén plek" in told
    assert "Ingelezen door Noor" in told
    for words in ("De Linde", "Iemand zorgt niet goed meer voor zichzelf", "Laak", "070 123 45 60"):
        assert words in told
    assert await on_the_map(rows) == ["De Linde"]
    assert (await send(browser, GOOD.replace("De Linde", "De Brug"))).status_code == 303
    assert await on_the_map(rows) == ["De Brug"]
    assert "vervangen." not in text_of(await browser.get(f"{ROOM}?gedaan=iets"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Kies eerst een bestand."),
        (HEAD, "Er staat geen enkele plek in het bestand."),
        (GOOD.replace("070 123 45 60", "geheim").replace("care", "tuin"), "Regel 2: het telefoonnummer"),
        (GOOD.replace("Laak", "Nergens"), "Regel 2: een wijk kennen we niet."),
        ("x" * (MAX_BYTES + 1), "Het bestand is te groot. Het mag ten hoogste 300 KB zijn."),
    ],
)
async def test_a_file_with_a_mistake_changes_nothing(
    seat: Seat, rows: Database, text: str, sentence: str
) -> None:
    browser = await seat()
    await send(browser, GOOD)
    answer = await send(browser, text.replace("De Linde", "De Brug"))
    assert answer.status_code == 422
    told = text_of(answer)
    assert sentence in told
    assert "geheim" not in told
    assert "vervangen." not in told
    assert await on_the_map(rows) == ["De Linde"]


async def test_a_large_map_arrives_and_many_mistakes_are_counted(seat: Seat, rows: Database) -> None:
    browser = await seat()
    many = "".join(f"Plek {number};care;;{'woord ' * 90};;070 1234560;;\n" for number in range(450))
    assert len(HEAD + many) > 200_000
    assert (await send(browser, HEAD + many)).status_code == 303
    assert len(await on_the_map(rows)) == 450
    answer = await send(browser, HEAD + "".join(f"Plek {number};tuin;;x y;;113;;\n" for number in range(30)))
    told = text_of(answer)
    assert "Regel 26: vul onderwerpen in" in told
    assert "Regel 27" not in told
    assert "En nog 5 fouten." in told


async def test_english(seat: Seat) -> None:
    browser = await seat()
    answer = await browser.post(
        f"{ROOM}?taal=en", files={"bestand": ("a.csv", GOOD.replace("care", "tuin").encode(), "text/csv")}
    )
    told = text_of(answer)
    assert "Line 2: fill in topics from the list" in told
    assert "Something in the file is not right." in told


async def test_who_may_what(seat: Seat, rows: Database, stranger: httpx.AsyncClient) -> None:
    treasurer = await seat("treasurer-1")
    page = await treasurer.get(ROOM)
    assert page.status_code == 200
    assert "Een coördinator leest de lijst in." in text_of(page)
    assert 'type="file"' not in page.text
    assert (await send(treasurer, GOOD)).status_code == 403
    assert (await (await seat("scout-1")).get(ROOM)).status_code == 403
    assert (await send(stranger, GOOD)).headers["location"] == "/"
    elsewhere = await seat("coordinator-1", "rotterdam")
    assert (await send(elsewhere, GOOD)).status_code == 404
    assert await on_the_map(rows) == []


async def test_what_is_no_form_with_a_file(seat: Seat, rows: Database) -> None:
    browser = await seat()
    assert (await browser.post(ROOM, data={"bestand": GOOD})).status_code == 400
    assert (await send(browser, GOOD, name="iets")).status_code == 422
    assert await on_the_map(rows) == []


async def test_the_room_is_in_the_navigation(seat: Seat) -> None:
    for key in ("coordinator-1", "treasurer-1"):
        page = await (await seat(key)).get(ROOM)
        assert f'<a href="{ROOM}" aria-current="page">Sociale kaart</a>' in page.text
