"""Every page as a browser sees it, in both languages: axe, narrow screens, titles, and the keyboard."""

import secrets
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import Demo
from tests.e2e.looking import look
from tests.e2e.resident import Resident, Staff, in_ten_days, link_in, potje_of
from tests.e2e.running import Running
from tests.e2e.windows import changed_request, fill, reload_until, sign_in, submit, tick_all, window
from workers.demo.cast import WIJK

LANGUAGES = ["nl", "en"]
both = pytest.mark.parametrize("language", LANGUAGES)
dutch_daily = pytest.mark.parametrize("language", ["nl", pytest.param("en", marks=pytest.mark.long)])
"""Pages that differ in words alone: the English ones are those of ``make long``."""


async def speak(page: Page, base: str, language: str) -> None:
    """Choose a language; it is remembered."""
    await page.goto(f"{base}/?taal={language}")


ASKING_NOTHING = [
    "/rotterdam",
    "/den-haag",
    "/aalsmeer/privacy",
    "/aalsmeer/toegankelijkheid",
    "/rotterdam/verhalen",
    "/privacy",
    "/toegankelijkheid",
    "/rotterdam/aanmelden/straat?opnieuw=1",
]


@both
async def test_pages_that_ask_nothing(stack: Running, browser: Browser, language: str) -> None:
    public = stack.urls["public"]
    async with window(browser, scripts=True) as page:
        await speak(page, public, language)
        await look(page, language)
        for path in ASKING_NOTHING:
            assert (await page.goto(public + path)).status == 200  # type: ignore[union-attr]
            await look(page, language)


@both
async def test_the_sign_up(stack: Running, browser: Browser, language: str) -> None:
    resident = Resident(stack)
    answers = {
        "straat": {"street": resident.street, "wijk": "Noord"},
        "u": {"name": "Proef Persoon", "email": resident.email},
        "samen": {"together": "yes", "second_name": "Buur", "second_email": resident.neighbour},
    }
    async with window(browser, scripts=True) as page:
        await speak(page, stack.urls["public"], language)
        await page.goto(stack.urls["public"] + resident.form)
        for step, fields in answers.items():
            await look(page, language)
            await submit(page, f"/{step}")
            await look(page, language, errors=True)
            assert await page.evaluate("document.activeElement.id") == "fouten"
            await fill(page, **fields)
            await submit(page, f"/{step}")
        await look(page, language)
        await submit(page, "/controleer")
        await expect(page.locator("p.receipt")).to_be_visible()
        await look(page, language)


LINKS = [
    (purpose, state)
    for purpose in ("confirm_signup", "confirm_second", "confirm_receipt")
    for state in ("open", "yes", "no", "expired")
    if (purpose, state) != ("confirm_receipt", "no")
]


@both
async def test_answer_pages_in_every_state(stack: Running, browser: Browser, language: str) -> None:
    async with window(browser, scripts=True) as page:
        await speak(page, stack.urls["public"], language)
        for purpose, state in LINKS:
            answered = await page.goto(await make_link(stack, purpose, state))
            assert answered is not None
            assert answered.status == (410 if state == "expired" else 200)
            await look(page, language)


async def make_link(stack: Running, purpose: str, state: str) -> str:
    """A link as a mail would carry it, in some state."""
    token = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(26))
    await stack.rows(
        """insert into post.link (token_hash, purpose, workflow_id, municipality, person, street, expires_at,
                                  answered_at, answer)
           values ($1, $2, 'signup-proef', 'rotterdam', $3, 'proefstraat', now() + $4 * interval '1 hour',
                   case when $5::boolean is null then null else now() end, $5)""",
        sha256(token.encode()).digest(),
        purpose,
        uuid4(),
        -1 if state == "expired" else 1,
        {"yes": True, "no": False}.get(state),
    )
    return f"{stack.urls['public']}/rotterdam/antwoord/{token}"


REFUSED: list[tuple[int, str, dict[str, Any]]] = [
    (404, "/niet-hier", {}),
    (404, "/rotterdam/antwoord/verzonnen", {}),
    (400, "/rotterdam/aanmelden/controleer", {"method": "POST", "data": "form=geen"}),
    (405, "/rotterdam/privacy", {"method": "PUT"}),
    (413, "/rotterdam/aanmelden/straat", {"method": "POST", "data": "street=" + "x" * 70_000}),
]


@both
@pytest.mark.parametrize("app", ["public", "desk"])
async def test_kind_words_for_what_goes_wrong(
    stack: Running, browser: Browser, language: str, app: str
) -> None:
    """A window that sends what no page of ours would."""
    async with window(browser, scripts=True) as page:
        base = stack.urls[app]
        await speak(page, base, language)
        for status, path, changed in REFUSED if app == "public" else REFUSED[-1:]:
            async with changed_request(page, base + path, **changed):
                answer = await page.goto(base + path)
            assert answer is not None
            assert answer.status == status, path
            await look(page, language)


@dutch_daily
async def test_the_desk(stack: Running, browser: Browser, demo: Demo, language: str) -> None:
    """The sign-in, the lists, and a street of every kind that the demo left."""
    kinds = """select distinct on (s.phase, i.status, p.status) s.slug
               from registry.street s left join registry.intake i on i.street = s.slug
               left join registry.potje p on p.street = s.slug where s.wijk = $1"""
    slugs = [row["slug"] for row in await stack.rows(kinds, WIJK)]
    assert len(slugs) >= 7
    desk = stack.urls["desk"]
    pages = ["vandaag", "straten", "straten?zoek=niets-van-dit", *(f"straten/{slug}" for slug in slugs)]
    async with window(browser, scripts=True) as page:
        await speak(page, desk, language)
        await look(page, language)
        await sign_in(page, desk, "rotterdam", "treasurer-1")
        for path in [*pages, "straten/bestaat-niet"]:
            await page.goto(f"{desk}/rotterdam/{path}")
            await look(page, language)
        await sign_in_again(page, desk, "aalsmeer")
        await look(page, language)


@both
@pytest.mark.parametrize("app", ["public", "desk"])
async def test_a_form_on_somebody_elses_page_is_refused(
    stack: Running, browser: Browser, language: str, app: str
) -> None:
    async with window(browser, scripts=True) as page:
        action = f"{stack.urls[app]}/rotterdam/straten?taal={language}"
        await page.set_content(f'<form method="post" action="{action}"><button>Win!</button></form>')
        async with page.expect_navigation() as sent:
            await page.locator("button").click()
        assert (await sent.value).status == 403
        await look(page, language)


async def sign_in_again(page: Page, desk: str, municipality: str) -> None:
    """Sign out, and in somewhere else."""
    await page.goto(f"{desk}/rotterdam/vandaag")
    await page.locator('header form[action="/uit"] button').click()
    await sign_in(page, desk, municipality, "coordinator-1")


@dutch_daily
async def test_the_desk_at_work(stack: Running, browser: Browser, language: str) -> None:
    """One street in The Hague: forms with mistakes, questions before what is final, cash handed over."""
    resident = await two_gangmakers(stack)
    desk, slug = stack.urls["desk"], resident.slug
    street = f"{desk}/den-haag/straten/{slug}"
    async with window(browser, scripts=True) as page:
        await speak(page, desk, language)
        await sign_in(page, desk, "den-haag", "coordinator-1")
        await look(page, language)
        await page.goto(street)
        await submit(page, "/plan")
        await look(page, language, errors=True)
        day, clock = in_ten_days()
        await fill(page, day=day, clock=clock, place="Bij iemand thuis")
        await submit(page, "/plan")
        await look(page, language)
        await submit(page, "/record")
        await look(page, language, errors=True)
        await fill(page, outcome="declined")
        await submit(page, "/record")
        await look(page, language)
        await page.goto(street)
        await fill(page, outcome="accepted")
        await tick_all(page, "agreed")
        await submit(page, "/record")
        await look(page, language)
        async with Staff(stack, "den-haag", "treasurer-1") as treasurer:
            await treasurer.press(slug, f"potjes/{await potje_of(resident)}/approve")
        await reload_until(page, page.locator('form[action$="/hand-over"]'))
        await submit(page, "/hand-over")
        await look(page, language)
        mail = await stack.letter(resident.email, "potje_handed")
        await page.goto(link_in(mail) + f"?taal={language}")
        await look(page, language)
        await page.locator('main form button[value="yes"]').click()
        await look(page, language)
    await stack.letter(resident.email, "potje_paid")


async def two_gangmakers(stack: Running) -> Resident:
    """A street in The Hague with its two gangmakers, ready for a conversation."""
    resident = Resident(stack, "den-haag")
    await resident.sign_up(with_neighbour=True)
    await resident.say("yes")
    await resident.neighbour_says("yes")
    await stack.letter(resident.neighbour, "welcome_extra")
    await resident.client.aclose()
    return resident


async def test_a_mail_in_the_catcher(stack: Running, browser: Browser, demo: Demo) -> None:
    mail = await stack.letter("wim.oude-sluis@bewoner.example", "intake_planned")
    async with window(browser, scripts=True) as page:
        await page.goto(f"{stack.urls['mail']}/mail/{mail['id']}")
        await look(page, "nl")


async def test_the_first_step_with_the_keyboard_alone(stack: Running, browser: Browser) -> None:
    resident = Resident(stack)
    async with window(browser, scripts=True) as page:
        await page.goto(stack.urls["public"] + resident.form)
        await page.keyboard.press("Tab")
        assert await focused(page) == "#inhoud"
        await page.keyboard.press("Enter")
        await tab_to(page, "street")
        await page.keyboard.press("Enter")
        await expect(page.locator("#fouten")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await focused(page) == "street"
        await page.keyboard.type(resident.street)
        await tab_to(page, "wijk")
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowDown")
        await tab_to(page, "submit")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/aanmelden/u")


async def focused(page: Page) -> str:
    """What the keyboard acts on: a field's name, a link's fragment, or a button's type."""
    return str(
        await page.evaluate(
            """(e => e.getAttribute("name") || e.getAttribute("href") || e.getAttribute("type") || e.tagName)
               (document.activeElement)"""
        )
    )


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until it is there, as often as a patient person would."""
    for _ in range(15):
        if await focused(page) == name:
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name}")
