"""A worried neighbour on a phone, a professional with two minutes, a coordinator, a privacy officer."""

import re

from playwright.async_api import Browser, Page, expect

from schemas.concern import concern_id
from tests.conftest import MUNICIPALITIES
from tests.e2e.looking import look
from tests.e2e.running import Running
from tests.e2e.test_axe import both, dutch_daily, speak
from tests.e2e.test_journey_browser import details
from tests.e2e.windows import DESKTOP, PHONE, fill, open_mail, reload_until, sign_in, submit, window

CITY = "rotterdam"
CODE = re.compile(r"(?m)^\d{3} \d{3}\r?$")
WORDS = "Kanarie 8f2e: de gordijnen zijn al een week dicht en de post ligt in de gang."
WIJKTEAM = "wijkteam@rotterdam.example"
REPORTER = "joke-melder@bewoner.example"
MAP = next(path for path in MUNICIPALITIES if path.stem == CITY).with_name("sociale-kaart-rotterdam.csv")


async def send(page: Page) -> None:
    """The button that sends."""
    await page.locator('main form button[type="submit"][value="send"]').click()


async def tells(page: Page, stack: Running, language: str) -> None:
    """From the front page to a receipt, with a look at what may help on the way."""
    public = stack.urls["public"]
    await page.goto(f"{public}/{CITY}?taal={language}")
    await page.locator('main a[href$="/zorg"]').click()
    await look(page, language)
    tree = await page.locator("main").aria_snapshot()
    assert tree.index("112") < tree.index("/zorg/vertel"), "heard first, too"
    await page.locator('main a[href$="/zorg/gevaar"]').click()
    await look(page, language)
    await page.go_back()
    await page.locator('main a[href$="/zorg/vertel"]').click()
    await look(page, language)
    await send(page)
    await look(page, language, errors=True)
    await fill(page, topic="money", urgency="week", wijk="Noord", words=WORDS, knows="not", who="me")
    await page.locator('main button[value="help"]').click()
    await look(page, language)
    await page.locator('main button[value="back"]').click()
    await look(page, language)
    assert await page.locator('main [name="words"]').input_value() == WORDS
    await fill(page, name="Joke Melder", email=REPORTER)
    await send(page)
    await expect(page.locator("p.receipt")).to_be_visible()
    await look(page, language)


async def reads(page: Page, stack: Running, language: str, *, but: list[str]) -> None:
    """A professional opens the mail, asks for the code and reads."""
    mail = await stack.letter(WIJKTEAM, "concern_ask", but=but)
    assert "gordijnen" not in mail["text"]
    await open_mail(page, stack.urls["mail"], mail["id"], "/melding/")
    await page.goto(f"{page.url}?taal={language}")
    await look(page, language)
    await submit(page, page.url.partition("?")[0].rpartition("/")[2])
    await look(page, language)
    code = CODE.search((await stack.letter(WIJKTEAM, "concern_code", but=but))["text"])
    assert code
    await fill(page, code="000000")
    await submit(page, "/code")
    await look(page, language, errors=True)
    await fill(page, code=code[0].strip())
    await submit(page, "/code")
    await expect(page.locator("blockquote.told")).to_have_text(WORDS)
    await look(page, language)


@dutch_daily
async def test_a_neighbour_a_professional_and_a_coordinator(
    stack: Running, browser: Browser, language: str
) -> None:
    earlier = [mail["id"] for mail in await stack.mails(WIJKTEAM)]
    heard = [mail["id"] for mail in await stack.mails(REPORTER)]
    async with window(browser, PHONE, scripts=True) as neighbour:
        await tells(neighbour, stack, language)
    async with window(browser, PHONE, scripts=True) as professional:
        await reads(professional, stack, language, but=earlier)
        concern = await stack.value("select id from concern.concern order by raised_at desc limit 1")
        async with window(browser, DESKTOP, scripts=True) as desk:
            await speak(desk, stack.urls["desk"], language)
            await sign_in(desk, stack.urls["desk"], CITY, "coordinator-1")
            await desk.locator('nav a[href$="/zorgen"]').click()
            await look(desk, language)
            await desk.locator(f'main a[href$="{concern}"]').click()
            await look(desk, language)
            assert "gordijnen" not in await desk.content()
        await submit(professional, "/pick-up")
        await expect(professional.locator("p.flash")).to_be_visible()
        await look(professional, language)
        await stack.letter(REPORTER, "concern_picked_up", but=heard)
        await submit(professional, "/close")
        await look(professional, language, errors=True)
        await fill(professional, outcome="helped")
        await submit(professional, "/close")
        await look(professional, language)
        await professional.goto(f"{stack.urls['public']}/{CITY}/melding/lezen")
        await look(professional, language)
    closed = await stack.letter(REPORTER, "concern_closed", but=heard)
    async with window(browser, PHONE, scripts=True) as neighbour:
        await open_mail(neighbour, stack.urls["mail"], closed["id"])
        await neighbour.goto(f"{neighbour.url}?taal={language}")
        await look(neighbour, language)
    async with window(browser, DESKTOP, scripts=True) as officer:
        await speak(officer, stack.urls["desk"], language)
        await officer.goto(stack.urls["desk"])
        own = 'form:has([name="municipality"][value="rotterdam"]):has([name="seat"][value="privacy-1"])'
        await officer.locator(f"{own} button").click()
        await officer.wait_for_url(re.compile("/inzage$"))
        await look(officer, language)
        await expect(officer.locator("table")).to_contain_text("pro:wijkteam")
    async with window(browser, DESKTOP, scripts=True) as operator:
        address = f"{stack.urls['temporal_ui']}/namespaces/default/workflows/{concern_id(concern)}"
        await operator.goto(address)
        await expect(await details(operator, "Zorg Z-")).to_contain_text("Stand: afgerond")
        assert "gordijnen" not in await operator.content()


@both
async def test_the_social_map(stack: Running, browser: Browser, language: str) -> None:
    """A coordinator brings a file; a resident finds what there is."""
    async with window(browser, DESKTOP, scripts=True) as desk:
        await speak(desk, stack.urls["desk"], language)
        await sign_in(desk, stack.urls["desk"], CITY, "coordinator-1")
        await desk.goto(f"{stack.urls['desk']}/{CITY}/sociale-kaart")
        await look(desk, language)
        await desk.locator('main input[type="file"]').set_input_files(MAP)
        await submit(desk, "/sociale-kaart")
        await reload_until(desk, desk.locator("main h3, main table, main li"))
        await look(desk, language)
    async with window(browser, PHONE, scripts=True) as resident:
        await resident.goto(f"{stack.urls['public']}/{CITY}/hulp?taal={language}")
        await look(resident, language)
        await expect(resident.locator("main")).to_contain_text("010 123 45")
