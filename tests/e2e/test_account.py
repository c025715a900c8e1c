"""The account of one's municipality in a real browser, at a real provider."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from forms.desk.app import desk_app
from forms.settings import WebSettings
from store.database import Database
from store.keys import Keyring
from tests.conftest import free_port
from tests.e2e.desks import served
from tests.e2e.looking import violations
from tests.e2e.windows import window
from tests.identity.running import PASSWORD, provider, secrets_in
from tests.web.desk.fakes import FakeTemporal


@pytest_asyncio.fixture
async def desk(db: Database, keyring: Keyring, tmp_path: Path) -> AsyncIterator[str]:
    """A desk whose municipality has a provider."""
    port = free_port()
    url = f"http://localhost:{port}"
    settings = WebSettings(
        "http://a", url, "http://b", "default", local_sign_in=False, sign_in_secrets=secrets_in(tmp_path)
    )
    with provider([url]) as identity:
        await identity.settle(db)
        async with served(desk_app(db, keyring, FakeTemporal(), settings), port):
            yield url


async def at_the_provider(page: Page, user: str, password: str) -> None:
    """Type who one is, and the password."""
    await page.locator('[name="login"]').fill(user)
    await page.locator('[name="login"]').press("Enter")
    await page.locator('[name="password"]').fill(password)
    await page.locator('[name="password"]').press("Enter")


async def begin(page: Page, desk: str) -> None:
    """The link on the sign-in page."""
    await page.goto(f"{desk}/?gemeente=den-haag")
    await page.get_by_role("link", name="account van uw gemeente").click()
    await page.wait_for_url(re.compile("/login"))


async def test_in_and_out_with_the_account_of_the_municipality(desk: str, browser: Browser) -> None:
    async with window(browser, scripts=True) as page:
        await begin(page, desk)
        await at_the_provider(page, "noor", "geraden")
        await expect(page.locator('[name="password"]')).to_be_visible()
        await page.locator('[name="password"]').fill(PASSWORD)
        await page.locator('[name="password"]').press("Enter")
        await page.wait_for_url(re.compile("/den-haag/vandaag"))
        await expect(page.locator(".me")).to_contain_text("Noor")
        await page.locator(".me a").click()
        await expect(page.locator("main .slots")).to_contain_text("account van de gemeente")
        assert await violations(page) == []

        await page.locator('form.me button[type="submit"]').click()
        await expect(page.locator("h1")).to_have_text("U bent afgemeld")
        assert await violations(page) == []
        await page.get_by_role("link", name="Ook afmelden").click()
        await page.wait_for_url(re.compile("/oauth/end_session"))
        await page.goto(f"{desk}/den-haag/vandaag")
        await expect(page.locator("h1")).to_contain_text("Aanmelden")


async def test_somebody_without_a_role_hears_what_to_do(desk: str, browser: Browser) -> None:
    async with window(browser, scripts=True) as page:
        await begin(page, desk)
        await at_the_provider(page, "bram", PASSWORD)
        await expect(page.locator("h1")).to_have_text("U hebt hier nog geen plek")
        assert await violations(page) == []
        await page.goto(f"{page.url.partition('?')[0]}?taal=en")
        await expect(page.locator("h1")).to_have_text("This sign-in has expired")
