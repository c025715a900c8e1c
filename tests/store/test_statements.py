"""Bank statements against the real ledger: booked once, all or nothing, and every file kept."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
import pytest_asyncio

from schemas.accounts import bank_account, suspense_account
from schemas.ledger import MarkKind, Verified, YearState
from schemas.payment import end_to_end_id, payout_id
from schemas.person import Story
from schemas.programme import Bank
from schemas.sepa.camt import Problem
from schemas.statement import Counts, StatementState
from store import ledger
from store.database import Database
from store.statements import import_statement
from store.vault import Vault
from tests.store.bank_rows import ACCOUNT, DAY, NOW, STREETS, Paid, paid
from tests.store.payout_rows import CENTS, CITY, TREASURER, YEAR, potje
from tests.unit.sepa_files import Entry, details, document, stmt, tx
from workers.demo.bank import Line, Mood, answer, sent_back, statement

ALL = CENTS * len(STREETS)


@pytest_asyncio.fixture
async def town(db: Database, vault: Vault) -> Paid:
    """Four streets in a released batch."""
    return await paid(db, vault)


async def sound(town: Paid) -> None:
    """The chain and the balances agree, and the payments say what the ledger says."""
    async with town.db.connection() as conn:
        years = await conn.fetch("select fiscal_year from ledger.year where municipality = $1", CITY)
        for row in years:
            assert isinstance(await ledger.verify(conn, CITY, row["fiscal_year"]), Verified)
    for street, row in (await town.payments()).items():
        arrived, on_its_way = await town.books.street(street)
        assert arrived == (CENTS if row["state"] == "booked" else 0)
        assert on_its_way == (CENTS if row["state"] == "open" else 0)


async def test_a_batch_that_is_booked(town: Paid) -> None:
    content = answer(town.file, DAY).content
    imported = await town.comes(content)
    assert (imported.state, imported.problem) == (StatementState.BOOKED, None)
    assert imported.counts == Counts(booked=4)
    await sound(town)
    assert await town.books.bank() == (0, 0)
    for row in (await town.payments()).values():
        assert (row["state"], row["booked_on"], row["resolved_at"]) == ("booked", DAY, NOW)
    (movement,) = await town.rows("select * from money.movement")
    assert (movement["outcome"], movement["cents"], movement["payments"]) == ("booked", -ALL, 4)
    assert (movement["transfer"], movement["details"]) == (None, None)


async def test_the_potjes_and_the_batch_hear_of_it(town: Paid) -> None:
    await town.comes(answer(town.file, DAY).content)
    rows = await town.payments()
    assert {news["workflow_id"]: news for news in await town.sent("payment")} == {
        potje(street): {
            "workflow_id": potje(street),
            "payment": str(rows[street]["id"]),
            "outcome": "booked",
            "code": None,
        }
        for street in STREETS
    }
    assert await town.sent("batch") == [{"workflow_id": payout_id(CITY, town.batch)}]
    (batch,) = await town.rows("select state from money.batch")
    assert batch["state"] == "released"


async def test_the_file_is_kept_and_stands_in_the_chain(town: Paid) -> None:
    content = answer(town.file, DAY).content
    imported = await town.comes(content)
    row, file = await town.kept(imported.statement)
    assert file == content
    assert (row["sha256"], row["uploaded_by"]) == (sha256(content).digest(), TREASURER)
    assert (row["from_day"], row["to_day"], row["counts"]["booked"]) == (DAY, DAY, 4)
    async with town.db.connection() as conn:
        marks = await ledger.marks(conn, CITY, YEAR, MarkKind.FILE)
    assert {mark.subject: mark.digest for mark in marks}[f"statement/{imported.statement}"] == row["sha256"]


async def test_rejected_and_returned_ones(town: Paid) -> None:
    bank = answer(town.file, DAY, seed=1, mood=Mood(rejects=1, returns=1))
    imported = await town.comes(bank.content)
    assert imported.counts == Counts(booked=2, rejected=1, returned=1)
    await sound(town)
    assert await town.books.bank() == (2 * CENTS, 0)
    rows = {end_to_end_id(row["id"]): row for row in (await town.payments()).values()}
    (rejected,), (returned,) = bank.rejected, bank.returned
    assert rows[rejected]["state"] == "rejected"
    assert rows[rejected]["post_id"] is None
    assert rows[returned]["state"] == "returned"
    assert rows[returned]["post_id"] is not None
    assert rows[returned]["booked_on"] == DAY
    assert rows[rejected]["code"]
    assert rows[returned]["code"]
    news = {one["payment"]: one["outcome"] for one in await town.sent("payment")}
    assert news[str(rows[rejected]["id"])] == "rejected"
    # The potje never heard that it was paid, so for it the bank refused.
    assert news[str(rows[returned]["id"])] == "rejected"
    assert len(await town.sent("payment")) == 4


async def test_a_return_days_later_is_a_reversal(town: Paid) -> None:
    await town.comes(answer(town.file, DAY).content)
    gone = (await town.payments())["eikhof"]
    later = DAY + timedelta(days=4)
    back = sent_back(town.file, {end_to_end_id(gone["id"]): "MD07"}, later, number="R-1")
    imported = await town.comes(back, now=NOW + timedelta(days=4))
    assert imported.counts == Counts(returned=1)
    await sound(town)
    row = (await town.payments())["eikhof"]
    assert (row["state"], row["code"], row["booked_on"]) == ("returned", "MD07", DAY)
    (reversal,) = await town.rows("select * from ledger.transfer where reverses_id = $1", gone["post_id"])
    assert (reversal["cents"], reversal["booked_on"]) == (CENTS, later)
    news = [one for one in await town.sent("payment") if one["outcome"] == "returned"]
    assert [one["payment"] for one in news] == [str(gone["id"])]


@pytest.mark.parametrize("days", [11, 40])
async def test_a_return_after_the_window_waits_for_somebody(town: Paid, days: int) -> None:
    await town.comes(answer(town.file, DAY).content)
    gone = (await town.payments())["eikhof"]
    late = DAY + timedelta(days=days)
    back = sent_back(town.file, {end_to_end_id(gone["id"]): "MD07"}, late, number="R-1")
    imported = await town.comes(back, now=NOW + timedelta(days=days))
    assert imported.counts == Counts(suspense=1)
    assert (await town.payments())["eikhof"]["state"] == "booked"
    await sound(town)


async def test_a_statement_that_tells_of_a_part_leaves_the_rest_open(town: Paid) -> None:
    imported = await town.comes(answer(town.file, DAY, mood=Mood(left_out=3)).content)
    assert imported.counts == Counts(booked=1)
    assert sorted(row["state"] for row in (await town.payments()).values()) == ["booked"] + ["open"] * 3
    await sound(town)
    rest = statement(ACCOUNT, DAY, [Line(-3 * CENTS, batch=town.batch.hex)], number="rest")
    assert (await town.comes(rest)).counts == Counts(booked=3)
    await sound(town)


async def test_what_fits_nothing_waits_in_suspense_with_its_words_sealed(town: Paid) -> None:
    imported = await town.comes(answer(town.file, DAY, mood=Mood(fee=7_50, gift=50_00)).content)
    assert imported.counts == Counts(booked=4, suspense=2)
    assert await town.suspense() == 7_50 - 50_00
    await sound(town)
    fee, gift = await town.rows("select * from money.suspense order by cents")
    assert (fee["cents"], gift["cents"], gift["fiscal_year"]) == (-7_50, 50_00, YEAR)
    assert (fee["booked_on"], fee["placed_at"], fee["entry"]) == (DAY, None, None)
    async with town.db.connection() as conn:
        words = (await town.vault.get(conn, gift["details"], Story)).text
    assert words.splitlines() == ["Stichting Buurtfonds", "Voor de straten"]
    (leg,) = await town.rows("select * from ledger.transfer where id = $1", gift["transfer"])
    assert (leg["debit"], leg["credit"]) == (suspense_account(CITY, YEAR), bank_account(CITY, YEAR))
    lines = await town.rows("select outcome, transfer from money.movement order by position")
    assert [line["outcome"] for line in lines] == ["booked", "suspense", "suspense"]
    assert lines[2]["transfer"] == gift["transfer"]


async def test_another_amount_for_a_payment_waits_too(town: Paid) -> None:
    row = (await town.payments())["eikhof"]
    wrong = document(stmt([Entry("-149.99", details(tx(end_to_end_id(row["id"]), "149.99")))], iban=ACCOUNT))
    assert (await town.comes(wrong)).counts == Counts(suspense=1)
    assert (await town.payments())["eikhof"]["state"] == "open"
    await sound(town)


async def test_the_same_bytes_twice(town: Paid) -> None:
    content = answer(town.file, DAY, mood=Mood(fee=7_50)).content
    first = await town.comes(content)
    before = await town.state()
    for _ in range(2):
        again = await town.comes(content)
        assert (again.state, again.problem) == (StatementState.REFUSED, Problem.ALREADY_BOOKED)
    assert await town.state() == before
    assert again.statement != first.statement
    rows = await town.rows("select document from money.statement")
    assert len(rows) == 2
    assert len({row["document"] for row in rows}) == 1


async def test_the_same_statement_in_other_bytes(town: Paid) -> None:
    content = answer(town.file, DAY).content
    await town.comes(content)
    before = await town.state()
    again = await town.comes(content + b"\n")
    assert again.problem is Problem.ALREADY_BOOKED
    assert (await town.kept(again.statement))[1] == content + b"\n"
    assert await town.state() == before


async def test_statements_that_overlap(town: Paid) -> None:
    first, second = Entry("10.00", reference="R1"), Entry("20.00", reference="R2")
    await town.comes(document(stmt([first], iban=ACCOUNT)))
    imported = await town.comes(document(stmt([first, second], iban=ACCOUNT, number="S2")))
    assert imported.counts == Counts(suspense=1, known=1)
    assert await town.suspense() == -30_00
    whole = await town.comes(document(stmt([second, first], iban=ACCOUNT, number="S3")))
    assert (whole.state, whole.counts) == (StatementState.BOOKED, Counts(known=2))
    assert await town.suspense() == -30_00


async def test_several_statements_in_one_file(town: Paid) -> None:
    one, two = (stmt([Entry(f"{n}.00", reference=f"R{n}")], iban=ACCOUNT, number=f"S{n}") for n in (1, 2))
    assert (await town.comes(document(one, two))).counts == Counts(suspense=2)
    assert (await town.comes(document(two))).problem is Problem.ALREADY_BOOKED
    three = stmt([Entry("3.00", reference="R3")], iban=ACCOUNT, number="S3")
    assert (await town.comes(document(two, three))).counts == Counts(suspense=1, known=1)


async def test_at_the_same_moment_from_two_sides(town: Paid) -> None:
    content = answer(town.file, DAY, mood=Mood(returns=1, gift=10_00)).content
    answers = await asyncio.gather(*(town.comes(content) for _ in range(5)))
    assert sorted(str(one.state) for one in answers) == ["booked"] + ["refused"] * 4
    assert len(await town.sent("payment")) == 4
    assert await town.suspense() == -10_00
    await sound(town)


async def test_a_rollback_leaves_nothing(town: Paid) -> None:
    before = await town.state()
    with pytest.raises(ZeroDivisionError):
        async with town.db.transaction() as conn:
            content = answer(town.file, DAY, mood=Mood(rejects=1, returns=1, gift=1)).content
            await import_statement(conn, town.vault, town.policy, content, TREASURER, NOW)
            raise ZeroDivisionError
    assert await town.state() == before
    assert await town.rows("select from money.statement") == []


async def closed(town: Paid, year: int) -> None:
    """A year that was closed."""
    async with town.db.transaction() as conn:
        await ledger.open_year(conn, CITY, year)
        await ledger.move_year(conn, CITY, year, YearState.CLOSING, TREASURER)
        await ledger.move_year(conn, CITY, year, YearState.CLOSED, TREASURER)


GIFT = Entry("10.00")
REFUSED = {
    "no xml": (b"Datum;Bedrag\n1-12-2026;10", Problem.NOT_XML),
    "empty": (b"", Problem.NOT_XML),
    "a bomb": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', Problem.DTD),
    "another kind of file": (b"<html/>", Problem.NOT_CAMT053),
    "a wrong amount": (
        document(stmt([GIFT], iban=ACCOUNT)).replace(b">10.00<", b">10.001<"),
        Problem.MALFORMED,
    ),
    "pounds": (document(stmt([replace(GIFT, currency="GBP")], iban=ACCOUNT)), Problem.NOT_EURO),
    "does not add up": (
        document(stmt([GIFT], iban=ACCOUNT)).replace(b">1010.00<", b">1011.00<"),
        Problem.DOES_NOT_ADD_UP,
    ),
    "another account": (document(stmt([GIFT], iban="NL69INGB0123456789")), Problem.OTHER_ACCOUNT),
    "a closed year": (document(stmt([replace(GIFT, day="2025-12-31")], iban=ACCOUNT)), Problem.YEAR_CLOSED),
    "before our time": (document(stmt([replace(GIFT, day="2001-12-31")], iban=ACCOUNT)), Problem.YEAR_CLOSED),
    "from the future": (document(stmt([replace(GIFT, day="2027-06-01")], iban=ACCOUNT)), Problem.MALFORMED),
}


@pytest.mark.parametrize(("content", "problem"), REFUSED.values(), ids=REFUSED)
async def test_bad_input_books_nothing_and_is_kept(town: Paid, content: bytes, problem: Problem) -> None:
    await closed(town, 2025)
    before = await town.state()
    imported = await town.comes(content)
    assert (imported.state, imported.problem) == (StatementState.REFUSED, problem)
    assert await town.state() == before
    row, file = await town.kept(imported.statement)
    assert file == content
    assert (row["state"], row["problem"], row["sha256"]) == ("refused", problem, sha256(content).digest())
    assert (await town.comes(content)).statement == imported.statement
    assert len(await town.rows("select from money.statement")) == 1


async def test_a_refusal_that_was_mended_books_the_same_file(town: Paid) -> None:
    content = answer(town.file, DAY).content
    nobody = town.policy.model_copy(update={"bank": None})
    assert (await town.comes(content, policy=nobody)).problem is Problem.NO_BANK_ACCOUNT
    elsewhere = town.policy.model_copy(update={"bank": Bank(holder="X", iban="NL69INGB0123456789")})
    assert (await town.comes(content, policy=elsewhere)).problem is Problem.OTHER_ACCOUNT
    assert (await town.comes(content)).counts == Counts(booked=4)
    assert len({row["document"] for row in await town.rows("select document from money.statement")}) == 1


async def test_an_old_year_still_takes_its_payments_and_this_year_the_rest(town: Paid) -> None:
    """In January a batch of last year is booked while that year is being closed."""
    async with town.db.transaction() as conn:
        await ledger.move_year(conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    now = NOW.replace(year=YEAR + 1, month=1)
    content = answer(town.file, date(YEAR, 12, 31), mood=Mood(fee=7_50)).content
    imported = await town.comes(content, now=now)
    assert imported.counts == Counts(booked=4, suspense=1)
    (waiting,) = await town.rows("select * from money.suspense")
    assert (waiting["fiscal_year"], waiting["booked_on"]) == (YEAR + 1, date(YEAR, 12, 31))
    await sound(town)


async def test_a_return_into_a_closed_year_waits_in_this_one(town: Paid) -> None:
    await town.comes(answer(town.file, DAY).content)
    await closed(town, YEAR)
    gone = (await town.payments())["eikhof"]
    day = date(YEAR + 1, 1, 2)
    generous = town.policy.payout.model_copy(update={"return_window": timedelta(days=90)})
    policy = town.policy.model_copy(update={"payout": generous})
    back = sent_back(town.file, {end_to_end_id(gone["id"]): "AC04"}, day, number="R-1")
    imported = await town.comes(back, now=NOW.replace(year=YEAR + 1, month=1), policy=policy)
    assert imported.counts == Counts(suspense=1)
    (waiting,) = await town.rows("select * from money.suspense")
    assert (waiting["fiscal_year"], waiting["cents"]) == (YEAR + 1, CENTS)
    assert (await town.payments())["eikhof"]["state"] == "booked"
    await sound(town)


async def test_a_batch_of_another_municipality_is_not_ours(town: Paid) -> None:
    content = answer(town.file, DAY).content
    async with town.db.transaction() as conn:
        other = town.policy.model_copy(update={"slug": "den-haag"})
        imported = await import_statement(conn, town.vault, other, content, "den-haag:treasurer-1", NOW)
    assert imported.counts == Counts(suspense=1)
    assert {row["state"] for row in (await town.payments()).values()} == {"open"}


async def test_nothing_personal_stands_outside_the_vault(town: Paid) -> None:
    text = "<TxDtls><RltdPties><Dbtr><Pty><Nm>Ans Bakker</Nm></Pty></Dbtr></RltdPties></TxDtls>"
    await town.comes(document(stmt([Entry("10.00", details(text), told="Ans Bakker")], iban=ACCOUNT)))
    tables = ("money.statement", "money.movement", "money.suspense", "ledger.transfer", "post.submission")
    for table in tables:
        rows = await town.rows(f"select to_jsonb(t)::text as row from {table} t")
        assert not any("Bakker" in row["row"] for row in rows)


async def test_a_thousand_legs_and_more(db: Database, vault: Vault) -> None:
    streets = tuple(f"straat-{n}" for n in range(1100))
    town = await paid(db, vault, streets)
    imported = await town.comes(answer(town.file, DAY, mood=Mood(rejects=11, returns=11)).content)
    assert imported.counts == Counts(booked=1078, rejected=11, returned=11)
    assert await town.books.bank() == (22 * CENTS, 0)
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
