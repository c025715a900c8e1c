"""Streets of a small municipality, from intake to yearly question, as people and operators see them."""

import asyncio
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from temporalio.client import Client, ScheduleHandle

from schemas.calendar import AMSTERDAM
from schemas.refs import intake_id, renewal_id, round_id, street_id
from tests.conftest import MUNICIPALITIES
from tests.e2e.looking import look
from tests.e2e.resident import Resident, Staff
from tests.e2e.running import STRAAT, Running, environment, until
from tests.e2e.test_axe import speak
from tests.e2e.test_journey_browser import details
from tests.e2e.windows import DESKTOP, PHONE, fill, open_mail, reload_until, sign_in, submit, window
from tests.today import this_year

CITY, NAME = "lentedorp", "Lentedorp"
RENEWAL = """[renewal]
month = 9
day = 1
reminders = ["PT15S"]
call_after = "PT20S"
sleep_after = "PT45S"
youngest = "PT1S"
"""
CODE = re.compile(r"(?m)^\d{3} \d{3}\r?$")
STANDINGS = ("go_on", "change", "stop", "silent")


@dataclass(frozen=True)
class Village:
    """The municipality, and its streets by how they will answer."""

    stack: Running
    streets: dict[str, Resident]

    def page(self, standing: str) -> str:
        """A street's page on the desk."""
        return f"{self.stack.urls['desk']}/{CITY}/straten/{self.streets[standing].slug}"

    def operator(self, workflow_id: str) -> str:
        """A workflow in the Temporal UI."""
        return f"{self.stack.urls['temporal_ui']}/namespaces/default/workflows/{workflow_id}"


def policy(folder: Path) -> Path:
    """Rotterdam's, with a year that turns within a minute; its logo is a file that stays where it is."""
    rotterdam = next(path for path in MUNICIPALITIES if path.stem == "rotterdam").read_text()
    text = re.sub(r"\[renewal\]\nmonth = \d+\nday = \d+\n", RENEWAL, rotterdam)
    text = text.replace('name = "Rotterdam"', f'name = "{NAME}"', 1).replace('"Delfshaven"', '"Centrum"')
    text = re.sub(r"logo = .*\n", "", text)
    assert RENEWAL in text
    path = folder / f"{CITY}.toml"
    path.write_text(text)
    return path


@pytest_asyncio.fixture(scope="module")
async def village(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Village:
    """Four streets, whose gangmakers said yes to their mail."""
    command = [*STRAAT, "municipality", "apply", str(policy(tmp_path_factory.mktemp("policy")))]
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, "--home", str(stack.home)],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Village(stack, {standing: await _began(stack) for standing in STANDINGS})


async def _began(stack: Running) -> Resident:
    async with Resident(stack, CITY, "Lentelaan") as resident:
        await resident.sign_up()
        await resident.say("yes")
    await stack.letter(resident.email, "welcome")
    return resident


async def send(page: Page) -> None:
    """The only form of a page."""
    await page.locator('main form button[type="submit"]').first.click()


async def _moments(page: Page, village: Village) -> None:
    """A coordinator's agenda gets an afternoon."""
    await page.goto(f"{village.stack.urls['desk']}/{CITY}/agenda")
    await look(page, "nl")
    await submit(page, "/agenda")
    await look(page, "nl", errors=True)
    day = datetime.now(AMSTERDAM) + timedelta(days=8)
    await fill(page, day=f"{day:%Y-%m-%d}", start="13:00", end="16:00", place="Buurthuis De Lente")
    await submit(page, "/agenda")
    await expect(page.locator("p.flash")).to_be_visible()
    await look(page, "nl")


async def test_an_intake_with_moments_to_pick_from(village: Village, browser: Browser) -> None:
    """The agenda, the proposal, the pick on a phone, the outcome with words, the starter package."""
    stack, street = village.stack, village.streets["go_on"]
    async with window(browser, DESKTOP, scripts=True) as desk:
        await sign_in(desk, stack.urls["desk"], CITY, "coordinator-1")
        await _moments(desk, village)
        await desk.goto(village.page("go_on"))
        await submit(desk, "/propose")
        await look(desk, "nl", errors=True)
        for box in (await desk.locator('main input[name="slot"]').all())[:2]:
            await box.check()
        await submit(desk, "/propose")
        await expect(desk.locator("p.flash")).to_be_visible()
        await look(desk, "nl")

        mail = await stack.letter(street.email, "intake_pick")
        async with window(browser, PHONE, scripts=True) as gangmaker:
            await open_mail(gangmaker, stack.urls["mail"], mail["id"], "/gesprek/")
            address = gangmaker.url
            for language in ("en", "nl"):
                await gangmaker.goto(f"{address.partition('?')[0]}?taal={language}")
                await look(gangmaker, language)
            await send(gangmaker)
            await look(gangmaker, "nl", errors=True)
            await gangmaker.locator('main input[name="moment"]').first.check()
            await send(gangmaker)
            await expect(gangmaker.get_by_text("Het gesprek staat").first).to_be_visible()
            await look(gangmaker, "nl")
        planned = await stack.letter(street.email, "intake_planned")
        assert "Buurthuis De Lente" in planned["text"]

        await desk.goto(village.page("go_on"))
        await reload_until(desk, desk.locator('form[action$="/record"]'))
        await desk.locator("details.guide summary").click()
        await look(desk, "nl")
        await fill(desk, outcome="accepted", approach="Elke maand koffie op de stoep.")
        await submit(desk, "/record")
        await look(desk, "nl", errors=True)
        await desk.locator('main input[name="agreed"]').check()
        await submit(desk, "/record")
        await reload_until(desk, desk.locator('form[action$="/send-starter"]'))
        await expect(desk.get_by_text("Elke maand koffie op de stoep.")).to_be_visible()
        await submit(desk, "/send-starter")
        await expect(desk.get_by_text("onderweg").first).to_be_visible()
        mail = await stack.letter(street.email, "starter_sent")
        async with window(browser, PHONE, scripts=True) as gangmaker:
            await open_mail(gangmaker, stack.urls["mail"], mail["id"])
            await look(gangmaker, "nl")
            await gangmaker.locator('main button[value="yes"]').click()
            await expect(gangmaker.locator("main form")).to_have_count(0)
            await look(gangmaker, "nl")
        await reload_until(desk, desk.locator("#startpakket b", has_text="aangekomen"))
        await _life_of_a_street(desk, village)


async def _life_of_a_street(desk: Page, village: Village) -> None:
    """The pages about its shape and its people, as they look."""
    for path in ("/vorm", ""):
        await desk.goto(village.page("go_on") + path)
        await look(desk, "nl")
    await desk.locator('main a[href$="/doorgeven"]').click()
    await look(desk, "nl")
    await send(desk)
    await look(desk, "nl", errors=True)
    for button in ("/stopt", "/end"):
        await desk.goto(village.page("go_on"))
        await submit(desk, button)
        await look(desk, "nl")


async def _accepted(village: Village, standing: str) -> None:
    slug = village.streets[standing].slug
    intake = f"intakes/{intake_id(CITY, slug, 1)}"
    day = datetime.now(AMSTERDAM) + timedelta(days=9)
    async with Staff(village.stack, CITY, "coordinator-2") as coordinator:
        await coordinator.press(slug, f"{intake}/plan", day=f"{day:%Y-%m-%d}", clock="19:30", place="Thuis")
        agreed = await coordinator.boxes(slug, "agreed")
        await coordinator.press(slug, f"{intake}/record", outcome="accepted", agreed=agreed)
    await village.stack.letter(village.streets[standing].email, "street_accepted")


async def _temporal(stack: Running) -> Client:
    return await Client.connect(stack.urls["temporal"].removeprefix("grpc://"))


async def _schedule(stack: Running) -> ScheduleHandle:
    """The schedule that follows the policy by itself."""
    client = await _temporal(stack)
    handle = client.get_schedule_handle(round_id(CITY))

    async def there() -> bool:
        return any([each.id == handle.id async for each in await client.list_schedules()])

    await until(there, "the schedule of the municipality")
    return handle


async def _answers(village: Village, browser: Browser, standing: str, **fields: str) -> None:
    """A gangmaker answers, with the code of the same mail."""
    stack = village.stack
    mail = await stack.letter(village.streets[standing].email, "renewal_ask")
    code = CODE.search(mail["text"])
    assert code
    async with window(browser, PHONE, scripts=True) as page:
        await open_mail(page, stack.urls["mail"], mail["id"], "/verder/")
        await look(page, "nl")
        if standing == "change":
            await send(page)
            await look(page, "nl", errors=True)
        await fill(page, choice=standing, code=code[0].strip(), **fields)
        await send(page)
        await expect(page.locator("main form")).to_have_count(0)
        await look(page, "nl")


async def test_a_renewal_round(village: Village, browser: Browser) -> None:
    """An operator triggers the schedule; streets are renewed, changed, ended and asleep, and read so."""
    stack = village.stack
    for standing in STANDINGS[1:]:
        await _accepted(village, standing)
    await (await _schedule(stack)).trigger()
    await asyncio.gather(
        _answers(village, browser, "stop"),
        _answers(village, browser, "go_on"),
        _answers(village, browser, "change", words="Graag een derde gangmaker erbij."),
    )
    silent = village.streets["silent"]

    async def to_call() -> bool:
        sql = "select count(*) from registry.renewal where municipality = $1 and status = 'to_call'"
        return bool(await stack.value(sql, CITY) == 1)

    await until(to_call, "a street to call")
    async with window(browser, DESKTOP, scripts=True) as desk:
        await sign_in(desk, stack.urls["desk"], CITY, "coordinator-1")
        await reload_until(desk, desk.locator('a[href*="/vernieuwing/"]'))
        await desk.locator('a[href*="/vernieuwing/"]').first.click()
        await look(desk, "nl")
        await expect(desk.get_by_text("Bel de straat")).to_be_visible()
        await stack.letter(silent.email, "renewal_sleep")
        for standing, template in zip(
            STANDINGS,
            ("renewal_go_on", "renewal_go_on", "renewal_stop", "renewal_sleep"),
            strict=True,
        ):
            await stack.letter(village.streets[standing].email, template)
        for language in ("en", "nl"):
            await speak(desk, stack.urls["desk"], language)
            await desk.goto(f"{stack.urls['desk']}/{CITY}/vernieuwing")
            await look(desk, language)
        await expect(desk.get_by_text("4 van 4 straten besloten")).to_be_visible()
        counts = await desk.locator("ul.counts li").all_inner_texts()
        assert [text[0] for text in counts] == ["1"] * 4, counts
        for standing, phase in zip(STANDINGS, ("active", "active", "ended", "sleeping"), strict=True):
            await desk.goto(village.page(standing))
            await reload_until(desk, desk.locator(f".street-head .badge.{phase}"))
            await look(desk, "nl")
        await desk.goto(f"{stack.urls['desk']}/{CITY}/vernieuwing/{_question(village, 'change')}")
        await expect(desk.get_by_text("Graag een derde gangmaker erbij.")).to_be_visible()
        await look(desk, "nl")
    await _an_operator_reads_along(village, browser)


def _question(village: Village, standing: str) -> str:
    return renewal_id(CITY, village.streets[standing].slug, this_year())


async def _an_operator_reads_along(village: Village, browser: Browser) -> None:
    client = await _temporal(village.stack)
    query = f"WorkflowType = 'RenewalRoundWorkflow' and WorkflowId starts_with '{round_id(CITY)}'"
    rounds = [each.id async for each in client.list_workflows(query)]
    assert len(rounds) == 1
    async with window(browser, DESKTOP, scripts=True) as operator:
        await operator.goto(village.operator(rounds[0]))
        told = await details(operator, "Vernieuwing")
        await expect(told).to_contain_text("4 van 4 straten besloten")
        await operator.goto(village.operator(street_id(CITY, village.streets["silent"].slug)))
        told = await details(operator, NAME)
        await expect(told).to_contain_text("Fase: slaapt")
