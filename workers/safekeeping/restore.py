"""A restore: into a database beside the present one, looked at in every way, and only then in its place."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local import dumping
from store import erasing, erasure_log, revoking, safekeeping
from store.database import Database
from store.keys import KeyFileError, Keyring, Keys, read_file
from store.migrate import MIGRATIONS, migrate
from store.proofs import prove
from store.reports import chains, snapshot
from store.vault import Vault
from workers.safekeeping.manifest import (
    DUMP,
    KEYS,
    BackupError,
    Manifest,
    heads_of,
    read_belongs,
    read_manifest,
)

Say = Callable[[str], None]

LOOKS, BETWEEN = 10, 0.2
"""How often, and after how many seconds, is looked again whether a database is still used."""


@dataclass(frozen=True)
class Order:
    """What is restored, where to, and what of the dead is known."""

    backup: Path
    admin_url: str
    erasures: Path | None
    replace: str | None
    """The name of a full database that may be put aside, typed out."""


def check(backup: Path, folder: Path) -> tuple[Manifest, Keys]:
    """Whether the backup is whole, its keys belong to it, and we can read it. Raises :class:`BackupError`."""
    manifest = read_manifest(backup)
    belongs = read_belongs(folder, backup)
    try:
        keys = read_file(folder / KEYS)
    except KeyFileError as error:
        raise BackupError(f"{folder / KEYS}: {error}.") from None
    if keys.fingerprints != manifest.keys or keys.fingerprints != belongs.keys:
        raise BackupError(f"{folder / KEYS} holds other keys than the backup was made with.")
    later = sorted(set(manifest.migrations) - {path.name for path in MIGRATIONS.glob("*.sql")})
    if later:
        raise BackupError(
            f"The backup was made by a later version ({manifest.version}), with {later[0]}: use that one."
        )
    return manifest, keys


def erased_since(path: Path | None) -> erasure_log.Log:
    """The log of erasures that was kept apart. Raises :class:`BackupError`."""
    if path is None:
        return erasure_log.Log()
    try:
        return erasure_log.read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BackupError(f"{path} cannot be read: without it, who was erased since would be back.") from None
    except erasure_log.BrokenLog as error:
        raise BackupError(f"{path}: {error}.") from None


async def restore(order: Order, manifest: Manifest, keys: Keys, say: Say) -> None:
    """All of it. Until the last step the present database is untouched. Raises :class:`BackupError`."""
    log = erased_since(order.erasures)
    say(f"The backup {manifest.name} is whole, and its keys fit: it is of {_moment(manifest.made_at)}.")
    name = dumping.name_of(order.admin_url)
    beside = f"{name}_restoring"
    async with _server(order.admin_url) as server:
        await _may_replace(server, order, name)
        await safekeeping.drop(server, beside)
        await safekeeping.make_roles(server)
        await safekeeping.make(server, beside)
        try:
            url, major = dumping.with_name(order.admin_url, beside), await safekeeping.server(server)
            await _fill(order, manifest, keys, log, url, major, say)
            await safekeeping.same_doors(server, name, beside)
        except BaseException:
            await safekeeping.drop(server, beside)
            raise
        await _put_in_place(server, name, beside, say)


@asynccontextmanager
async def _server(admin_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection from which databases are made and renamed."""
    conn = await asyncpg.connect(dumping.with_name(admin_url, "postgres"), timeout=10)
    try:
        yield conn
    finally:
        await conn.close()


async def _may_replace(server: asyncpg.Connection, order: Order, name: str) -> None:
    if not await safekeeping.exists(server, name):
        return
    conn = await asyncpg.connect(order.admin_url, timeout=10)
    try:
        empty = await safekeeping.is_empty(conn)
    finally:
        await conn.close()
    if not empty and order.replace != name:
        raise BackupError(
            f"The database {name} is not empty. If this backup shall take its place, type its name: "
            f"--replace {name}. It is put aside, not thrown away."
        )
    if users := await _users(server, name):
        raise BackupError(
            f"{users} connection(s) use the database {name}: stop worker and web first, everywhere. "
            "Nothing was changed."
        )


async def _users(server: asyncpg.Connection, name: str) -> int:
    """How many use a database; who was just stopped may take a moment to be gone."""
    users = await safekeeping.connected(server, name)
    for _ in range(LOOKS):
        if not users:
            break
        await asyncio.sleep(BETWEEN)
        users = await safekeeping.connected(server, name)
    return users


async def _fill(
    order: Order, manifest: Manifest, keys: Keys, log: erasure_log.Log, url: str, major: int, say: Say
) -> None:
    """Everything that has to be right before it is anybody's database."""
    await asyncio.to_thread(dumping.restore, url, manifest.postgres, major, order.backup / DUMP)
    db, vault = Database(url), Vault(Keyring(keys.all, keys.waiting))
    try:
        await _compare(db, manifest)
        say(f"Restored: {sum(manifest.counts.values())} rows in {len(manifest.counts)} tables, as counted.")
        applied = await migrate(url)
        say(f"Migrated: {', '.join(applied) or 'nothing to do'}.")
        await _verify(db, vault)
        say(f"The ledger is sound, and all {len(manifest.heads)} heads are those of the manifest.")
        async with db.transaction() as conn:
            ended = await safekeeping.end_what_was(conn)
            back = await erasing.replay(conn, vault, log.erased)
            given = await revoking.replay(conn, log.revoked)
            opens = await revoking.opens(conn)
            await safekeeping.note_restored(conn, manifest.name, manifest.made_at)
        say(
            f"Erasures: {len(log.erased)} in the log that was kept apart; "
            f"{back} had come back and are erased again."
        )
        say(f"Access: taken away {len(log.revoked)} times; {given} had come back and are gone again.")
        say(
            f"Who can come in now: {opens.colleagues} colleague(s), {opens.passkeys} passkey(s), "
            f"{opens.clients} client(s), {opens.webhooks} webhook(s). What the log does not tell, look at on "
            "the desk."
        )
        say(f"Ended: {ended.sessions} session(s) and {ended.codes} code(s). In doubt: {ended.mails} mail(s).")
    finally:
        await db.close()


async def _compare(db: Database, manifest: Manifest) -> None:
    """What came back against what was counted then, and the heads of the ledger."""
    async with snapshot(db) as conn:
        heads = heads_of(await chains(conn))
        counts = await safekeeping.counted(conn)
    for place in sorted(set(counts) | set(manifest.counts)):
        if counts.get(place) != manifest.counts.get(place):
            raise BackupError(
                f"{place} has {counts.get(place, 0)} rows, and {manifest.counts.get(place, 0)} were counted "
                "when the backup was made. Nothing was put in place; take another backup."
            )
    for then, now in zip(manifest.heads, heads, strict=True):
        if then != now:
            raise BackupError(
                f"The ledger of {then.municipality} {then.year} ends in another head than the manifest says: "
                "the backup was changed. Nothing was put in place; take another one, and tell the auditor."
            )


async def _verify(db: Database, vault: Vault) -> None:
    async with snapshot(db) as conn:
        for chain in await chains(conn):
            proof = await prove(conn, chain, vault)
            if not proof.sound:
                where = proof.broken[0]
                raise BackupError(
                    f"The ledger of {chain.municipality} {chain.fiscal_year} is broken: {where.where} "
                    f"{where.why}. Nothing was put in place; take another backup, and tell the auditor."
                )


async def _put_in_place(server: asyncpg.Connection, name: str, beside: str, say: Say) -> None:
    if await safekeeping.exists(server, name):
        aside = f"{name}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
        try:
            await safekeeping.rename(server, name, aside)
        except asyncpg.ObjectInUseError:
            await safekeeping.drop(server, beside)
            raise BackupError(f"Somebody uses the database {name} again: nothing was changed.") from None
        say(f"The database that was there is kept aside as {aside}.")
    await safekeeping.rename(server, beside, name)
    say(f"The restored database is in its place: {name}.")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
