"""The shared stories: only those, newest first, without a day or a person, and a street only among enough."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from schemas.suppression import SMALLEST_SHOWN
from store import stories
from store.database import Database
from store.vault import Vault
from tests.web.public.resident import Resident, text_of
from tests.web.public.storytelling import NOVEMBER, Storytelling

PAGE = "/rotterdam/verhalen"


@pytest.fixture
def telling(db: Database, vault: Vault) -> Storytelling:
    return Storytelling(db, vault)


def told_in(html: str) -> list[str]:
    """The words of the stories, in the order of the page."""
    return re.findall(r'<p class="told"[^>]*>(.*?)</p>', html, re.DOTALL)


async def test_the_words_the_street_and_the_month(resident: Resident, telling: Storytelling) -> None:
    await telling.streets(SMALLEST_SHOWN)
    story = await telling.tell("De soep <b>was</b> voor\n\nde hele trap.")
    page = await resident.get(PAGE)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert told_in(page.text) == ["De soep &lt;b&gt;was&lt;/b&gt; voor\n\nde hele trap."]
    assert "<h2>Laan active 1</h2>" in page.text
    assert f'id="verhaal-{story}"' in page.text
    assert "Verteld in november 2026." in text_of(page)
    assert "14 november" not in text_of(page)
    assert 'type="application/atom+xml"' in page.text
    assert "set-cookie" not in page.headers


async def test_english_says_that_the_words_are_dutch(resident: Resident, telling: Storytelling) -> None:
    await telling.tell("De soep was op.")
    page = await resident.get(f"{PAGE}?taal=en")
    assert "Stories of neighbours" in text_of(page)
    assert "A story from Rotterdam" in text_of(page)
    assert "Told in November 2026." in text_of(page)
    assert '<p class="told" lang="nl">De soep was op.</p>' in page.text


@pytest.mark.parametrize(
    ("active", "asleep", "named"), [(SMALLEST_SHOWN, 0, True), (SMALLEST_SHOWN - 1, 9, False)]
)
async def test_a_street_is_named_among_enough_active_ones(
    resident: Resident, telling: Storytelling, active: int, asleep: int, named: bool
) -> None:
    await telling.streets(active)
    await telling.streets(asleep, phase="asleep")
    await telling.streets(9, "den-haag")
    await telling.tell("De soep")
    for path in (PAGE, "/rotterdam"):
        page = await resident.get(path)
        assert ("Laan active 1" in page.text) == named
        assert ("Een verhaal uit Rotterdam" in page.text) != named


async def test_what_nobody_may_read_is_nowhere(resident: Resident, telling: Storytelling) -> None:
    await telling.tell_what_nobody_may_read()
    for path in (PAGE, "/rotterdam"):
        page = await resident.get(path)
        assert "GEHEIM" not in page.text
        assert told_in(page.text) == []
    assert "Er zijn nog geen verhalen" in text_of(await resident.get(PAGE))
    assert told_in((await resident.get("/den-haag/verhalen")).text) == ["GEHEIM elders"]
    async with telling.db.connection() as conn:
        assert await stories.how_many(conn, "rotterdam") == 0


async def test_taken_back_is_gone_at_once(resident: Resident, telling: Storytelling) -> None:
    story = await telling.tell("De soep")
    assert told_in((await resident.get(PAGE)).text) == ["De soep"]
    await telling.take_back(story)
    assert told_in((await resident.get(PAGE)).text) == []


async def test_twenty_a_page_the_latest_first(resident: Resident, telling: Storytelling) -> None:
    for number in range(45):
        await telling.tell(f"Verhaal {number}", at=NOVEMBER + timedelta(minutes=number))
    await telling.tell_what_nobody_may_read()
    seen: list[str] = []
    for page, there in enumerate((20, 20, 5), start=1):
        shown = await resident.get(f"{PAGE}?pagina={page}")
        assert len(told_in(shown.text)) == there
        assert f"Bladzijde {page} van 3" in text_of(shown)
        assert ('rel="prev"' in shown.text) == (page > 1)
        assert ('rel="next"' in shown.text) == (page < 3)
        seen += told_in(shown.text)
    assert seen == [f"Verhaal {number}" for number in reversed(range(45))]


@pytest.mark.parametrize(
    ("asked", "page"),
    [("", 1), ("x", 1), ("0", 1), ("-1", 1), ("2", 2), ("3", 2), ("9" * 40, 1), ("²", 1), ("99999", 2)],
)
async def test_a_page_that_is_not_there(
    resident: Resident, telling: Storytelling, asked: str, page: int
) -> None:
    for number in range(21):
        await telling.tell(f"Verhaal {number}")
    shown = await resident.get(f"{PAGE}?pagina={asked}")
    assert shown.status_code == 200
    assert f"Bladzijde {page} van 2" in text_of(shown)


async def test_the_month_is_that_of_the_netherlands(resident: Resident, telling: Storytelling) -> None:
    await telling.tell("Oud en nieuw", at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert "Verteld in januari 2027." in text_of(await resident.get(PAGE))


async def test_the_municipality_shows_three_and_leads_on(resident: Resident, telling: Storytelling) -> None:
    assert 'id="verhalen"' not in (await resident.get("/rotterdam")).text
    for number in range(5):
        await telling.tell(f"Verhaal {number}", at=NOVEMBER + timedelta(minutes=number))
    page = await resident.get("/rotterdam?campagne=flyer")
    assert told_in(page.text) == ["Verhaal 4", "Verhaal 3", "Verhaal 2"]
    assert '<a href="/rotterdam/verhalen">Lees alle verhalen</a>' in page.text
    nav = page.text.partition('<nav aria-label="Wat u hier vindt">')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', nav) == [
        "/rotterdam/aanmelden?campagne=flyer",
        "/rotterdam/verhalen",
        "/rotterdam/hulp",
        "#zorg",
    ]


async def test_home_tells_numbers_that_are_not_small(resident: Resident, telling: Storytelling) -> None:
    await telling.streets(SMALLEST_SHOWN)
    await telling.streets(SMALLEST_SHOWN - 1, "den-haag")
    await telling.streets(7, "den-haag", "asleep")
    page = await resident.get("/")
    places = re.findall(
        r'<a href="/([a-z-]+)">[^<]+(?:<span class="quiet">(.*?)</span>)?</a>\s*</li>', page.text
    )
    assert [place for place in places if place[0] not in ("privacy", "toegankelijkheid")] == [
        ("aalsmeer", ""),
        ("den-haag", ""),
        ("rotterdam", "5 straten doen mee"),
    ]
    assert "<strong>5</strong> straten in Rotterdam" in (await resident.get("/rotterdam")).text
    assert 'class="count"' not in (await resident.get("/den-haag")).text


async def test_a_municipality_that_is_none(resident: Resident) -> None:
    assert (await resident.get("/nergens/verhalen")).status_code == 404
