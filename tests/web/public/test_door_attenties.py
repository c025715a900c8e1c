"""The trust account behind the door: what it shows, an attentie booked at once, and one taken away."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio

from schemas.accounts import spent_account, street_account
from schemas.attentie import Occasion
from schemas.ledger import LegKind, Verified, YearState
from store import ledger, trust
from store.database import Database
from store.keys import Keyring
from tests.today import this_year, today
from tests.web.public.doorstep import HOME, Doorstep, browser
from tests.web.public.resident import Resident, form_of, text_of

FORM = f"{HOME}/attentie"


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


def good() -> dict[str, str]:
    """An attentie of today, as it is typed."""
    return {"day": f"{today():%d-%m-%Y}", "occasion": "illness", "amount": "7,50"}


async def send(inside: Resident, **answers: str) -> httpx.Response:
    """Fill in a fresh form."""
    page = await inside.get(FORM)
    return await inside.post(FORM, {"form": form_of(page), **good(), **answers})


async def booked(doorstep: Doorstep) -> list[asyncpg.Record]:
    """The attenties in the ledger, and what was booked back."""
    return await doorstep.rows(
        "select * from ledger.transfer where reason like 'attentie.%' order by recorded_at"
    )


async def test_an_empty_account_is_as_welcome(inside: Resident) -> None:
    page = await inside.get(HOME)
    words = text_of(page)
    assert "€ 0" in words
    assert "Hier staat niets, en dat is prima." in words
    assert "op weg naar u" not in words
    assert "nul" not in words.lower()


async def test_an_attentie_is_booked_at_once(inside: Resident, doorstep: Doorstep) -> None:
    await doorstep.pay(15000)
    form = await inside.get(FORM)
    assert f'value="{today():%d-%m-%Y}"' in form.text
    assert "checked" not in form.text
    assert "Schrijf geen namen op" in form.text
    assert re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', form.text) == [
        "form",
        "day",
        *["occasion"] * len(Occasion),
        "amount",
    ]

    sent = await send(inside)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{HOME}?klaar=attentie")
    words = text_of(await inside.get(sent.headers["location"]))
    assert "Uw attentie staat erbij." in words
    assert "€ 142,50" in words
    assert "Ziekte of herstel € 7,50" in words

    (transfer,) = await booked(doorstep)
    anna = f"gangmaker:{doorstep.people['Anna']}"
    assert (transfer["debit"], transfer["credit"], transfer["cents"]) == (
        street_account("rotterdam", "rozenlaan", this_year()),
        spent_account("rotterdam", "attenties", this_year()),
        750,
    )
    assert (transfer["kind"], transfer["reason"], transfer["actor"], transfer["booked_on"]) == (
        "single",
        "attentie.illness",
        anna,
        today(),
    )
    (fact,) = await doorstep.rows("select * from registry.fact where name = 'street.attentie'")
    assert (fact["municipality"], fact["subject"], fact["actor"]) == ("rotterdam", "rozenlaan", anna)


async def test_below_zero_is_fine_and_said_kindly(inside: Resident) -> None:
    assert (await send(inside, amount="12,50")).status_code == 303
    words = text_of(await inside.get(HOME))
    assert "€ -12,50" in words
    assert "Dat mag." in words


async def test_what_is_on_its_way_comes_on_top(inside: Resident, doorstep: Doorstep) -> None:
    await doorstep.pay(10000)
    await doorstep.pay(2500, LegKind.RESERVE)
    words = text_of(await inside.get(HOME))
    assert "€ 100" in words
    assert "€ 25 is op weg naar u." in words


async def test_a_form_is_booked_once(inside: Resident, doorstep: Doorstep) -> None:
    answers = {"form": form_of(await inside.get(FORM)), **good()}
    twice = await asyncio.gather(*(inside.post(FORM, answers) for _ in range(3)))
    assert {(page.status_code, page.headers["location"]) for page in twice} == {
        (303, f"{HOME}?klaar=attentie")
    }
    assert len(await booked(doorstep)) == 1
    assert len(await doorstep.rows("select from registry.fact where name = 'street.attentie'")) == 1


async def test_a_form_sent_again_with_something_else_is_said(inside: Resident, doorstep: Doorstep) -> None:
    answers = {"form": form_of(await inside.get(FORM)), **good()}
    await inside.post(FORM, answers)
    page = await inside.post(FORM, answers | {"amount": "8"})
    assert page.status_code == 422
    assert "U had dit formulier al verstuurd" in page.text
    assert form_of(page) != answers["form"]
    assert len(await booked(doorstep)) == 1
    assert (await inside.post(FORM, answers | {"amount": "8", "form": form_of(page)})).status_code == 303
    assert [row["cents"] for row in await booked(doorstep)] == [750, 800]


MISTAKES = [
    ("day", "", "Vul in op welke dag het was."),
    ("day", "vorige week", "Deze datum kennen we niet."),
    ("day", "31-2-2026", "Deze datum kennen we niet."),
    ("day", "{tomorrow:%d-%m-%Y}", "Deze dag moet nog komen."),
    ("day", "1-1-2019", "Het jaar 2019 is afgesloten."),
    ("occasion", "", "Kies waarvoor de attentie was."),
    ("occasion", "Jan de Vries", "Kies waarvoor de attentie was."),
    ("amount", "", "Vul in hoeveel het ongeveer kostte."),
    ("amount", "een tientje", "Dit bedrag kunnen we niet lezen."),
    ("amount", "-5", "Dit bedrag kunnen we niet lezen."),
    ("amount", "1" * 400, "Dit bedrag kunnen we niet lezen."),
    ("amount", "$ 5", "Vul het bedrag in euro's in."),
    ("amount", "5 USD", "Vul het bedrag in euro's in."),
    ("amount", "5 pond", "Vul het bedrag in euro's in."),
    ("amount", "0,00", "Vul een bedrag in van 1 cent of meer."),
    ("amount", "500,01", "Dit is meer dan € 500 voor één attentie."),
]


@pytest.mark.parametrize(("field", "typed", "said"), MISTAKES)
async def test_a_mistake_is_said_and_nothing_is_booked(
    inside: Resident, doorstep: Doorstep, field: str, typed: str, said: str
) -> None:
    typed = typed.format(tomorrow=today() + timedelta(days=1))
    page = await send(inside, **{field: typed})
    assert page.status_code == 422
    assert said in text_of(page)
    assert "<title>Fout:" in page.text
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}-fout"' in page.text
    kept = {**good(), field: typed}
    assert f'name="day" type="text" value="{kept["day"]}"' in page.text
    assert f'name="amount" type="text" value="{kept["amount"]}"' in page.text
    assert ('value="illness" checked' in page.text) == (kept["occasion"] == "illness")
    assert await booked(doorstep) == []
    assert await doorstep.rows("select from registry.fact where name = 'street.attentie'") == []


async def test_every_mistake_at_once_in_english(inside: Resident) -> None:
    form = form_of(await inside.get(f"{FORM}?taal=en"))
    page = await inside.post(FORM, {"form": form})
    words = text_of(page)
    assert words.count("Fill in on which day it was.") == 2
    assert "Choose what the treat was for." in words
    assert "Fill in roughly how much it cost." in words
    assert "Error:" in page.text


@pytest.mark.parametrize("form", ["", "x"])
async def test_a_form_without_its_id_is_refused(inside: Resident, doorstep: Doorstep, form: str) -> None:
    assert (await inside.post(FORM, {"form": form, **good()})).status_code == 400
    assert await booked(doorstep) == []


@pytest.mark.parametrize("state", [YearState.CLOSING, YearState.CLOSED])
async def test_a_closed_year_takes_nothing(
    inside: Resident, doorstep: Doorstep, db: Database, state: YearState
) -> None:
    last = this_year() - 1
    await doorstep.pay(10000, year=last)
    async with db.transaction() as conn:
        for each in (YearState.CLOSING, state):
            await ledger.move_year(conn, "rotterdam", last, each, "engine")
    page = await send(inside, day=f"31-12-{last}")
    assert page.status_code == 422
    assert f"Het jaar {last} is afgesloten." in text_of(page)
    assert await booked(doorstep) == []
    assert ("€ 100" in text_of(await inside.get(HOME))) == (state is YearState.CLOSING)


async def test_the_year_of_the_day_decides_the_account(inside: Resident, doorstep: Doorstep) -> None:
    last = this_year() - 1
    await doorstep.pay(10000, year=last)
    assert (await send(inside, day=f"{last}-12-31")).status_code == 303
    (transfer,) = await booked(doorstep)
    assert transfer["debit"] == street_account("rotterdam", "rozenlaan", last)
    assert "€ 92,50" in text_of(await inside.get(HOME))


async def away(inside: Resident) -> str:
    """The path of the first attentie's way out."""
    found = re.search(r'href="([^"]+/weg)"', (await inside.get(HOME)).text)
    assert found
    return found[1]


async def test_an_attentie_is_taken_away_by_booking_it_back(
    inside: Resident, doorstep: Doorstep, db: Database
) -> None:
    await doorstep.pay(10000)
    await send(inside)
    path = await away(inside)
    sure = await inside.get(path)
    assert "Deze attentie weghalen?" in sure.text
    assert len(await booked(doorstep)) == 1

    both = await asyncio.gather(*(inside.post(path, {"go": "1"}) for _ in range(2)))
    assert {page.headers["location"] for page in both} == {f"{HOME}?klaar=weg"}
    first, back = await booked(doorstep)
    assert back["reverses_id"] == first["id"]
    assert (back["debit"], back["credit"], back["cents"], back["reason"]) == (
        first["credit"],
        first["debit"],
        first["cents"],
        first["reason"],
    )
    words = text_of(await inside.get(HOME))
    assert "€ 100" in words
    assert "Ziekte of herstel" not in words
    assert len(await doorstep.rows("select from registry.fact where name = 'street.attentie_undone'")) == 1
    assert (await inside.get(path)).url.path == HOME
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, "rotterdam", this_year()), Verified)


async def test_the_other_gangmaker_sees_and_mends_it_too(
    inside: Resident, doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    await send(inside)
    async with browser(db, keyring) as bram:
        await doorstep.let_in(bram, "Bram")
        assert "Ziekte of herstel" in (await bram.get(HOME)).text
        assert (await bram.post(await away(bram), {"go": "1"})).status_code == 303
    assert (await booked(doorstep))[-1]["actor"] == f"gangmaker:{doorstep.people['Bram']}"


async def test_another_street_s_attentie_is_out_of_reach(
    inside: Resident, doorstep: Doorstep, db: Database, keyring: Keyring
) -> None:
    await send(inside)
    path = await away(inside)
    other = Doorstep(db, keyring, street="tulpstraat")
    await other.settle("Cem")
    async with browser(db, keyring) as cem:
        await other.let_in(cem, "Cem")
        assert (await cem.get(path)).url.path == HOME
        await cem.post(path, {"go": "1"})
        assert "Ziekte of herstel" not in (await cem.get(HOME)).text
    assert len(await booked(doorstep)) == 1


@pytest.mark.parametrize("which", ["x", "%00", str(UUID(int=7))])
async def test_an_attentie_that_is_none(inside: Resident, doorstep: Doorstep, which: str) -> None:
    page = await inside.get(f"{FORM}/{which}/weg")
    assert (page.status_code, page.url.path) in (
        (404, f"{FORM}/{which}/weg"),
        (200, HOME),
        (404, f"{FORM}/\0/weg"),
    )
    await inside.post(f"{FORM}/{which}/weg", {"go": "1"})
    assert await booked(doorstep) == []


async def test_money_that_is_no_attentie_cannot_be_taken_away(inside: Resident, doorstep: Doorstep) -> None:
    await doorstep.pay(10000)
    (paid,) = await doorstep.rows("select id from ledger.transfer where reason = 'potje.test'")
    await inside.post(f"{FORM}/{paid['id']}/weg", {"go": "1"})
    assert await booked(doorstep) == []
    assert "€ 100" in text_of(await inside.get(HOME))


async def test_in_a_closing_year_nothing_is_taken_away(
    inside: Resident, doorstep: Doorstep, db: Database
) -> None:
    last = this_year() - 1
    await doorstep.pay(10000, year=last)
    await send(inside, day=f"31-12-{last}")
    path = await away(inside)
    async with db.transaction() as conn:
        await ledger.move_year(conn, "rotterdam", last, YearState.CLOSING, "engine")
    page = await inside.get(HOME)
    assert "Ziekte of herstel" in page.text
    assert "/weg" not in page.text
    await inside.post(path, {"go": "1"})
    assert len(await booked(doorstep)) == 1


async def test_a_machine_is_slowed_down(inside: Resident, doorstep: Doorstep, db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute(
            "insert into post.attempt (key) select 'entry/rotterdam/rozenlaan' from generate_series(1, $1)",
            trust.ENTRIES.most,
        )
    page = await send(inside)
    assert page.status_code == 422
    assert "heel veel achter elkaar" in page.text
    assert await booked(doorstep) == []
