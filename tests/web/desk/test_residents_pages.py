"""Finding one resident: by the whole address only, logged, counted, and never across a border."""

import re
from uuid import uuid4

import asyncpg
import httpx
import pytest

from forms.public.mine import words as mine_words
from schemas.refusals import SENTENCES, Refusal
from schemas.signup import AskAgain
from store import held
from store.database import Database
from store.finding import PURPOSE, TRIES
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update, refused
from tests.web.desk.rows import ANNA, BRAM
from tests.web.desk.test_desk_pages import text_of

HERE = "/den-haag/mensen"
LOOKS = "select count(*) from vault.look where purpose = $1 and staff = $2"
NOOR = "den-haag:coordinator-1"
LINK = """
    insert into post.link (token_hash, purpose, workflow_id, municipality, person, street, expires_at)
    values ($1, $2, $3, 'den-haag', $4, 'Wilgenlaan', now() + interval '9 days')
"""


async def look(browser: httpx.AsyncClient, address: str) -> httpx.Response:
    return await browser.post(HERE, data={"email": address})


async def test_a_whole_address_finds_where_somebody_stands(
    seat: Seat, owner_conn: asyncpg.Connection, vault: Vault
) -> None:
    browser = await seat()
    answer = await look(browser, " BRAM@bewoners.example ")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "Bram O&#39;Neill-Özdemir" in answer.text
    assert '/den-haag/straten/eikenhof"' in answer.text
    assert ANNA.name not in answer.text
    assert "mijn-gegevens" in answer.text
    # The address stands in no link, and is not typed back.
    assert BRAM.email not in answer.text
    refs = await vault.of_address(owner_conn, "den-haag", BRAM.email)
    assert await owner_conn.fetchval(LOOKS, PURPOSE, NOOR) == len(refs) > 1


async def test_the_resident_sees_that_somebody_looked(seat: Seat, rows: Database, vault: Vault) -> None:
    await look(await seat(), BRAM.email)
    async with rows.connection() as conn:
        refs = await vault.of_address(conn, "den-haag", BRAM.email)
        kept = await held.held(conn, vault, "den-haag", refs)
    assert {(each.role, each.purpose) for each in kept.looks} == {("coördinator", PURPOSE)}
    assert mine_words.PURPOSES[PURPOSE] == "u opzoeken met uw e-mailadres"


@pytest.mark.parametrize(
    "address", ["bram", "bram@", "@bewoners.example", "%", "", "bram@bewoners", "x" * 300]
)
async def test_a_part_of_an_address_finds_nobody(
    seat: Seat, owner_conn: asyncpg.Connection, address: str
) -> None:
    answer = await look(await seat(), address)
    assert answer.status_code == 422
    assert "Vul het hele e-mailadres in" in answer.text
    assert 'href="#email"' in answer.text
    assert "Gangmaker van" not in answer.text
    assert await owner_conn.fetchval(LOOKS, PURPOSE, NOOR) == 0


async def test_nobody_is_found_who_is_not_here(
    seat: Seat, owner_conn: asyncpg.Connection, vault: Vault
) -> None:
    elsewhere = await vault.put(owner_conn, "rotterdam", BRAM.model_copy(update={"email": "roos@r.example"}))
    assert elsewhere
    browser = await seat()
    for address in ("roos@r.example", "niemand@bewoners.example"):
        answer = await look(browser, address)
        assert answer.status_code == 200
        assert "Niemand gevonden" in answer.text
    refs = await vault.of_address(owner_conn, "den-haag", BRAM.email)
    await vault.erase(owner_conn, refs, "asked")
    assert "Niemand gevonden" in (await look(browser, BRAM.email)).text
    assert await owner_conn.fetchval(LOOKS, PURPOSE, NOOR) == 0


async def test_trying_addresses_stops(seat: Seat, owner_conn: asyncpg.Connection) -> None:
    browser = await seat()
    for number in range(TRIES.most):
        assert (await look(browser, f"poging{number}@bewoners.example")).status_code == 200
    answer = await look(browser, BRAM.email)
    assert answer.status_code == 429
    assert "al vaak gezocht" in answer.text
    assert "Gangmaker van" not in answer.text
    assert await owner_conn.fetchval(LOOKS, PURPOSE, NOOR) == 0
    # Counted by person: a colleague can still help somebody.
    assert "Eikenhof" in (await look(await seat("coordinator-2"), BRAM.email)).text


async def test_a_sign_up_that_waits_is_told(seat: Seat, owner_conn: asyncpg.Connection, vault: Vault) -> None:
    new = await vault.put(owner_conn, "den-haag", BRAM.model_copy(update={"email": "nieuw@bewoners.example"}))
    workflow_id = f"signup-{uuid4()}"
    for purpose, workflow in (("confirm_signup", workflow_id), ("my_data", "my-data")):
        await owner_conn.execute(
            LINK,
            uuid4().bytes,
            purpose,
            workflow,
            new,
        )
    browser = await seat()
    answer = await look(browser, "nieuw@bewoners.example")
    assert text_of(answer).count("Wilgenlaan") == 1
    assert re.search(rf'href="http://127.0.0.1:8602/[^"]*/{workflow_id}"', answer.text)
    english = await browser.post(f"{HERE}?taal=en", data={"email": "nieuw@bewoners.example"})
    assert "did not say yes yet" in english.text


async def test_asking_shows_nobody(seat: Seat) -> None:
    page = await (await seat()).get(HERE)
    assert ANNA.name not in page.text
    assert BRAM.name not in page.text
    assert "straten/" not in page.text.partition("<main")[2]


async def signed_up(conn: asyncpg.Connection, municipality: str = "den-haag") -> str:
    """A sign-up that waits for a yes; gives its workflow."""
    workflow_id = f"signup-{uuid4()}"
    await conn.execute(LINK, uuid4().bytes, "confirm_signup", workflow_id, uuid4())
    await conn.execute(
        "update post.link set municipality = $1 where workflow_id = $2", municipality, workflow_id
    )
    return workflow_id


async def test_the_question_is_sent_again(
    seat: Seat, owner_conn: asyncpg.Connection, temporal: FakeTemporal
) -> None:
    browser, workflow_id, form = await seat(), await signed_up(owner_conn), str(uuid4())
    answer = await browser.post(f"{HERE}/nog-eens", data={"form": form, "aanmelding": workflow_id})
    assert temporal.sent == [Update(workflow_id, "ask_again", AskAgain(by=NOOR), form)]
    assert answer.headers["location"] == f"{HERE}?gedaan=ask-again"
    assert "nog eens gemaild" in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("refusal", [Refusal.ASKED_ENOUGH, Refusal.SIGNUP_DECIDED])
async def test_a_no_of_the_sign_up_is_told(
    seat: Seat, owner_conn: asyncpg.Connection, temporal: FakeTemporal, refusal: Refusal
) -> None:
    temporal.error = refused(refusal)
    sent = {"form": str(uuid4()), "aanmelding": await signed_up(owner_conn)}
    answer = await (await seat()).post(f"{HERE}/nog-eens", data=sent)
    assert answer.status_code == 422
    assert SENTENCES[refusal] in answer.text


async def test_only_a_sign_up_of_one_s_own_that_waits(
    seat: Seat, owner_conn: asyncpg.Connection, temporal: FakeTemporal
) -> None:
    elsewhere = await signed_up(owner_conn, "rotterdam")
    for workflow_id in (elsewhere, "potje-den-haag-lindelaan-2026", "", "x" * 500):
        sent = {"form": str(uuid4()), "aanmelding": workflow_id}
        answer = await (await seat()).post(f"{HERE}/nog-eens", data=sent)
        assert answer.status_code == 422
        assert SENTENCES[Refusal.SIGNUP_DECIDED] in answer.text
    assert temporal.sent == []
