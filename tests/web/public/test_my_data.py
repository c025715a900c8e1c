"""My data: the way in, what is shown, what can be corrected, and how somebody is erased."""

import json
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from activities import people as mails
from activities.context import Tools
from activities.people import LinkAsked
from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Account, Person, Story
from store import links, people
from store.codes import code_of
from store.database import Database
from store.keys import Keyring
from store.vault import Erased, Vault
from tests.web.public.doorstep import Doorstep, browser
from tests.web.public.resident import Resident, text_of

HOME = "/rotterdam/mijn-gegevens"
ANNA = "anna@voorbeeld.nl"
COORDINATOR = "rotterdam:coordinator-1"
IBAN = "NL91ABNA0417164300"


class Mine:
    """Anna of the Rozenlaan, and what the relay does with what she asks."""

    def __init__(self, step: Doorstep, visitor: Resident) -> None:
        self.step = step
        self.visitor = visitor
        self.vault = Vault(step.keyring)
        self.tools = Tools(
            step.db, step.keyring, self.vault, "http://public.test", "http://desk.test", "post@straat.example"
        )

    @property
    def anna(self) -> UUID:
        """Her first record."""
        return self.step.people["Anna"]

    async def orders(self, kind: str) -> list[dict[str, object]]:
        """What waits in the inbox."""
        rows = await self.step.rows(
            "select payload from post.submission where kind = $1 order by received_at", kind
        )
        return [row["payload"] for row in rows]

    async def link(self) -> str:
        """Ask by address, have the mail queued, and give the path of the link in it."""
        await self.visitor.post(HOME, {"email": " Anna@Voorbeeld.nl "})
        asked = LinkAsked.model_validate((await self.orders("person_link"))[-1])
        async with self.step.db.transaction() as conn:
            await mails.send_link(conn, self.tools, asked)
        order = LinkOrder(purpose=LinkPurpose.MY_DATA, workflow_id=f"mydata-{asked.request}")
        assert asked.person
        return f"{HOME}/{links.token_of(self.step.keyring, order, asked.person)}"

    async def code(self) -> str:
        """The digits of the latest code."""
        (row,) = await self.step.rows("select id from person.code order by created_at desc limit 1")
        return code_of(self.step.keyring, people.subject_of(row["id"]))

    async def let_in(self) -> httpx.Response:
        """All the way; gives the overview."""
        asked = await self.visitor.post(await self.link(), {"go": "1"})
        assert asked.headers["location"] == f"{HOME}/code"
        answer = await self.visitor.post(f"{HOME}/code", {"code": await self.code()})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/overzicht")
        return await self.visitor.get(answer.headers["location"])


@pytest_asyncio.fixture
async def mine(db: Database, keyring: Keyring, resident: Resident) -> Mine:
    step = Doorstep(db, keyring)
    await step.settle("Anna", "Bram")
    return Mine(step, resident)


async def test_every_address_gets_the_same_answer(mine: Mine, resident: Resident) -> None:
    pages = []
    for address in (ANNA, "niemand@voorbeeld.nl", ANNA, ANNA, ANNA, ANNA):
        answer = await resident.post(HOME, {"email": address})
        pages.append((answer.status_code, answer.headers["location"], answer.text))
    assert len(set(pages)) == 1
    asked = await mine.orders("person_link")
    assert [order["person"] for order in asked] == [str(mine.anna), None, str(mine.anna), str(mine.anna)]
    told = json.dumps(asked) + str(await mine.step.rows("select * from post.attempt"))
    assert "voorbeeld" not in told


async def test_nobody_is_mailed_for_an_unknown_address(mine: Mine, resident: Resident) -> None:
    await resident.post(HOME, {"email": "niemand@voorbeeld.nl"})
    asked = LinkAsked.model_validate((await mine.orders("person_link"))[0])
    async with mine.step.db.transaction() as conn:
        await mails.send_link(conn, mine.tools, asked)
    assert await mine.step.count("post.mail") == 0
    assert await mine.step.count("post.link") == 0


async def test_a_wrong_address_is_told_before_anything_is_asked(mine: Mine, resident: Resident) -> None:
    page = await resident.post(HOME, {"email": "geen adres"})
    assert page.status_code == 422
    assert "Dit e-mailadres klopt niet." in page.text
    assert await mine.orders("person_link") == []


async def test_the_link_signs_nobody_in_and_looking_changes_nothing(mine: Mine, resident: Resident) -> None:
    link = await mine.link()
    for look in (resident.http.get, resident.http.head, resident.http.get):
        page = await look(link)
        assert page.status_code == 200
        assert "Anna" not in page.text
    assert await mine.step.count("person.code") == 0
    for page in ("overzicht", "verbeteren", "wissen", "mijn-gegevens.json", "mijn-gegevens.html", "adres"):
        assert (await resident.get(f"{HOME}/{page}")).status_code == 403


async def test_a_code_works_once_in_its_own_browser(mine: Mine, resident: Resident, keyring: Keyring) -> None:
    await resident.post(await mine.link(), {"go": "1"})
    digits = await mine.code()
    async with browser(mine.step.db, keyring) as other:
        assert (await other.post(f"{HOME}/code", {"code": digits})).status_code == 403
    kept = dict(resident.http.cookies)
    wrong = await resident.post(f"{HOME}/code", {"code": f"{(int(digits) + 1) % 10**6:06}"})
    assert wrong.status_code == 422
    assert (await resident.post(f"{HOME}/code", {"code": digits})).status_code == 303
    async with browser(mine.step.db, keyring) as copy:
        copy.http.cookies.update({name: value for name, value in kept.items() if "code" in name})
        again = await copy.post(f"{HOME}/code", {"code": digits})
        assert again.status_code == 422
        assert "al gebruikt" in again.text


async def test_five_wrong_codes_or_ten_minutes_end_a_code(mine: Mine, resident: Resident) -> None:
    await resident.post(await mine.link(), {"go": "1"})
    digits = await mine.code()
    for _ in range(5):
        await resident.post(f"{HOME}/code", {"code": f"{(int(digits) + 1) % 10**6:06}"})
    assert "te vaak verkeerd" in (await resident.post(f"{HOME}/code", {"code": digits})).text
    async with mine.step.db.transaction() as conn:
        await conn.execute("update person.code set wrong = 0, expires_at = now()")
    assert "te oud" in (await resident.post(f"{HOME}/code", {"code": digits})).text


async def test_codes_are_rate_limited(mine: Mine, resident: Resident) -> None:
    link = await mine.link()
    answers = [(await resident.post(link, {"go": "1"})).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


async def test_a_link_is_of_no_use_after_a_day(mine: Mine, resident: Resident) -> None:
    link = await mine.link()
    async with mine.step.db.transaction() as conn:
        await conn.execute("update post.link set expires_at = now() where purpose = 'my_data'")
    assert (await resident.get(link)).status_code == 410
    assert (await resident.post(link, {"go": "1"})).status_code == 410
    assert (await resident.get(f"{HOME}/verzonnen")).status_code == 404


async def with_everything(mine: Mine) -> UUID:
    """A second record, a story, an account, looks and a mail. Gives the reference of the second record."""
    async with mine.step.db.transaction() as conn:
        vault = mine.vault
        again = await vault.put(conn, "rotterdam", Person(name="A. Bakker", email="ANNA@voorbeeld.nl"))
        await vault.put(conn, "den-haag", Person(name="Elders", email=ANNA))
        words = await vault.put(conn, "rotterdam", Story(text="Soep voor de buurman"))
        iban = await vault.put(conn, "rotterdam", Account(holder="A. Bakker", iban=IBAN))
        await conn.execute(
            "insert into registry.story (id, municipality, street, person, words, share) "
            "values (gen_random_uuid(), 'rotterdam', 'rozenlaan', $1, $2, true)",
            mine.anna,
            words,
        )
        await conn.execute(
            "insert into money.payee (ref, municipality, street, given_by, state) "
            "values ($1, 'rotterdam', 'rozenlaan', $2, 'in_force')",
            iban,
            mine.anna,
        )
        await vault.look(conn, [mine.anna], COORDINATOR, "street_page")
    return again


async def test_the_overview_tells_everything(mine: Mine) -> None:
    await with_everything(mine)
    page = text_of(await mine.let_in())
    for told in (
        "Anna",
        "A. Bakker",
        "U bent gangmaker van Rozenlaan (oost)",
        "Soep voor de buurman",
        "coördinator: de pagina van uw straat",
        "De link naar uw gegevens",
        "hierop betalen we",
    ):
        assert told in page
    assert IBAN not in page.replace(" ", "")
    for hidden in ("Bram", "Elders", "coordinator-1"):
        assert hidden not in page


async def test_the_files_hold_the_same_and_are_whole(mine: Mine, resident: Resident) -> None:
    await with_everything(mine)
    await mine.let_in()
    answer = await resident.get(f"{HOME}/mijn-gegevens.json")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert [each["name"] for each in found["contacts"]] == ["Anna", "A. Bakker"]
    assert found["accounts"][0]["iban"] == IBAN
    assert found["stories"][0]["text"] == "Soep voor de buurman"
    assert found["looks"][0]["role"] == "coördinator"
    assert str(mine.anna) not in answer.text
    page = await resident.get(f"{HOME}/mijn-gegevens.html")
    assert 'filename="mijn-gegevens.html"' in page.headers["content-disposition"]
    assert IBAN in page.text
    assert "stylesheet" not in page.text


async def test_name_and_telephone_change_at_once_in_every_record(mine: Mine, resident: Resident) -> None:
    again = await with_everything(mine)
    await mine.let_in()
    page = await resident.get(f"{HOME}/verbeteren")
    assert 'value="ANNA@voorbeeld.nl"' in page.text
    sent = await resident.post(
        f"{HOME}/verbeteren", {"name": "Anna Bakker", "email": ANNA, "phone": "06 12345678"}
    )
    assert sent.headers["location"] == f"{HOME}/overzicht?klaar=verbeterd"
    assert "Uw gegevens zijn aangepast." in (await resident.get(sent.headers["location"])).text
    async with mine.step.db.connection() as conn:
        found = await mine.vault.people(conn, [mine.anna, again])
        noted = await conn.fetch("select name, actor, subject from registry.fact where name like 'person.c%'")
    assert {(p.name, p.phone) for p in found.values()} == {("Anna Bakker", "+31 6 12345678")}
    assert [tuple(row) for row in noted] == [("person.corrected", f"gangmaker:{again}", "mijn-gegevens")]
    wrong = await resident.post(f"{HOME}/verbeteren", {"name": "", "email": ANNA, "phone": "12"})
    assert wrong.status_code == 422
    assert "Vul uw naam in." in wrong.text


async def test_a_new_address_counts_once_its_owner_typed_the_code(mine: Mine, resident: Resident) -> None:
    await mine.let_in()
    new = "anna@nieuw.example"
    sent = await resident.post(f"{HOME}/verbeteren", {"name": "Anna", "email": new, "phone": ""})
    assert sent.headers["location"] == f"{HOME}/adres"
    (row,) = await mine.step.rows("select id, reader from person.code where opens = 'address'")
    async with mine.step.db.transaction() as conn:
        assert (await mine.vault.get(conn, row["reader"], Person)).email == new
        assert await mine.vault.of_address(conn, "rotterdam", new) == []
        await mails.send_code(conn, mine.tools, row["id"])
        (mail,) = await conn.fetch("select person, template from post.mail where template like 'my_addr%'")
        assert mail["person"] == row["reader"]
        assert (await mine.vault.get(conn, mine.anna, Person)).email == ANNA
    wrong = await resident.post(f"{HOME}/adres", {"code": "000000"})
    assert wrong.status_code == 422
    done = await resident.post(f"{HOME}/adres", {"code": await mine.code()})
    assert done.headers["location"] == f"{HOME}/overzicht?klaar=adres"
    page = await resident.get(done.headers["location"])
    assert new in page.text
    async with mine.step.db.connection() as conn:
        assert await mine.vault.of_address(conn, "rotterdam", new) == [mine.anna]
        assert await mine.vault.of_address(conn, "rotterdam", ANNA) == []
        with pytest.raises(Erased):
            await mine.vault.get(conn, row["reader"], Person)


async def test_an_address_nobody_confirmed_is_erased(mine: Mine, resident: Resident) -> None:
    await mine.let_in()
    await resident.post(f"{HOME}/verbeteren", {"name": "Anna", "email": "x@nieuw.example", "phone": ""})
    (row,) = await mine.step.rows("select reader from person.code where opens = 'address'")
    async with mine.step.db.transaction() as conn:
        await people.forget_unconfirmed(conn, mine.vault)
        assert (await mine.vault.get(conn, row["reader"], Person)).email == "x@nieuw.example"
        await conn.execute("update person.code set created_at = now() - interval '2 hours'")
        await people.forget_unconfirmed(conn, mine.vault)
        with pytest.raises(Erased):
            await mine.vault.get(conn, row["reader"], Person)


async def test_erasing_asks_whether_they_are_sure(mine: Mine, resident: Resident) -> None:
    await mine.let_in()
    page = text_of(await resident.get(f"{HOME}/wissen"))
    assert "U stopt dan als gangmaker van Rozenlaan (oost)." in page
    assert "Dit blijft, en waarom" in page
    unsure = await resident.post(f"{HOME}/wissen", {"go": "1"})
    assert unsure.status_code == 422
    assert "Zet een vinkje als u het zeker weet." in unsure.text
    async with mine.step.db.connection() as conn:
        assert (await mine.vault.get(conn, mine.anna, Person)).name == "Anna"


async def test_who_is_erased_is_gone_from_everywhere(mine: Mine, resident: Resident) -> None:
    again = await with_everything(mine)
    await mine.let_in()
    done = await resident.post(f"{HOME}/wissen", {"sure": "ja"})
    assert done.headers["location"] == f"{HOME}/gewist"
    assert "Uw gegevens zijn gewist" in (await resident.get(done.headers["location"])).text
    assert (await resident.get(f"{HOME}/overzicht")).status_code == 403
    async with mine.step.db.connection() as conn:
        assert await mine.vault.people(conn, [mine.anna, again]) == {}
        left = await conn.fetch(
            "select kind, municipality from vault.item where erased_at is null order by 1, 2"
        )
        mailed = await conn.fetch("select state, sealed from post.mail where person = $1", again)
        payee = await conn.fetchval("select state from money.payee")
        told = await conn.fetchval("select withdrawn_at from registry.story")
        facts = await conn.fetch("select subject, actor from registry.fact where name = 'person.erased'")
        logged = await conn.fetchval("select count(*) from vault.erasure where reason = 'person.erased'")
    assert [tuple(row) for row in left] == [("person", "den-haag"), ("person", "rotterdam")]
    assert mailed
    assert {(row["state"], row["sealed"]) for row in mailed} == {("dropped", None)}
    assert payee == "refused"
    assert told <= datetime.now(UTC)
    assert [row["subject"] for row in facts] == ["mijn-gegevens", "rozenlaan"]
    assert {row["actor"] for row in facts} == {f"gangmaker:{again}"}
    assert logged == 4
    (leaving,) = await mine.orders("person_leave")
    assert leaving == {"municipality": "rotterdam", "street": "rozenlaan", "person": str(mine.anna)}


async def test_english_readers_get_it_all_in_english(mine: Mine, resident: Resident) -> None:
    await with_everything(mine)
    await mine.let_in()
    page = text_of(await resident.get(f"{HOME}/overzicht?taal=en"))
    assert "What we keep about you" in page
    assert "coordinator: the page of your street" in page
