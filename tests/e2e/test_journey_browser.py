"""The whole journey by clicking: on a phone without JavaScript, and on a wide screen in English with it."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from schemas.refs import street_id, street_slug
from tests.e2e.conftest import fresh_stack
from tests.e2e.payday import code_in
from tests.e2e.resident import RECEIPT, in_ten_days, unique
from tests.e2e.running import Running
from tests.e2e.windows import (
    PHONE,
    button,
    fill,
    open_mail,
    reload_until,
    sign_in,
    submit,
    tick_all,
    window,
)
from tests.today import this_year, today
from workers.demo.bank import answer


@pytest.fixture(scope="module")
def stack() -> Iterator[Running]:
    """A stack of our own: a batch takes all that is ready, also what other tests left."""
    yield from fresh_stack(28_200)


class Street:
    """A street nobody signed up before."""

    def __init__(self, stack: Running, municipality: str, name: str) -> None:
        self.stack, self.municipality = stack, municipality
        self.name = unique(name)
        self.slug = street_slug(self.name, None)
        self.page = f"{stack.urls['desk']}/{municipality}/straten/{self.slug}"
        self.email = f"{self.slug}@bewoner.example"
        self.neighbour = f"buur-van-{self.slug}@bewoner.example"

    async def follow(self, page: Page, template: str, to: str) -> None:
        """Read a mail in the catcher and click its link."""
        mail = await self.stack.letter(to, template)
        await open_mail(page, self.stack.urls["mail"], mail["id"])

    async def say_yes(self, page: Page, template: str, to: str) -> None:
        """Follow the link in a mail and press its first button."""
        await self.follow(page, template, to)
        await page.locator('main form button[name="answer"][value="yes"]').click()
        await expect(page.locator("main form")).to_have_count(0)

    async def plan(self, page: Page) -> None:
        """Find the street on *today* and plan its conversation."""
        await page.locator(f'a[href*="/straten/{self.slug}#"]').first.click()
        day, clock = in_ten_days()
        await fill(page, day=day, clock=clock, place="Buurthuis De Proef, zaal 2")
        await submit(page, "/plan")
        await expect(page.locator("p.flash")).to_be_visible()

    async def accept(self, page: Page) -> None:
        """Record that the street may begin."""
        await fill(page, outcome="accepted")
        await tick_all(page, "agreed")
        await submit(page, "/record")
        await expect(page.locator("p.flash")).to_be_visible()

    async def approve(self, page: Page) -> None:
        """Somebody else than the proposer says yes to the potje."""
        await page.goto(self.page)
        await reload_until(page, button(page, "/approve"))
        await submit(page, "/approve")
        await expect(page.locator(".badge.approved")).to_be_visible()

    async def pays(self, page: Page, amount: str) -> None:
        """Its page on the desk tells what the street has now."""
        await page.goto(self.page)
        await expect(page.locator("dl.money dd").first).to_have_text(re.compile(rf"^€\s?{amount}$"))

    async def phase(self) -> str:
        """As the registry has it."""
        sql = "select phase from registry.street where municipality = $1 and slug = $2"
        return str(await self.stack.value(sql, self.municipality, self.slug))


async def test_rotterdam_on_a_phone_without_scripts(stack: Running, browser: Browser) -> None:
    street = Street(stack, "rotterdam", "Sterrenlaan")
    async with window(browser, PHONE) as resident:
        await sign_up_in_dutch(resident, street)
        await street.say_yes(resident, "confirm_signup", street.email)
    await stack.letter(street.email, "welcome")

    async with window(browser, PHONE) as coordinator:
        await sign_in(coordinator, stack.urls["desk"], "rotterdam", "coordinator-1")
        await street.plan(coordinator)
        invitation = await stack.letter(street.email, "intake_planned")
        assert any("BEGIN:VEVENT" in (file["text"] or "") for file in invitation["attachments"])
        await street.accept(coordinator)
        await refused_to_who_proposed(coordinator, street)

    async with window(browser, PHONE) as treasurer, window(browser, PHONE) as second:
        await sign_in(treasurer, stack.urls["desk"], "rotterdam", "treasurer-1")
        await street.approve(treasurer)
        async with window(browser, PHONE) as gangmaker:
            await come_in(gangmaker, street, "potje_approved")
            await give_account(gangmaker)
        await street.stack.letter(street.email, "account_in_force")
        await freeze(treasurer, street)
        await sign_in(second, stack.urls["desk"], "rotterdam", "treasurer-2")
        file = await release(second, street)
        await book(second, answer(file, today()).content)
        await street.pays(second, "150")

    assert "150" in (await stack.letter(street.email, "potje_paid"))["text"]
    async with window(browser, PHONE) as gangmaker:
        await come_in(gangmaker, street, "potje_paid")
        await expect(gangmaker.locator("p.amount")).to_have_text(re.compile(r"^€\s150$"))
        await log_attentie(gangmaker)
        await expect(gangmaker.locator("p.amount")).to_have_text(re.compile(r"^€\s137,50$"))
    assert await street.phase() == "active"
    await an_operator_reads_along(browser, street)


async def come_in(page: Page, street: Street, template: str) -> None:
    """By the link in a mail, and the code that is mailed to who asks for it."""
    catcher = street.stack.urls["mail"]
    mail = await street.stack.letter(street.email, template)
    earlier = {mail["id"] for mail in await street.stack.mails(street.email)}
    await open_mail(page, catcher, mail["id"], "/mijn-straat/")
    await page.locator("main form button").click()
    code = await street.stack.letter(street.email, "door_code", but=earlier)
    await fill(page, code=code_in(code))
    await submit(page, "/code")
    await expect(page.locator("h1")).to_have_text("Het potje van uw straat")


async def give_account(page: Page) -> None:
    """A typing error is told by its field, and what was typed stays; then as the bank sees it."""
    await page.locator('main a[href$="/rekening"]').click()
    await fill(page, holder="Joke van Proef-Müller", iban="nl91 abna 0417 1643 01")
    await submit(page, "/rekening")
    await expect(page.locator("#iban-fout")).to_be_visible()
    await expect(page.locator("#iban")).to_have_value("nl91 abna 0417 1643 01")
    await expect(page.locator("#holder")).to_have_value("Joke van Proef-Müller")
    await fill(page, iban="nl91 abna 0417 1643 00")
    await submit(page, "/rekening")
    seen = page.locator("dl.answers dd")
    await expect(seen.nth(0)).to_have_text("Joke van Proef-Muller")
    await expect(seen.nth(1)).to_have_text("NL91 ABNA 0417 1643 00")
    await expect(seen.nth(2)).to_contain_text("ABN AMRO")
    await submit(page, "/controleer")
    await expect(page.locator('[role="status"]')).to_be_visible()


async def freeze(page: Page, street: Street) -> None:
    """Who makes the file is not who releases it."""
    await page.goto(f"{street.stack.urls['desk']}/rotterdam/betalen")
    await reload_until(page, button(page, "/betalen"))
    await fill(page, day=str(today()))
    await submit(page, "/betalen")
    await expect(page.locator(".badge.frozen")).to_be_visible()
    await expect(page.locator("#betalingen + table")).to_contain_text(street.name)
    await reload_until(page, page.locator(".digest", has_text=re.compile("^[0-9a-f]{64}$")))
    assert await button(page, "/release").count() == 0


async def release(page: Page, street: Street) -> bytes:
    """Another treasurer finds the file on *today*, releases it and takes it to the bank."""
    await page.locator('main a[href*="/betalen/"]').click()
    await submit(page, "/release")
    await expect(page.locator(".badge.released").first).to_be_visible()
    async with page.expect_download() as taken:
        await submit(page, "/download")
    download = await taken.value
    assert download.suggested_filename == f"potjes-rotterdam-{this_year()}-1.xml"
    return Path(await download.path()).read_bytes()


async def book(page: Page, statement: bytes) -> None:
    """Bring what the bank says."""
    await page.locator('nav a[href$="/afschriften"]').click()
    await page.set_input_files(
        "#bestand", {"name": "afschrift.xml", "mimeType": "text/xml", "buffer": statement}
    )
    await submit(page, "/afschriften")
    await expect(page.locator("p.flash")).to_contain_text("ingelezen en geboekt")
    await expect(page.locator("dl.figures dd").first).to_have_text("1")


async def log_attentie(page: Page) -> None:
    """What the street did: a day, an occasion, an amount, and nobody's name."""
    await page.locator('main a[href$="/attentie"]').click()
    await fill(page, day="vandaag", occasion="welcome", amount="12,50")
    await submit(page, "/attentie")


async def an_operator_reads_along(browser: Browser, street: Street) -> None:
    """The Temporal UI tells in Dutch where the street stands, and links to the desk."""
    workflows = f"{street.stack.urls['temporal_ui']}/namespaces/default/workflows"
    potje = f"potje-rotterdam-{street.slug}-{this_year()}"
    async with window(browser, scripts=True) as operator:
        await operator.goto(f"{workflows}/{street_id('rotterdam', street.slug)}")
        first = operator.get_by_text("Eerste gangmaker: open de straat").first
        await expect(first).to_be_visible(timeout=30_000)  # the page is not ours, and the machine may be full
        told = await details(operator, f"{street.name}, Rotterdam")
        for words in ("Fase: actief", "Gangmakers: 1 (minimaal 1)", f"Potje: {potje}"):
            await expect(told).to_contain_text(words)
        await expect(told.locator(f'a[href="{street.page}"]')).to_be_visible()
        await operator.goto(f"{workflows}/{potje}")
        told = await details(operator, f"Potje {this_year()} van {street.name}")
        for words in (f"{this_year()}: uitbetaald", "via de bank € 150,00", "Nog open: niets"):
            await expect(told).to_contain_text(words)


async def details(page: Page, title: str) -> Locator:
    """What a workflow tells of itself, below its summary."""
    await page.locator('a[href$="/user-metadata"]').click()
    summary, told = (page.frame_locator("iframe").nth(number) for number in (0, 1))
    await expect(summary.locator("body")).to_contain_text(title)
    return told.locator("body")


async def sign_up_in_dutch(page: Page, street: Street) -> None:
    """From a flyer with a campaign code to the receipt."""
    await page.goto(f"{street.stack.urls['public']}/rotterdam?campagne=flyer-najaar")
    await page.locator('main a.button[href*="/aanmelden"]').click()
    await fill(page, street=street.name, wijk="Kralingen")
    await submit(page, "/straat")
    await fill(page, name="Joke van Proef", email=street.email, phone="06 12 34 56 78")
    await submit(page, "/u")
    await fill(page, together="not_yet")
    await submit(page, "/samen")
    await expect(page.locator("dl.answers").first).to_contain_text(street.name)
    await submit(page, "/controleer")
    await expect(page.locator("p.receipt")).to_have_text(RECEIPT)
    sql = "select campaign from registry.signup where street = $1"
    await street.stack.letter(street.email, "confirm_signup")
    assert await street.stack.value(sql, street.slug) == "flyer-najaar"


async def refused_to_who_proposed(page: Page, street: Street) -> None:
    """The page offers no button; who sends the form all the same reads why not."""
    await reload_until(page, page.locator("#potje .badge.to_approve"))
    assert await button(page, "/approve").count() == 0
    rows = await street.stack.rows("select workflow_id from registry.potje where street = $1", street.slug)
    answer = await page.context.request.post(
        f"{street.stack.urls['desk']}/rotterdam/potjes/{rows[0]['workflow_id']}/approve",
        form={"form": str(uuid4())},
    )
    assert answer.status == 422
    assert "zelf voor. Vraag een collega" in await answer.text()


async def test_the_hague_in_english_with_a_neighbour(stack: Running, browser: Browser) -> None:
    street = Street(stack, "den-haag", "Korte Proefkade")
    async with window(browser, scripts=True) as resident:
        await sign_up_in_english(resident, street)
        await street.say_yes(resident, "confirm_signup", street.email)
    async with window(browser, scripts=True) as neighbour:
        await street.say_yes(neighbour, "confirm_second", street.neighbour)
    await stack.letter(street.neighbour, "welcome_extra")

    async with window(browser, scripts=True) as coordinator:
        await sign_in(coordinator, stack.urls["desk"], "den-haag", "coordinator-2")
        await street.plan(coordinator)
        for email in (street.email, street.neighbour):
            assert "Appointment" in (await stack.letter(email, "intake_planned"))["subject"]
        await street.accept(coordinator)
        async with window(browser, scripts=True) as treasurer:
            await sign_in(treasurer, stack.urls["desk"], "den-haag", "treasurer-1")
            await street.approve(treasurer)
        await coordinator.goto(street.page)
        await hand_over(coordinator, street)
        await street.pays(coordinator, "100")
    await stack.letter(street.email, "potje_paid")


async def hand_over(page: Page, street: Street) -> None:
    """Handed over by mistake, corrected, and handed over: then the code of the last mail confirms it."""
    await submit(page, "/hand-over")
    first = await street.stack.letter(street.neighbour, "potje_handed")
    await submit(page, "/undo-hand-over")
    await street.stack.letter(street.neighbour, "handover_corrected")
    await submit(page, "/hand-over")
    last = await street.stack.letter(street.neighbour, "potje_handed", but={first["id"]})
    field = f"code-{this_year()}"
    await fill(page, **{field: code_in(first)})
    await submit(page, "/confirm")
    await expect(page.locator(f"#{field}-fout")).to_be_visible()
    await fill(page, **{field: code_in(last)})
    await submit(page, "/confirm")
    await expect(page.locator(".badge.paid")).to_be_visible()


async def sign_up_in_english(page: Page, street: Street) -> None:
    """With a second gangmaker, all in English."""
    await page.goto(f"{street.stack.urls['public']}/den-haag")
    await page.locator('header a[hreflang="en"]').click()
    await page.locator('main a.button[href*="/aanmelden"]').click()
    await fill(page, street=street.name, part="the even side", wijk="Scheveningen")
    street.slug = street_slug(street.name, "the even side")
    street.page = f"{street.stack.urls['desk']}/den-haag/straten/{street.slug}"
    await submit(page, "/straat")
    await fill(page, name="Jo Trial", email=street.email)
    await submit(page, "/u")
    await fill(page, together="yes", second_name="Sam Trial", second_email=street.neighbour)
    await submit(page, "/samen")
    await submit(page, "/controleer")
    await expect(page.locator("p.receipt")).to_have_text(RECEIPT)
    await expect(page.locator("html")).to_have_attribute("lang", "en")
