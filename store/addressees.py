"""Who gets mail besides residents: the auditor and the party itself, at addresses that the policy names."""

from schemas.concern import LEAD
from schemas.concern_policy import Professional
from schemas.person import Person
from schemas.policy import Policy
from schemas.refs import Slug, VaultRef
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("addressees")

AUDITOR, PARTY, PRO = "auditor", "party", "pro:"
AUDITOR_NAME = "Controleur"
"""A policy names an address and no person, so this is how the letter greets."""


async def auditor(conn: Connection, vault: Vault, policy: Policy) -> VaultRef | None:
    """The auditor's reference; None where the policy names no auditor."""
    email = policy.payout.auditor_email
    wanted = Person(name=AUDITOR_NAME, email=email) if email else None
    return await _reference(conn, vault, policy.slug, AUDITOR, wanted)


async def party(conn: Connection, vault: Vault, policy: Policy) -> VaultRef | None:
    """The reference of the local party's mailbox, which every policy names."""
    wanted = Person(name=policy.contact.name, email=policy.contact.email)
    return await _reference(conn, vault, policy.slug, PARTY, wanted)


async def office(conn: Connection, vault: Vault, policy: Policy, rung: str) -> VaultRef:
    """Who hears of a concern that nobody picked up: the programme lead where there is one, or the party."""
    email = policy.concerns.lead_email
    if rung == LEAD and email:
        wanted = Person(name=policy.contact.name, email=email)
        return _there(await _reference(conn, vault, policy.slug, LEAD, wanted))
    return _there(await party(conn, vault, policy))


async def professional(conn: Connection, vault: Vault, municipality: Slug, who: Professional) -> VaultRef:
    """The reference of an organisation's mailbox."""
    wanted = Person(name=who.organisation, email=who.email)
    return _there(await _reference(conn, vault, municipality, pro(who.key), wanted))


def pro(key: str) -> str:
    """How roles, the journal and the log of looks call a professional."""
    return f"{PRO}{key}"


async def role_of(conn: Connection, municipality: Slug, ref: VaultRef) -> str | None:
    """Whose address a reference stands for; None for one that was replaced."""
    role: str | None = await conn.fetchval(SQL["role_of"], municipality, ref)
    return role


def _there(ref: VaultRef | None) -> VaultRef:
    if ref is None:
        raise LookupError("an address that is wanted is always kept")
    return ref


async def _reference(
    conn: Connection, vault: Vault, municipality: Slug, role: str, wanted: Person | None
) -> VaultRef | None:
    """Sealed at the first use; an address that changed replaces the old one, which is erased."""
    await conn.execute(SQL["lock_addressees"], municipality)
    ref: VaultRef | None = await conn.fetchval(SQL["addressee"], municipality, role)
    kept = await _kept(conn, vault, ref)
    if kept is not None and kept == wanted:
        return ref
    if ref is not None and kept is not None:
        await vault.erase(conn, [ref], f"{role}.replaced")
    if wanted is None:
        return None
    new = await vault.put(conn, municipality, wanted)
    await conn.execute(SQL["write_addressee"], municipality, role, new)
    return new


async def _kept(conn: Connection, vault: Vault, ref: VaultRef | None) -> Person | None:
    if ref is None:
        return None
    try:
        return await vault.get(conn, ref, Person)
    except Erased:
        return None
