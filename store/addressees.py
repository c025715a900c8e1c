"""Who hears of the money besides the desk: the auditor, whose address a policy names and the vault keeps."""

from schemas.person import Person
from schemas.policy import Policy
from schemas.refs import VaultRef
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("addressees")

REASON = "auditor.replaced"
NAME = "Controleur"
"""A policy names an address and no person, so this is how the letter greets."""


async def auditor(conn: Connection, vault: Vault, policy: Policy) -> VaultRef | None:
    """The auditor's reference, sealed at the first use; an address that changed replaces and erases the old.

    None where the policy names no auditor.
    """
    await conn.execute(SQL["lock_addressees"], policy.slug)
    ref: VaultRef | None = await conn.fetchval(SQL["addressee"], policy.slug)
    wanted = policy.payout.auditor_email
    kept = await _address(conn, vault, ref)
    if kept is not None and kept == wanted:
        return ref
    if ref is not None and kept is not None:
        await vault.erase(conn, [ref], REASON)
    if wanted is None:
        return None
    new = await vault.put(conn, policy.slug, Person(name=NAME, email=wanted))
    await conn.execute(SQL["write_addressee"], policy.slug, new)
    return new


async def _address(conn: Connection, vault: Vault, ref: VaultRef | None) -> str | None:
    if ref is None:
        return None
    try:
        return (await vault.get(conn, ref, Person)).email
    except Erased:
        return None
