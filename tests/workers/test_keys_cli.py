"""Another master key while everybody reads and writes: nothing is ever unreadable, and the old one can go."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag

from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Person
from store import links, rotation
from store.codes import code_of, is_code
from store.database import Database
from store.keys import KEY_BYTES, Keyring, Keys, read_file
from store.vault import Vault
from tests.conftest import Urls
from tests.workers.inside import Inside
from tests.workers.test_cli import Shell, key_file
from workers.keeping_keys import hold, wrap_anew

__all__ = ["key_file"]

ORDER = LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id="renewal-1")


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Shell:
    """What these commands need, and nothing else."""
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    needed = {"DATABASE_URL": database.app_url, "STRAAT_MASTER_KEY_FILE": str(key_file)}
    return Inside(needed | dict.fromkeys(names, "http://some.test"))


def person(number: int) -> Person:
    return Person(name=f"Bewoner {number}", email=f"bewoner-{number}@straat.example")


@dataclass
class Busy:
    """A process of its own keyring, that seals, opens, finds and mails all the time."""

    db: Database
    ring: Keyring
    kept: dict[UUID, int]
    rounds: int = 0

    async def live(self) -> None:
        vault = Vault(self.ring)
        while True:
            number = self.rounds
            async with self.db.transaction() as conn:
                ref = await vault.put(conn, "rotterdam", person(number))
                letter = (await vault.read(conn, [ref])).seal_letter(ref, ref, b"brief")
            self.kept[ref] = number
            for any_ref, told in list(self.kept.items())[-40:]:
                async with self.db.transaction() as conn:
                    assert await vault.get(conn, any_ref, Person) == person(told)
                    mail = f"bewoner-{told}@straat.example"
                    assert any_ref in await vault.of_address(conn, "rotterdam", mail)
            async with self.db.transaction() as conn:
                assert await vault.open_letter(conn, ref, ref, letter) == b"brief"
                await vault.change(conn, ref, person(number))
            self.rounds += 1


@asynccontextmanager
async def process(db: Database, path: Path, kept: dict[UUID, int]) -> AsyncIterator[Busy]:
    """It reads the file itself, as a worker does."""
    busy = Busy(db, Keyring.read(path), kept)
    tasks = [
        asyncio.create_task(each)
        for each in (busy.live(), hold(db, busy.ring, "worker"), wrap_anew(db, busy.ring))
    ]
    try:
        yield busy
    finally:
        failed = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in failed:
            task.result()


async def until_empty(db: Database, key_id: int) -> None:
    """Until nothing is wrapped by a key, or found by it."""
    async with asyncio.timeout(30):
        while True:
            async with db.connection() as conn:
                if not await rotation.under(conn, key_id):
                    return
            await asyncio.sleep(0.2)


async def goes_on(busy: list[Busy], so: Callable[[], bool] = lambda: True) -> None:
    """Until something is so, and each of them sealed and read twice more meanwhile."""
    least = [each.rounds + 2 for each in busy]
    async with asyncio.timeout(30):
        while not so() or any(each.rounds < rounds for each, rounds in zip(busy, least, strict=True)):
            await asyncio.sleep(0.05)


async def old_one_goes(shell: Shell, owner_conn: asyncpg.Connection) -> None:
    """Not while a code or a draft may still be used; then it does."""
    early = await shell.run("keys", "retire", "1")
    assert early.code == 1
    assert "codes of the yearly question: 1" in early.err
    assert "half-filled form" in early.err
    await owner_conn.execute("update post.link set answered_at = now()")
    await owner_conn.execute("update vault.master_key set sealing_since = now() - interval '3 hours'")
    gone = await shell.run("keys", "retire", "1")
    assert (gone.code, gone.err) == (0, "")


async def test_a_new_key_comes_while_everybody_works(
    db: Database,
    shell: Shell,
    key_file: Path,
    owner_conn: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.keeping_keys.EVERY", 0.3)
    monkeypatch.setattr("workers.keeping_keys.BEAT", 0.3)
    old = read_file(key_file)
    kept: dict[UUID, int] = {}
    async with process(db, key_file, kept) as one, process(db, key_file, kept) as two:
        await goes_on([one, two], lambda: min(one.rounds, two.rounds) > 9)
        async with db.transaction() as conn:
            token = await links.token_for(conn, one.ring, ORDER, next(iter(kept)))
            await links.make(
                conn,
                links.NewLink(
                    token, ORDER, municipality="rotterdam", person=next(iter(kept)), street="rozenlaan"
                ),
            )
        code, draft = code_of(one.ring, "door/1"), one.ring.seal_for("draft", b"half", b"rotterdam")
        backup = await owner_conn.fetch("select ref, wrapped_key, key_id from vault.item")

        key_file.chmod(0o440)
        added = await shell.run("keys", "add")
        assert (added.code, read_file(key_file).active) == (0, 1), added.err
        assert key_file.stat().st_mode & 0o777 == 0o440, "who could read it still can, and nobody else"
        again = await shell.run("keys", "add")
        assert (again.code, "waits already" in again.err) == (1, True)
        turned = await shell.run("keys", "rotate")
        assert turned.code == 0, turned.err
        await until_empty(db, 1)
        await goes_on([one, two])

        assert is_code(two.ring, "door/1", code), "a code that was mailed before still opens"
        assert code_of(two.ring, "door/1") != code
        assert two.ring.unseal_for("draft", draft, b"rotterdam") == b"half"
        async with db.connection() as conn:
            reminder = await links.token_for(conn, two.ring, ORDER, next(iter(kept)))
        assert reminder == token, "a reminder carries the link of the first mail"

        told = await shell.run("keys", "status")
        assert (told.code, "seals and opens" in told.out) == (0, True)
        assert told.out.count("knows them all, seals with key 2") == 2
        await old_one_goes(shell, owner_conn)
        await goes_on([one, two], lambda: set(one.ring.keys) == set(two.ring.keys) == {2})
        await goes_on([one, two])
    assert len(kept) > 20
    async with db.connection() as conn:
        found = await links.find(conn, "rotterdam", token)
    assert found, "a link of before works without its key: only its hash is kept"
    with pytest.raises(InvalidTag):
        two.ring.unseal_for("draft", draft, b"rotterdam")
    for row in backup:
        opened = Keyring(old.all).unwrap(row["key_id"], row["wrapped_key"], row["ref"].bytes)
        assert len(opened) == KEY_BYTES, "an old backup opens with the old keys alone"
    with pytest.raises((InvalidTag, KeyError)):
        two.ring.unwrap(backup[0]["key_id"], backup[0]["wrapped_key"], backup[0]["ref"].bytes)


async def test_nothing_seals_before_every_process_knows_the_key(
    db: Database, shell: Shell, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.commands.keys.PATIENCE", 3.0)
    monkeypatch.setattr("workers.keeping_keys.BEAT", 0.2)
    elsewhere = tmp_path / "another-machine.key"
    elsewhere.write_bytes(key_file.read_bytes())
    assert (await shell.run("keys", "add")).code == 0
    stranger = asyncio.create_task(hold(db, Keyring.read(elsewhere), "web"))
    try:
        await asyncio.sleep(0.5)
        refused = await shell.run("keys", "rotate")
        assert refused.code == 1
        assert "does not know the new key yet" in refused.err
        assert read_file(key_file).active == 1
        # The same number, and yet another key: its fingerprint tells.
        old = read_file(key_file).all[1]
        elsewhere.write_text(Keys({1: old, 2: os.urandom(KEY_BYTES)}, frozenset({2})).written())
        await asyncio.sleep(1.5)
        assert "DOES NOT KNOW THEM ALL" in (await shell.run("keys", "status")).out
        elsewhere.write_bytes(key_file.read_bytes())
        turning = asyncio.create_task(shell.run("keys", "rotate"))
        async with asyncio.timeout(30):
            while read_file(key_file).active != 2:
                await asyncio.sleep(0.1)
        elsewhere.write_bytes(key_file.read_bytes())
        assert (await turning).code == 0
    finally:
        stranger.cancel()
        await asyncio.gather(stranger, return_exceptions=True)


async def test_a_key_that_something_needs_stays(
    db: Database, shell: Shell, key_file: Path, owner_conn: asyncpg.Connection
) -> None:
    lost = Keyring({1: os.urandom(KEY_BYTES)})
    async with db.transaction() as conn:
        await Vault(lost).put(conn, "rotterdam", person(1))
    for words in (("keys", "add"), ("keys", "rotate")):
        assert (await shell.run(*words)).code == 0
    await rotation.rewrap(db, Keyring.read(key_file))
    await owner_conn.execute("update vault.master_key set sealing_since = now() - interval '3 hours'")
    await owner_conn.execute("create schema later authorization straat_owner")
    await owner_conn.execute("set role straat_owner")
    await owner_conn.execute("create table later.secret (old_key_id integer)")
    await owner_conn.execute("insert into later.secret values (1)")
    await sent_by_the_api(owner_conn)
    refused = await shell.run("keys", "retire", "1")
    assert refused.code == 1
    assert "sign-ups by the API that a client may send again: 1" in refused.err
    assert "vault.item.key_id: 1" in refused.err, "what opens with no key is not forgotten"
    assert "later.secret.old_key_id: 1" in refused.err, "nor a table that came later"
    assert (await shell.run("keys", "retire", "2")).code == 1, "the key that seals"
    assert (await shell.run("keys", "retire", "7")).code == 2
    assert sorted(read_file(key_file).all) == [1, 2]


async def sent_by_the_api(conn: asyncpg.Connection) -> None:
    """One before the new key, whose digest is under the old one, and one since."""
    await conn.execute("reset role")
    await conn.execute(
        "insert into client.client (id, municipality, name, key_hash, hint, scopes, expires_on, made_by)"
        " values (gen_random_uuid(), 'rotterdam', 'x', sha256('x'), 'x', '{}', now(), 'engine')"
    )
    for ago in ("4 hours", "1 hour"):
        await conn.execute(
            "with sent as (insert into post.submission (id, kind, municipality, payload)"
            " values (gen_random_uuid(), 'signup', 'rotterdam', '{}') returning id)"
            " insert into client.submission (submission, municipality, client, digest, received_at)"
            " select s.id, 'rotterdam', c.id, 'x', now() - $1::text::interval from sent s, client.client c",
            ago,
        )


WEBHOOK = """
create schema if not exists event;
create table if not exists event.webhook (
    id uuid primary key, municipality text, name text, url text, kinds text[], key_id integer not null,
    secret bytea not null, old_key_id integer, old_secret bytea, old_until timestamptz, made_by text);
grant usage on schema event to straat_app;
grant select, insert, update on event.webhook to straat_app
"""


async def test_the_secrets_of_webhooks_are_wrapped_anew(db: Database, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute(WEBHOOK)
    keys = {1: os.urandom(KEY_BYTES)}
    before, after = Keyring(keys), Keyring({**keys, 2: os.urandom(KEY_BYTES)})
    hook, now, former = uuid4(), os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    await owner_conn.execute(
        "insert into event.webhook (id, municipality, name, url, kinds, key_id, secret, old_key_id,"
        " old_secret, old_until, made_by) values ($1, 'rotterdam', 'n', 'https://x.example', '{}', $2, $3,"
        " $4, $5, $6, 'lead')",
        *(hook, *before.wrap(now, hook.bytes), *before.wrap(former, hook.bytes)),
        datetime.now(UTC) + timedelta(hours=1),
    )
    assert await rotation.rewrap(db, after) == 2
    row = await owner_conn.fetchrow("select * from event.webhook where id = $1", hook)
    assert (row["key_id"], row["old_key_id"]) == (2, 2)
    assert after.unwrap(2, row["secret"], hook.bytes) == now
    assert after.unwrap(2, row["old_secret"], hook.bytes) == former


def test_a_broken_file_changes_nothing_and_is_told(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.keys.LOOK_AGAIN", -1.0)
    ring = Keyring.read(key_file)
    key_file.write_text("half a l")
    assert ring.active == 1
    assert ring.trouble == "line 1 of the key file is not <id>:<base64>"
