"""The account number behind the door: typed, shown as the bank will see it, sealed and sent on once."""

import asyncio
import re

import asyncpg
import httpx
import pytest
import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from schemas.payment import PayeeOrder, payee_id
from schemas.person import Account
from store import links, trust
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.public.doorstep import HOME, Doorstep, browser
from tests.web.public.resident import Resident, cookie_of, form_of, text_of

FORM = f"{HOME}/rekening"
CHECK = f"{FORM}/controleer"
IBAN, OTHER = "NL91ABNA0417164300", "NL20INGB0001234567"
GOOD = {"holder": "  Zoë   de Bôer ", "iban": "nl91 abna 0417 1643 00"}


@pytest_asyncio.fixture
async def doorstep(db: Database, keyring: Keyring) -> Doorstep:
    step = Doorstep(db, keyring)
    await step.settle("Anna", "Bram")
    return step


@pytest_asyncio.fixture
async def inside(resident: Resident, doorstep: Doorstep) -> Resident:
    """Anna, behind the door."""
    await doorstep.let_in(resident, "Anna")
    return resident


async def fill_in(inside: Resident, **answers: str) -> httpx.Response:
    """Type it; gives the check page."""
    answer = await inside.post(FORM, GOOD | answers)
    assert (answer.status_code, answer.headers["location"]) == (303, CHECK)
    return await inside.get(CHECK)


async def send(inside: Resident, page: httpx.Response) -> httpx.Response:
    return await inside.post(CHECK, {"form": form_of(page)})


async def payees(doorstep: Doorstep) -> list[asyncpg.Record]:
    return await doorstep.rows("select * from money.payee order by given_at")


async def in_force(doorstep: Doorstep, iban: str = IBAN) -> None:
    """An account of earlier."""
    vault = Vault(doorstep.keyring)
    async with doorstep.db.transaction() as conn:
        ref = await vault.put(conn, "rotterdam", Account(holder="Anna", iban=iban))
        await conn.execute(
            """insert into money.payee (ref, municipality, street, given_by, state)
               values ($1, 'rotterdam', 'rozenlaan', $2, 'in_force')""",
            ref,
            doorstep.people["Anna"],
        )


async def test_shown_as_the_bank_sees_it_and_sent(inside: Resident, doorstep: Doorstep, vault: Vault) -> None:
    typed = await inside.post(FORM, GOOD)
    line = cookie_of(typed, "rekening")
    assert "HttpOnly" in line
    assert "; path=/rotterdam/mijn-straat/rekening" in line.lower()
    assert IBAN not in line
    page = await inside.get(CHECK)
    words = text_of(page)
    assert "Zoe de Boer" in words
    assert "NL91 ABNA 0417 1643 00" in words
    assert "ABN AMRO" in words
    assert "U typte Zoë de Bôer." in words
    assert await payees(doorstep) == []

    sent = await send(inside, page)
    assert sent.headers["location"] == f"{HOME}?klaar=rekening"
    (payee,) = await payees(doorstep)
    assert (payee["street"], payee["given_by"], payee["state"]) == (
        "rozenlaan",
        doorstep.people["Anna"],
        "asked",
    )
    async with doorstep.db.connection() as conn:
        assert await vault.get(conn, payee["ref"], Account) == Account(holder="Zoë de Bôer", iban=IBAN)
    (line,) = await doorstep.rows("select payload from post.submission where kind = 'payee'")
    order = PayeeOrder.model_validate(line["payload"])
    assert (order.ref, order.municipality, order.street, order.given_by) == (
        payee["ref"],
        "rotterdam",
        "rozenlaan",
        doorstep.people["Anna"],
    )
    words = text_of(await inside.get(sent.headers["location"]))
    assert "We hebben uw rekeningnummer." in words
    assert "Dat kijken we nog na." in words
    (fact,) = await doorstep.rows("select actor from registry.fact where name = 'account.given'")
    assert fact["actor"] == f"gangmaker:{doorstep.people['Anna']}"


async def test_nothing_readable_is_stored_or_addressed(inside: Resident, doorstep: Doorstep) -> None:
    page = await fill_in(inside)
    assert "NL91" not in str(page.url)
    sent = await send(inside, page)
    assert "NL91" not in sent.headers["location"]
    for table in ("money.payee", "post.submission", "registry.fact"):
        rows = await doorstep.rows(f"select to_json(t)::text as line from {table} t")
        assert "0417164300" not in " ".join(row["line"] for row in rows)


async def test_sent_twice_is_sent_once(inside: Resident, doorstep: Doorstep) -> None:
    page = await fill_in(inside)
    both = await asyncio.gather(*(send(inside, page) for _ in range(2)))
    assert {answer.status_code for answer in both} == {303}
    assert (await send(inside, page)).headers["location"] == HOME
    assert len(await payees(doorstep)) == 1
    assert len(await doorstep.rows("select from vault.item where kind = 'account'")) == 1


async def test_what_was_typed_anew_is_checked_anew(inside: Resident, doorstep: Doorstep) -> None:
    old = await fill_in(inside)
    await fill_in(inside, iban=OTHER)
    assert (await send(inside, old)).headers["location"] == CHECK
    assert await payees(doorstep) == []


async def test_going_back_keeps_what_was_typed(inside: Resident) -> None:
    await fill_in(inside)
    page = await inside.get(FORM)
    assert 'value="Zoë de Bôer"' in page.text
    assert 'value="NL91 ABNA 0417 1643 00"' in page.text


MISTAKES = [
    ("holder", "", "Vul de naam in die bij de rekening hoort."),
    ("holder", "a" * 71, "Deze naam is te lang voor de bank."),
    ("holder", "12345", "In deze naam staat een teken"),
    ("holder", "Anna\x07", "In deze naam staat een teken"),
    ("iban", "", "Vul het rekeningnummer (IBAN) in."),
    ("iban", "NL91ABNA0417164301", "Dit rekeningnummer klopt niet."),
    ("iban", "123456789", "Dit rekeningnummer klopt niet."),
    ("iban", "NL91ABNA041716430", "Dit rekeningnummer klopt niet."),
    ("iban", "N" * 900, "Dit rekeningnummer klopt niet."),
]


@pytest.mark.parametrize(("field", "typed", "said"), MISTAKES)
async def test_a_mistake_is_said(
    inside: Resident, doorstep: Doorstep, field: str, typed: str, said: str
) -> None:
    page = await inside.post(FORM, {**GOOD, field: typed})
    assert page.status_code == 422
    assert said in text_of(page)
    assert "<title>Fout:" in page.text
    assert f'<a href="#{field}">' in page.text
    other = "iban" if field == "holder" else "holder"
    assert f'value="{GOOD[other]}"' in page.text
    assert "rekening" not in inside.http.cookies
    assert (await inside.http.get(CHECK)).headers["location"] == FORM
    assert await payees(doorstep) == []


async def test_a_draft_is_its_gangmaker_s(
    inside: Resident, doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    await fill_in(inside)
    draft = inside.http.cookies["rekening"]
    async with browser(db, keyring) as bram:
        await doorstep.let_in(bram, "Bram")
        for cookie in (draft, "x", draft[:-8] + "AAAAAAA=", ""):
            bram.http.cookies.set("rekening", cookie)
            page = await bram.get(CHECK)
            assert page.url.path == FORM
            assert "Zoë" not in page.text


async def test_in_force_is_masked_and_a_change_is_explained(inside: Resident, doorstep: Doorstep) -> None:
    await in_force(doorstep)
    page = await inside.get(HOME)
    assert "NL•• •••• •••• •••• 00" in page.text
    assert "0417" not in page.text
    form = await inside.get(FORM)
    assert "Een ander nummer gaat niet meteen in." in form.text
    assert 'value=""' in form.text
    assert "Na het antwoord wachten we nog een dag." in (await fill_in(inside, iban=OTHER)).text
    assert "Na het antwoord wachten we nog een dag." not in (await fill_in(inside)).text


async def test_five_numbers_an_hour(inside: Resident, doorstep: Doorstep, db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute(
            "insert into post.attempt (key) select 'account/rotterdam/rozenlaan' from generate_series(1, $1)",
            trust.ACCOUNTS.most,
        )
    page = await send(inside, await fill_in(inside))
    assert page.status_code == 429
    assert "heel veel achter elkaar" in page.text
    assert await payees(doorstep) == []


async def question(doorstep: Doorstep) -> str:
    """The link that asks the giver of the old account about a new one."""
    order = LinkOrder(purpose=LinkPurpose.CONFIRM_ACCOUNT, workflow_id=payee_id(doorstep.people["Bram"]))
    token = links.token_of(doorstep.keyring, order, doorstep.people["Anna"])
    async with doorstep.db.connection() as conn:
        await links.make(
            conn,
            links.NewLink(
                token, order, municipality="rotterdam", person=doorstep.people["Anna"], street="rozenlaan"
            ),
        )
    return f"/rotterdam/antwoord/{token}"


ANSWERS = [
    ("yes", "gaat over een dag in", "from a day from now"),
    ("no", "blijft het oude rekeningnummer", "keeps the old account number"),
]


@pytest.mark.parametrize(("answer", "dutch", "english"), ANSWERS)
async def test_the_old_address_answers(
    resident: Resident, doorstep: Doorstep, answer: str, dutch: str, english: str
) -> None:
    path = await question(doorstep)
    page = await resident.get(path)
    assert "Klopt het nieuwe nummer?" in page.text
    assert "<strong>Rozenlaan (oost)</strong>" in page.text
    assert re.search(r"\bNL\d", page.text) is None
    assert (await resident.post(path, {"answer": answer})).status_code == 303
    assert dutch in (await resident.get(path)).text
    assert english in (await resident.get(f"{path}?taal=en")).text
    (line,) = await doorstep.rows("select payload from post.submission where kind = 'answer'")
    assert line["payload"] == {
        "workflow_id": payee_id(doorstep.people["Bram"]),
        "person": str(doorstep.people["Anna"]),
        "yes": answer == "yes",
        "purpose": "confirm_account",
    }


async def test_too_late_to_answer(
    resident: Resident, doorstep: Doorstep, owner_conn: asyncpg.Connection
) -> None:
    path = await question(doorstep)
    await owner_conn.execute("update post.link set voided_at = now()")
    page = await resident.get(path)
    assert page.status_code == 410
    assert "gebleven zoals het was" in page.text
    assert "aanmelden" not in text_of(page)
