"""The README's pictures, from a running stack after ``straat demo``: ``python -m tests.shots [HOME]``."""

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.windows import FLAGS, PHONE, chromium
from workers.demo.cast import MUNICIPALITY, STORIES
from workers.demo.visitor import CODE, DOOR_LINK, Letterbox

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCREEN = (1200, 800)
LOW_SCREEN = (1200, 640)
QUIET_MS = 4000
"""What the Temporal UI takes to show all of a page."""
PATIENCE = 200
"""Tenths of a second that a mail may take."""


async def _page(browser: Browser, size: tuple[int, int]) -> Page:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    return await context.new_page()


async def _shoot(page: Page, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.png")


async def _residents(browser: Browser, urls: dict[str, str]) -> None:
    page = await _page(browser, PHONE)
    await page.goto(f"{urls['public']}/rotterdam")
    await _shoot(page, "rotterdam")
    await page.goto(f"{urls['public']}/rotterdam/aanmelden")
    await page.fill("input[name=street]", "Rozenlaan")
    await _shoot(page, "aanmelden")
    await page.goto(urls["mail"])
    await page.get_by_role("link", name="uitbetaald").first.click()
    await _shoot(page, "mail")
    await _door(page, Letterbox(urls["mail"], ()))


async def _door(page: Page, box: Letterbox) -> None:
    """The street's own page, with what it wrote down."""
    street = STORIES[0]
    await page.goto(await box.find(street.email, f"{street.street} is uitbetaald", DOOR_LINK))
    before = await box.find(street.email, "Uw code", CODE)
    await page.locator("main form button").click()
    for _ in range(PATIENCE):
        code = await box.find(street.email, "Uw code", CODE)
        if code != before:
            break
        await page.wait_for_timeout(100)
    await page.fill("input[name=code]", code)
    await page.locator("main form button").first.click()
    await page.wait_for_url("**/mijn-straat")
    await _shoot(page, "mijn-straat")


async def _money(page: Page, desk: str) -> None:
    """A batch that the bank answered, and a report."""
    await page.goto(f"{desk}/betalen")
    await page.locator('main table a[href*="/betalen/"]').first.click()
    await _shoot(page, "betaalbestand")
    await page.goto(f"{desk}/rapporten")
    await page.get_by_role("heading", name="Attenties per aanleiding").evaluate("e => e.scrollIntoView()")
    await _shoot(page, "rapporten")


async def _desk_and_operator(browser: Browser, urls: dict[str, str]) -> None:
    page = await _page(browser, SCREEN)
    await page.goto(urls["desk"])
    await (
        page.locator("form", has=page.locator("input[value=rotterdam]")).first.locator("button").first.click()
    )
    await _shoot(page, "bureau")
    await page.goto(f"{urls['desk']}/rotterdam/straten/rozenlaan")
    await _shoot(page, "straat")
    await _money(page, f"{urls['desk']}/{MUNICIPALITY}")
    workflow = f"{urls['temporal_ui']}/namespaces/default/workflows"
    await page.goto(workflow)
    await page.get_by_text("street-rotterdam").first.wait_for()
    await _shoot(page, "temporal-lijst")
    await page.goto(f"{workflow}/street-rotterdam-rozenlaan")
    await page.get_by_text("User Metadata").click()
    await page.wait_for_timeout(4000)
    await page.mouse.wheel(0, 500)
    await page.wait_for_timeout(500)
    await _shoot(page, "temporal-straat")


async def _tour(browser: Browser, ui: str) -> None:
    """The Temporal UI as operators meet it: a saved list, the steps of a potje, what starts by the clock."""
    page = await _page(browser, LOW_SCREEN)
    potjes = quote('Phase="potje_to_approve" AND ExecutionStatus="Running"')
    await page.goto(f"{ui}/namespaces/default/workflows?query={potjes}")
    await page.locator("a", has_text="potje-rotterdam-").first.wait_for()
    await page.wait_for_timeout(QUIET_MS)
    await _shoot(page, "temporal-potjes")
    paid = quote('Phase="potje_paid"')
    await page.goto(f"{ui}/namespaces/default/workflows?query={paid}")
    await page.locator("a", has_text="potje-rotterdam-").first.click()
    steps = page.get_by_role("heading", name="Timeline")
    await steps.wait_for()
    await page.wait_for_timeout(QUIET_MS)
    await steps.evaluate("each => each.scrollIntoView()")
    await _shoot(page, "temporal-stappen")
    await page.goto(f"{ui}/namespaces/default/schedules")
    await page.get_by_text("ledger-heads").first.wait_for()
    await page.wait_for_timeout(QUIET_MS)
    await _shoot(page, "temporal-klok")


async def shoot(home: Path) -> None:
    """Take all of them."""
    urls = json.loads((home / "stack.json").read_text("utf-8"))["urls"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        await _residents(browser, urls)
        await _desk_and_operator(browser, urls)
        await _tour(browser, urls["temporal_ui"])
        await browser.close()


if __name__ == "__main__":
    asyncio.run(shoot(Path(sys.argv[1] if len(sys.argv) > 1 else ".straat")))
