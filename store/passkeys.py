"""Passkeys: a public key each, and the name that somebody gave it, sealed."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag

from store import limits
from store.database import Connection
from store.keys import Keyring, seal, unseal
from store.queries import queries

SQL = queries("passkeys")
PURPOSE = "passkey"

TRIES = limits.Limit("passkey", 20)
"""Tries with one passkey in an hour."""


@dataclass(frozen=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: UUID
    credential: bytes
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Held:
    """What an assertion is checked against."""

    id: UUID
    person: UUID
    public_key: bytes
    sign_count: int


async def add(
    conn: Connection,
    keyring: Keyring,
    person: UUID,
    name: str,
    *,
    credential: bytes,
    public_key: bytes,
    sign_count: int,
) -> bool:
    """Keep a new one. False: it is somebody's already."""
    passkey = uuid4()
    active = keyring.active
    sealed = seal(keyring.derived_by_each(PURPOSE)[active], name.encode(), passkey.bytes)
    row = (passkey, credential, person, public_key, sign_count, active, sealed)
    return await conn.fetchval(SQL["add"], *row) is not None


async def of_person(conn: Connection, keyring: Keyring, person: UUID) -> list[Passkey]:
    """All of somebody's, the oldest first."""
    keys = keyring.derived_by_each(PURPOSE)
    return [
        Passkey(
            row["id"],
            row["credential"],
            unseal(keys[row["key_id"]], row["name"], row["id"].bytes).decode(),
            row["created_at"],
            row["used_at"],
        )
        for row in await conn.fetch(SQL["of_person"], person)
    ]


async def seal_anew(conn: Connection, keyring: Keyring) -> int:
    """Seal the names under the active master key that an older one seals. Gives how many.

    What opens with no key of ours stays as it is, and keeps its key from being retired.
    """
    keys = keyring.derived_by_each(PURPOSE)
    rows = [row for row in await conn.fetch(SQL["older"], keyring.active) if row["key_id"] in keys]
    active, done = keyring.active, 0
    for row in rows:
        with suppress(InvalidTag):
            name = unseal(keys[row["key_id"]], row["name"], row["id"].bytes)
            await conn.execute(SQL["reseal"], row["id"], active, seal(keys[active], name, row["id"].bytes))
            done += 1
    return done


async def hold(conn: Connection, credential: bytes) -> Held | None:
    """One by its credential, until the transaction ends; None for a removed or foreign one."""
    row = await conn.fetchrow(SQL["hold"], credential)
    return Held(**row) if row else None


async def used(conn: Connection, held: Held, sign_count: int) -> None:
    """It signed somebody in."""
    await conn.execute(SQL["used"], held.id, sign_count)


async def remove(conn: Connection, person: UUID, passkey: UUID) -> bool:
    """Forget one. False: it is not theirs, or it is the last."""
    if len(await conn.fetch(SQL["hold_all"], person)) < 2:  # noqa: PLR2004 - the last one and another
        return False
    return await conn.fetchval(SQL["remove"], passkey, person) is not None


async def remove_all(conn: Connection, person: UUID) -> list[UUID]:
    """Forget all of somebody's. Gives which."""
    return [row["id"] for row in await conn.fetch(SQL["remove_all"], person)]


async def forget(conn: Connection, passkey: UUID) -> bool:
    """Forget one, whoever has it, the last one too. False: it is not there."""
    return await conn.fetchval(SQL["forget"], passkey) is not None
