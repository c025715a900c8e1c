"""The README's pictures, from a running stack after ``straat demo``: ``python -m tests.shots [HOME]``."""

import asyncio
import json
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.windows import FLAGS, PHONE, chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCREEN = (1200, 800)


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


async def _desk_and_operator(browser: Browser, urls: dict[str, str]) -> None:
    page = await _page(browser, SCREEN)
    await page.goto(urls["desk"])
    await (
        page.locator("form", has=page.locator("input[value=rotterdam]")).first.locator("button").first.click()
    )
    await _shoot(page, "bureau")
    await page.goto(f"{urls['desk']}/rotterdam/straten/rozenlaan")
    await _shoot(page, "straat")
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


async def shoot(home: Path) -> None:
    """Take all of them."""
    urls = json.loads((home / "stack.json").read_text("utf-8"))["urls"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        await _residents(browser, urls)
        await _desk_and_operator(browser, urls)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(shoot(Path(sys.argv[1] if len(sys.argv) > 1 else ".straat")))
