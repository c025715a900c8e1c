"""The vault: the one place where personal data lives, each item sealed under a data key of its own.

Erasing destroys the wrapped key, so that older backups hold noise too. Everybody else carries references.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID, uuid4

import asyncpg
from cryptography.exceptions import InvalidTag
from pydantic import BaseModel

from schemas.person import Account, Colleague, Concern, Document, Person, Place, Story
from schemas.refs import Slug, StaffRef, VaultRef
from store.addresses import Finder
from store.database import Connection
from store.keys import KEY_BYTES, Keyring, seal, unseal
from store.queries import queries

SQL = queries("vault")
KINDS: dict[type[BaseModel], str] = {
    Person: "person",
    Place: "place",
    Account: "account",
    Story: "story",
    Concern: "concern",
    Document: "document",
    Colleague: "staff",
}
Item: TypeAlias = Person | Place | Account | Story | Concern | Document | Colleague
Kept = TypeVar("Kept", Person, Place, Account, Story, Concern, Document, Colleague)
READERS = (KINDS[Person], KINDS[Colleague])
"""Who can be written to."""


class Erased(Exception):
    """Nothing is kept under this reference (any more)."""


class Vault:
    """Seals and opens; the caller owns the connection and its transaction."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._finder = Finder(keyring)

    async def put(
        self,
        conn: Connection,
        municipality: str,
        item: Item,
        *,
        findable: bool = True,
    ) -> VaultRef:
        """Seal something new; the reference says nothing about it. A person is found by their address."""
        ref = uuid4()
        data_key = os.urandom(KEY_BYTES)
        key_id, wrapped = self._keyring.wrap(data_key, ref.bytes)
        sealed = seal(data_key, item.model_dump_json().encode(), ref.bytes)
        found = self._finder.mark(municipality, item) if findable else (None, None)
        await conn.execute(SQL["put"], ref, KINDS[type(item)], municipality, key_id, wrapped, sealed, *found)
        return ref

    async def change(self, conn: Connection, ref: VaultRef, person: Person) -> None:
        """Seal other words about a person, under the data key they have; raises :class:`Erased`."""
        row = await conn.fetchrow(SQL["lock_item"], ref)
        if row is None or row["kind"] != KINDS[type(person)]:
            raise Erased
        data_key = self._keyring.unwrap(row["key_id"], row["wrapped_key"], ref.bytes)
        sealed = seal(data_key, person.model_dump_json().encode(), ref.bytes)
        await conn.execute(SQL["reseal"], ref, sealed, *self._finder.mark(row["municipality"], person))

    async def of_address(self, conn: Connection, municipality: Slug, address: str) -> list[VaultRef]:
        """Everybody who is kept with this address in a municipality, oldest first."""
        rows = await conn.fetch(SQL["of_address"], municipality, self._finder.digests(municipality, address))
        return [row["ref"] for row in rows]

    async def colleagues_of_address(
        self, conn: Connection, municipality: Slug, address: str
    ) -> list[VaultRef]:
        """Who works at the desk with this address, oldest first."""
        digests = self._finder.digests(municipality, address)
        return [row["ref"] for row in await conn.fetch(SQL["colleagues_of_address"], municipality, digests)]

    def digests(self, municipality: Slug, address: str) -> list[str]:
        """An address as a key to count by, under each master key: keyed, so that it tells nothing."""
        return [each.hex() for each in self._finder.digests(municipality, address)]

    async def make_findable(self, conn: Connection, after: UUID, most: int) -> UUID | None:
        """Mark people who were sealed before there was an index, or under an older master key.

        Gives where to go on, None at the end. One who opens with no key of ours is left as they are.
        """
        rows = await conn.fetch(SQL["not_findable"], self._keyring.active, after, most)
        for row in rows:
            with suppress(InvalidTag, KeyError, ValueError):
                person = self._open(row, row["ref"], Person)
                mark = self._finder.mark(row["municipality"], person)
                if mark[0] is not None:
                    await conn.execute(SQL["make_findable"], row["ref"], *mark)
        return rows[-1]["ref"] if rows else None

    async def erasures(self, conn: Connection) -> list[asyncpg.Record]:
        """The log of erasures: reference, reason, moment."""
        rows: list[asyncpg.Record] = await conn.fetch(SQL["erasures"])
        return rows

    async def erased_because(self, conn: Connection, ref: VaultRef) -> str | None:
        """The reason that was written down; None for what is kept, or never was."""
        reason: str | None = await conn.fetchval(SQL["erased_because"], ref)
        return reason

    async def erase_again(self, conn: Connection, log: Iterable[tuple[UUID, str, datetime]]) -> list[UUID]:
        """After a restore: take the log over, and erase what came back. Gives what that was."""
        await conn.executemany(SQL["keep_erasure"], list(log))
        back = [row["ref"] for row in await conn.fetch(SQL["came_back"])]
        if back:
            await conn.execute(SQL["erase"], back)
        return back

    async def get(self, conn: Connection, ref: VaultRef, kind: type[Kept]) -> Kept:
        """Open one item; raises :class:`Erased`."""
        row = await conn.fetchrow(SQL["get"], ref)
        if row is None or row["kind"] != KINDS[kind]:
            raise Erased
        return self._open(row, ref, kind)

    async def read(self, conn: Connection, refs: Iterable[VaultRef]) -> "Read":
        """Several items of any kind in one look, each opened when it is asked for."""
        rows = await conn.fetch(SQL["get_many"], list(refs))
        return Read(self._keyring, {row["ref"]: row for row in rows})

    async def people(self, conn: Connection, refs: Sequence[VaultRef]) -> dict[VaultRef, Person]:
        """Several people at once, residents or colleagues; neither who was erased nor a place."""
        found = await self.read(conn, refs)
        return {ref: person for ref in refs if (person := found.person(ref))}

    async def accounts(self, conn: Connection, refs: Sequence[VaultRef]) -> dict[VaultRef, Account]:
        """Several bank accounts at once; what was erased is not among them."""
        rows = await conn.fetch(SQL["get_many"], list(refs))
        kept = [row for row in rows if row["kind"] == KINDS[Account]]
        return {row["ref"]: self._open(row, row["ref"], Account) for row in kept}

    async def look(
        self, conn: Connection, refs: Sequence[VaultRef], staff: StaffRef, purpose: str
    ) -> dict[VaultRef, Person]:
        """The same for somebody on the desk, whose look is logged."""
        await conn.execute(SQL["log_look"], list(refs), staff, purpose)
        return await self.people(conn, refs)

    async def look_at(
        self, conn: Connection, ref: VaultRef, kind: type[Kept], staff: StaffRef, purpose: str
    ) -> Kept:
        """One item of any kind for somebody on the desk, whose look is logged; raises :class:`Erased`."""
        await conn.execute(SQL["log_look"], [ref], staff, purpose)
        return await self.get(conn, ref, kind)

    async def look_at_all(
        self, conn: Connection, refs: Sequence[VaultRef], kind: type[Kept], staff: StaffRef, purpose: str
    ) -> dict[VaultRef, Kept]:
        """Several of a kind for somebody on the desk, in one step; what was erased is not among them."""
        await conn.execute(SQL["log_look"], list(refs), staff, purpose)
        rows = await conn.fetch(SQL["get_many"], list(refs))
        kept = [row for row in rows if row["kind"] == KINDS[kind]]
        return {row["ref"]: self._open(row, row["ref"], kind) for row in kept}

    async def erase(self, conn: Connection, refs: Sequence[VaultRef], reason: str) -> None:
        """Destroy the data keys, and log it for a later restore. Erasing twice changes nothing."""
        await conn.execute(SQL["erase"], list(refs))
        await conn.execute(SQL["log_erasure"], list(refs), reason)

    async def open_letter(self, conn: Connection, person: VaultRef, mail: UUID, sealed: bytes) -> bytes:
        """The letter again; raises :class:`Erased`."""
        row = await conn.fetchrow(SQL["get"], person)
        if row is None:
            raise Erased
        return unseal(_data_key(self._keyring, row, person), sealed, mail.bytes)

    def _open(self, row: asyncpg.Record, ref: VaultRef, kind: type[Kept]) -> Kept:
        return _opened(self._keyring, row, ref, kind)


class Read:
    """What one look found; nobody who was erased before it is there."""

    def __init__(self, keyring: Keyring, rows: dict[VaultRef, asyncpg.Record]) -> None:
        self._keyring = keyring
        self._rows = rows

    def person(self, ref: VaultRef) -> Person | None:
        """A resident or a colleague."""
        row = self._rows.get(ref)
        return _opened(self._keyring, row, ref, Person) if row and row["kind"] in READERS else None

    def get(self, ref: VaultRef, kind: type[Kept]) -> Kept:
        """One of a kind; raises :class:`Erased`."""
        row = self._rows.get(ref)
        if row is None or row["kind"] != KINDS[kind]:
            raise Erased
        return _opened(self._keyring, row, ref, kind)

    def seal_letter(self, person: VaultRef, mail: UUID, letter: bytes) -> bytes:
        """Seal a letter with its reader's own data key, so that it is erased with them."""
        return seal(_data_key(self._keyring, self._rows[person], person), letter, mail.bytes)


def _data_key(keyring: Keyring, row: asyncpg.Record, ref: VaultRef) -> bytes:
    return keyring.unwrap(row["key_id"], row["wrapped_key"], ref.bytes)


def _opened(keyring: Keyring, row: asyncpg.Record, ref: VaultRef, kind: type[Kept]) -> Kept:
    return kind.model_validate_json(unseal(_data_key(keyring, row, ref), row["sealed"], ref.bytes))
