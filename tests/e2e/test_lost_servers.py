"""Servers that crash in the middle of a sign-up: what got a receipt is not lost, and not done twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from schemas.refs import intake_id
from tests.e2e.conftest import fresh_stack
from tests.e2e.looking import look
from tests.e2e.payday import be_paid, complete
from tests.e2e.resident import (
    Resident,
    Staff,
    assert_each_mail_once,
    decide,
    id_of_form,
    in_ten_days,
    receipt_of,
)
from tests.e2e.running import Running, until
from tests.e2e.windows import PHONE, fill, submit, window


@pytest.fixture(scope="module")
def frail() -> Iterator[Running]:
    """A stack of our own, so that a crash disturbs nobody else."""
    yield from fresh_stack(26_200)


@pytest_asyncio.fixture
async def resident(frail: Running) -> AsyncIterator[Resident]:
    """Somebody who signs up while it happens."""
    async with Resident(frail) as resident:
        yield resident


async def test_postgres_is_away_when_the_form_is_sent(frail: Running, browser: Browser) -> None:
    """By clicking: the page of 503 keeps what was typed, and its button sends it once it is possible."""
    async with Resident(frail) as resident, window(browser, PHONE, scripts=True) as page:
        await page.goto(frail.urls["public"] + resident.form)
        await fill(page, street=resident.street, wijk="Noord")
        await submit(page, "/straat")
        await fill(page, name="Proef Persoon", email=resident.email)
        await submit(page, "/u")
        async with frail.without("postgres"):
            await fill(page, together="not_yet")
            await submit(page, "/samen")
            form = await page.locator('main [name="form"]').get_attribute("value")
            for _ in range(2):
                async with page.expect_navigation() as sent:
                    await submit(page, "/controleer")
                answer = await sent.value
                assert answer.status == 503
                assert answer.headers["retry-after"]
                assert await page.locator('main [name="form"]').get_attribute("value") == form
            await look(page, "nl")
            await other_pages_of_503(browser, frail)
        await submit(page, "/controleer")
        await page.wait_for_url("**/ontvangen/**")
        await complete(resident)


async def other_pages_of_503(browser: Browser, stack: Running) -> None:
    """What cannot be shown at all, in English and on the desk."""
    async with window(browser, scripts=True) as page:
        for url in (f"{stack.urls['public']}/rotterdam/antwoord/abc", f"{stack.urls['desk']}/"):
            answer = await page.goto(f"{url}?taal=en")
            assert answer is not None
            assert answer.status == 503
            await look(page, "en")


async def test_postgres_is_away_when_somebody_answers(frail: Running, resident: Resident) -> None:
    await resident.sign_up()
    link = await resident.link()
    async with frail.without("postgres"):
        assert (await resident.post(link, answer="yes")).status_code == 503
    await complete(resident)


async def test_postgres_is_away_while_the_steps_are_filled_in(frail: Running, resident: Resident) -> None:
    await resident.get(resident.form)
    async with frail.without("postgres"):
        form = await resident.fill_in()
        assert (await resident.send(form)).status_code == 503
        assert (await resident.get("/gezond")).status_code == 503
    receipt_of(await resident.send(form))
    await complete(resident)


async def test_postgres_crashes_at_the_very_moment(frail: Running, resident: Resident) -> None:
    """Whatever the sender was told, sending again gives the one receipt there is."""
    form = await resident.fill_in()
    sending = [asyncio.create_task(resident.send(form)) for _ in range(8)]
    await asyncio.sleep(0.01)
    frail.kill("postgres")
    told = [receipt_of(answer) for answer in await asyncio.gather(*sending) if answer.status_code == 200]
    await until(frail.is_well, "postgres is back")
    again = receipt_of(await resident.send(form))
    assert set(told) <= {again}
    await complete(resident)


async def test_temporal_is_away_and_the_receipt_is_given_all_the_same(
    frail: Running, resident: Resident
) -> None:
    async with frail.without("temporal"):
        await resident.sign_up()
        assert await frail.mails(resident.email) == []
    await complete(resident)


async def test_temporal_is_away_when_a_coordinator_plans(frail: Running, resident: Resident) -> None:
    """The page keeps what was typed; the same form sent again is one invitation."""
    await resident.sign_up()
    await resident.say("yes")
    action = f"/rotterdam/intakes/{intake_id('rotterdam', resident.slug, 1)}/plan"
    async with Staff(frail, "rotterdam", "coordinator-1") as coordinator:
        form = await coordinator.form_on(f"/rotterdam/straten/{resident.slug}", action)
        day, clock = in_ten_days()
        async with frail.without("temporal"):
            refused = await coordinator.post(action, form=form, day=day, clock=clock, place="Zaal Drie")
            assert refused.status_code == 503
            assert id_of_form(refused.text) == form
            assert "Zaal Drie" in refused.text
        # The web finds Temporal again by itself, after a moment.
        async with asyncio.timeout(30):
            while (
                again := await coordinator.post(action, form=form, day=day, clock=clock, place="Zaal Drie")
            ).status_code == 503:
                await asyncio.sleep(0.2)
        assert again.status_code == 200
    invitation = await frail.letter(resident.email, "intake_planned")
    assert "Zaal Drie" in invitation["text"]
    await frail.at_rest()
    assert len(await frail.mails(resident.email)) == 3


async def test_the_mail_server_is_away(frail: Running, resident: Resident) -> None:
    tried = "select count(*) from post.mail where state = 'queued' and attempts > 0"

    async def in_vain() -> bool:
        return bool(await frail.value(tried) == 1)

    async with frail.without("mail"):
        await resident.sign_up()
        await until(in_vain, "an attempt to send")
    await complete(resident)


async def test_the_worker_crashes_before_and_during_its_work(frail: Running, resident: Resident) -> None:
    await resident.sign_up()
    frail.kill("worker")
    await resident.say("yes")
    await frail.letter(resident.email, "welcome")
    deciding = asyncio.create_task(decide(resident, patient=True))
    await asyncio.sleep(0.5)
    frail.kill("worker")
    await deciding
    await be_paid(resident)
    await assert_each_mail_once(resident, killed=True)


async def test_the_web_process_crashes_between_the_steps(frail: Running, resident: Resident) -> None:
    """The draft is with the reader, so it survives."""
    await resident.get(resident.form)
    await resident.post(f"{resident.form}/straat", street=resident.street, part="", wijk="Noord")
    await resident.post(f"{resident.form}/u", name="Proef Persoon", email=resident.email, phone="")
    frail.kill("web")
    await until(frail.is_well, "web is back")
    checked = await resident.post(f"{resident.form}/samen", together="not_yet")
    assert resident.street in checked.text
    assert resident.email in checked.text
    receipt_of(await resident.send(id_of_form(checked.text)))
    await complete(resident)


async def test_the_power_goes_right_after_the_receipt(frail: Running, resident: Resident) -> None:
    receipt = await resident.sign_up()
    frail.cut_the_power()
    frail.start()
    await asyncio.to_thread(frail.wait)
    assert receipt in (await resident.get(f"{resident.form}/ontvangen/{receipt}")).text
    await complete(resident)


def test_no_page_failed_for_any_other_reason(frail: Running) -> None:
    """Runs after the others of this file: a lost server was always told as one."""
    log = (frail.home / "logs" / "web.log").read_text()
    assert "PostgreSQL is away" in log
    assert "a page failed" not in log
