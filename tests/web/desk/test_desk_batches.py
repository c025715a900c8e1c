"""Paying by bank: what is ready, freezing, four eyes and the file."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import WorkflowAlreadyStartedError

from schemas.payment import BatchAct, PaymentState, PayoutOrder, payout_id
from schemas.payout import Frozen
from schemas.person import Document
from schemas.refusals import SENTENCES, Refusal
from store import payment_files, payments, safekeeping
from store.database import Database
from store.vault import Vault
from tests.today import this_year, today
from tests.web.desk.bank import IBAN, TESS, TIES, by_bank, frozen, released, told
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update, refused
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/betalen"


@pytest_asyncio.fixture
async def bank(rows: Database, vault: Vault) -> Database:
    """The database with streets that are paid by bank."""
    await by_bank(rows, vault)
    return rows


def form(**values: str) -> dict[str, str]:
    return {"form": str(uuid4()), "jaar": str(this_year()), **values}


def tomorrow() -> date:
    return today() + timedelta(days=1)


async def plain(seat: Seat, key: str, path: str) -> str:
    return text_of(await (await seat(key)).get(path)).replace("\u00a0", " ")


async def test_what_is_ready_and_what_waits_for_an_iban(seat: Seat, bank: Database) -> None:
    page = await plain(seat, "treasurer-1", ROOM)
    assert "2 potjes staan klaar: € 300" in page
    assert "Maak een betaalbestand" in page
    ready, waiting = page.split("wachten op een rekeningnummer")
    assert "Narcishof" in ready
    assert "Populierstraat" in waiting
    assert "Lindelaan" in waiting
    assert "Er is nog geen betaalbestand gemaakt." in page


async def test_a_coordinator_reads_and_has_no_buttons(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await frozen(bank, vault)
    browser = await seat()
    for path in (ROOM, f"{ROOM}/{batch}"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert '<form method="post" action="/den-haag/betalen' not in page.text
    assert (await browser.post(ROOM, data=form(day=str(tomorrow())))).status_code == 403
    for act in ("release", "cancel", "download"):
        assert (await browser.post(f"{ROOM}/{batch}/{act}", data=form())).status_code == 403


async def test_a_batch_is_frozen_once(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    browser, sent = await seat("treasurer-1"), form(day=str(tomorrow()))
    temporal.answer = Frozen(number=1, payments=2, cents=30_000)

    async def as_the_engine_does(update: Update) -> None:
        async with bank.transaction() as conn:
            await payments.freeze(conn, update.arg, 1)

    temporal.then = as_the_engine_does
    answer = await browser.post(ROOM, data=sent)
    batch = UUID(sent["form"])
    order = PayoutOrder(
        batch=batch,
        municipality="den-haag",
        year=this_year(),
        by=TIES,
        execution_date=date.fromisoformat(sent["day"]),
        desk_url="http://127.0.0.1:8601",
    )
    assert temporal.sent == [Update(payout_id("den-haag", batch), "begun", order, sent["form"])]
    assert answer.headers["location"] == f"{ROOM}/{batch}?gedaan=freeze"
    page = await browser.get(answer.headers["location"])
    assert "Het betaalbestand is gemaakt." in page.text
    assert "Het bestand wordt nu geschreven." in page.text

    temporal.error = WorkflowAlreadyStartedError("payout", "PayoutWorkflow")
    twice = await browser.post(ROOM, data=sent)
    assert twice.headers["location"] == answer.headers["location"]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Vul een datum in"),
        ("morgen", "Vul een datum in"),
        (-1, "Kies vandaag of een dag die nog moet komen."),
        (41, "Kies een dag binnen een maand."),
    ],
)
async def test_a_day_that_cannot_be_is_told(
    seat: Seat, bank: Database, temporal: FakeTemporal, day: str | int, sentence: str
) -> None:
    typed = day if isinstance(day, str) else str(today() + timedelta(days=day))
    answer = await (await seat("treasurer-1")).post(ROOM, data=form(day=typed))
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2
    assert temporal.sent == []


async def test_when_nothing_is_ready_any_more_it_is_told(
    seat: Seat, rows: Database, temporal: FakeTemporal
) -> None:
    temporal.answer = Frozen()
    answer = await (await seat("treasurer-1")).post(ROOM, data=form(day=str(tomorrow())))
    assert answer.status_code == 422
    assert "Er stond niets klaar om te betalen." in answer.text


async def test_without_a_bank_account_of_our_own_it_is_told(
    seat: Seat, bank: Database, temporal: FakeTemporal
) -> None:
    temporal.error = refused(Refusal.NO_BANK_ACCOUNT)
    answer = await (await seat("treasurer-1")).post(ROOM, data=form(day=str(tomorrow())))
    assert answer.status_code == 422
    assert SENTENCES[Refusal.NO_BANK_ACCOUNT] in answer.text


async def test_a_batch_shows_streets_and_never_accounts(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await frozen(bank, vault)
    page = await (await seat("treasurer-2")).get(f"{ROOM}/{batch}")
    told_text = text_of(page).replace("\u00a0", " ")
    for words in (
        "2 betalingen: € 300",
        "Ties",
        "Narcishof",
        "Olmenlaan",
        f"potjes-den-haag-{this_year()}-1.xml",
    ):
        assert words in told_text
    async with bank.connection() as conn:
        assert (await payments.batch(conn, "den-haag", batch))["sha256"].hex() in told_text
        assert await conn.fetchval("select count(*) from vault.look") == 0
    for secret in (IBAN, "ABNA", "van der Berg"):
        assert secret not in page.text


async def test_who_froze_asks_a_colleague(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await frozen(bank, vault)
    own = await (await seat("treasurer-1")).get(f"{ROOM}/{batch}")
    assert "Vraag een andere penningmeester" in own.text
    assert "/release" not in own.text
    assert "/cancel" in own.text
    other = await (await seat("treasurer-2")).get(f"{ROOM}/{batch}")
    assert f'action="{ROOM}/{batch}/release"' in other.text
    assert "Vraag een andere penningmeester" not in other.text


async def test_without_its_file_a_batch_cannot_be_released(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await frozen(bank, vault, file=False)
    assert "/release" not in (await (await seat("treasurer-2")).get(f"{ROOM}/{batch}")).text


async def test_a_second_person_releases(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await frozen(bank, vault)
    browser, sent = await seat("treasurer-2"), form()
    answer = await browser.post(f"{ROOM}/{batch}/release", data=sent)
    assert temporal.sent == [Update(payout_id("den-haag", batch), "release", BatchAct(by=TESS), sent["form"])]
    assert answer.headers["location"] == f"{ROOM}/{batch}?gedaan=release"
    assert "Het betaalbestand is vrijgegeven." in (await browser.get(answer.headers["location"])).text


async def test_a_refusal_is_told_beside_the_batch(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await frozen(bank, vault)
    temporal.error = refused(Refusal.OWN_BATCH)
    answer = await (await seat("treasurer-1")).post(f"{ROOM}/{batch}/release", data=form())
    assert answer.status_code == 422
    assert SENTENCES[Refusal.OWN_BATCH] in answer.text


async def test_a_cancel_is_asked_twice(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await frozen(bank, vault)
    browser, sent = await seat("treasurer-1"), form()
    question = await browser.post(f"{ROOM}/{batch}/cancel", data=sent)
    assert question.status_code == 200
    assert "Dit betaalbestand annuleren?" in question.text
    assert temporal.sent == []
    answer = await browser.post(f"{ROOM}/{batch}/cancel", data={**sent, "sure": "yes"})
    assert answer.headers["location"] == f"{ROOM}/{batch}?gedaan=cancel"
    assert [update.name for update in temporal.sent] == ["cancel"]


async def test_a_file_that_the_bank_refuses_is_given_back_by_the_other(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await released(bank, vault)
    button = "De bank weigert het hele bestand"
    assert button not in (await (await seat("treasurer-2")).get(f"{ROOM}/{batch}")).text
    browser, sent = await seat("treasurer-1"), form()
    assert button in (await browser.get(f"{ROOM}/{batch}")).text
    question = await browser.post(f"{ROOM}/{batch}/cancel", data=sent)
    assert "anders wordt er twee keer betaald" in question.text
    assert temporal.sent == []
    answer = await browser.post(f"{ROOM}/{batch}/cancel", data={**sent, "sure": "yes"})
    assert answer.headers["location"] == f"{ROOM}/{batch}?gedaan=cancel"
    assert [update.name for update in temporal.sent] == ["cancel"]


@pytest.mark.parametrize("act", ["release", "cancel"])
async def test_temporal_away_or_late(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal, act: str
) -> None:
    batch = await frozen(bank, vault)
    browser, sent = await seat("treasurer-2"), form(sure="yes")
    temporal.error = WorkflowUpdateRPCTimeoutOrCancelledError()
    late = await browser.post(f"{ROOM}/{batch}/{act}", data=sent)
    assert late.status_code == 503
    assert f'href="{ROOM}/{batch}"' in late.text
    temporal.reachable = False
    away = await browser.post(f"{ROOM}/{batch}/{act}", data=sent)
    assert away.status_code == 503
    assert sent["form"] in away.text
    assert "Er is niets veranderd." in away.text


async def test_the_file_comes_after_release_as_it_was_written(
    seat: Seat, bank: Database, vault: Vault
) -> None:
    batch = await released(bank, vault)
    browser = await seat("treasurer-1")
    file = await browser.post(f"{ROOM}/{batch}/download", data=form())
    assert file.status_code == 200
    assert file.headers["content-type"] == "application/xml"
    assert (
        file.headers["content-disposition"] == f'attachment; filename="potjes-den-haag-{this_year()}-1.xml"'
    )
    assert file.headers["cache-control"] == "no-store"
    async with bank.connection() as conn:
        row = await payments.batch(conn, "den-haag", batch)
        again = await payment_files.rebuilt(conn, vault, "den-haag", batch)
        looks = await conn.fetch("select ref, staff, purpose from vault.look")
        assert (await vault.get(conn, row["document"], Document)).content == file.content == again
    assert sha256(file.content).digest() == row["sha256"]
    assert row["downloaded_at"] is not None
    assert [tuple(look) for look in looks] == [(row["document"], TIES, "payment_file")]
    page = await browser.get(f"{ROOM}/{batch}")
    assert "Haal het bestand nog eens op" in page.text
    story = text_of(page).split("Wat er gebeurde")[1]
    assert "Het betaalbestand is vrijgegeven voor de bank. Tess" in story
    assert "Het betaalbestand is samengesteld. Ties" in story


async def test_before_release_there_is_no_file_to_get(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await frozen(bank, vault)
    assert (
        await (await seat("treasurer-2")).post(f"{ROOM}/{batch}/download", data=form())
    ).status_code == 404
    async with bank.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.look") == 0


async def test_a_file_that_is_erased_is_gone(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await released(bank, vault)
    async with bank.transaction() as conn:
        document = await payments.document_of(conn, "den-haag", batch)
        assert document
        await vault.erase(conn, [document], "test")
    answer = await (await seat("treasurer-1")).post(f"{ROOM}/{batch}/download", data=form())
    assert answer.status_code == 410
    async with bank.connection() as conn:
        assert (await payments.batch(conn, "den-haag", batch))["downloaded_at"] is None


async def test_of_another_municipality_there_is_nothing(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await released(bank, vault)
    browser = await seat("treasurer-1", "rotterdam")
    assert (await browser.get(f"/rotterdam/betalen/{batch}")).status_code == 404
    for act in ("release", "cancel", "download"):
        assert (await browser.post(f"/rotterdam/betalen/{batch}/{act}", data=form())).status_code == 404
    assert temporal.sent == []


NOBODY_S = UUID(int=7)


@pytest.mark.parametrize("path", ["x", f"{NOBODY_S}", f"{NOBODY_S}/steal"])
async def test_what_is_not_there(seat: Seat, rows: Database, path: str) -> None:
    browser = await seat("treasurer-1")
    method = "POST" if path.endswith("steal") else "GET"
    assert (await browser.request(method, f"{ROOM}/{path}", data=form())).status_code == 404


@pytest.mark.parametrize(
    ("key", "words", "whose"),
    [
        ("treasurer-1", "Uw betaalbestanden", "others"),
        ("treasurer-2", "Betaalbestanden om vrij te geven", "mine"),
    ],
)
async def test_today_asks_the_other_to_release(
    seat: Seat, bank: Database, vault: Vault, key: str, words: str, whose: str
) -> None:
    batch = await frozen(bank, vault)
    page = await (await seat(key)).get("/den-haag/vandaag")
    mine, others = page.text.split("Hier wacht iemand anders op")
    assert words in (mine if whose == "mine" else others)
    assert f'href="{ROOM}/{batch}"' in page.text


async def test_today_misses_a_statement_and_tells_of_failures(
    seat: Seat, bank: Database, vault: Vault
) -> None:
    batch = await released(bank, vault)
    assert "zonder bankafschrift" not in await plain(seat, "treasurer-1", "/den-haag/vandaag")
    async with bank.connection() as conn:
        await conn.execute("update money.batch set released_at = now() - interval '5 days'")
    await told(bank, batch, "narcishof", PaymentState.REJECTED, "AC04")
    mine = (await plain(seat, "treasurer-1", "/den-haag/vandaag")).split("Hier wacht iemand anders op")[0]
    assert "1 Betaalbestanden zonder bankafschrift" in mine
    assert "1 Betalingen die niet lukten" in mine
    assert "Deze rekening is opgeheven." in mine


async def test_after_a_restore_nobody_pays_until_it_is_known_what_the_bank_has(
    seat: Seat, bank: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    batch = await frozen(bank, vault)
    async with bank.transaction() as conn:
        await safekeeping.note_restored(conn, "b", datetime.now(UTC))
    told = SENTENCES[Refusal.RESTORED]
    tess = await seat("treasurer-2")
    page = await tess.get(ROOM)
    assert (told in text_of(page), "Maak een betaalbestand" in page.text) == (True, False)
    refused = await tess.post(f"{ROOM}/{batch}/release", data=form())
    assert (refused.status_code, told in text_of(refused)) == (422, True)
    assert temporal.sent == []
    async with bank.transaction() as conn:
        await safekeeping.settle(conn, set())
    page = await tess.get(ROOM)
    assert told not in text_of(page)
    assert (await tess.post(f"{ROOM}/{batch}/release", data=form())).status_code == 303
