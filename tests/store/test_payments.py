"""What a payment batch takes, and the ledger beside it."""

import asyncio
from datetime import UTC, datetime

import pytest
from lxml import etree  # type: ignore[import-untyped]

from schemas.ledger import Verified, YearState
from schemas.payout import Frozen
from schemas.refusals import Refusal
from store import ledger, payments, safekeeping
from store.database import Database
from store.vault import Vault
from tests.store.batch_steps import (
    STREETS,
    attach,
    file_of,
    freeze,
    ready,
    somebody_waits,
    town,
)
from tests.store.payout_rows import (
    CENTS,
    CITY,
    TREASURER,
    YEAR,
    Books,
    accounts,
    approved,
    order,
    potje,
)

NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@pytest.fixture
def books(db: Database) -> Books:
    return Books(db)


async def test_a_batch_takes_what_is_ready_and_reserves_it(db: Database, vault: Vault, books: Books) -> None:
    refs = await town(db, vault)
    assert await ready(db) == [(street, CENTS, True) for street in STREETS]
    assert await books.bank() == (3 * CENTS, 0)
    asked = order()
    frozen = await freeze(db, asked)
    assert (frozen.number, frozen.payments, frozen.cents) == (1, 3, 3 * CENTS)
    assert await books.bank() == (0, 0)
    assert [await books.street(street) for street in STREETS] == [(0, CENTS)] * 3
    assert await ready(db) == []
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
    await town(db, vault, with_account=STREETS[:2])
    asked = order()
    first = await freeze(db, asked)
    async with db.transaction() as conn:
        await accounts(conn, vault, STREETS[2:])
    again = await asyncio.gather(*(freeze(db, asked) for _ in range(3)))
    assert again == [first] * 3
    assert first.payments == 2
    assert await ready(db) == [("ceintuur", CENTS, True)]
    assert await books.bank() == (CENTS, 0)


async def test_a_batch_that_is_frozen_twice_at_the_same_moment(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    assert [each.payments for each in await asyncio.gather(*(freeze(db, asked) for _ in range(3)))] == [3] * 3


async def test_two_batches_at_once_share_nothing(db: Database, vault: Vault) -> None:
    """Both look at the same potjes; each potje lands in one of them."""
    await town(db, vault)
    orders = [order() for _ in range(4)]
    frozen = await asyncio.gather(*(freeze(db, each) for each in orders))
    assert sorted(each.payments for each in frozen) == [0, 0, 0, 3]
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from money.batch") == 1


async def test_what_no_batch_takes(db: Database, vault: Vault) -> None:
    """No account, not approved, no bank part open, another year, an account that was erased."""
    refs = await town(db, vault, with_account=STREETS[1:])
    assert await ready(db) == [
        ("anjerhof", CENTS, False),
        ("berkenlaan", CENTS, True),
        ("ceintuur", CENTS, True),
    ]
    async with db.transaction() as conn:
        await vault.erase(conn, refs[1:], "test")
    assert (await ready(db))[2] == ("ceintuur", CENTS, False)
    async with db.transaction() as conn:
        await conn.execute("update registry.potje set year = 2025 where street = 'berkenlaan'")
        await conn.execute("update registry.potje set status = 'to_approve' where street = 'anjerhof'")
        await conn.execute("update registry.potje set open_parts = '{voucher}' where street = 'ceintuur'")
    assert await ready(db) == []
    asked = order()
    assert (await freeze(db, asked)).payments == 0
    async with db.connection() as conn:
        assert await payments.batch(conn, CITY, asked.batch) is None
        assert await conn.fetchval("select count(*) from registry.fact where name like 'batch.%'") == 0


async def test_a_potje_that_is_decided_meanwhile_is_waited_for(db: Database, vault: Vault) -> None:
    """The registry's row arbitrates: who holds it first wins."""
    await town(db, vault)
    async with db.transaction() as conn:
        await conn.execute(
            "update registry.potje set status = 'withdrawn' where workflow_id = $1", potje("anjerhof")
        )
        freezing = asyncio.create_task(freeze(db, order()))
        await somebody_waits(db)
    assert (await freezing).payments == 2


async def test_only_the_part_that_is_paid_by_bank(db: Database, vault: Vault) -> None:
    await town(db, vault)
    async with db.transaction() as conn:
        await conn.execute(
            "update registry.potje set parts = $1, open_parts = '{bank,voucher}', status = 'handed_over'"
            " where street = 'berkenlaan'",
            [["voucher", 25_00], ["bank", 100_00]],
        )
    assert await ready(db) == [
        ("anjerhof", CENTS, True),
        ("berkenlaan", 100_00, True),
        ("ceintuur", CENTS, True),
    ]


async def test_a_year_that_closes_pays_nothing_any_more(db: Database, vault: Vault) -> None:
    await town(db, vault)
    async with db.transaction() as conn:
        await ledger.move_year(conn, CITY, YEAR, YearState.CLOSING, actor=TREASURER)
    with pytest.raises(ledger.YearNotOpen):
        await freeze(db, order())
    assert len(await ready(db)) == 3


async def test_five_thousand_payments(db: Database, vault: Vault, books: Books) -> None:
    """In one transaction, with one statement for all payments and five calls to the ledger."""
    streets = [f"straat-{number:04}" for number in range(5000)]
    async with db.transaction() as conn:
        await approved(conn, streets)
        await accounts(conn, vault, streets)
    asked = order()
    frozen = await freeze(db, asked)
    assert (frozen.payments, frozen.cents) == (5000, 5000 * CENTS)
    assert await books.bank() == (0, 0)
    assert await attach(db, vault, asked)
    file = etree.fromstring(await file_of(db, vault, asked))
    assert file.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=NAMESPACE) == "750000.00"
    async with db.connection() as conn:
        assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)


async def test_after_a_restore_nothing_is_frozen_until_all_is_one_again(db: Database, vault: Vault) -> None:
    await town(db, vault)
    asked = order()
    async with db.transaction() as conn:
        await safekeeping.note_restored(conn, "b", datetime(2026, 11, 1, tzinfo=UTC))
    assert await freeze(db, asked) == Frozen(refusal=Refusal.RESTORED)
    assert len(await ready(db)) == 3
    async with db.transaction() as conn:
        assert await safekeeping.settle(conn, {CITY}) == ["aalsmeer", "den-haag"], "its own is apart"
    assert (await freeze(db, asked)).refusal
    async with db.transaction() as conn:
        assert await safekeeping.settle(conn, set()) == [CITY]
        assert await safekeeping.settle(conn, set()) == [], "once"
    assert (await freeze(db, asked)).payments == 3
    async with db.transaction() as conn:
        await safekeeping.note_restored(conn, "b", datetime(2026, 11, 1, tzinfo=UTC))
    assert (await freeze(db, asked)).payments == 3, "what was frozen is only found"
    assert (await freeze(db, order())).refusal is Refusal.RESTORED
