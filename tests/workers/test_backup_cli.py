"""``straat backup`` and ``straat restore`` on real databases: two halves apart, whole or not at all."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from schemas.accounts import BudgetLine, line_account, spec_of, spent_account
from schemas.ledger import Leg
from schemas.person import Person
from store import erasing, ledger, safekeeping, sessions
from store.database import Database
from store.keys import KEY_BYTES, Keyring, Keys
from store.sessions import Session
from store.vault import Erased, Vault
from tests.conftest import Urls
from tests.workers.inside import Inside
from tests.workers.test_cli import Ended, key_file
from workers.safekeeping.manifest import sha256_of

__all__ = ["key_file"]

ANS, BO = (Person(name=name, email=f"{name.lower()}@straat.example") for name in ("Ans", "Bo"))
DAY = date(2026, 11, 23)


@dataclass
class Safe:
    """A database with two people and a posting, and where its backups go."""

    shell: Inside
    urls: Urls
    vault: Vault
    key_file: Path
    folder: Path
    refs: list[UUID]
    token: str = ""

    async def back_up(self) -> tuple[Path, Path]:
        """Both halves."""
        ended = await self.shell.run("backup", "--output", str(self.folder / "db"), "--keys", self.keys)
        assert ended.code == 0, ended.err
        (one,), (other,) = (list((self.folder / half).iterdir()) for half in ("db", "keys"))
        return one, other

    @property
    def keys(self) -> str:
        """Somewhere else."""
        return str(self.folder / "keys")

    async def restore(self, halves: tuple[Path, Path], *more: str, target: Urls | None = None) -> Ended:
        """Into its own database, or another."""
        target = target or self.urls
        env = {"DATABASE_URL": target.app_url, "ADMIN_DATABASE_URL": target.admin_url}
        self.shell.env |= env
        return await self.shell.run("restore", str(halves[0]), "--keys", str(halves[1]), *more)

    async def who(self, target: Urls) -> list[bool]:
        """Whether Ans and Bo can be read."""
        db, found = Database(target.app_url), []
        async with db.connection() as conn:
            for ref in self.refs:
                try:
                    found.append(bool(await self.vault.get(conn, ref, Person)))
                except Erased:
                    found.append(False)
        await db.close()
        return found


@pytest_asyncio.fixture
async def safe(database: Urls, key_file: Path, tmp_path: Path) -> Safe:
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    needed = {
        "DATABASE_URL": database.app_url,
        "ADMIN_DATABASE_URL": database.admin_url,
        "STRAAT_MASTER_KEY_FILE": str(key_file),
    }
    vault, db = Vault(Keyring.read(key_file)), Database(database.app_url)
    budget, spent = (
        line_account("rotterdam", BudgetLine.STARTER, 2026),
        spent_account("rotterdam", BudgetLine.STARTER, 2026),
    )
    async with db.transaction() as conn:
        refs = [await vault.put(conn, "rotterdam", each) for each in (ANS, BO)]
        await ledger.open_accounts(conn, [spec_of(budget), spec_of(spent)])
        leg = Leg(id=uuid4(), debit=budget, credit=spent, cents=100, reason="koffie")
        await ledger.transfer(conn, [leg], actor="rotterdam:treasurer-1", group_id=uuid4(), booked_on=DAY)
        token = await sessions.begin(conn, Session("rotterdam:lead-1", "rotterdam", "lead"))
    await db.close()
    shell = Inside(needed | dict.fromkeys(names, "http://some.test"))
    return Safe(shell, database, vault, key_file, tmp_path, refs, token)


@pytest_asyncio.fixture
async def elsewhere(database: Urls) -> AsyncIterator[Urls]:
    """A database that is not there yet, on the same server."""
    name = f"new_{uuid4().hex}"

    def beside(url: str) -> str:
        return f"{url.rpartition('/')[0]}/{name}"

    yield Urls(beside(database.admin_url), beside(database.app_url))
    await swept(database, name)


async def swept(database: Urls, start: str) -> list[str]:
    """Throw away the databases whose names begin so; gives them."""
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    rows = await server.fetch("select datname from pg_database where datname like $1 || '%'", start)
    for row in rows:
        await server.execute(f'drop database "{row["datname"]}" with (force)')
    await server.close()
    return [row["datname"] for row in rows]


async def test_two_halves_that_only_their_owner_reads(safe: Safe) -> None:
    database, keys = await safe.back_up()
    assert sorted(path.name for path in database.iterdir()) == ["database.dump", "manifest.json"]
    assert sorted(path.name for path in keys.iterdir()) == ["backup.json", "master.key"]
    for path in (database, keys):
        assert path.stat().st_mode & 0o777 == 0o700
        assert {each.stat().st_mode & 0o777 for each in path.iterdir()} == {0o600}
    told = json.loads((database / "manifest.json").read_text())
    assert told["sha256"] == sha256_of(database / "database.dump")
    assert told["counts"]["vault.item"] == 2
    assert {head["municipality"] for head in told["heads"]} >= {"rotterdam", "den-haag"}
    key = safe.key_file.read_text().partition(":")[2].strip().encode()
    assert key in (keys / "master.key").read_bytes()
    for path in database.iterdir():
        assert key not in path.read_bytes()


@pytest.mark.parametrize(("output", "keys"), [("x", "x"), ("x", "x/keys"), ("x/y", "x")])
async def test_the_halves_never_lie_together(safe: Safe, output: str, keys: str) -> None:
    where = ("--output", str(safe.folder / output), "--keys", str(safe.folder / keys))
    refused = await safe.shell.run("backup", *where)
    assert (refused.code, "must not lie together" in refused.err) == (1, True)
    assert not (safe.folder / "x").exists()


async def test_no_half_backup_bears_a_name(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("workers.safekeeping.backup._write_keys", full)
    where = ("--output", str(safe.folder / "db"), "--keys", safe.keys)
    failed = await safe.shell.run("backup", *where)
    assert (failed.code, "No space left" in failed.err) == (1, True)
    assert list((safe.folder / "db").iterdir()) == []
    Path(safe.key_file).write_text(Keys({7: os.urandom(KEY_BYTES)}).written())
    lacking = await safe.shell.run("backup", *where)
    assert (lacking.code, "lacks key 1" in lacking.err) == (1, True)


async def test_it_comes_back_erased_signed_out_and_sound(safe: Safe, elsewhere: Urls) -> None:
    words = ("--municipality", "rotterdam", "--name", "Open Formulieren", "--scope", "streets:read")
    client = (await safe.shell.run("client", "create", *words)).err.split()[0]
    halves = await safe.back_up()
    assert (await safe.shell.run("client", "revoke", client)).code == 0
    log = safe.folder / "erasures.jsonl"
    db = Database(safe.urls.app_url)
    async with db.transaction() as conn:
        await erasing.erase(conn, safe.vault, "rotterdam", safe.refs[:1], "operator")
    await db.close()
    assert (await safe.shell.run("person", "erasures", "--output", str(log))).code == 0
    unsaid = await safe.restore(halves, target=elsewhere)
    assert (unsaid.code, "--no-erasures" in unsaid.err) == (2, True)
    done = await safe.restore(halves, "--erasures", str(log), target=elsewhere)
    assert done.code == 0, done.err
    assert "1 had come back and are erased again" in done.out
    assert "The ledger is sound" in done.out
    assert "Ended: 1 session(s)" in done.out
    assert "Access: taken away 1 times; 1 had come back and are gone again." in done.out
    assert "0 client(s)" in done.out
    assert await safe.who(elsewhere) == [False, True]
    fresh = Database(elsewhere.app_url)
    async with fresh.transaction() as conn:
        assert await sessions.touch(conn, safe.token) is None
        noted = await conn.fetch("select actor, municipality from registry.fact where name like 'backup.%'")
    await fresh.close()
    assert {tuple(row) for row in noted} == {
        ("operator", slug) for slug in ("rotterdam", "den-haag", "aalsmeer")
    }


async def test_without_the_log_who_was_erased_would_be_back(safe: Safe, elsewhere: Urls) -> None:
    halves = await safe.back_up()
    db = Database(safe.urls.app_url)
    async with db.transaction() as conn:
        await erasing.erase(conn, safe.vault, "rotterdam", safe.refs[:1], "operator")
    await db.close()
    assert (await safe.restore(halves, "--no-erasures", target=elsewhere)).code == 0
    assert await safe.who(elsewhere) == [True, True]


async def _leaves(user: asyncpg.Connection, after: float) -> None:
    await asyncio.sleep(after)
    await user.close()


async def test_a_full_database_is_put_aside_only_by_its_name(safe: Safe) -> None:
    halves, name = await safe.back_up(), safe.urls.admin_url.rpartition("/")[2]
    for more in ((), ("--replace", "straat")):
        refused = await safe.restore(halves, "--no-erasures", *more)
        assert (refused.code, f"--replace {name}" in refused.err) == (1, True)
    server = await asyncpg.connect(safe.urls.admin_url)
    await server.execute(f"revoke all on database {name} from public")
    await server.execute(f"grant connect on database {name} to straat_app")
    await server.close()
    user = await asyncpg.connect(safe.urls.app_url)
    busy = await safe.restore(halves, "--no-erasures", "--replace", name)
    assert (busy.code, "stop worker and web first" in busy.err) == (1, True)
    leaving = asyncio.create_task(_leaves(user, after=0.5))  # a process that was just told to stop
    done = await safe.restore(halves, "--no-erasures", "--replace", name)
    assert done.code == 0, done.err
    await leaving
    assert await safe.who(safe.urls) == [True, True]
    server = await asyncpg.connect(safe.urls.admin_url)
    doors = await safekeeping.doors(server, name)
    await server.close()
    assert {who for who, _ in doors} == {"postgres", "straat_app"}, "everybody else finds it shut, as before"
    assert len(await swept(safe.urls, f"{name}_before_")) == 1


async def test_keys_that_cannot_be_put_where_they_belong_stop_it_first(
    safe: Safe, elsewhere: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new machine, whose key file is one that nobody can write from here."""
    halves = await safe.back_up()
    safe.key_file.write_text(Keys({9: os.urandom(KEY_BYTES)}).written())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(safe.key_file.parent))
    refused = await safe.restore(halves, "--no-erasures", target=elsewhere)
    assert (refused.code, "put them there first (STRAAT_MASTER_KEY_FILE)" in refused.err) == (1, True)
    assert "Nothing was changed" in refused.err
    assert await swept(safe.urls, elsewhere.admin_url.rpartition("/")[2]) == []
    shutil.copy(halves[1] / "master.key", safe.key_file)
    assert (await safe.restore(halves, "--no-erasures", target=elsewhere)).code == 0


async def test_the_administrators_address_may_be_a_file(safe: Safe) -> None:
    """As every way of running hands it over; without it, it is named."""
    secrets = safe.folder / "secrets"
    secrets.mkdir()
    safe.shell.env |= {"STRAAT_SECRETS": str(secrets), "ADMIN_DATABASE_URL": "", "DATABASE_URL": ""}
    (secrets / "database_url").write_text(safe.urls.app_url)
    where = ("--output", str(safe.folder / "db"), "--keys", safe.keys)
    lacking = await safe.shell.run("backup", *where)
    assert (lacking.code, lacking.err.startswith("ADMIN_DATABASE_URL is needed")) == (1, True)
    (secrets / "admin_database_url").mkdir()
    wrong = await safe.shell.run("backup", *where)
    assert (wrong.code, "admin_database_url cannot be read" in wrong.err) == (1, True)
    (secrets / "admin_database_url").rmdir()
    (secrets / "admin_database_url").write_text(safe.urls.admin_url + "\n")
    assert (await safe.shell.run("backup", *where)).code == 0


Spoil = Callable[[Safe, Path, Path], None]


def flip(safe: Safe, database: Path, keys: Path) -> None:
    dump = database / "database.dump"
    content = bytearray(dump.read_bytes())
    content[-100] ^= 1
    dump.write_bytes(content)


def other_head(safe: Safe, database: Path, keys: Path) -> None:
    manifest = database / "manifest.json"
    told = json.loads(manifest.read_text())
    told["heads"][0]["head"] = "0" * 64
    manifest.write_text(json.dumps(told))


def other_head_everywhere(safe: Safe, database: Path, keys: Path) -> None:
    other_head(safe, database, keys)
    belongs = json.loads((keys / "backup.json").read_text())
    belongs["manifest_sha256"] = sha256_of(database / "manifest.json")
    (keys / "backup.json").write_text(json.dumps(belongs))


def other_key(safe: Safe, database: Path, keys: Path) -> None:
    (keys / "master.key").write_text(Keys({1: os.urandom(KEY_BYTES)}).written())


def other_key_in_use(safe: Safe, database: Path, keys: Path) -> None:
    safe.key_file.write_text(Keys({1: os.urandom(KEY_BYTES)}).written())


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (flip, "its SHA-256 is another"),
        (other_head, "or was changed"),
        (other_head_everywhere, "ends in another head"),
        (other_key, "other keys than the backup was made with"),
        (other_key_in_use, "is another than key 1 of the backup"),
    ],
)
async def test_what_was_changed_is_never_put_in_place(
    safe: Safe, elsewhere: Urls, spoil: Spoil, told: str
) -> None:
    halves = await safe.back_up()
    spoil(safe, *halves)
    refused = await safe.restore(halves, "--no-erasures", target=elsewhere)
    assert (refused.code, told in refused.err) == (1, True), refused.err
    assert await swept(safe.urls, elsewhere.admin_url.rpartition("/")[2]) == []


async def test_a_changed_posting_is_never_put_in_place(
    safe: Safe, elsewhere: Urls, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute("alter table ledger.transfer disable trigger all")
    await owner_conn.execute("update ledger.transfer set cents = cents + 1 where reason = 'koffie'")
    halves = await safe.back_up()
    refused = await safe.restore(halves, "--no-erasures", target=elsewhere)
    assert refused.code == 1
    assert "The ledger of rotterdam 2026 is broken" in refused.err
