"""Every page that links lead to: axe, three widths, 200% zoom, both languages, focus; and a picture.

The pictures lie in ``.seen/`` for people to look at. A new address that no link leads to fails here, until
``looked_at.py`` names the test that looks at it.
"""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from forms.desk.staff import HOMES, Role
from tests.e2e import looked_at
from tests.e2e.conftest import Demo
from tests.e2e.crawling import Map, walk
from tests.e2e.looking import violations
from tests.e2e.running import Running
from tests.e2e.windows import sign_in, window
from workers.demo.cast import MUNICIPALITY

SEEN = Path(__file__).parents[2] / ".seen"
WIDTHS = {"320": 320, "zoom 200%": 640, "768": 768, "1280": 1280}
PICTURES = ("320", "768", "1280")

FOCUS = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => e.checkVisibility() && !e.disabled)
  .filter(e => { e.focus({focusVisible: true}); const s = getComputedStyle(e);
                 return e === document.activeElement && s.outlineStyle === 'none' && s.boxShadow === 'none' })
  .map(e => e.outerHTML.slice(0, 120))"""
"""What can be reached by keyboard, and does not show that it was."""


@dataclass
class Reader:
    """Two windows on the same pages: one in Dutch, one in English."""

    nl: Page
    en: Page

    async def looks(self, url: str, picture: str) -> list[str]:
        """What is wrong with the page that is open."""
        wrong = [f"{url}: {each}" for each in await self._at_each_width(url, picture)]
        await self.en.goto(url)
        for page, language in ((self.nl, "nl"), (self.en, "en")):
            said = await page.locator("html").get_attribute("lang")
            if said != language or await page.locator("h1").count() != 1:
                wrong.append(f"{url}: lang {said}, {await page.locator('h1').count()} headings h1")
            wrong += [f"{url} ({language}): {each}" for each in await violations(page)]
        return wrong + [f"{url}: no visible focus: {each}" for each in await self.nl.evaluate(FOCUS)]

    async def _at_each_width(self, url: str, picture: str) -> list[str]:
        wrong = []
        for name, width in reversed(WIDTHS.items()):
            await self.nl.set_viewport_size({"width": width, "height": 800})
            wide = await self.nl.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{wide} px wide at {name}")
            if name in PICTURES:
                await self.nl.screenshot(path=SEEN / f"{picture}-{name}.png", full_page=True)
        return wrong


@asynccontextmanager
async def reader(browser: Browser, base: str, seat: str | None = None) -> AsyncIterator[Reader]:
    """The two windows, signed in where a seat is given."""
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(window(browser, scripts=True)) for _ in range(2)]
        for page, language in zip(pages, ("nl", "en"), strict=True):
            await page.goto(f"{base}/?taal={language}")
            if seat is not None:
                await sign_in(page, base, MUNICIPALITY, seat)
        yield Reader(*pages)


async def explore(reader: Reader, start: str, within: str, found: Map, room: str) -> list[str]:
    """Everything that is wrong, on every page under ``within``."""
    wrong: list[str] = []
    async for url in walk(reader.nl, start, found, within=within):
        name = re.sub(r"[^a-z0-9]+", "-", url.removeprefix(within).lower())[:80].strip("-") or "begin"
        wrong += await reader.looks(url, f"{room}-{name}")
    return wrong


@pytest.fixture(scope="module", autouse=True)
def _pictures() -> None:
    shutil.rmtree(SEEN, ignore_errors=True)
    SEEN.mkdir()


def at_home(found: Map) -> list[Role]:
    """The roles whose desk begins at a page that there is."""
    return [role for role, home in HOMES.items() if found.address(f"/{MUNICIPALITY}/{home}")]


@pytest.mark.long
async def test_every_page_of_the_desk(stack: Running, browser: Browser, demo: Demo) -> None:
    found = Map(looked_at.desk_pages())
    desk, wrong = stack.urls["desk"], []
    for role in at_home(found):
        async with reader(browser, desk, f"{role}-1") as both:
            start = f"{desk}/{MUNICIPALITY}"
            wrong += await both.looks(both.nl.url, f"{role}-home")
            home = both.nl.url
            if role is Role.COORDINATOR:  # the day begins with intakes; a street that goes on has more pages
                await both.nl.goto(f"{start}/straten?fase=active")
                street = await both.nl.locator("table.streets th a").first.get_attribute("href")
                wrong += await explore(both, f"{desk}{street}", start, found, role)
            wrong += await explore(both, home, start, found, role)
    assert not wrong, "\n".join(wrong)
    assert not sorted(found.unseen - looked_at.NO_PAGE_DESK - looked_at.DESK.keys())


async def test_every_public_page(stack: Running, browser: Browser, demo: Demo) -> None:
    found = Map(looked_at.public_pages())
    public = stack.urls["public"]
    async with reader(browser, public) as both:
        wrong = await explore(both, f"{public}/{MUNICIPALITY}", public + "/", found, "public")
        wrong += await explore(both, public + "/", public + "/", found, "public")
    assert not wrong, "\n".join(wrong)
    assert not sorted(found.unseen - looked_at.NO_PAGE_PUBLIC - looked_at.PUBLIC.keys())


def test_each_page_that_no_link_leads_to_has_a_test_that_is_there() -> None:
    """Whether that test does look at it is told at the end of a run in which it ran: see ``conftest.py``."""
    for page, test in {**looked_at.PUBLIC, **looked_at.DESK}.items():
        file, _, name = test.partition("::")
        assert f"async def {name}(" in (Path(__file__).parent / file).read_text("utf-8"), page
    every = {route.path for route in (*looked_at.public_pages(), *looked_at.desk_pages())}
    named = {*looked_at.PUBLIC, *looked_at.DESK, *looked_at.NO_PAGE_PUBLIC, *looked_at.NO_PAGE_DESK}
    assert named <= every, "each is an address that there is"
