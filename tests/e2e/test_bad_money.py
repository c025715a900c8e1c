"""A wrong file, account, amount, currency or year: a clear sentence, nothing booked, the file kept."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.looking import look
from tests.e2e.payday import HOLDER, Gangmaker, hand_in
from tests.e2e.resident import Resident, Staff, decide, id_of_form
from tests.e2e.running import Running
from tests.e2e.windows import sign_in, submit, window
from tests.today import this_year, today
from workers.demo.bank import Line, statement

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
OURS = "NL81INGB0000000599"
ANOTHER = "NL91ABNA0417164300"
LINES = [Line(50_00, name="Iemand", text="Voor de straten")]


async def booked(stack: Running) -> list[object]:
    """What the ledger and the bank's tables hold."""
    await stack.at_rest()
    sql = """select (select count(*) from ledger.transfer), (select count(*) from money.movement),
                    (select count(*) from money.suspense), (select count(*) from money.entry)"""
    return list((await stack.rows(sql))[0])


async def is_kept(stack: Running, content: bytes) -> bool:
    """Whether a refused file is there to be inspected, with its mark in the chain of the books."""
    sql = """select m.digest = s.sha256 and v.erased_at is null
             from money.statement s join vault.item v on v.ref = s.document
             join ledger.mark m on m.kind = 'file' and m.subject = 'statement/' || s.id
             where s.state = 'refused' and s.sha256 = $1"""
    rows = await stack.rows(sql, sha256(content).digest())
    return len(rows) == 1 and rows[0][0] is True


@pytest.mark.parametrize(
    ("language", "sentence", "nothing"),
    [
        ("nl", "Dit is geen XML-bestand.", "Er is niets geboekt. Het bestand is bewaard ter controle."),
        ("en", "This is not an XML file.", "Nothing was booked."),
    ],
    ids=["nl", "en"],
)
async def test_a_pdf_instead_of_a_statement(
    stack: Running, browser: Browser, tmp_path: Path, language: str, sentence: str, nothing: str
) -> None:
    before = await booked(stack)
    wrong = tmp_path / "factuur van de bloemist.pdf"
    wrong.write_bytes(PDF + language.encode())
    desk = stack.urls["desk"]
    async with window(browser, scripts=True) as page:
        await page.goto(f"{desk}/?taal={language}")
        await sign_in(page, desk, "rotterdam", "treasurer-1")
        await page.goto(f"{desk}/rotterdam/afschriften")
        await page.set_input_files("#bestand", wrong)
        await submit(page, "/afschriften")
        await expect(page.locator("p.flash.stopped")).to_be_visible()
        await expect(page.locator("main")).to_contain_text(sentence)
        await expect(page.locator("main")).to_contain_text(nothing)
        await look(page, language)
        await page.goto(f"{desk}/rotterdam/afschriften")
        await expect(page.locator("main table")).to_contain_text(sentence)
    assert await booked(stack) == before
    assert await is_kept(stack, wrong.read_bytes())


def told(iban: str = OURS, day: date | None = None, number: str = "proef") -> bytes:
    """A statement as a bank would make it, of today."""
    day = day or today()
    return statement(iban, day, LINES, number=f"{number}-{day}")


WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "another account": (lambda: told(ANOTHER), "een andere rekening dan die van het programma"),
    "dollars": (lambda: told().replace(b'Ccy="EUR"', b'Ccy="USD"'), "die geen euro zijn"),
    "a cent is missing": (lambda: told().replace(b">50.00<", b">50.01<"), "passen niet bij elkaar"),
    "a year before the books": (lambda: told(day=date(2019, 6, 1)), "een jaar dat niet (meer) open is"),
    "half of it": (lambda: told()[:400], "geen XML-bestand"),
    "a payment file": (
        lambda: b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
        "geen bankafschrift",
    ),
    "an entity": (
        lambda: b'<!DOCTYPE a [<!ENTITY b "c">]>' + told().partition(b"\n")[2],
        "opdrachten in dit bestand",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_file_that_is_no_statement_of_ours(stack: Running, name: str) -> None:
    make, sentence = WRONG[name]
    content = make()
    before = await booked(stack)
    async with Staff(stack, "rotterdam", "treasurer-2") as treasurer:
        for _ in range(2):
            page = await hand_in(treasurer, content)
            assert sentence in page.text
            assert "Er is niets geboekt. Het bestand is bewaard ter controle." in page.text
    assert await booked(stack) == before
    assert await is_kept(stack, content)


async def test_no_file_and_a_file_that_is_too_large(stack: Running) -> None:
    before = await booked(stack)
    async with Staff(stack, "rotterdam", "treasurer-2") as treasurer:
        empty = await hand_in(treasurer, b"")
        assert (empty.status_code, "Kies eerst een bestand." in empty.text) == (422, True)
        huge = await hand_in(treasurer, b"<" * 27_000_000)
        assert huge.status_code == 413
    async with Staff(stack, "rotterdam", "coordinator-1") as coordinator:
        assert (await hand_in(coordinator, told())).status_code == 403
    assert await booked(stack) == before


async def test_a_statement_of_another_municipality(stack: Running) -> None:
    """Each reads its own account only."""
    before = await booked(stack)
    async with Staff(stack, "den-haag", "treasurer-1") as treasurer:
        page = await hand_in(treasurer, told(number="elders"))
        assert "een andere rekening dan die van het programma" in page.text
    assert await booked(stack) == before


@pytest_asyncio.fixture(scope="module")
async def inside(stack: Running) -> AsyncIterator[Gangmaker]:
    """Somebody behind the door of a street whose potje was approved."""
    async with Resident(stack) as resident:
        await resident.sign_up()
        await resident.say("yes")
        await decide(resident)
        async with Gangmaker(stack, "rotterdam", resident.email) as gangmaker:
            await gangmaker.enter()
            yield gangmaker


IBANS = [
    ("NL91 ABNA 0417 1643 01", "klopt niet"),
    ("NL91 ABNA 0417 1643", "klopt niet"),
    ("NL91 ZZZZ 0417 1643 00", "klopt niet"),
    ("12345", "klopt niet"),
    ("", "Vul het rekeningnummer (IBAN) in."),
    ("\u0000\u202e\U0001f337", "klopt niet"),
]


@pytest.mark.parametrize(("iban", "sentence"), IBANS)
async def test_a_wrong_account_is_told_and_kept_to_mend(
    stack: Running, inside: Gangmaker, iban: str, sentence: str
) -> None:
    payees = "select count(*) from money.payee"
    before = await stack.value(payees)
    page = await inside.post(f"{inside.door}/rekening", holder=HOLDER, iban=iban)
    assert page.status_code == 422
    assert 'id="iban-fout"' in page.text
    assert sentence in page.text
    assert f'value="{HOLDER}"' in page.text
    if iban.isprintable():
        assert f'value="{iban}"' in page.text
    assert await stack.value(payees) == before


ATTENTIES = [
    ({"amount": "$ 12"}, "amount"),
    ({"amount": "12 pond"}, "amount"),
    ({"amount": "-5"}, "amount"),
    ({"amount": "0"}, "amount"),
    ({"amount": "12,345"}, "amount"),
    ({"amount": "veel"}, "amount"),
    ({"amount": "99999"}, "amount"),
    ({"day": "31-2-2026"}, "day"),
    ({"day": "1-1-2999"}, "day"),
    ({"day": "1-6-2019"}, "day"),
    ({"occasion": "bribe"}, "occasion"),
]


@pytest.mark.parametrize(("wrong", "field"), ATTENTIES)
async def test_an_attentie_that_cannot_be(
    stack: Running, inside: Gangmaker, wrong: dict[str, str], field: str
) -> None:
    before = await booked(stack)
    page = f"{inside.door}/attentie"
    fields = {"day": "vandaag", "occasion": "birth", "amount": "7,50"} | wrong
    answer = await inside.post(page, form=id_of_form((await inside.get(page)).text), **fields)
    assert answer.status_code == 422
    assert f'id="{field}-fout"' in answer.text
    assert await booked(stack) == before


BUDGETS = [
    ("grant", {"funder": "gemeente", "line": "potjes", "cents": "$ 100"}, "cents"),
    ("grant", {"funder": "niemand", "line": "potjes", "cents": "100"}, "funder"),
    ("move", {"line": "starter", "to": "campaign", "cents": "999999999"}, "cents"),
    ("less", {"line": "campaign", "funder": "gemeente", "cents": "1", "sure": "yes"}, "cents"),
    ("expense", {"line": "potjes", "cents": "10"}, "line"),
    ("expense", {"line": "hours", "cents": "10", "reason": ""}, "reason"),
]


@pytest.mark.parametrize(("kind", "fields", "field"), BUDGETS)
async def test_a_budget_entry_that_cannot_be(
    stack: Running, kind: str, fields: dict[str, str], field: str
) -> None:
    before = await booked(stack)
    page = f"/rotterdam/budget/{this_year()}/{kind}"
    async with Staff(stack, "rotterdam", "treasurer-1") as treasurer:
        form = await treasurer.form_on(page, page)
        answer = await treasurer.post(page, form=form, **({"reason": "proef"} | fields))
        assert answer.status_code == 422
        assert f'id="{field}-fout"' in answer.text
        assert (await treasurer.get("/rotterdam/budget/1999")).status_code == 404
    assert await booked(stack) == before


async def test_no_page_of_money_failed_behind_the_scenes(stack: Running) -> None:
    """Runs after the others of this file: the last resort was never needed."""
    log = (stack.home / "logs" / "web.log").read_text()
    assert "a page failed" not in log
    assert "Traceback" not in log
