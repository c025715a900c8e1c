"""A resident looks after their own data in a browser: in by two mails, correcting, and being forgotten."""

import re

from playwright.async_api import Browser, expect

from tests.e2e.looking import look
from tests.e2e.payday import code_in
from tests.e2e.resident import Resident
from tests.e2e.running import Running
from tests.e2e.test_axe import both, speak
from tests.e2e.windows import PHONE, fill, submit, window

LINK = re.compile(r"http://\S+/mijn-gegevens/\S+")


@both
async def test_my_data_on_a_phone(stack: Running, browser: Browser, language: str) -> None:
    async with Resident(stack) as resident:
        await resident.sign_up()
        await resident.say("yes")
        await stack.letter(resident.email, "welcome")
        mine = f"{stack.urls['public']}/rotterdam/mijn-gegevens"
        async with window(browser, PHONE, scripts=True) as page:
            await speak(page, stack.urls["public"], language)
            await page.goto(mine)
            await look(page, language)
            await submit(page, "/mijn-gegevens")
            await look(page, language, errors=True)
            await fill(page, email=resident.email)
            await submit(page, "/mijn-gegevens")
            await look(page, language)
            mail = await stack.letter(resident.email, "my_data")
            (link,) = LINK.findall(mail["text"])
            await page.goto(link)
            await look(page, language)
            await page.locator('main form button[type="submit"]').first.click()
            await look(page, language)
            await fill(page, code=code_in(await stack.letter(resident.email, "my_data_code")))
            await submit(page, "/code")
            await expect(page.locator("main")).to_contain_text(resident.email)
            await look(page, language)
            for path in ("verbeteren", "adres", "dag", "wissen"):
                await page.goto(f"{mine}/{path}")
                await look(page, language)
            await submit(page, "/wissen")
            await look(page, language, errors=True)
            await page.locator('main input[type="checkbox"]').check()
            await submit(page, "/wissen")
            await page.wait_for_url("**/gewist")
            await look(page, language)
            await page.goto(f"{mine}/overzicht")
            assert resident.email not in await page.content()
