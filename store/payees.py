"""Where streets are paid: one account in force a street, and perhaps one that wants to become it.

The holder and the IBAN are in the vault; here are only references to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.payee import PayeeState
from schemas.payment import PayeeOrder
from schemas.refs import Slug, VaultRef
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries
from store.vault import Vault

SQL = queries("payees")


@dataclass(frozen=True)
class Payee:
    """An account that was given for a street, sealed under ``ref``, by a gangmaker."""

    ref: VaultRef
    given_by: VaultRef
    state: PayeeState


async def ask(conn: Connection, order: PayeeOrder) -> None:
    """Somebody gave an account for their street: note it, and have the relay start its workflow."""
    await conn.execute(SQL["ask"], order.ref, order.municipality, order.street, order.given_by)
    payload = order.model_dump(mode="json")
    await receive(conn, Submission(order.ref, "payee", order.municipality, payload))


async def in_force(conn: Connection, municipality: Slug, street: Slug) -> UUID | None:
    """The vault's reference of the account that a street is paid on."""
    ref: UUID | None = await conn.fetchval(SQL["in_force"], municipality, street)
    return ref


async def pending(conn: Connection, municipality: Slug, street: Slug) -> UUID | None:
    """The reference of the account that waits for a yes, or for its day to pass; the latest."""
    ref: UUID | None = await conn.fetchval(SQL["pending"], municipality, street)
    return ref


async def is_open(conn: Connection, ref: VaultRef) -> bool:
    """Whether this account waits, also when a later one does."""
    return bool(await conn.fetchval(SQL["is_open"], ref))


async def of_street(conn: Connection, municipality: Slug, street: Slug) -> list[Payee]:
    """The accounts of a street that count or may come to, oldest first; locked until the transaction ends.

    Nobody else weighs an account of the street meanwhile.
    """
    await conn.execute(SQL["lock_street"], municipality, street)
    rows = await conn.fetch(SQL["of_street"], municipality, street)
    return [Payee(row["ref"], row["given_by"], PayeeState(row["state"])) for row in rows]


async def given_by(conn: Connection, people: Sequence[VaultRef]) -> list[Payee]:
    """The accounts that these people gave and that count or may come to, locked."""
    rows = await conn.fetch(SQL["given_by"], people)
    return [Payee(row["ref"], row["given_by"], PayeeState(row["state"])) for row in rows]


async def is_payable(conn: Connection, ref: VaultRef) -> bool:
    """Whether a batch may pay on this account: in force, and not closed by what a bank said last."""
    return bool(await conn.fetchval(SQL["is_payable"], ref))


async def weighed(conn: Connection, key: str) -> dict[str, Any] | None:
    """What an account came to when it was weighed before; ``key`` is that of its fact."""
    told: dict[str, Any] | None = await conn.fetchval(SQL["weighed"], key)
    return told


async def confirm(conn: Connection, payee: Payee) -> None:
    """It was said to be right; it waits for its day to pass."""
    await conn.execute(SQL["move"], payee.ref, PayeeState.CONFIRMED)


async def put_in_force(conn: Connection, vault: Vault, payee: Payee, current: Payee | None) -> None:
    """From now on the street is paid on it. What it replaces stays sealed only if it was paid on."""
    if current:
        await conn.execute(SQL["move"], current.ref, PayeeState.REPLACED)
        if not await conn.fetchval(SQL["is_paid_on"], current.ref):
            await vault.erase(conn, [current.ref], "account.replaced")
    await conn.execute(SQL["move"], payee.ref, PayeeState.IN_FORCE)


async def refuse(conn: Connection, vault: Vault, refused: Sequence[Payee], reason: str) -> None:
    """They will not be paid on: forget them."""
    for payee in refused:
        await conn.execute(SQL["move"], payee.ref, PayeeState.REFUSED)
    if refused:
        await vault.erase(conn, [payee.ref for payee in refused], reason)
