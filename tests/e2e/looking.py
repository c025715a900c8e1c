"""What every page must be: clean to axe, in the reader's language, and fit for a narrow screen."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.e2e.looked_at import note

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
NARROW = {"width": 320, "height": 640}
WRONG = {"nl": "Fout:", "en": "Error:"}


async def violations(page: Page) -> list[str]:
    """What axe has against the page as it stands: rule and element."""
    note(page.url)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = (await Axe().run(page, options=options)).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


async def look(page: Page, language: str, *, errors: bool = False) -> None:
    """Fails on the first thing that is wrong, and says on which page."""
    where = f"{page.url} ({language})"
    assert await page.locator("html").get_attribute("lang") == language, where
    title = await page.title()
    assert title.startswith(WRONG[language]) == errors, f"{where}: {title}"
    assert await page.locator("h1").count() == 1, where
    assert not await violations(page), (where, await violations(page))
    await fits(page, where)


async def fits(page: Page, where: str) -> None:
    """Nothing sticks out at 320 px, which is also what 400% zoom leaves of a wide screen."""
    before = page.viewport_size
    assert before is not None
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wide = await page.evaluate("document.documentElement.scrollWidth")
    await page.set_viewport_size(before)
    assert wide <= NARROW["width"], f"{where} is {wide} px wide on a screen of {NARROW['width']}"
