"""The public pages with the keyboard alone and no scripts at all; room, targets and colours of one's own."""

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.looking import fits, look
from tests.e2e.payday import code_in
from tests.e2e.resident import Resident
from tests.e2e.running import Running
from tests.e2e.test_axe import both, focused, speak
from tests.e2e.test_my_data import LINK
from tests.e2e.windows import PHONE, window

FAR = 60
"""Presses of Tab that a patient person would make."""

TRAP = "website"
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
                         word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
"""WCAG 1.4.12: what a reader may set. A sheet that is made, for our policy lets no style in otherwise."""

CUT_OFF = """() => [...document.querySelectorAll('main *, header *, footer *')]
  .filter(e => e.checkVisibility() && !e.closest('.unseen, .trap') && e.children.length === 0)
  .filter(e => { const s = getComputedStyle(e);
                 return s.clipPath === 'none' && ['hidden', 'clip'].includes(s.overflowX)
                     && e.scrollWidth > e.clientWidth + 1 })
  .map(e => e.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => e.checkVisibility() && !e.closest('.trap') && !e.matches('.skip'))
  .filter(e => getComputedStyle(e).display !== 'inline' || e.matches('input, select'))
  .map(e => { const box = e.getBoundingClientRect(), label = e.labels?.[0]?.getBoundingClientRect();
              const choice = e.matches('[type=radio], [type=checkbox]') && label;
              const most = e.matches('.button, button, input, select, textarea, summary') ? 44 : 24;
              return [e, Math.max(box.height, choice ? label.height : 0),
                      Math.max(box.width, choice ? label.width : 0), most] })
  .filter(([e, high, wide, most]) => Math.round(high) < most || Math.round(wide) < most)
  .map(([e, high, wide]) => `${Math.round(wide)} by ${Math.round(high)}: ${e.outerHTML.slice(0, 99)}`)"""
MOVES = """() => document.getAnimations().length + [...document.querySelectorAll('*')].filter(e => {
    const s = getComputedStyle(e);
    return s.animationName !== 'none' && parseFloat(s.animationDuration) > .01
        || s.transitionDuration.split(',').some(each => parseFloat(each) > .01) }).length"""
PAGES = [
    "/",
    "/rotterdam",
    "/rotterdam/aanmelden/straat",
    "/rotterdam/zorg",
    "/rotterdam/zorg/gevaar",
    "/rotterdam/zorg/vertel",
    "/rotterdam/mijn-gegevens",
    "/rotterdam/verhalen",
    "/rotterdam/hulp",
    "/rotterdam/privacy",
    "/niet-hier",
]


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until it is there; the field that nobody sees is never on the way."""
    for _ in range(FAR):
        here = await focused(page)
        assert here != TRAP, "nobody gets there by keyboard"
        if here == name:
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name}")


async def type_in(page: Page, **answers: str) -> None:
    """Answer questions in their order: words are typed, a choice is made with Space and arrows."""
    for name, value in answers.items():
        await tab_to(page, name)
        kind = await page.evaluate("document.activeElement.type")
        if kind == "radio":
            await page.keyboard.press("Space")
            for _ in range(FAR):
                if await page.evaluate("document.activeElement.value") == value:
                    break
                await page.keyboard.press("ArrowDown")
        elif kind == "select-one":
            for _ in range(FAR):
                if await page.evaluate("document.activeElement.value") == value:
                    break
                await page.keyboard.press("ArrowDown")
        else:
            await page.keyboard.press("ControlOrMeta+a")
            await page.keyboard.type(value)
        assert await page.evaluate("document.activeElement.value") == value, name
        await page.keyboard.press("Tab")


async def send(page: Page, to: str, button: str = "submit") -> None:
    """Reach the button of the form, and press it."""
    await tab_to(page, button)
    await page.keyboard.press("Enter")
    await page.wait_for_url(to)


async def mistake(page: Page, button: str = "submit") -> None:
    """Send the empty form: the summary has the focus, and its first link leads to the field.

    No key before the page is there: who has pressed one keeps the focus.
    """
    await tab_to(page, button)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("#fouten")).to_be_visible()
    await expect(page.locator("#fouten")).to_be_focused()
    await page.keyboard.press("Tab")
    where = await focused(page)
    await page.keyboard.press("Enter")
    assert where.startswith("#")
    assert await page.evaluate("document.activeElement.id") == where[1:]


async def unheard(page: Page) -> None:
    """Nor does a screen reader come across it."""
    assert await page.locator(f'main [name="{TRAP}"]').count() == 1
    await expect(page.locator(f'main [name="{TRAP}"]')).to_be_hidden()
    tree = await page.locator("body").aria_snapshot()
    assert "Laat dit veld leeg" not in tree


async def test_a_sign_up_with_the_keyboard_alone(stack: Running, browser: Browser) -> None:
    resident = Resident(stack)
    async with window(browser) as page:
        await page.goto(stack.urls["public"] + resident.form)
        await mistake(page)
        await type_in(page, street=resident.street, wijk="Noord")
        await send(page, "**/u")
        await type_in(page, name="Proef Persoon", email=resident.email)
        await send(page, "**/samen")
        await type_in(page, together="not_yet")
        await send(page, "**/controleer")
        await unheard(page)
        await send(page, "**/ontvangen/*")
        await expect(page.locator("p.receipt")).to_be_visible()
    await stack.letter(resident.email, "confirm_signup")


async def test_a_concern_with_the_keyboard_alone(stack: Running, browser: Browser) -> None:
    async with window(browser) as page:
        await page.goto(stack.urls["public"] + "/rotterdam/zorg")
        await tab_to(page, "/rotterdam/zorg/vertel")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/vertel")
        await unheard(page)
        await mistake(page, "step")
        words = "De gordijnen zijn al een week dicht."
        await type_in(page, topic="money", urgency="week", wijk="Noord", words=words, knows="not")
        await type_in(page, who="anonymous")
        await send(page, "**/ontvangen/*", "step")
        await expect(page.locator("p.receipt")).to_contain_text("Z-")


async def test_my_data_with_the_keyboard_alone(stack: Running, browser: Browser) -> None:
    async with Resident(stack) as resident:
        await resident.sign_up()
        async with window(browser) as page:
            await page.goto(f"{stack.urls['public']}/rotterdam/mijn-gegevens")
            await unheard(page)
            await mistake(page)
            await type_in(page, email=resident.email)
            await send(page, "**/verstuurd")
            (link,) = LINK.findall((await stack.letter(resident.email, "my_data"))["text"])
            await page.goto(link)
            await send(page, "**/code")
            await type_in(page, code=code_in(await stack.letter(resident.email, "my_data_code")))
            await send(page, "**/overzicht")
            await expect(page.locator("main")).to_contain_text(resident.email)


@both
async def test_readers_set_their_own_room_and_hit_what_they_aim_at(
    stack: Running, browser: Browser, language: str
) -> None:
    wrong = []
    async with window(browser, scripts=True) as page:
        await page.emulate_media(reduced_motion="reduce")
        await speak(page, stack.urls["public"], language)
        for path in PAGES:
            await page.goto(stack.urls["public"] + path)
            for size in (PHONE, (1280, 800)):
                await page.set_viewport_size({"width": size[0], "height": size[1]})
                wrong += [f"{path} at {size[0]}: {each}" for each in await page.evaluate(SMALL)]
            assert await page.evaluate(MOVES) == 0, f"{path} moves"
            await page.evaluate(SPACING)
            await fits(page, f"{path} with room between its words")
            await page.set_viewport_size({"width": 320, "height": 640})
            wrong += [f"{path} is cut off: {each}" for each in await page.evaluate(CUT_OFF)]
    assert not wrong, "\n".join(wrong)


async def test_colours_of_one_s_own(stack: Running, browser: Browser) -> None:
    """With forced colours a button still has an edge, and a choice still shows that it was made."""
    async with window(browser, scripts=True) as page:
        await page.emulate_media(forced_colors="active")
        await page.goto(f"{stack.urls['public']}/rotterdam/zorg/vertel")
        edges = await page.locator("main button").evaluate_all(
            "all => all.map(e => getComputedStyle(e)).map(s => s.borderStyle + s.borderWidth)"
        )
        assert edges
        assert not [each for each in edges if each.startswith("none") or each.endswith("none0px")]


@both
async def test_many_at_once_from_one_address(stack: Running, browser: Browser, language: str) -> None:
    """The kind page of 429, with all that was typed; the local stack believes who stands before it."""
    library = {"X-Forwarded-For": "203.0.113.9" if language == "nl" else "203.0.113.10"}
    mine = f"{stack.urls['public']}/rotterdam/mijn-gegevens"
    async with httpx.AsyncClient(headers=library) as others:
        for _ in range(60):
            answer = await others.post(mine, data={"email": "niemand@voorbeeld.nl"})
            assert answer.status_code == 303
    async with window(browser, PHONE, scripts=True) as page:
        await page.set_extra_http_headers(library)
        await speak(page, stack.urls["public"], language)
        await page.goto(mine)
        await page.locator('main [name="email"]').fill("iemand@voorbeeld.nl")
        async with page.expect_navigation() as sent:
            await page.locator('main button[type="submit"]').click()
        assert (await sent.value).status == 429
        await look(page, language)
        assert await page.locator('main [name="email"]').input_value() == "iemand@voorbeeld.nl"
        await expect(page.locator('main a[href^="tel:"]')).to_be_visible()
