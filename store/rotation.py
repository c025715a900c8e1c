"""Another master key while everything goes on: who knows it, what is under the old one, when it may go."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag

from store import passkeys
from store.database import Connection, Database
from store.keys import Keyring, Keys
from store.queries import queries
from store.vault import Vault

SQL = queries("rotation")
BATCH = 200
ALIVE = timedelta(seconds=15)
"""A process that was not heard of for so long has ended, or hangs."""

LONGEST_COOKIE = timedelta(hours=2)
"""How long a draft in a reader's browser stays of use: it is sealed by a key of its time."""

WRAPPED = (
    ("old_items", "rewrap_item"),
    ("old_webhooks", "rewrap_webhook"),
    ("older_webhooks", "rewrap_older_webhook"),
)


@dataclass(frozen=True)
class Left:
    """Something that still needs a key: what, and how many."""

    what: str
    items: int


async def rewrap(db: Database, keyring: Keyring) -> int:
    """Wrap every data key anew that an older master key wraps, some at a time. Gives how many.

    What opens with no key of ours stays as it is, and keeps its key from being retired.
    """
    done = 0
    for take, put in WRAPPED:
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with db.transaction() as conn:
                after, some = await _some(conn, keyring, take, put, after)
            done += some
    async with db.transaction() as conn:
        return done + await passkeys.seal_anew(conn, keyring)


async def _some(
    conn: Connection, keyring: Keyring, take: str, put: str, after: UUID
) -> tuple[UUID | None, int]:
    rows = await conn.fetch(SQL[take], keyring.active, after, BATCH)
    done = 0
    for row in rows:
        try:
            data_key = keyring.unwrap(row["key_id"], row["wrapped"], row["id"].bytes)
        except (InvalidTag, KeyError):
            continue
        await conn.execute(SQL[put], row["id"], *keyring.wrap(data_key, row["id"].bytes))
        done += 1
    return (rows[-1]["id"] if rows else None), done


async def find_anew(db: Database, vault: Vault) -> None:
    """Mark everybody by the active key whom an older one, or none, made findable."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with db.transaction() as conn:
            after = await vault.make_findable(conn, after, BATCH)


async def hold(
    conn: Connection, process: str, kind: str, keyring: Keyring, trouble: str | None = None
) -> None:
    """Say which keys a process knows; by its fingerprint, a wrong key of a right number shows.

    ``trouble``: what keeps it from following its file, when the file itself says nothing.
    """
    keys = keyring.now
    told = {str(key_id): name for key_id, name in keys.fingerprints.items()}
    await conn.execute(SQL["hold"], process, kind, told, keys.active, keyring.trouble or trouble)
    await conn.execute(SQL["first_key"], keys.active, keys.fingerprints[keys.active])
    await conn.execute(SQL["sweep_holders"])


async def let_go(conn: Connection, process: str) -> None:
    """A process that ends holds nothing."""
    await conn.execute(SQL["let_go"], process)


async def holders(conn: Connection) -> list[asyncpg.Record]:
    """The processes that live, and the keys they know."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["holders"], ALIVE)
    return rows


async def known(conn: Connection) -> list[asyncpg.Record]:
    """The keys that ever sealed: id, fingerprint, since when, and when they were retired."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["keys"])
    return rows


async def seals_now(conn: Connection, keys: Keys) -> None:
    """From now on the active key seals: what was made before bears an older one."""
    await conn.execute(SQL["note_key"], keys.active, keys.fingerprints[keys.active])


async def retired(conn: Connection, key_id: int) -> None:
    """Write down that a key is gone."""
    await conn.execute(SQL["retired"], key_id)


async def under(conn: Connection, key_id: int) -> list[Left]:
    """What this key wraps, or makes findable, by table and column."""
    rows = await conn.fetch(SQL["under_key"], key_id)
    return [Left(row["place"], row["items"]) for row in rows if row["items"]]


async def needs(conn: Connection, key_id: int, active: int) -> list[Left]:
    """Everything that an old key is still needed for: wrapped, found by, or told under it."""
    since = [row["sealing_since"] for row in await known(conn) if row["id"] == active]
    if not since:
        return [Left("nobody wrote down since when the present key seals: rotate first", 1)]
    left = await under(conn, key_id)
    rows = await conn.fetch(SQL["signed_before"], since[0])
    left += [Left(row["what"], row["items"]) for row in rows if row["items"]]
    if accounts := await conn.fetchval(SQL["accounts_by"], key_id):
        left.append(Left("colleagues who did not sign in with their account since", accounts))
    wait = since[0] + LONGEST_COOKIE - datetime.now(UTC)
    if wait > timedelta(0):
        left.append(Left("minutes until every half-filled form of before is too old", 1 + wait.seconds // 60))
    return left
