"""The auditor: sealed once, replaced when the policy names another, erased when it names nobody."""

import asyncio
from uuid import UUID

import pytest

from schemas.person import Person
from schemas.policy import Policy, read_policy
from schemas.programme import Payout
from store import addressees
from store.database import Database
from store.vault import Erased, Vault
from tests.conftest import MUNICIPALITIES

ROTTERDAM = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))


def naming(email: str | None) -> Policy:
    return ROTTERDAM.model_copy(update={"payout": Payout(auditor_email=email)})


async def auditor(db: Database, vault: Vault, email: str | None) -> UUID | None:
    async with db.transaction() as conn:
        return await addressees.auditor(conn, vault, naming(email))


async def address(db: Database, vault: Vault, ref: UUID | None) -> str:
    assert ref
    async with db.connection() as conn:
        return (await vault.get(conn, ref, Person)).email


async def test_the_address_is_sealed_at_its_first_use_and_stays(db: Database, vault: Vault) -> None:
    refs = [await auditor(db, vault, "a@audit.example") for _ in range(3)]
    assert len(set(refs)) == 1
    assert await address(db, vault, refs[0]) == "a@audit.example"
    async with db.connection() as conn:
        kept = await conn.fetch("select municipality, role, ref from money.addressee")
        assert [tuple(row) for row in kept] == [("rotterdam", "auditor", refs[0])]
        assert "audit.example" not in str(await conn.fetch("select * from vault.item"))


async def test_another_address_replaces_the_old_one_which_is_erased(db: Database, vault: Vault) -> None:
    old = await auditor(db, vault, "a@audit.example")
    new = await auditor(db, vault, "b@audit.example")
    assert await address(db, vault, new) == "b@audit.example"
    with pytest.raises(Erased):
        await address(db, vault, old)


async def test_nobody_is_nobody_and_the_old_one_is_erased(db: Database, vault: Vault) -> None:
    assert await auditor(db, vault, None) is None
    old = await auditor(db, vault, "a@audit.example")
    assert [await auditor(db, vault, None) for _ in range(2)] == [None, None]
    with pytest.raises(Erased):
        await address(db, vault, old)
    assert await address(db, vault, await auditor(db, vault, "a@audit.example")) == "a@audit.example"


async def test_two_who_ask_at_once_get_the_same(db: Database, vault: Vault) -> None:
    refs = await asyncio.gather(*(auditor(db, vault, "a@audit.example") for _ in range(4)))
    assert len(set(refs)) == 1
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.item where erased_at is null") == 1
