"""Erased stays erased, also when yesterday's backup comes back: the log that is kept apart is replayed."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Account, Person, Story
from store import erasing, erasure_log, links
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Erased, Vault
from tests.conftest import Urls
from tests.store.test_vault import dump
from workers.promises import index, once

MAIL, NAME, WORDS, IBAN = (
    "kanarie@zwaluw.example",
    "Kanarie Zwaluw",
    "Soep voor de zwaluw",
    "NL91ABNA0417164300",
)
ANS = Person(name=NAME, email=MAIL, phone="+31 6 12345678")
BO = Person(name="Bo Visser", email="bo@voorbeeld.nl")
BY = "gangmaker:someone"


@dataclass
class Kept:
    """What was sealed of two people."""

    ans: UUID
    bo: UUID
    words: UUID
    account: UUID

    @property
    def of_ans(self) -> list[UUID]:
        """All items of Ans."""
        return [self.ans, self.words, self.account]


async def settle(db: Database, vault: Vault) -> Kept:
    """Ans and Bo carry a street; Ans told a story and gave an account."""
    async with db.transaction() as conn:
        kept = Kept(
            ans=await vault.put(conn, "rotterdam", ANS),
            bo=await vault.put(conn, "rotterdam", BO),
            words=await vault.put(conn, "rotterdam", Story(text=WORDS)),
            account=await vault.put(conn, "rotterdam", Account(holder=NAME, iban=IBAN)),
        )
        await conn.execute(
            "insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum,"
            " revision) values ('rotterdam', 'rozenlaan', 'Rozenlaan', 'Noord', 'active', $1, 1, 1)",
            [kept.ans, kept.bo],
        )
        await conn.execute(
            "insert into registry.story (id, municipality, street, person, words, share)"
            " values ($1, 'rotterdam', 'rozenlaan', $2, $3, true)",
            *(uuid4(), kept.ans, kept.words),
        )
        await conn.execute(
            "insert into money.payee (ref, municipality, street, given_by, state)"
            " values ($1, 'rotterdam', 'rozenlaan', $2, 'in_force')",
            *(kept.account, kept.ans),
        )
    return kept


async def erase(db: Database, vault: Vault, kept: Kept) -> None:
    async with db.transaction() as conn:
        assert await erasing.erase(conn, vault, "rotterdam", [kept.ans], BY) == [kept.ans]


async def opens(db: Database, vault: Vault, kept: Kept) -> dict[str, bool]:
    """What can be read."""
    found = {}
    async with db.connection() as conn:
        for name, ref, kind in (
            ("ans", kept.ans, Person),
            ("bo", kept.bo, Person),
            ("words", kept.words, Story),
            ("account", kept.account, Account),
        ):
            try:
                found[name] = bool(await vault.get(conn, ref, kind))
            except Erased:
                found[name] = False
    return found


@pytest_asyncio.fixture
async def backup(database: Urls) -> AsyncIterator[Urls]:
    """Where a copy of the database goes; a restore is to work on the copy."""
    name = f"old_{uuid4().hex}"

    def beside(url: str) -> str:
        return f"{url.rpartition('/')[0]}/{name}"

    yield Urls(beside(database.admin_url), beside(database.app_url))
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    await server.execute(f"drop database if exists {name} with (force)")
    await server.close()


async def copied(database: Urls, backup: Urls, db: Database) -> None:
    """Every byte of the database as it is now; nobody may be connected meanwhile."""
    await db.close()
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    old, new = (url.admin_url.rpartition("/")[2] for url in (database, backup))
    await server.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{old}'")
    await server.execute(f"create database {new} template {old}")
    await server.close()


async def test_a_restored_backup_is_erased_again(
    database: Urls, backup: Urls, vault: Vault, tmp_path: Path
) -> None:
    before = Database(database.app_url)
    kept = await settle(before, vault)
    await copied(database, backup, before)

    today = Database(database.app_url)
    await erase(today, vault, kept)
    apart = tmp_path / "erasures.jsonl"
    await once(today, vault, apart)
    assert await opens(today, vault, kept) == {"ans": False, "bo": True, "words": False, "account": False}
    await today.close()
    assert apart.stat().st_mode & 0o777 == 0o600
    for secret in (NAME, MAIL, WORDS, IBAN):
        assert secret not in apart.read_text()

    restored = Database(backup.app_url)
    assert all((await opens(restored, vault, kept)).values())
    await once(restored, vault, apart)
    assert await opens(restored, vault, kept) == {"ans": False, "bo": True, "words": False, "account": False}
    async with restored.connection() as conn:
        left = await conn.fetch(
            "select wrapped_key, sealed, found_by from vault.item where ref = any ($1)", kept.of_ans
        )
        leaving = await conn.fetchval("select payload from post.submission where kind = 'person_leave'")
        payee = await conn.fetchval("select state from money.payee")
        told = await conn.fetchval("select withdrawn_at is not null from registry.story")
        logged = await conn.fetch("select ref from vault.erasure")
    assert {tuple(row) for row in left} == {(None, None, None)}
    assert leaving == {"municipality": "rotterdam", "street": "rozenlaan", "person": str(kept.ans)}
    assert (payee, told) == ("refused", True)
    assert {row["ref"] for row in logged} == set(kept.of_ans)
    async with restored.transaction() as conn:
        assert await erasing.replay(conn, vault, erasure_log.read(apart.read_text()).erased) == 0
    await restored.close()


async def test_without_the_log_the_backup_would_tell(
    database: Urls, backup: Urls, vault: Vault, tmp_path: Path
) -> None:
    before = Database(database.app_url)
    kept = await settle(before, vault)
    await copied(database, backup, before)
    today = Database(database.app_url)
    await erase(today, vault, kept)
    await today.close()
    restored = Database(backup.app_url)
    await once(restored, vault, tmp_path / "no-log-yet.jsonl")
    assert all((await opens(restored, vault, kept)).values())
    await restored.close()


async def test_erasing_leaves_the_ledger_and_the_journal_as_they_are(db: Database, vault: Vault) -> None:
    kept = await settle(db, vault)
    tables = ("ledger.transfer", "ledger.balance", "ledger.mark", "money.entry")

    async def books() -> list[list[asyncpg.Record]]:
        async with db.connection() as conn:
            return [await conn.fetch(f"select * from {table} order by 1, 2, 3") for table in tables]

    facts = "select count(*) from registry.fact"
    async with db.connection() as conn:
        count = await conn.fetchval(facts)
    now = await books()
    await erase(db, vault, kept)
    assert await books() == now
    async with db.connection() as conn:
        assert await conn.fetchval(facts) == count + 2
    async with db.transaction() as conn:
        assert await erasing.erase(conn, vault, "rotterdam", [kept.ans], BY) == []
        assert await erasing.erase(conn, vault, "den-haag", [kept.bo], BY) == []
    assert (await opens(db, vault, kept))["bo"]


async def test_a_sign_up_that_waits_hears_no(db: Database, vault: Vault, keyring: Keyring) -> None:
    kept = await settle(db, vault)
    order = LinkOrder(purpose=LinkPurpose.CONFIRM_SIGNUP, workflow_id="signup-1")
    door = LinkOrder(purpose=LinkPurpose.STREET_DOOR, workflow_id="street-1")
    async with db.transaction() as conn:
        for each in (order, door):
            token = links.token_of(keyring, each, kept.ans)
            await links.make(
                conn,
                links.NewLink(token, each, municipality="rotterdam", person=kept.ans, street="rozenlaan"),
            )
    await erase(db, vault, kept)
    async with db.connection() as conn:
        said = await conn.fetchval("select payload from post.submission where kind = 'answer'")
        open_ = await conn.fetchval(
            "select count(*) from post.link where answered_at is null and voided_at is null"
        )
    assert said == {
        "workflow_id": "signup-1",
        "person": str(kept.ans),
        "yes": False,
        "purpose": "confirm_signup",
    }
    assert open_ == 0


async def test_an_address_is_found_by_and_never_told(
    db: Database, vault: Vault, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        await vault.put(conn, "den-haag", ANS)
        await vault.put(conn, "rotterdam", Person(name="Geen", email=""))
        for typed in (MAIL, f" {MAIL.upper()} "):
            assert await vault.of_address(conn, "rotterdam", typed) == [ans]
        assert await vault.of_address(conn, "aalsmeer", MAIL) == []
        assert await vault.of_address(conn, "rotterdam", "") == []
        marks = await conn.fetch("select distinct found_by from vault.item where found_by is not null")
        assert len(marks) == 2, "the same address is another mark in another municipality"
        stranger = Vault(Keyring({1: os.urandom(KEY_BYTES)}))
        assert await stranger.of_address(conn, "rotterdam", MAIL) == []
        await vault.change(conn, ans, ANS.model_copy(update={"email": "nieuw@zwaluw.example"}))
        assert await vault.of_address(conn, "rotterdam", MAIL) == []
        assert await vault.of_address(conn, "rotterdam", "nieuw@zwaluw.example") == [ans]
    assert "zwaluw" not in await dump(owner_conn)


async def test_who_was_sealed_before_is_made_findable_with_the_key(db: Database) -> None:
    old, new = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    before, after = Vault(Keyring({1: old})), Vault(Keyring({1: old, 2: new}))
    async with db.transaction() as conn:
        early = await before.put(conn, "rotterdam", ANS)
        never = await before.put(conn, "rotterdam", ANS)
        pending = await before.put(conn, "rotterdam", ANS, findable=False)
        lost = await Vault(Keyring({1: new})).put(conn, "rotterdam", ANS)
        await conn.execute(
            "update vault.item set found_key = null, found_by = null where ref = any ($1)", [never, lost]
        )
        await conn.execute(
            "insert into person.code (id, municipality, person, reader, opens, browser_hash, expires_at)"
            " values (gen_random_uuid(), 'rotterdam', $1, $2, 'address', '', now())",
            *(early, pending),
        )
        assert await after.of_address(conn, "rotterdam", MAIL) == [early]
    await index(db, after)
    async with db.connection() as conn:
        assert set(await after.of_address(conn, "rotterdam", MAIL)) == {early, never}
        keys = await conn.fetch("select found_key from vault.item where ref = any ($1)", [early, never])
    assert [row["found_key"] for row in keys] == [2, 2]


async def test_who_is_no_resident_is_not_found(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        auditor = await vault.put(conn, "rotterdam", ANS)
        await conn.execute("insert into money.addressee values ('rotterdam', 'auditor', $1)", auditor)
        assert await vault.of_address(conn, "rotterdam", MAIL) == []


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"ref": "x", "reason": "r", "erased_at": "2026-01-01"}'])
async def test_a_broken_log_is_told_and_never_written_over(
    db: Database, vault: Vault, tmp_path: Path, line: str
) -> None:
    apart = tmp_path / "erasures.jsonl"
    apart.write_text(f"{line}\n")
    with pytest.raises(erasure_log.BrokenLog, match="line 1"):
        await once(db, vault, apart)
    assert apart.read_text() == f"{line}\n"
