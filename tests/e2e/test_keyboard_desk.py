"""A day at the desk without a mouse: a coordinator plans and records, a treasurer approves, by keyboard."""

from datetime import datetime, timedelta

from playwright.async_api import Browser, Page, expect

from schemas.calendar import AMSTERDAM
from tests.e2e.resident import Resident
from tests.e2e.running import Running
from tests.e2e.windows import reload_until, sign_in, window

MOST_TABS = 150
FOCUSED = "css => document.activeElement.matches(css)"
TABLET = (768, 1024)


async def tab_to(page: Page, css: str) -> None:
    """Press Tab until something has the focus, as often as a person would bear; and it shows."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate(FOCUSED, css):
            shown = "getComputedStyle(document.activeElement).outlineStyle"
            assert await page.evaluate(shown) != "none", css
            return
    raise AssertionError(f"not reached by Tab: {css}")


async def past_the_navigation(page: Page) -> None:
    """The first stop of a page leads to its content."""
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUSED, "a.skip")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('main') !== null")


async def type_day(page: Page, day: datetime) -> None:
    """In the order that this browser's date field has."""
    for order in ("%d%m%Y", "%m%d%Y"):
        for _ in range(3):
            await page.keyboard.press("ArrowLeft")
        await page.keyboard.type(f"{day:{order}}")
        if await page.input_value("#day") == f"{day:%Y-%m-%d}":
            return
    raise AssertionError("the date could not be typed")


async def told(page: Page) -> None:
    """What became of it has the focus, so that a screen reader reads it and Tab goes on from there."""
    await expect(page.locator("p.flash")).to_be_focused()


async def plan(page: Page, slug: str) -> None:
    await past_the_navigation(page)
    await tab_to(page, f'a[href*="/straten/{slug}#"]')
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/straten/{slug}**")
    plan = 'form[action$="/plan"]'
    if not await page.locator("#place").is_visible():
        await tab_to(page, f"details:has({plan}) > summary")
        await page.keyboard.press("Enter")
    await tab_to(page, "#place")
    # Enter in a field sends the form, and what is missing is told where the focus goes.
    await page.keyboard.type("Buurthuis De Proef")
    await page.keyboard.press("Enter")
    await expect(page.locator("#fouten")).to_be_focused()
    await tab_to(page, '.summary a[href="#day"]')
    await page.keyboard.press("Enter")
    await expect(page.locator("#day")).to_be_focused()
    await type_day(page, datetime.now(AMSTERDAM) + timedelta(days=10))
    await tab_to(page, "#clock")
    await page.keyboard.type("0730PM")
    await tab_to(page, "#place")
    await page.keyboard.press("Enter")
    await told(page)


async def record(page: Page) -> None:
    await tab_to(page, 'input[name="outcome"]')
    await page.keyboard.press("Space")
    assert await page.locator('input[name="outcome"]:checked').get_attribute("value") == "accepted"
    await tab_to(page, 'input[name="agreed"]')
    await page.keyboard.press("Space")
    await tab_to(page, 'form[action$="/record"] button')
    await page.keyboard.press("Enter")
    await told(page)


async def test_a_day_by_keyboard_on_a_tablet(stack: Running, browser: Browser) -> None:
    async with Resident(stack, street="Toetsenpad") as resident:
        await resident.sign_up()
        await resident.say("yes")
        slug, desk = resident.slug, stack.urls["desk"]
    await stack.letter(resident.email, "welcome")
    async with window(browser, TABLET) as coordinator, window(browser, TABLET) as treasurer:
        await sign_in(coordinator, desk, "rotterdam", "coordinator-1")
        await coordinator.goto(f"{desk}/rotterdam/straten?zoek={slug}")
        await reload_until(coordinator, coordinator.locator(f'a[href$="/straten/{slug}"]'))
        await coordinator.goto(f"{desk}/rotterdam/vandaag")
        current = coordinator.locator('nav.rooms [aria-current="page"]')
        await expect(current).to_have_attribute("href", "/rotterdam/vandaag")
        await plan(coordinator, slug)
        await record(coordinator)

        await sign_in(treasurer, desk, "rotterdam", "treasurer-1")
        await treasurer.goto(f"{desk}/rotterdam/straten/{slug}")
        await reload_until(treasurer, treasurer.locator('form[action$="/approve"]'))
        await past_the_navigation(treasurer)
        await tab_to(treasurer, 'form[action$="/approve"] button')
        await treasurer.keyboard.press("Enter")
        await told(treasurer)
        await expect(treasurer.locator(".badge.approved")).to_be_visible()
