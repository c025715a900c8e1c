"""Uploading bank statements: what was booked, what was refused and why, and who may."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from forms.desk.payouts import words
from forms.desk.payouts.statements import UPLOADS
from forms.site.security import MAX_BODY_BYTES
from schemas.person import Document
from schemas.sepa.camt import Problem
from store import ledger, payments
from store.database import Database
from store.vault import Vault
from tests.today import this_year, today
from tests.web.desk.bank import by_bank, released
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_pages import text_of
from workers.demo import bank

ROOM = "/den-haag/afschriften"
A_DAY = date(2026, 11, 23)
OUR_IBAN, OTHER_IBAN = "NL47RABO0300000518", "NL91ABNA0417164300"


@pytest_asyncio.fixture
async def batch(rows: Database, vault: Vault) -> UUID:
    """A released batch of two payments."""
    await by_bank(rows, vault)
    return await released(rows, vault)


async def file_of(db: Database, vault: Vault, batch: UUID) -> bytes:
    """The batch as the bank gets it."""
    async with db.connection() as conn:
        document = await payments.document_of(conn, "den-haag", batch)
        assert document
        return (await vault.get(conn, document, Document)).content


async def send(browser: httpx.AsyncClient, content: bytes, name: str = "bestand") -> httpx.Response:
    return await browser.post(ROOM, files={name: ("afschrift.xml", content, "text/xml")})


async def shown(browser: httpx.AsyncClient, answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return text_of(await browser.get(answer.headers["location"])).replace("\u00a0", " ")


async def test_a_statement_books_rejects_and_suspends(
    seat: Seat, rows: Database, vault: Vault, batch: UUID
) -> None:
    mood = bank.Mood(rejects=1, fee=250, gift=5_000)
    told = bank.answer(await file_of(rows, vault, batch), today(), mood=mood)
    browser = await seat("treasurer-1")
    page = await shown(browser, await send(browser, told.content))
    assert "Het afschrift is ingelezen en geboekt." in page
    assert "Betalingen die aankwamen 1" in page
    assert "Betalingen die de bank afwees 1" in page
    assert "Regels die een plek zoeken 2" in page
    assert "\N{MINUS SIGN} € 2,50" in page
    assert "+ € 50" in page
    assert "Stichting Buurtfonds" not in page
    listed = text_of(await browser.get(ROOM))
    assert "1 betaald, 1 afgewezen, 2 zonder plek" in listed
    assert "2 bankregels wachten op een plek" in listed
    to_do = text_of(await browser.get("/den-haag/vandaag"))
    assert "2 Bankregels om een plek te geven" in to_do
    assert "1 Betalingen die niet lukten" in to_do
    async with rows.connection() as conn:
        verdict = await ledger.verify(conn, "den-haag", this_year())
        assert isinstance(verdict, ledger.Verified), verdict


async def test_the_same_file_twice_is_told_and_books_once(
    seat: Seat, rows: Database, vault: Vault, batch: UUID
) -> None:
    told = bank.answer(await file_of(rows, vault, batch), today(), mood=bank.Mood(fee=250))
    browser = await seat("treasurer-1")
    answers = await asyncio.gather(send(browser, told.content), send(browser, told.content))
    pages = sorted([await shown(browser, answer) for answer in answers], key=len)
    assert sum("Het afschrift is ingelezen en geboekt." in page for page in pages) == 1
    assert sum(words.PROBLEMS[Problem.ALREADY_BOOKED] in page for page in pages) == 1
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from money.suspense") == 1


REFUSED = [
    (b"geen xml", Problem.NOT_XML),
    (b"<Document/>", Problem.NOT_CAMT053),
    (b'<!DOCTYPE x [<!ENTITY a "b">]><Document/>', Problem.DTD),
    (bank.statement(OTHER_IBAN, A_DAY, [bank.Line(100)], number="a"), Problem.OTHER_ACCOUNT),
    (
        bank.statement(OUR_IBAN, A_DAY, [bank.Line(100)], number="b").replace(b'Ccy="EUR"', b'Ccy="USD"'),
        Problem.NOT_EURO,
    ),
]


@pytest.mark.parametrize(("content", "problem"), REFUSED)
async def test_a_wrong_file_is_told_and_kept(
    seat: Seat, rows: Database, vault: Vault, content: bytes, problem: Problem
) -> None:
    browser = await seat("treasurer-1")
    page = await shown(browser, await send(browser, content))
    assert "Dit bestand is niet geboekt." in page
    assert words.PROBLEMS[problem] in page
    assert "Het bestand is bewaard ter controle." in page
    assert "niet geboekt, bewaard ter controle" in text_of(await browser.get(ROOM))
    async with rows.connection() as conn:
        row = await conn.fetchrow("select document, state, problem from money.statement")
        assert (row["state"], row["problem"]) == ("refused", problem)
        assert (await vault.get(conn, row["document"], Document)).content == content
        assert await conn.fetchval("select count(*) from money.movement") == 0


async def test_a_year_that_closes_at_that_moment_books_nothing(
    seat: Seat, rows: Database, vault: Vault, batch: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*_: object) -> None:
        raise ledger.YearNotOpen("year is closed")

    monkeypatch.setattr("forms.desk.payouts.statements.import_statement", closed)
    answer = await send(await seat("treasurer-1"), b"<x/>")
    assert answer.status_code == 422
    assert "Er is niets geboekt. Lees het bestand nog eens in." in answer.text


@pytest.mark.parametrize("content", [b"", None])
async def test_without_a_file_one_is_asked_for(seat: Seat, content: bytes | None) -> None:
    browser = await seat("treasurer-1")
    answer = await (send(browser, b"") if content is not None else send(browser, b"x", name="iets"))
    assert answer.status_code == 422
    assert answer.text.count("Kies eerst een bestand.") == 2
    assert 'href="#bestand"' in answer.text


async def test_what_is_no_upload_is_refused(seat: Seat, rows: Database) -> None:
    browser = await seat("treasurer-1")
    two = [("bestand", ("a.xml", b"x")), ("bestand", ("b.xml", b"y"))]
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for answer in (
        await browser.post(ROOM, data={"bestand": "x"}),
        await browser.post(ROOM, files=two),
        await browser.post(ROOM, content=b"--y", headers=broken),
        await browser.post(ROOM, content=b"--y", headers={"content-type": "multipart/form-data"}),
    ):
        assert answer.status_code == 400
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from money.statement") == 0


async def test_only_here_a_body_may_be_large(seat: Seat) -> None:
    browser = await seat("treasurer-1")
    large = b"x" * (MAX_BODY_BYTES * 3)
    assert (await send(browser, large)).status_code == 303
    for path in ("/den-haag/betalen", "/den-haag/goedkeuren", "/", f"{ROOM}/regels/{uuid4()}", f"{ROOM}/"):
        refused = await browser.post(path, files={"bestand": ("a.xml", large)})
        assert refused.status_code == 413, path
    announced = {"content-length": str(UPLOADS.max_bytes + 1)}
    too_large = await browser.post(ROOM, content=b"", headers=announced)
    assert too_large.status_code == 413


async def test_a_coordinator_reads_and_may_not_upload(seat: Seat, rows: Database) -> None:
    browser = await seat()
    page = await browser.get(ROOM)
    assert page.status_code == 200
    assert 'type="file"' not in page.text
    assert (await send(browser, b"<x/>")).status_code == 403
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from money.statement") == 0


async def test_a_stranger_does_not_get_to_send_anything(stranger: httpx.AsyncClient, rows: Database) -> None:
    answer = await send(stranger, b"<x/>")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from money.statement") == 0


async def test_of_another_municipality_there_is_nothing(seat: Seat, rows: Database) -> None:
    own = await seat("treasurer-1")
    location = (await send(own, b"geen xml")).headers["location"].partition("?")[0]
    other = await seat("treasurer-1", "rotterdam")
    assert (await other.get(location)).status_code == 404
    assert (await other.get(location.replace("den-haag", "rotterdam"))).status_code == 404
    assert "geen XML-bestand" not in (await other.get("/rotterdam/afschriften")).text


async def test_a_lost_database_says_that_nothing_happened(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await seat("treasurer-1")

    async def lost(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("forms.desk.payouts.statements.import_statement", lost)
    answer = await send(browser, b"<x/>")
    assert answer.status_code == 503
    assert "Er is niets veranderd." in answer.text
    assert f'href="{ROOM}"' in answer.text
