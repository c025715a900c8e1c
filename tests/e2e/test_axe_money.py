"""The money rooms of the desk and the street's door as a browser sees them, in both languages."""

from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import Demo
from tests.e2e.looking import look
from tests.e2e.payday import HOLDER, IBAN, Gangmaker, code_in, door_in, hand_in
from tests.e2e.resident import LINK, Resident, Staff, decide
from tests.e2e.running import Running
from tests.e2e.test_axe import both, dutch_daily, make_link, speak
from tests.e2e.windows import fill, sign_in, submit, window
from tests.today import this_year, today
from workers.demo.cast import MUNICIPALITY

OTHER_IBAN = "NL44 RABO 0123 4567 89"


@pytest_asyncio.fixture
async def rooms(stack: Running, demo: Demo) -> list[str]:
    """The addresses of the money rooms, with the batch, the statements and the line that the demo left."""
    async with Staff(stack, MUNICIPALITY, "treasurer-1") as treasurer:
        refused = await hand_in(treasurer, b"%PDF-1.7 no statement", "factuur.pdf")
    batch = await stack.value(
        "select id from money.batch where municipality = $1 and number = 1", MUNICIPALITY
    )
    booked = await stack.value("select id from money.statement where state = 'booked'")
    line = await stack.value("select transfer from money.suspense")
    year = this_year()
    return [
        *("vandaag", "goedkeuren", f"goedkeuren?jaar={year + 1}", "goedkeuren?wijk=Delfshaven"),
        *("betalen", f"betalen?jaar={year + 1}", f"betalen/{batch}"),
        *("afschriften", f"afschriften/{booked}", refused.url.path.partition(f"{MUNICIPALITY}/")[2]),
        *(f"afschriften/regels/{line}", f"rapporten?jaar={year}", f"rapporten?jaar={year + 1}"),
        *(f"budget/{year}{form}" for form in ("", "/grant", "/expense", "/move", "/less")),
        *("budget", f"jaar/{year}"),
    ]


@dutch_daily
@pytest.mark.parametrize("seat", ["treasurer-1", "coordinator-1"])
async def test_the_money_rooms(
    stack: Running, browser: Browser, rooms: list[str], seat: str, language: str
) -> None:
    """Also as somebody who may only read, where the forms are missing."""
    desk = stack.urls["desk"]
    async with window(browser, scripts=True) as page:
        await speak(page, desk, language)
        await sign_in(page, desk, MUNICIPALITY, seat)
        for path in rooms:
            await page.goto(f"{desk}/{MUNICIPALITY}/{path}")
            await look(page, language)


@dutch_daily
async def test_a_municipality_that_ran_out_of_money(
    stack: Running, browser: Browser, demo: Demo, language: str
) -> None:
    desk, year = stack.urls["desk"], this_year()
    entry = await stack.value("select id from money.entry where municipality = 'aalsmeer' and kind = 'move'")
    async with window(browser, scripts=True) as page:
        await speak(page, desk, language)
        await sign_in(page, desk, "aalsmeer", "treasurer-1")
        for path in ("goedkeuren", "betalen", "afschriften", f"budget/{year}", "rapporten"):
            await page.goto(f"{desk}/aalsmeer/{path}")
            await look(page, language)
        await page.goto(f"{desk}/aalsmeer/goedkeuren")
        await expect(page.locator("#wachten")).to_be_visible()
        await page.goto(f"{desk}/aalsmeer/budget/{year}/boekingen/{entry}")
        await look(page, language)


MISTAKES = [
    ("goedkeuren", "/goedkeuren", {}),
    ("afschriften", "/afschriften", {}),
    ("budget/{year}/grant", "/grant", {"cents": "veel"}),
    ("budget/{year}/expense", "/expense", {}),
    (
        "budget/{year}/move",
        "/move",
        {"line": "hours", "to": "hours", "cents": "10", "reason": "proef"},
    ),
    ("budget/{year}/less", "/less", {"line": "campaign", "cents": "$ 5"}),
]


@dutch_daily
async def test_mistakes_in_the_money_rooms(
    stack: Running, browser: Browser, demo: Demo, language: str
) -> None:
    desk = stack.urls["desk"]
    async with window(browser, scripts=True) as page:
        await speak(page, desk, language)
        await sign_in(page, desk, MUNICIPALITY, "treasurer-1")
        for path, action, fields in MISTAKES:
            await page.goto(f"{desk}/{MUNICIPALITY}/{path.format(year=this_year())}")
            await fill(page, **fields)
            await submit(page, action)
            await look(page, language, errors=True)
            assert await page.evaluate("document.activeElement.id") == "fouten", path
        line = await stack.value("select transfer from money.suspense where placed_at is null")
        await page.goto(f"{desk}/{MUNICIPALITY}/afschriften/regels/{line}")
        await submit(page, f"/{line}")
        await look(page, language, errors=True)


@dutch_daily
async def test_a_batch_on_its_way(stack: Running, browser: Browser, demo: Demo, language: str) -> None:
    """Made by one, released by the other; and cancelled in time."""
    desk = stack.urls["desk"]
    async with Resident(stack) as resident:
        await approved(resident)
        async with Gangmaker(stack, resident.municipality, resident.email) as gangmaker:
            await gangmaker.enter()
            await gangmaker.give_account()
            await gangmaker.in_force(resident.slug)
    async with window(browser, scripts=True) as page, window(browser, scripts=True) as other:
        for each, seat in ((page, "treasurer-1"), (other, "treasurer-2")):
            await speak(each, desk, language)
            await sign_in(each, desk, MUNICIPALITY, seat)
        await page.goto(f"{desk}/{MUNICIPALITY}/betalen")
        await look(page, language)
        await fill(page, day=str(today() - timedelta(days=1)))
        await submit(page, "/betalen")
        await look(page, language, errors=True)
        await fill(page, day=str(today()))
        await submit(page, "/betalen")
        await look(page, language)
        await other.goto(page.url)
        await look(other, language)
        await submit(other, "/cancel")
        await look(other, language)
        await submit(other, "/cancel")
        await look(other, language)


async def approved(resident: Resident) -> None:
    """A street whose potje waits for an account."""
    await resident.sign_up()
    await resident.say("yes")
    await decide(resident)


@both
async def test_the_street_s_door(stack: Running, browser: Browser, language: str) -> None:
    """Every page of it, with what goes wrong there."""
    async with Resident(stack) as resident, window(browser, scripts=True) as page:
        await approved(resident)
        door = f"{stack.urls['public']}/{MUNICIPALITY}/mijn-straat"
        await speak(page, stack.urls["public"], language)
        for shut in ("", "/code", "/rekening", "/dag"):
            await page.goto(door + shut)
            await look(page, language)
        await come_in(page, resident, language)
        await an_account(page, door, language)
        await an_attentie(page, door, language)
        await a_story(page, door, language)
        await stack.letter(resident.email, "account_in_force")
        await another_account(page, door, resident, language)
        await page.goto(door)
        await look(page, language)
        await submit(page, "/uit")
        await look(page, language)


async def come_in(page: Page, resident: Resident, language: str) -> None:
    """A link that is too old, the right one, a wrong code, and the right one."""
    stack = resident.stack
    old = await make_link(stack, "street_door", "expired")
    gone = await page.goto(old.replace("/antwoord/", "/mijn-straat/"))
    assert gone is not None
    assert gone.status == 410
    await look(page, language)
    link = door_in(await stack.letter(resident.email, "potje_approved"))
    await page.goto(link)
    await look(page, language)
    await submit(page, link.rpartition("/")[2])
    await look(page, language)
    code = code_in(await stack.letter(resident.email, "door_code"))
    for wrong in ("", "12345", f"{(int(code.replace(' ', '')) + 1) % 1_000_000:06}"):
        await fill(page, code=wrong)
        await submit(page, "/code")
        await look(page, language, errors=True)
    await fill(page, code=code)
    await submit(page, "/code")
    await page.wait_for_url("**/mijn-straat")
    await look(page, language)


async def an_account(page: Page, door: str, language: str) -> None:
    """A wrong number, then a right one, seen as the bank will."""
    await page.goto(f"{door}/rekening")
    await look(page, language)
    await fill(page, holder="", iban=IBAN.replace("1643", "1644"))
    await submit(page, "/rekening")
    await look(page, language, errors=True)
    await fill(page, holder="Zoë Çelik", iban=IBAN)
    await submit(page, "/rekening")
    await look(page, language)
    await submit(page, "/controleer")
    await look(page, language)


async def another_account(page: Page, door: str, resident: Resident, language: str) -> None:
    """Which the one who gave the first is asked about."""
    await page.goto(f"{door}/rekening")
    await look(page, language)
    await fill(page, holder=HOLDER, iban=OTHER_IBAN)
    await submit(page, "/rekening")
    await look(page, language)
    await submit(page, "/controleer")
    await look(page, language)
    mail = await resident.stack.letter(resident.email, "account_confirm")
    found = LINK.search(mail["text"])
    assert found
    await page.goto(found[0])
    await look(page, language)
    await page.locator('main form button[value="no"]').click()
    await look(page, language)


async def an_attentie(page: Page, door: str, language: str) -> None:
    """Nothing, then something, and whether to take it away."""
    await page.goto(f"{door}/attentie")
    await look(page, language)
    await fill(page, day="morgen", amount="veel")
    await submit(page, "/attentie")
    await look(page, language, errors=True)
    await fill(page, day="vandaag", occasion="birth", amount="7,50")
    await submit(page, "/attentie")
    await look(page, language)
    await page.locator('main a[href$="/weg"]').click()
    await look(page, language)


async def a_story(page: Page, door: str, language: str) -> None:
    """The same for a story."""
    await page.goto(f"{door}/verhaal")
    await look(page, language)
    await submit(page, "/verhaal")
    await look(page, language, errors=True)
    await page.locator('main [name="text"]').fill("Soep voor de hele straat.")
    await fill(page, share="yes")
    await submit(page, "/verhaal")
    await look(page, language)
    await page.locator('main a[href$="/terug"]').click()
    await look(page, language)
