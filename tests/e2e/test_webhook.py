"""A webhook on the running stack: made in the browser, and a street that begins arrives there, signed."""

import re

from playwright.async_api import Browser, Page, expect

from tests.e2e.looking import look
from tests.e2e.resident import Resident, decide
from tests.e2e.running import Running, until
from tests.e2e.windows import fill, sign_in, submit, window
from tests.workers.receiver import Receiver, receiving

ROOM = "/rotterdam/koppelingen/webhooks"
BEGINNING = ["streets.opened", "streets.accepted", "potjes.proposed", "potjes.approved"]


async def makes_webhook(page: Page, stack: Running, receiver: Receiver) -> str:
    """As the programme lead does it, after a mistake; gives the secret."""
    await sign_in(page, stack.urls["desk"], "rotterdam", "lead-1")
    await page.get_by_role("link", name="Koppelingen").click()
    await page.goto(stack.urls["desk"] + ROOM)
    await look(page, "nl")
    await fill(page, name="Proefsysteem", url="http://zaken.example/")
    await submit(page, ROOM)
    await expect(page.locator("main")).to_contain_text("Het adres begint met https://.")
    await look(page, "nl", errors=True)
    await fill(page, url=receiver.url())
    await submit(page, ROOM)
    await look(page, "nl")
    secret = await page.locator("#geheim").inner_text()
    await page.get_by_role("link", name="Ik heb het bewaard").click()
    await look(page, "nl")
    return secret


async def test_a_street_that_begins_is_told_to_another_system(stack: Running, browser: Browser) -> None:
    async with receiving() as receiver, Resident(stack) as resident, window(browser, scripts=True) as page:
        secret = await makes_webhook(page, stack, receiver)
        await submit(page, "/test")
        await receiver.until(1)
        assert receiver.verified(secret, 0)["type"] == "nl.lief-en-leedstraten.webhooks.ping.v1"
        await resident.sign_up()
        await resident.say("yes")
        await stack.letter(resident.email, "welcome")
        await decide(resident)

        def told() -> list[dict[str, object]]:
            events = [receiver.verified(secret, number) for number in range(len(receiver.taken))]
            return [event for event in events if event["subject"] == resident.slug]

        async def all_of_it() -> bool:
            return len(told()) >= len(BEGINNING)

        await until(all_of_it, "four events")
        found = sorted(told(), key=lambda event: str(event["time"]))
        types = [f"nl.lief-en-leedstraten.{kind}.v1" for kind in BEGINNING]
        assert [event["type"] for event in found] == types
        assert found[0]["dataref"] == f"{stack.urls['public']}/api/v1/streets/{resident.slug}"
        for taken in receiver.taken:
            assert not re.search(r"@|Proef Persoon|gangmaker|coordinator|engine", taken.body)
        await looks_after_it(page)


async def looks_after_it(page: Page) -> None:
    """What arrived, in English too; and then it ends."""
    await page.reload()
    await expect(page.locator("main")).to_contain_text("een straat kan beginnen")
    await expect(page.locator("main")).to_contain_text("bezorgd")
    await look(page, "nl")
    here = page.url.partition("?")[0]
    await page.goto(f"{here}?taal=en")
    await look(page, "en")
    await page.goto(f"{here}?taal=nl")
    await submit(page, "/rotate")
    await look(page, "nl")
    await page.goto(here)
    await submit(page, "/end")
    await look(page, "nl")
    await submit(page, "/end")
    await expect(page.locator("main")).to_contain_text("De webhook is beëindigd.")
    await look(page, "nl")
