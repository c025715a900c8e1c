"""A batch that is frozen: its file, its release or cancellation, and its end."""

import asyncio
from decimal import Decimal
from hashlib import sha256

import pytest
from lxml import etree  # type: ignore[import-untyped]

from schemas.iban import bank_text
from schemas.ledger import MarkKind, Verified
from schemas.payment import end_to_end_id
from schemas.person import Account
from schemas.programme import Bank
from store import desk, ledger, payment_files, payments, policies
from store.database import Database
from store.vault import Erased, Vault
from tests.store.batch_steps import (
    STREETS,
    attach,
    batch_row,
    file_of,
    freeze,
    ready,
    resolved,
    states,
    step,
    town,
)
from tests.store.payout_rows import (
    ANS,
    CENTS,
    CITY,
    DAY,
    SECOND,
    TREASURER,
    YEAR,
    Books,
    account,
    order,
    potje,
)

NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def books(db: Database) -> Books:
    return Books(db)


# The file


async def test_the_file_is_kept_with_its_digest(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    digest = await attach(db, vault, asked)
    content = await file_of(db, vault, asked)
    assert sha256(content).digest() == digest
    async with db.connection() as conn:
        (mark,) = await ledger.marks(conn, CITY, YEAR, MarkKind.FILE)
        assert (mark.subject, mark.digest) == (f"batch/{asked.batch}", digest)
        rows = await payments.payments_of(conn, asked.batch)
    file = etree.fromstring(content)

    def all_of(path: str) -> list[str | None]:
        return [found.text for found in file.iterfind(f".//p:{path}", NAMESPACE)]

    assert all_of("MsgId") == [asked.batch.hex]
    assert all_of("EndToEndId") == [end_to_end_id(row["id"]) for row in rows]
    assert sum(Decimal(text or 0) for text in all_of("InstdAmt")) == Decimal(3 * CENTS) / 100
    assert all_of("CdtrAcct/p:Id/p:IBAN") == [account(number).iban for number in range(3)]
    assert all_of("Cdtr/p:Nm") == [bank_text(account(number).holder) for number in range(3)]
    assert all_of("ReqdExctnDt/p:Dt") == [DAY.isoformat()]
    assert all_of("DbtrAcct/p:Id/p:IBAN") == ["NL81INGB0000000599"]
    assert all_of("Ustrd")[0] == "Lief + Leedstraat Rotterdam, potje 2026, anjerhof"


async def test_the_file_is_written_once_and_always_the_same(db: Database, vault: Vault) -> None:
    """A step that comes twice finds the first file; and who writes it anew, years later, gets its bytes."""
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    first = await attach(db, vault, asked)
    assert await asyncio.gather(*(attach(db, vault, asked) for _ in range(2))) == [first] * 2
    async with db.transaction() as conn:
        found = await policies.current(conn, CITY)
        assert found
        other = Bank(holder="Een andere stichting", iban="NL91ABNA0417164300")
        await policies.apply(conn, found[0].model_copy(update={"bank": other}), "engine", DAY)
        assert await conn.fetchval("select count(*) from vault.item where kind = 'document'") == 1
        again = await payment_files.rebuilt(conn, vault, CITY, asked.batch)
    assert again == await file_of(db, vault, asked)


async def test_no_file_without_every_account(db: Database, vault: Vault) -> None:
    refs = await town(db, vault)
    asked = order()
    await freeze(db, asked)
    async with db.transaction() as conn:
        await vault.erase(conn, refs[:1], "test")
    with pytest.raises(Erased):
        await attach(db, vault, asked)
    async with db.connection() as conn:
        assert await conn.fetchval("select document from money.batch") is None


# Release, cancel, settle


async def test_a_second_person_releases_and_then_it_can_be_fetched(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    await attach(db, vault, asked)
    async with db.transaction() as conn:
        assert await payments.document_of(conn, CITY, asked.batch) is None
        await payments.downloaded(conn, CITY, asked.batch)
        assert (await batch_row(conn, asked))["downloaded_at"] is None
        await payments.release(conn, step(asked, SECOND))
        await payments.release(conn, step(asked, SECOND))
        assert await payments.document_of(conn, CITY, asked.batch)
        assert await payments.document_of(conn, "den-haag", asked.batch) is None
        await payments.downloaded(conn, CITY, asked.batch)
        row = await batch_row(conn, asked)
    assert (row["state"], row["released_by"], row["frozen_by"]) == ("released", SECOND, TREASURER)
    assert row["downloaded_at"]
    async with db.transaction() as conn:
        assert await payments.cancel(conn, step(asked))
        assert await payments.cancel(conn, step(asked)), "again changes nothing"
        assert (await batch_row(conn, asked))["state"] == "cancelled"


async def test_the_database_too_wants_four_eyes(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    await attach(db, vault, asked)
    with pytest.raises(Exception, match="four_eyes"):
        async with db.transaction() as conn:
            await payments.release(conn, step(asked, TREASURER))


async def test_a_cancelled_batch_gives_everything_back(db: Database, vault: Vault, books: Books) -> None:
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    for _ in range(2):
        async with db.transaction() as conn:
            await payments.cancel(conn, step(asked, SECOND))
    assert await books.bank() == (3 * CENTS, 0)
    assert await books.street("anjerhof") == (0, 0)
    assert await states(db, asked) == ["cancelled"] * 3
    assert len(await ready(db)) == 3
    assert await attach(db, vault, asked) is None
    following = await freeze(db, order())
    assert (following.number, following.payments) == (2, 3)
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
        assert [row["state"] for row in await payments.batches(conn, CITY)] == ["frozen", "cancelled"]


async def test_a_batch_is_settled_when_nothing_is_open(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    await freeze(db, asked)
    await attach(db, vault, asked)
    async with db.transaction() as conn:
        await payments.release(conn, step(asked, SECOND))
        assert await payments.count_open(conn, step(asked, "engine")) == 3
    for street in STREETS:
        await resolved(db, asked, street, "booked")
    for _ in range(2):
        async with db.transaction() as conn:
            assert await payments.count_open(conn, step(asked, "engine")) == 0
    async with db.connection() as conn:
        assert (await batch_row(conn, asked))["state"] == "settled"
        names = await conn.fetch("select name from registry.fact where name like 'batch.%' order by seq")
    assert [row["name"] for row in names] == [
        "batch.frozen",
        "batch.file",
        "batch.released",
        "batch.settled",
    ]


async def test_what_failed_waits_until_it_is_on_its_way_again(db: Database, vault: Vault) -> None:
    refs = await town(db, vault)
    asked = order()
    await freeze(db, asked)
    await resolved(db, asked, "anjerhof", "rejected", "AC04")
    await resolved(db, asked, "berkenlaan", "booked")
    async with db.connection() as conn:
        (row,) = await payments.failed(conn, CITY)
        assert (row["street"], row["code"], row["number"], row["new_account"]) == (
            "anjerhof",
            "AC04",
            1,
            False,
        )
        assert not await payments.open_payment(conn, potje("anjerhof"))
        assert not await desk.has_account(conn, CITY, "anjerhof")
    assert await ready(db) == [("anjerhof", CENTS, False)], "the bank closed it: nobody pays on it again"
    assert (await freeze(db, order())).payments == 0
    async with db.transaction() as conn:
        await conn.execute("update money.payee set state = 'replaced' where ref = $1", refs[0])
        other = await vault.put(conn, CITY, Account(holder="Ans", iban="NL02ABNA0123456789"))
        await conn.execute(
            "insert into money.payee (ref, municipality, street, given_by, state)"
            " values ($1, $2, 'anjerhof', $3, 'in_force')",
            other,
            CITY,
            ANS,
        )
        (row,) = await payments.failed(conn, CITY)
        assert row["new_account"]
    assert await ready(db) == [("anjerhof", CENTS, True)]
    following = order()
    assert (await freeze(db, following)).payments == 1
    async with db.connection() as conn:
        assert await payments.failed(conn, CITY) == []
        (payment,) = await payments.payments_of(conn, following.batch)
        assert payment["payee"] == other


async def test_other_refusals_are_paid_on_the_same_account_again(db: Database, vault: Vault) -> None:
    """What the bank said last of an account counts."""
    await town(db, vault)
    for code, ready_for in (("AM04", True), ("AC04", False)):
        asked = order()
        await freeze(db, asked)
        await resolved(db, asked, "anjerhof", "rejected", code)
        assert await ready(db) == [("anjerhof", CENTS, ready_for)]
        async with db.connection() as conn:
            assert await desk.has_account(conn, CITY, "anjerhof") is ready_for


async def test_a_paused_street_waits_for_its_people(db: Database, vault: Vault) -> None:
    """Approved, and then a gangmaker left: the money is paid when there are enough again."""
    await town(db, vault)
    sql = "update registry.street set paused = $2 where slug = $1"
    async with db.connection() as conn:
        await conn.execute(sql, STREETS[0], True)
    assert [street for street, _, _ in await ready(db)] == sorted(STREETS[1:])
    async with db.connection() as conn:
        await conn.execute(sql, STREETS[0], False)
    assert len(await ready(db)) == len(STREETS)
