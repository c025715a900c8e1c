"""A sign-up from the first page to the receipt, and what it leaves in the vault and the inbox."""

import asyncio
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from forms.public.app import public_app
from schemas.person import Person
from schemas.refs import Language
from schemas.signup import SignupOrder
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.public.conftest import SETTINGS
from tests.web.public.resident import ALONE, STREET, TWO, Resident, cookie_of, form_of, text_of


async def submissions(db: Database) -> list[SignupOrder]:
    async with db.connection() as conn:
        rows = await conn.fetch("select payload from post.submission where kind = 'signup'")
    return [SignupOrder.model_validate(row["payload"]) for row in rows]


async def people_in_vault(db: Database) -> int:
    async with db.connection() as conn:
        return int(await conn.fetchval("select count(*) from vault.item"))


async def test_from_the_first_page_to_the_receipt(resident: Resident, db: Database, vault: Vault) -> None:
    start = await resident.get("/rotterdam?campagne=flyer-noord")
    assert 'href="/rotterdam/aanmelden?campagne=flyer-noord"' in start.text
    first = await resident.get("/rotterdam/aanmelden?campagne=flyer-noord")
    assert first.url.path == "/rotterdam/aanmelden/straat"
    page = await resident.fill_in(TWO)
    told = text_of(page)
    for answer in ("Rozenlaan", "Noord", "Aïsha de Boer", "aisha@voorbeeld.nl", "+31 6 12345678", "Jan Smit"):
        assert answer in told

    sent = await resident.send(page)
    assert sent.status_code == 303
    assert 'aanmelding=""' in cookie_of(sent, "aanmelding")
    receipt = await resident.get(sent.headers["location"])
    assert sent.headers["location"].rpartition("/")[2] in receipt.text
    assert "14 dagen" in text_of(receipt)
    assert "010 123 45 67" in receipt.text
    assert "liefenleed@rotterdam.example" in receipt.text

    (order,) = await submissions(db)
    assert (order.street, order.wijk, order.campaign) == ("rozenlaan", "Noord", "flyer-noord")
    assert [span.days for span in (*order.reminders, order.expires_after)] == [3, 7, 14]
    assert order.second is not None
    async with db.connection() as conn:
        people = await vault.people(conn, [order.gangmaker, order.second])
    assert people[order.gangmaker] == Person(
        name="Aïsha de Boer", email="aisha@voorbeeld.nl", phone="+31 6 12345678", language=Language.NL
    )
    assert people[order.second].email == "jan@voorbeeld.nl"


async def test_alone_sends_nobody_elses_details(resident: Resident, db: Database) -> None:
    page = await resident.fill_in({**TWO, "together": "not_yet"})
    assert "Jan Smit" not in page.text
    await resident.send(page)
    (order,) = await submissions(db)
    assert order.second is None
    assert await people_in_vault(db) == 1


async def test_sent_twice_is_one_submission(resident: Resident, db: Database) -> None:
    page = await resident.fill_in()
    first = await resident.send(page)
    again = await resident.send(page)
    assert first.headers["location"] == again.headers["location"]
    assert len(await submissions(db)) == 1


async def test_two_at_once_leave_no_orphans_in_the_vault(resident: Resident, db: Database) -> None:
    page = await resident.fill_in(TWO)
    cookies = dict(resident.http.cookies)
    path, body = "/rotterdam/aanmelden/controleer", {"form": form_of(page)}
    resident.http.cookies = httpx.Cookies()
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    answers = await asyncio.gather(*(resident.post(path, body, Cookie=header) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await submissions(db)) == 1
    assert await people_in_vault(db) == 2


async def test_a_second_sign_up_is_another_submission(resident: Resident, db: Database) -> None:
    one = await resident.send(await resident.fill_in())
    other = await resident.send(await resident.fill_in())
    assert one.headers["location"] != other.headers["location"]
    assert len({order.submission for order in await submissions(db)}) == 2


async def test_language_switch_keeps_answers_and_errors(
    resident: Resident, db: Database, vault: Vault
) -> None:
    await resident.step("straat", STREET)
    page = await resident.step("u", {"name": "Mia", "email": "mia", "phone": ""})
    assert "Dit e-mailadres klopt niet." in page.text
    english = await resident.get("/rotterdam/aanmelden/u?taal=en")
    assert '<html lang="en">' in english.text
    assert 'value="Mia"' in english.text
    assert "This e-mail address is not right." in english.text
    await resident.step("u", {"name": "Mia", "email": "mia@example.com", "phone": ""})
    await resident.send(await resident.step("samen", ALONE))
    (order,) = await submissions(db)
    async with db.connection() as conn:
        assert (await vault.get(conn, order.gangmaker, Person)).language is Language.EN
    assert order.language is Language.EN


async def test_a_street_that_exists_is_told_on_the_check_page(resident: Resident, db: Database) -> None:
    insert = """insert into registry.street
                    (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)
                values ('rotterdam', $1, 'Rozenlaan', 'Noord', $2, '{}', 1, 1)"""
    async with db.connection() as conn:
        await conn.execute(insert, "rozenlaan", "active")
        await conn.execute(insert, "tulpstraat", "ended")
    assert "deze straat kennen we al" in (await resident.fill_in()).text
    ended = await resident.fill_in(street={**STREET, "street": "Tulpstraat"})
    assert "deze straat kennen we al" not in ended.text


async def test_later_steps_lead_back_to_the_first_open_one(resident: Resident) -> None:
    await resident.get("/rotterdam/aanmelden")
    assert (await resident.get("/rotterdam/aanmelden/samen")).url.path.endswith("/straat")
    await resident.step("straat", STREET)
    for later in ("samen", "controleer"):
        assert (await resident.get(f"/rotterdam/aanmelden/{later}")).url.path.endswith("/u")


async def test_own_address_changed_into_the_neighbours(resident: Resident) -> None:
    await resident.fill_in(TWO)
    changed = await resident.step("u", {"name": "Aïsha", "email": "JAN@voorbeeld.nl", "phone": ""})
    assert changed.url.path.endswith("/samen")
    page = await resident.get("/rotterdam/aanmelden/controleer")
    assert page.url.path.endswith("/samen")
    assert "Dit is uw eigen e-mailadres." in page.text


async def test_without_the_cookie_a_stale_page_sends_nothing_new(resident: Resident, db: Database) -> None:
    page = await resident.fill_in()
    resident.http.cookies.clear()
    assert "controleer" in (await resident.send(page)).headers["location"]
    start = await resident.get("/rotterdam/aanmelden/controleer")
    assert "We weten niet meer wat u eerder had ingevuld." in text_of(start)
    assert await submissions(db) == []


async def test_a_tampered_cookie_starts_over_with_a_sentence(resident: Resident) -> None:
    await resident.fill_in()
    good = resident.http.cookies["aanmelding"]
    resident.http.cookies.clear()
    resident.http.cookies.set("aanmelding", good[:-6] + ("A" if good[-6] != "A" else "B") + good[-5:])
    for path in ("/rotterdam/aanmelden", "/rotterdam/aanmelden/samen", "/rotterdam/aanmelden/controleer"):
        page = await resident.get(path)
        assert page.url.path == "/rotterdam/aanmelden/straat"
        assert "Begin hier opnieuw." in page.text
        assert "Rozenlaan</dd>" not in page.text
        resident.http.cookies.clear()
        resident.http.cookies.set("aanmelding", "onzin")


async def test_a_draft_belongs_to_its_municipality(resident: Resident) -> None:
    await resident.step("straat", STREET)
    sealed = resident.http.cookies["aanmelding"]
    resident.http.cookies.clear()
    resident.http.cookies.set("aanmelding", sealed)
    page = await resident.get("/aalsmeer/aanmelden/straat")
    assert "Rozenlaan" not in page.text.replace("Bijvoorbeeld: Rozenlaan.", "")


async def test_the_draft_cookie_stays_on_its_path(resident: Resident, db: Database, keyring: Keyring) -> None:
    answer = await resident.http.get("/rotterdam/aanmelden")
    line = cookie_of(answer, "aanmelding")
    for part in ("HttpOnly", "SameSite=lax", "Path=/rotterdam/aanmelden", "Max-Age=7200"):
        assert part in line
    assert "Secure" not in line
    safe = public_app(db, keyring, replace(SETTINGS, public_url="https://public.test"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=safe), base_url="https://public.test"
    ) as http:
        answer = await http.get("/rotterdam/aanmelden")
    assert "Secure" in cookie_of(answer, "aanmelding")
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("body", [{}, {"form": "geen-uuid"}])
async def test_sending_without_a_form_id_is_refused(resident: Resident, body: dict[str, str]) -> None:
    await resident.fill_in()
    assert (await resident.post("/rotterdam/aanmelden/controleer", body)).status_code == 400


async def test_an_unknown_receipt_is_not_found(resident: Resident) -> None:
    sent = await resident.send(await resident.fill_in())
    receipt = sent.headers["location"].rpartition("/")[2]
    assert (await resident.get(f"/rotterdam/aanmelden/ontvangen/{receipt}")).status_code == 200
    assert (await resident.get(f"/aalsmeer/aanmelden/ontvangen/{receipt}")).status_code == 404
    assert (await resident.get("/rotterdam/aanmelden/ontvangen/AAAA-BBBB")).status_code == 404


async def test_the_campaign_must_look_like_one(resident: Resident, db: Database) -> None:
    await resident.get("/rotterdam/aanmelden?campagne=GEEN%20CODE")
    await resident.send(await resident.fill_in())
    (order,) = await submissions(db)
    assert order.campaign is None
    assert isinstance(order.submission, UUID)
