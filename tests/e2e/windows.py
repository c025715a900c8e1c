"""Windows of a browser, and clicking in them. Fields go by their names, so that words may change."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, Route, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PHONE = (360, 740)
DESKTOP = (1280, 800)
LOADED_MS = 30_000
"""What a page may take on a busy machine."""

TRIES = 100


def chromium() -> str | None:
    """The browser of this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def window(
    browser: Browser, size: tuple[int, int] = DESKTOP, *, scripts: bool = False
) -> AsyncIterator[Page]:
    """A page with cookies of its own. Without scripts, unless a test asks for them."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, locale="nl-NL"
    )
    context.set_default_timeout(LOADED_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def fill(page: Page, **fields: str) -> None:
    """Type into fields by their names; a radio button is chosen by its value."""
    for name, value in fields.items():
        field = page.locator(f'main [name="{name}"]')
        kind = await field.first.get_attribute("type")
        if kind in ("radio", "checkbox"):
            await page.locator(f'main [name="{name}"][value="{value}"]').check()
        elif await field.evaluate("e => e.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)


async def tick_all(page: Page, name: str) -> None:
    """Tick every box of one name."""
    for box in await page.locator(f'main input[type="checkbox"][name="{name}"]').all():
        await box.check()


async def submit(page: Page, action: str) -> None:
    """Press the button of the form whose address ends so."""
    await button(page, action).click()


def button(page: Page, action: str) -> Locator:
    """The first button of the form whose address ends so."""
    return page.locator(f'main form[action$="{action}"] button[type="submit"]').first


async def sign_in(page: Page, desk: str, municipality: str, seat: str) -> None:
    """Choose who you are at the desk."""
    await page.goto(desk)
    own = f'form:has([name="municipality"][value="{municipality}"]):has([name="seat"][value="{seat}"])'
    await page.locator(f"{own} button").click()
    await page.wait_for_url(re.compile(rf"/{municipality}/[a-z-]+(/\d{{4}})?$"))


async def reload_until(page: Page, there: Locator) -> None:
    """Look again, as the page advises, until something is on it: registers follow workflows."""
    for _ in range(TRIES):
        if await there.count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    await expect(there).not_to_have_count(0)


async def open_mail(page: Page, catcher: str, mail_id: str, to: str = "/antwoord/") -> None:
    """Read a mail in the catcher and follow the link in it."""
    await page.goto(f"{catcher}/mail/{mail_id}")
    await page.locator(f'pre a[href*="{to}"]').click()
    await page.wait_for_url(re.compile(to))


@asynccontextmanager
async def changed_request(page: Page, url: str, method: str = "GET", data: str = "") -> AsyncIterator[None]:
    """Open an address in a way that no page of ours would."""
    form = {"content-type": "application/x-www-form-urlencoded"}

    async def change(route: Route) -> None:
        await route.continue_(method=method, headers=route.request.headers | form, post_data=data)

    if method != "GET":
        await page.route(url, change)
    yield
    await page.unroute(url)
