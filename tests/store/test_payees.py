"""The accounts of a street: one in force, the order in which they came, and what is forgotten."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.payee import PayeeState
from schemas.payment import PayeeOrder
from schemas.person import Account
from store import payees, payments
from store.database import Database
from store.payees import Payee
from store.vault import Erased, Vault
from tests.store.payout_rows import ANS, BO, CITY, account, accounts, approved, order, version

STREET = "anjerhof"


async def _given(db: Database, vault: Vault, number: int, by: UUID = ANS) -> PayeeOrder:
    """What the street's door does."""
    async with db.transaction() as conn:
        ref = await vault.put(conn, CITY, account(number))
        given = PayeeOrder(ref=ref, municipality=CITY, street=STREET, given_by=by)
        await payees.ask(conn, given)
    return given


async def _of_street(db: Database) -> list[Payee]:
    async with db.transaction() as conn:
        return await payees.of_street(conn, CITY, STREET)


async def _in_force(db: Database, vault: Vault, ref: UUID) -> None:
    async with db.transaction() as conn:
        standing = await payees.of_street(conn, CITY, STREET)
        (payee,) = (each for each in standing if each.ref == ref)
        current = [each for each in standing if each.state is PayeeState.IN_FORCE]
        await payees.put_in_force(conn, vault, payee, current[0] if current else None)


async def _kept(db: Database, vault: Vault, ref: UUID) -> bool:
    async with db.connection() as conn:
        try:
            await vault.get(conn, ref, Account)
        except Erased:
            return False
        return True


async def test_an_account_is_asked_about_once(db: Database, vault: Vault) -> None:
    given = await _given(db, vault, 1)
    async with db.transaction() as conn:
        await payees.ask(conn, given)
        rows = await conn.fetch("select payload from post.submission where kind = 'payee'")
        assert [PayeeOrder.model_validate(row["payload"]) for row in rows] == [given]
        assert await payees.in_force(conn, CITY, STREET) is None
        assert await payees.pending(conn, CITY, STREET) == given.ref
    assert await _of_street(db) == [Payee(given.ref, ANS, PayeeState.ASKED)]


async def test_one_is_in_force(db: Database, vault: Vault) -> None:
    first, second = await _given(db, vault, 1), await _given(db, vault, 2, BO)
    await _in_force(db, vault, first.ref)
    assert [payee.state for payee in await _of_street(db)] == [PayeeState.IN_FORCE, PayeeState.ASKED]
    async with db.connection() as conn:
        assert await payees.in_force(conn, CITY, STREET) == first.ref
        assert await payees.in_force(conn, "den-haag", STREET) is None
    await _in_force(db, vault, second.ref)
    assert await _of_street(db) == [Payee(second.ref, BO, PayeeState.IN_FORCE)]
    async with db.connection() as conn:
        assert await payees.pending(conn, CITY, STREET) is None


async def test_two_can_never_be(db: Database, vault: Vault) -> None:
    first, second = await _given(db, vault, 1), await _given(db, vault, 2)
    await _in_force(db, vault, first.ref)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction() as conn:
            await payees.put_in_force(conn, vault, Payee(second.ref, ANS, PayeeState.ASKED), None)


async def test_what_was_never_paid_on_is_forgotten(db: Database, vault: Vault) -> None:
    first, second = await _given(db, vault, 1), await _given(db, vault, 2)
    await _in_force(db, vault, first.ref)
    await _in_force(db, vault, second.ref)
    assert not await _kept(db, vault, first.ref)
    assert await _kept(db, vault, second.ref)


async def test_what_a_payment_refers_to_is_kept(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        await approved(conn, [STREET])
        (paid_on,) = await accounts(conn, vault, [STREET])
        await payments.freeze(conn, order(), await version(conn))
    following = await _given(db, vault, 2)
    await _in_force(db, vault, following.ref)
    assert await _kept(db, vault, paid_on)


async def test_what_is_refused_is_forgotten(db: Database, vault: Vault) -> None:
    given = await _given(db, vault, 1)
    async with db.transaction() as conn:
        await payees.refuse(conn, vault, await payees.of_street(conn, CITY, STREET), "test")
        await payees.refuse(conn, vault, [], "test")
    assert await _of_street(db) == []
    assert not await _kept(db, vault, given.ref)
    async with db.connection() as conn:
        assert await conn.fetchval("select state from money.payee where ref = $1", given.ref) == "refused"


async def test_a_street_is_weighed_by_one_at_a_time(db: Database, vault: Vault) -> None:
    """Also when it has no account yet, so that there is no row to lock."""
    async with db.transaction() as conn:
        await payees.of_street(conn, CITY, STREET)
        other = asyncio.create_task(_of_street(db))
        await asyncio.wait([other], timeout=0.3)
        assert not other.done()
        ref = uuid4()
        await payees.ask(conn, PayeeOrder(ref=ref, municipality=CITY, street=STREET, given_by=ANS))
    assert [payee.ref for payee in await other] == [ref]
