"""Passkeys in a real browser: invited, in, and all that must not work with one."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from forms.desk.app import desk_app
from forms.settings import WebSettings
from schemas.staff import InvitationForm, Role
from store import staff
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import free_port
from tests.e2e.desks import Device, Post, device, served
from tests.e2e.looking import violations
from tests.e2e.windows import fill, submit, window
from tests.web.desk.fakes import FakeTemporal

MARLIES = "marlies@den-haag.example"


@dataclass
class Place:
    """A desk that runs, and its mails."""

    url: str
    db: Database
    vault: Vault
    post: Post


@pytest_asyncio.fixture
async def place(db: Database, keyring: Keyring, vault: Vault) -> AsyncIterator[Place]:
    """Den Haag and its neighbours, of which nobody works anywhere yet."""
    port = free_port()
    url = f"http://localhost:{port}"
    settings = WebSettings("http://127.0.0.1:1", url, "http://127.0.0.1:1", "default", local_sign_in=False)
    async with served(desk_app(db, keyring, FakeTemporal(), settings), port):
        yield Place(url, db, vault, Post(db, keyring, url))


async def invited(place: Place, municipality: str, mail: str, role: Role) -> None:
    """The command line does the same."""
    form = InvitationForm(name="Marlies Vos", email=mail, role=role)
    async with place.db.transaction() as conn:
        await staff.invite(conn, place.vault, municipality, form, "operator")


async def join(place: Place, page: Page, name: str = "mijn telefoon") -> None:
    """From the link in the mail to the first page of the desk."""
    await page.goto(await place.post.link())
    await page.locator("main form button").click()
    await page.wait_for_url(re.compile("/code$"))
    await fill(page, code=await place.post.code())
    await submit(page, "/code")
    await page.wait_for_url(re.compile("/passkey$"))
    await fill(page, name=name)
    await submit(page, "/passkey")
    await page.wait_for_url(lambda url: "/uitnodiging/" not in url)


async def sign_in(place: Place, page: Page, municipality: str = "den-haag") -> None:
    """With the passkey of this browser."""
    await page.goto(f"{place.url}/?gemeente={municipality}")
    await submit(page, "/passkey")


async def refused(page: Page, code: str) -> None:
    """The page of a failure, and nobody is in."""
    await expect(page.locator("main code")).to_have_text(code)


async def test_a_lead_begins_and_builds_a_desk(place: Place, browser: Browser) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    async with window(browser, scripts=True) as lead, window(browser, scripts=True) as colleague:
        await device(lead)
        await device(colleague)
        await lead.goto(await place.post.link())
        assert await violations(lead) == []
        await join(place, lead)
        await lead.wait_for_url(re.compile("/den-haag/cijfers"))

        await lead.goto(f"{place.url}/den-haag/medewerkers")
        await fill(lead, name="", email="geen adres", role="coordinator")
        await submit(lead, "/medewerkers")
        await expect(lead.locator(".summary li")).to_have_count(2)
        await fill(lead, name="Noor de Wit", email="noor@den-haag.example", role="coordinator")
        await submit(lead, "/medewerkers")
        await expect(lead.locator(".flash")).to_contain_text("onderweg")
        assert await violations(lead) == []

        await join(place, colleague, "laptop")
        await colleague.wait_for_url(re.compile("/den-haag/vandaag"))
        await expect(colleague.locator(".me")).to_contain_text("Noor de Wit")

        await lead.goto(f"{place.url}/den-haag/medewerkers")
        await lead.get_by_role("link", name="Noor de Wit").click()
        assert await violations(lead) == []
        await submit(lead, "/einde")
        await expect(lead.locator(".flash")).to_contain_text("beëindigd")
        await colleague.goto(f"{place.url}/den-haag/vandaag")
        await expect(colleague.locator("h1")).to_contain_text("Aanmelden bij Den Haag")
        assert await violations(colleague) == []
        await submit(colleague, "/passkey")
        await colleague.wait_for_url(re.compile("/den-haag/vandaag"))

        await lead.locator('#einde form[action$="/einde"] button').click()
        await submit(lead, "/einde")
        await expect(lead.locator(".flash.stopped")).to_contain_text("Werkt hier niet meer")
        await colleague.goto(f"{place.url}/den-haag/vandaag")
        await expect(colleague.locator("h1")).to_contain_text("Aanmelden")
        await submit(colleague, "/passkey")
        await refused(colleague, "passkey")
        assert await violations(colleague) == []


@dataclass
class Captured:
    """What a browser sent to sign in."""

    form: dict[str, str]


async def captured(place: Place, page: Page) -> Captured:
    """Sign in, and keep what was sent."""
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if each.method == "POST" else None)
    await sign_in(place, page)
    await page.wait_for_url(re.compile("/den-haag/cijfers"))
    parsed = httpx.QueryParams(sent[-1].post_data or "")
    return Captured(dict(parsed))


async def posted(place: Place, form: dict[str, str]) -> str:
    """What the desk says to that form, in a browser without a session."""
    async with httpx.AsyncClient(base_url=place.url) as client:
        answer = await client.post("/passkey", data=form)
        found = re.search(r"<code>(\w+)</code>", answer.text)
        assert found, answer.status_code
        assert answer.status_code == 403
        return found[1]


async def fresh_challenge(place: Place) -> str:
    """As another visit to the sign-in page gets one."""
    async with httpx.AsyncClient(base_url=place.url) as client:
        page = await client.get("/?gemeente=den-haag")
    found = re.search(r'name="challenge" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def test_what_a_passkey_signed_works_once_and_only_as_it_was_asked(
    place: Place, browser: Browser
) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    async with window(browser, scripts=True) as page:
        finger = await device(page)
        await join(place, page)
        await page.wait_for_url(re.compile("/den-haag/cijfers"))
        sent = (await captured(place, page)).form
        assert await posted(place, sent) == "state"
        assert await posted(place, sent | {"challenge": await fresh_challenge(place)}) == "passkey"
        assert await posted(place, sent | {"challenge": "AAAA"}) == "state"
        assert await posted(place, sent | {"credential": ""}) == "passkey"
        assert await posted(place, sent | {"credential": '{"id": 1}'}) == "passkey"

        await finger.verified(yes=False)
        await sign_in(place, page)
        await expect(page.locator('[data-said="cancelled"]')).to_be_visible()
        await without_verification(page)
        await submit(page, "/passkey")
        await refused(page, "passkey")

        await finger.verified(yes=True)
        await cloned(finger)
        await sign_in(place, page)
        await refused(page, "passkey")


async def without_verification(page: Page) -> None:
    """A page that was tampered with asks for less than we do."""
    await page.locator("form[data-passkey]").evaluate(
        """form => { const asked = JSON.parse(form.dataset.options);
                     asked.userVerification = 'discouraged'; form.dataset.options = JSON.stringify(asked) }"""
    )


async def cloned(finger: Device) -> None:
    """A copy of the passkey, which counts from the beginning again."""
    [credential] = await finger.credentials()
    known = {"authenticatorId": finger.id, "credentialId": credential["credentialId"]}
    await finger.cdp.send("WebAuthn.removeCredential", known)
    await finger.cdp.send(
        "WebAuthn.addCredential", {"authenticatorId": finger.id, "credential": credential | {"signCount": 1}}
    )


async def test_more_than_one_passkey_and_one_that_is_removed(place: Place, browser: Browser) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    async with window(browser, scripts=True) as phone, window(browser, scripts=True) as laptop:
        await device(phone)
        await join(place, phone)
        await phone.goto(f"{place.url}/den-haag/mijn-aanmelding")
        await phone.locator("#passkeys form button").click()
        await expect(phone.locator(".summary")).to_contain_text("enige passkey")
        assert await violations(phone) == []

        await phone.goto(f"{place.url}/den-haag/mijn-aanmelding/passkey")
        await fill(phone, name="nog een")
        await submit(phone, "/passkey")
        await expect(phone.locator('[data-said="there"]')).to_be_visible()
        assert await violations(phone) == []

        finger = await device(laptop)
        await laptop.context.add_cookies(await phone.context.cookies())
        await laptop.goto(f"{place.url}/den-haag/mijn-aanmelding/passkey")
        await submit(laptop, "/passkey")
        await expect(laptop.locator(".summary")).to_contain_text("naam")
        await fill(laptop, name="Laptop van Marlies")
        await submit(laptop, "/passkey")
        await expect(laptop.locator("#passkeys")).to_contain_text("Laptop van Marlies")
        assert len(await finger.credentials()) == 1
        async with place.db.connection() as conn:
            kept = await conn.fetch("select name from staff.passkey")
        assert not any(b"Marlies" in row["name"] for row in kept)

        await phone.goto(f"{place.url}/den-haag/mijn-aanmelding")
        row = phone.locator("#passkeys li").filter(has_text="Laptop van Marlies")
        await row.locator("button").click()
        await expect(phone.locator("#passkeys li")).to_have_count(1)
        await laptop.context.clear_cookies()
        await sign_in(place, laptop)
        await refused(laptop, "passkey")
        await phone.context.clear_cookies()
        await sign_in(place, phone)
        await phone.wait_for_url(re.compile("/den-haag/cijfers"))


async def test_signing_out_everywhere_reaches_the_other_browser(place: Place, browser: Browser) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    async with window(browser, scripts=True) as here, window(browser, scripts=True) as there:
        await device(here)
        await join(place, here)
        finger = await device(there)
        await there.context.add_cookies(await here.context.cookies())
        await there.goto(f"{place.url}/den-haag/mijn-aanmelding/passkey")
        await fill(there, name="kantoor")
        await submit(there, "/passkey")
        assert len(await finger.credentials()) == 1
        await there.context.clear_cookies()
        await sign_in(place, there)
        await there.wait_for_url(re.compile("/den-haag/cijfers"))
        await here.goto(f"{place.url}/den-haag/mijn-aanmelding")
        await expect(here.locator("main .slots").first.locator("li")).to_have_count(2)
        await submit(here, "/overal-af")
        await expect(here.locator("h1")).to_have_text("U bent afgemeld")
        for page in (here, there):
            await page.goto(f"{place.url}/den-haag/cijfers")
            await expect(page.locator("h1")).to_contain_text("Aanmelden")


async def test_one_passkey_for_two_municipalities(place: Place, browser: Browser) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    async with window(browser, scripts=True) as page:
        await device(page)
        await join(place, page)
        await page.wait_for_url(re.compile("/den-haag/cijfers"))
        await invited(place, "rotterdam", "marlies@rotterdam.example", Role.COORDINATOR)
        await page.goto(await place.post.link())
        await page.locator("main form button").click()
        await fill(page, code=await place.post.code())
        await submit(page, "/code")
        await page.locator("details summary").click()
        await submit(page, "/bestaande")
        await page.wait_for_url(re.compile("/rotterdam/mijn-aanmelding/plek"))
        assert await violations(page) == []
        await page.get_by_role("button", name="Den Haag").click()
        await page.wait_for_url(re.compile("/den-haag/cijfers"))
        await page.goto(f"{place.url}/rotterdam/vandaag")
        await expect(page.locator("h1")).to_have_text("Deze pagina is er niet")
        async with place.db.connection() as conn:
            assert await conn.fetchval("select count(*) from staff.passkey") == 1
            assert await conn.fetchval("select count(distinct person) from staff.member") == 1


async def test_an_invitation_signs_nobody_in_and_works_once(place: Place, browser: Browser) -> None:
    await invited(place, "den-haag", MARLIES, Role.LEAD)
    link = await place.post.link()
    async with window(browser, scripts=True) as page, window(browser, scripts=True) as thief:
        await device(page)
        await device(thief)
        await thief.goto(link.rpartition("/")[0] + "/passkey")
        await expect(thief.locator("h1")).to_have_text("Open de link uit uw mail")
        assert await violations(thief) == []
        await thief.goto(link)
        await thief.locator("main form button").click()
        for left in ("4", "3", "2", "één"):
            await fill(thief, code="000 000")
            await submit(thief, "/code")
            await expect(thief.locator(".summary")).to_contain_text(left)
        assert await violations(thief) == []
        await fill(thief, code="000000")
        await submit(thief, "/code")
        await expect(thief.locator(".summary")).to_contain_text("te vaak")
        await fill(thief, code=await place.post.code())
        await submit(thief, "/code")
        await expect(thief.locator(".summary")).to_contain_text("te vaak")
        await join(place, page)
        await page.wait_for_url(re.compile("/den-haag/cijfers"))
        await thief.goto(link)
        await expect(thief.locator("h1")).to_have_text("Deze uitnodiging werkt niet meer")
