"""Payment batches: what is frozen, written, released, cancelled, counted; and the ledger beside it."""

import asyncio
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest
from lxml import etree  # type: ignore[import-untyped]

from schemas.iban import bank_text
from schemas.ledger import LegKind, MarkKind, Verified, YearState
from schemas.payment import PayoutOrder, end_to_end_id
from schemas.payout import BatchOrder, Frozen, PaymentMoney, resolve_leg
from schemas.person import Account, Document
from schemas.programme import Bank
from store import ledger, payment_files, payments, policies
from store.database import Connection, Database
from store.payments import NotThere
from store.vault import Erased, Vault
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
    accounts,
    approved,
    order,
    potje,
    version,
)

STREETS = ("anjerhof", "berkenlaan", "ceintuur")
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def books(db: Database) -> Books:
    return Books(db)


async def _town(db: Database, vault: Vault, *, with_account: tuple[str, ...] = STREETS) -> list[UUID]:
    async with db.transaction() as conn:
        await approved(conn, STREETS)
        return await accounts(conn, vault, with_account)


async def _freeze(db: Database, asked: PayoutOrder) -> Frozen:
    async with db.transaction() as conn:
        return await payments.freeze(conn, asked, await version(conn))


def _step(asked: PayoutOrder, by: str = TREASURER) -> BatchOrder:
    return BatchOrder(batch=asked.batch, municipality=asked.municipality, by=by)


async def _attach(db: Database, vault: Vault, asked: PayoutOrder) -> bytes | None:
    async with db.transaction() as conn:
        return await payment_files.attach(conn, vault, _step(asked))


async def _file(db: Database, vault: Vault, asked: PayoutOrder) -> bytes:
    async with db.connection() as conn:
        document = await conn.fetchval("select document from money.batch where id = $1", asked.batch)
        return (await vault.get(conn, document, Document)).content


async def _ready(db: Database) -> list[tuple[str, int, bool]]:
    async with db.connection() as conn:
        rows = await payments.ready(conn, CITY, YEAR)
    return [(row["street"], row["cents"], row["has_account"]) for row in rows]


async def _states(db: Database, asked: PayoutOrder) -> list[str]:
    async with db.connection() as conn:
        return [row["state"] for row in await payments.payments_of(conn, asked.batch)]


async def _resolved(
    db: Database, asked: PayoutOrder, street: str, state: str, code: str | None = None
) -> None:
    """What a statement does to a payment."""
    how = LegKind.RELEASE if state == "rejected" else LegKind.POST
    async with db.transaction() as conn:
        row = await conn.fetchrow(
            "update money.payment set state = $3, code = $4, resolved_at = now()"
            " where batch = $1 and street = $2 returning id, cents",
            asked.batch,
            street,
            state,
            code,
        )
        money = PaymentMoney(id=row["id"], municipality=CITY, year=YEAR, street=street, cents=row["cents"])
        await ledger.transfer(
            conn, [resolve_leg(money, how)], actor="engine", group_id=asked.batch, booked_on=DAY
        )


async def _somebody_waits(db: Database) -> None:
    waiting = (
        "select exists (select from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database())"
    )
    async with asyncio.timeout(20), db.connection() as conn:
        while not await conn.fetchval(waiting):
            await asyncio.sleep(0.02)


# Freeze


async def test_a_batch_takes_what_is_ready_and_reserves_it(db: Database, vault: Vault, books: Books) -> None:
    refs = await _town(db, vault)
    assert await _ready(db) == [(street, CENTS, True) for street in STREETS]
    assert await books.bank() == (3 * CENTS, 0)
    asked = order()
    frozen = await _freeze(db, asked)
    assert (frozen.number, frozen.payments, frozen.cents) == (1, 3, 3 * CENTS)
    assert await books.bank() == (0, 0)
    assert [await books.street(street) for street in STREETS] == [(0, CENTS)] * 3
    assert await _ready(db) == []
    async with db.connection() as conn:
        rows = await payments.payments_of(conn, asked.batch)
        batch = await payments.batch(conn, CITY, asked.batch)
        assert await payments.open_payment(conn, potje("anjerhof"))
        assert await payments.batch(conn, "den-haag", asked.batch) is None
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
        pending = await conn.fetchval(
            "select sum(cents) from ledger.transfer where group_id = $1 and kind = 'reserve'", asked.batch
        )
    assert [(row["position"], row["payee"], row["state"]) for row in rows] == [
        (position, ref, "open") for position, ref in enumerate(refs, 1)
    ]
    assert batch
    assert (batch["state"], batch["open"], batch["open_cents"]) == ("frozen", 3, 3 * CENTS)
    assert pending == batch["cents"] == sum(row["cents"] for row in rows)


async def test_freezing_again_gives_the_first_result(db: Database, vault: Vault, books: Books) -> None:
    await _town(db, vault, with_account=STREETS[:2])
    asked = order()
    first = await _freeze(db, asked)
    async with db.transaction() as conn:
        await accounts(conn, vault, STREETS[2:])
    again = await asyncio.gather(*(_freeze(db, asked) for _ in range(3)))
    assert again == [first] * 3
    assert first.payments == 2
    assert await _ready(db) == [("ceintuur", CENTS, True)]
    assert await books.bank() == (CENTS, 0)


async def test_a_batch_that_is_frozen_twice_at_the_same_moment(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    asked = order()
    assert [each.payments for each in await asyncio.gather(*(_freeze(db, asked) for _ in range(3)))] == [
        3
    ] * 3


async def test_two_batches_at_once_share_nothing(db: Database, vault: Vault) -> None:
    """Both look at the same potjes; each potje lands in one of them."""
    await _town(db, vault)
    orders = [order() for _ in range(4)]
    frozen = await asyncio.gather(*(_freeze(db, each) for each in orders))
    assert sorted(each.payments for each in frozen) == [0, 0, 0, 3]
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from money.batch") == 1


async def test_what_no_batch_takes(db: Database, vault: Vault) -> None:
    """No account, not approved, no bank part open, another year, an account that was erased."""
    refs = await _town(db, vault, with_account=STREETS[1:])
    assert await _ready(db) == [
        ("anjerhof", CENTS, False),
        ("berkenlaan", CENTS, True),
        ("ceintuur", CENTS, True),
    ]
    async with db.transaction() as conn:
        await vault.erase(conn, refs[1:], "test")
    assert (await _ready(db))[2] == ("ceintuur", CENTS, False)
    async with db.transaction() as conn:
        await conn.execute("update registry.potje set year = 2025 where street = 'berkenlaan'")
        await conn.execute("update registry.potje set status = 'to_approve' where street = 'anjerhof'")
        await conn.execute("update registry.potje set open_parts = '{voucher}' where street = 'ceintuur'")
    assert await _ready(db) == []
    asked = order()
    assert (await _freeze(db, asked)).payments == 0
    async with db.connection() as conn:
        assert await payments.batch(conn, CITY, asked.batch) is None
        assert await conn.fetchval("select count(*) from registry.fact where name like 'batch.%'") == 0


async def test_a_potje_that_is_decided_meanwhile_is_waited_for(db: Database, vault: Vault) -> None:
    """The registry's row arbitrates: who holds it first wins."""
    await _town(db, vault)
    async with db.transaction() as conn:
        await conn.execute(
            "update registry.potje set status = 'withdrawn' where workflow_id = $1", potje("anjerhof")
        )
        freezing = asyncio.create_task(_freeze(db, order()))
        await _somebody_waits(db)
    assert (await freezing).payments == 2


async def test_only_the_part_that_is_paid_by_bank(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    async with db.transaction() as conn:
        await conn.execute(
            "update registry.potje set parts = $1, open_parts = '{bank,voucher}', status = 'handed_over'"
            " where street = 'berkenlaan'",
            [["voucher", 25_00], ["bank", 100_00]],
        )
    assert await _ready(db) == [
        ("anjerhof", CENTS, True),
        ("berkenlaan", 100_00, True),
        ("ceintuur", CENTS, True),
    ]


async def test_a_year_that_closes_pays_nothing_any_more(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    async with db.transaction() as conn:
        await ledger.move_year(conn, CITY, YEAR, YearState.CLOSING, actor=TREASURER)
    with pytest.raises(ledger.YearNotOpen):
        await _freeze(db, order())
    assert len(await _ready(db)) == 3


async def test_five_thousand_payments(db: Database, vault: Vault, books: Books) -> None:
    """In one transaction, with one statement for all payments and five calls to the ledger."""
    streets = [f"straat-{number:04}" for number in range(5000)]
    async with db.transaction() as conn:
        await approved(conn, streets)
        await accounts(conn, vault, streets)
    asked = order()
    frozen = await _freeze(db, asked)
    assert (frozen.payments, frozen.cents) == (5000, 5000 * CENTS)
    assert await books.bank() == (0, 0)
    assert await _attach(db, vault, asked)
    file = etree.fromstring(await _file(db, vault, asked))
    assert file.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NAMESPACE) == "750000.00"
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)


# The file


async def test_the_file_is_kept_with_its_digest(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    digest = await _attach(db, vault, asked)
    content = await _file(db, vault, asked)
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
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    first = await _attach(db, vault, asked)
    assert await asyncio.gather(*(_attach(db, vault, asked) for _ in range(2))) == [first] * 2
    async with db.transaction() as conn:
        found = await policies.current(conn, CITY)
        assert found
        other = Bank(holder="Een andere stichting", iban="NL91ABNA0417164300")
        await policies.apply(conn, found[0].model_copy(update={"bank": other}), "engine", DAY)
        assert await conn.fetchval("select count(*) from vault.item where kind = 'document'") == 1
        again = await payment_files.rebuilt(conn, vault, CITY, asked.batch)
    assert again == await _file(db, vault, asked)


async def test_no_file_without_every_account(db: Database, vault: Vault) -> None:
    refs = await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    async with db.transaction() as conn:
        await vault.erase(conn, refs[:1], "test")
    with pytest.raises(Erased):
        await _attach(db, vault, asked)
    async with db.connection() as conn:
        assert await conn.fetchval("select document from money.batch") is None


# Release, cancel, settle


async def test_a_second_person_releases_and_then_it_can_be_fetched(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    await _attach(db, vault, asked)
    async with db.transaction() as conn:
        assert await payments.document_of(conn, CITY, asked.batch) is None
        await payments.downloaded(conn, CITY, asked.batch)
        assert (await _batch(conn, asked))["downloaded_at"] is None
        await payments.release(conn, _step(asked, SECOND))
        await payments.release(conn, _step(asked, SECOND))
        assert await payments.document_of(conn, CITY, asked.batch)
        assert await payments.document_of(conn, "den-haag", asked.batch) is None
        await payments.downloaded(conn, CITY, asked.batch)
        row = await _batch(conn, asked)
    assert (row["state"], row["released_by"], row["frozen_by"]) == ("released", SECOND, TREASURER)
    assert row["downloaded_at"]
    with pytest.raises(NotThere):
        async with db.transaction() as conn:
            await payments.cancel(conn, _step(asked))


async def _batch(conn: Connection, asked: PayoutOrder) -> dict[str, object]:
    row = await payments.batch(conn, CITY, asked.batch)
    assert row
    return dict(row)


async def test_the_database_too_wants_four_eyes(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    await _attach(db, vault, asked)
    with pytest.raises(Exception, match="four_eyes"):
        async with db.transaction() as conn:
            await payments.release(conn, _step(asked, TREASURER))


async def test_a_cancelled_batch_gives_everything_back(db: Database, vault: Vault, books: Books) -> None:
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    for _ in range(2):
        async with db.transaction() as conn:
            await payments.cancel(conn, _step(asked, SECOND))
    assert await books.bank() == (3 * CENTS, 0)
    assert await books.street("anjerhof") == (0, 0)
    assert await _states(db, asked) == ["cancelled"] * 3
    assert len(await _ready(db)) == 3
    assert await _attach(db, vault, asked) is None
    following = await _freeze(db, order())
    assert (following.number, following.payments) == (2, 3)
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
        assert [row["state"] for row in await payments.batches(conn, CITY)] == ["frozen", "cancelled"]


async def test_a_batch_is_settled_when_nothing_is_open(db: Database, vault: Vault) -> None:
    await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    await _attach(db, vault, asked)
    async with db.transaction() as conn:
        await payments.release(conn, _step(asked, SECOND))
        assert await payments.count_open(conn, _step(asked, "engine")) == 3
    for street in STREETS:
        await _resolved(db, asked, street, "booked")
    for _ in range(2):
        async with db.transaction() as conn:
            assert await payments.count_open(conn, _step(asked, "engine")) == 0
    async with db.connection() as conn:
        assert (await _batch(conn, asked))["state"] == "settled"
        names = await conn.fetch("select name from registry.fact where name like 'batch.%' order by seq")
    assert [row["name"] for row in names] == [
        "batch.frozen",
        "batch.file",
        "batch.released",
        "batch.settled",
    ]


async def test_what_failed_waits_until_it_is_on_its_way_again(db: Database, vault: Vault) -> None:
    refs = await _town(db, vault)
    asked = order()
    await _freeze(db, asked)
    await _resolved(db, asked, "anjerhof", "rejected", "AC04")
    await _resolved(db, asked, "berkenlaan", "booked")
    async with db.connection() as conn:
        (row,) = await payments.failed(conn, CITY)
        assert (row["street"], row["code"], row["number"], row["new_account"]) == (
            "anjerhof",
            "AC04",
            1,
            False,
        )
        assert not await payments.open_payment(conn, potje("anjerhof"))
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
    assert await _ready(db) == [("anjerhof", CENTS, True)]
    following = order()
    assert (await _freeze(db, following)).payments == 1
    async with db.connection() as conn:
        assert await payments.failed(conn, CITY) == []
        (payment,) = await payments.payments_of(conn, following.batch)
        assert payment["payee"] == other
