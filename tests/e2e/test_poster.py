"""A poster on the wall leads to a street: printed page, QR as a camera reads it, sign-up, intake, result."""

import base64
import re

import pytest
import zxingcpp
from playwright.async_api import Browser, Page, expect

from tests.e2e.looking import look
from tests.e2e.running import Running
from tests.e2e.test_journey_browser import RECEIPT, Street, in_ten_days
from tests.e2e.windows import DESKTOP, PHONE, fill, reload_until, sign_in, submit, window

A4 = (794, 1123)
"""A sheet in pixels of a screen."""

GREYS = """
async source => {
    const bytes = Uint8Array.from(atob(source), each => each.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const drawn = canvas.getContext("2d");
    drawn.drawImage(image, 0, 0);
    const { data } = drawn.getImageData(0, 0, image.width, image.height);
    let greys = "";
    for (let at = 0; at < data.length; at += 4) {
        greys += String.fromCharCode((data[at] * 3 + data[at + 1] * 6 + data[at + 2]) / 10);
    }
    return [image.width, image.height, btoa(greys)];
}
"""


async def as_a_camera_sees(browser: Browser, picture: bytes) -> list[str]:
    """The codes in a screenshot."""
    async with window(browser, scripts=True) as page:
        width, height, greys = await page.evaluate(GREYS, base64.b64encode(picture).decode())
    seen = memoryview(base64.b64decode(greys)).cast("B", shape=[height, width])
    return [code.text for code in zxingcpp.read_barcodes(seen)]


async def makes_campaign(page: Page, stack: Running, words: str) -> None:
    """A coordinator makes a campaign with one channel; the page of the campaign is open afterwards."""
    await sign_in(page, stack.urls["desk"], "rotterdam", "coordinator-1")
    await page.locator('nav a[href$="/campagnes"]').click()
    for language in ("en", "nl"):
        await page.goto(f"{stack.urls['desk']}/rotterdam/campagnes?taal={language}")
        await look(page, language)
    await fill(page, name=f"Campagne {words}", first="1-1-2026", last="31-12-2026", planned="250")
    await submit(page, "/campagnes")
    await fill(page, kind="poster", words=words)
    await submit(page, "/kanalen")
    await expect(page.locator("table.streets")).to_contain_text(words)


@pytest.mark.parametrize("size", [A4, PHONE], ids=["paper", "phone"])
async def test_a_poster_leads_to_a_street(stack: Running, browser: Browser, size: tuple[int, int]) -> None:
    street = Street(stack, "rotterdam", "Posterlaan")
    async with window(browser, DESKTOP, scripts=True) as desk:
        await makes_campaign(desk, stack, street.name)
        here = desk.url
        await desk.locator('a[href$="/poster"]').click()
        await look(desk, "nl")
        async with window(browser, size) as wall:
            await wall.context.add_cookies(await desk.context.cookies())  # type: ignore[arg-type]
            await wall.goto(desk.url)
            await expect(wall.locator("img.qr")).to_be_visible()
            picture = await wall.screenshot(full_page=True)
            found = await as_a_camera_sees(browser, picture)
        assert found == [f"{stack.urls['public']}/rotterdam/c/{street.slug}"]

    async with window(browser, PHONE) as resident:
        await resident.goto(found[0])
        await fill(resident, street=street.name, wijk="Kralingen")
        await submit(resident, "/straat")
        await fill(resident, name="Joke van Proef", email=street.email, phone="")
        await submit(resident, "/u")
        await fill(resident, together="not_yet")
        await submit(resident, "/samen")
        await submit(resident, "/controleer")
        await expect(resident.locator("p.receipt")).to_have_text(RECEIPT)
        await street.say_yes(resident, "confirm_signup", street.email)
    await stack.letter(street.email, "welcome")

    async with window(browser, DESKTOP, scripts=True) as desk:
        await sign_in(desk, stack.urls["desk"], "rotterdam", "coordinator-1")
        await desk.goto(street.page)
        await reload_until(desk, desk.locator('form[action$="/plan"]'))
        day, clock = in_ten_days()
        await fill(desk, day=day, clock=clock, place="Buurthuis De Proef")
        await submit(desk, "/plan")
        await expect(desk.locator("p.flash")).to_be_visible()
        await street.accept(desk)
        await reload_until(desk, desk.locator(".badge.active"))
        await desk.goto(here)
        await look(desk, "nl")
        counts = await desk.locator("table.streets tbody tr").first.locator("td").all_inner_texts()
        assert [re.sub(r"\D", "", count) for count in counts] == ["1", "1", "1", "1", "1"]
