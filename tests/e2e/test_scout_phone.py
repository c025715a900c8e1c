"""A scout at the door with a phone: with a signal, without one, and with it back again."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.looking import fits, look, violations
from tests.e2e.resident import link_in, unique
from tests.e2e.running import Running, until
from tests.e2e.test_axe import dutch_daily, speak
from tests.e2e.windows import PHONE, fill, reload_until, sign_in, submit, window
from tests.today import today

MUNICIPALITY, WIJK = "rotterdam", "Delfshaven"
VISIT = 'main form.visit button[type="submit"]'


@dataclass(frozen=True)
class Round:
    """A round as the coordinator sees it, and its streets by name."""

    url: str
    streets: list[str]

    @property
    def id(self) -> UUID:
        """The round's own id."""
        return UUID(self.url.rpartition("/")[2])

    def slug(self, number: int) -> str:
        """A street's slug."""
        return self.streets[number].lower().replace(" ", "-")

    @property
    def door(self) -> str:
        """Where its scout goes."""
        return self.url.replace("/talentenjacht/", "/aan-de-deur/")


async def begin(stack: Running, page: Page, language: str = "nl") -> Round:
    """A coordinator starts a round of three streets."""
    desk, streets = stack.urls["desk"], [unique(name) for name in ("Vlierlaan", "Meidoorn", "Esdoorn")]
    await speak(page, desk, language)
    await sign_in(page, desk, MUNICIPALITY, "coordinator-1")
    await page.goto(f"{desk}/{MUNICIPALITY}/talentenjacht")
    await look(page, language)
    await page.locator('main a[href$="/talentenjacht-nieuw"]').click()
    await look(page, language)
    await fill(page, wijk=WIJK)
    await submit(page, "/talentenjacht-nieuw")
    await submit(page, "/talentenjacht-nieuw")
    await look(page, language, errors=True)
    await page.locator('[name="streets"]').fill("\n".join(streets))
    await page.locator(f'[name="scout-{MUNICIPALITY}:scout-1"]').check()
    await fill(page, day=str(today() + timedelta(days=20)))
    await submit(page, "/talentenjacht-nieuw")
    await page.wait_for_url(re.compile(r"/talentenjacht/[0-9a-f-]{36}\?"))
    await look(page, language)
    return Round(page.url.partition("?")[0], streets)


async def sign_in_scout(page: Page, desk: str) -> None:
    await page.goto(desk)
    own = f'form:has([name="municipality"][value="{MUNICIPALITY}"]):has([name="seat"][value="scout-1"])'
    await page.locator(f"{own} button").click()
    await page.wait_for_url(re.compile("/aan-de-deur"))


@asynccontextmanager
async def phone(
    stack: Running, browser: Browser, found: Round, language: str = "nl", *, scripts: bool = True
) -> AsyncIterator[Page]:
    """The scout's phone, open at the round."""
    desk = stack.urls["desk"]
    async with window(browser, PHONE, scripts=scripts) as page:
        await speak(page, desk, language)
        await sign_in_scout(page, desk)
        await page.goto(found.door)
        yield page


async def kept(page: Page) -> str:
    """All that the phone remembers of our pages."""
    return str(await page.evaluate("JSON.stringify(localStorage)"))


async def visits(stack: Running, found: Round) -> list[tuple[str, str]]:
    """What was noted: street and outcome."""
    rows = await stack.rows(
        "select street, outcome from scouting.visit where round = $1 order by seq", found.id
    )
    return [(row["street"], row["outcome"]) for row in rows]


async def until_noted(stack: Running, found: Round, times: int) -> None:
    """Until so many visits arrived."""

    async def there() -> bool:
        return len(await visits(stack, found)) == times

    await until(there, f"{times} visits")


@dutch_daily
async def test_a_round_in_both_languages(stack: Running, browser: Browser, language: str) -> None:
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk, language)
        async with phone(stack, browser, found, language) as page:
            await look(page, language)
            await submit(page, found.door.rpartition("/")[2])
            await expect(page.locator("#fouten")).to_be_visible()
            await look(page, language, errors=True)
            await page.goto(found.door)
            await page.locator(f'a[data-street="{found.slug(0)}"]').click()
            for outcome in ("nobody_home", "candidate", "refused"):
                await fill(page, outcome=outcome)
                await look(page, language)
            await page.locator(VISIT).click()
            await page.wait_for_url("**gedaan=refused**")
            await page.locator("details.finished summary").click()
            await look(page, language)
        await desk.goto(found.url)
        await look(desk, language)
        await submit(desk, "/end")
        await look(desk, language)
        await submit(desk, "/end")
        await desk.wait_for_url("**gedaan=end-round")
        await look(desk, language)


async def test_a_plain_form_will_do(stack: Running, browser: Browser) -> None:
    """Without scripts; what the visit is about comes from the link that was tapped."""
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk)
    async with phone(stack, browser, found, scripts=False) as page:
        await page.locator(f'a[data-street="{found.slug(1)}"]').click()
        await expect(page.locator('[name="street"]')).to_have_value(found.slug(1))
        await expect(page.locator('[name="name"]')).to_be_hidden()
        await expect(page.locator("#telefoon")).to_be_hidden()
        await fill(page, outcome="candidate")
        await fill(page, name="Zonder Script", email="zonder@bewoners.example")
        await page.locator(VISIT).click()
        await look_of_errors(page)
        await fill(page, consent="yes")
        await page.locator(VISIT).click()
        await page.wait_for_url("**gedaan=candidate**")
    assert await visits(stack, found) == [(found.slug(1), "candidate")]


async def look_of_errors(page: Page) -> None:
    """An error stands above the form, which keeps what was typed."""
    await expect(page.locator('.summary a[href="#consent"]')).to_be_visible()
    await expect(page.locator('[name="name"]')).to_have_value("Zonder Script")


async def test_a_candidate_found_without_a_signal_becomes_a_gangmaker(
    stack: Running, browser: Browser
) -> None:
    email = f"{unique('kandidaat').replace(' ', '.')}@bewoners.example"
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk)
        async with phone(stack, browser, found) as page:
            await page.context.set_offline(True)
            await page.locator(f'a[data-street="{found.slug(0)}"]').click()
            await fill(page, outcome="candidate")
            await fill(page, name="Cas Vermeer", email=email, why="Ik ken hier iedereen.")
            assert "Vermeer" not in await kept(page), "kept before there was consent"
            await page.locator(VISIT).click()
            await expect(page.locator("#wacht")).to_contain_text("Zonder toestemming")
            assert "Vermeer" not in await kept(page)
            await page.locator('label[for="consent"]').click()
            await page.locator(VISIT).click()
            await expect(page.locator("#wacht")).to_have_text("Eén bezoek staat nog op deze telefoon")
            assert "Vermeer" in await kept(page)
            assert not await violations(page)
            await fits(page, "the door without a signal")
            await page.locator(f'a[data-street="{found.slug(2)}"]').click()
            await fill(page, outcome="nobody_home")
            await page.locator(VISIT).click()
            await expect(page.locator("#wacht")).to_have_text("2 bezoeken staan nog op deze telefoon")
            assert await visits(stack, found) == []
            await page.context.set_offline(False)
            await expect(page.locator("#wacht")).to_contain_text("Alles is verstuurd")
            assert json.loads(await kept(page)) == {}
        await until_noted(stack, found, 2)
        assert await visits(stack, found) == [
            (found.slug(0), "candidate"),
            (found.slug(2), "nobody_home"),
        ]
        mail = await stack.letter(email, "candidate_invite")
        async with window(browser) as resident:
            await resident.goto(link_in(mail))
            await resident.locator('main form button[value="yes"]').click()
        await stack.letter(email, "welcome")
        await desk.goto(found.url)
        await reload_until(desk, desk.locator("#kandidaten + ul a"))
        await desk.locator("#kandidaten + ul a").click()
        await expect(desk.locator("q")).to_have_text("Ik ken hier iedereen.")


async def test_what_was_typed_survives_a_reload(stack: Running, browser: Browser) -> None:
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk)
    async with phone(stack, browser, found) as page:
        await fill(page, street=found.slug(1), outcome="candidate")
        await fill(page, name="Cas Vermeer")
        form = await page.locator('[name="form"]').input_value()
        await page.reload()
        await expect(page.locator('[name="street"]')).to_have_value(found.slug(1))
        await expect(page.locator('[name="outcome"][value="candidate"]')).to_be_checked()
        await expect(page.locator('[name="name"]')).to_have_value("")
        assert await page.locator('[name="form"]').input_value() == form
        await fill(page, outcome="talked")
        await page.locator(VISIT).click()
        await page.wait_for_url("**gedaan=talked**")
        assert json.loads(await kept(page)) == {}


async def test_a_visit_whose_answer_was_lost_is_noted_once(stack: Running, browser: Browser) -> None:
    """It arrived, but the phone never heard so: it sends the same form again."""
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk)
    async with phone(stack, browser, found) as page:
        lost = 0

        async def lose(route: Route) -> None:
            nonlocal lost
            lost += 1
            await route.fetch()
            await route.abort("connectionreset")

        await page.route(found.door, lose)
        await fill(page, street=found.slug(0), outcome="refused")
        await page.locator(VISIT).click()
        await expect(page.locator("#wacht")).to_have_text("Eén bezoek staat nog op deze telefoon")
        await until_noted(stack, found, 1)
        await page.unroute(found.door)
        await page.locator("#nu").click()
        await expect(page.locator("#wacht")).to_contain_text("Alles is verstuurd")
        assert lost == 1
    assert await visits(stack, found) == [(found.slug(0), "refused")]


async def test_signed_out_meanwhile_it_waits_for_the_scout(stack: Running, browser: Browser) -> None:
    async with window(browser, scripts=True) as desk:
        found = await begin(stack, desk)
    async with phone(stack, browser, found) as page:
        await page.context.clear_cookies()
        await fill(page, street=found.slug(0), outcome="talked")
        await page.locator(VISIT).click()
        await expect(page.locator("#wacht-uitleg")).to_contain_text("U bent afgemeld.")
        assert await visits(stack, found) == []
        await sign_in_scout(page, stack.urls["desk"])
        await page.goto(found.door)
        await until_noted(stack, found, 1)
        assert json.loads(await kept(page)) == {}
