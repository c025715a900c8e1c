"""Who comes in with an account of the municipality's provider, and as what."""

import hmac
from collections.abc import Container
from dataclasses import dataclass
from hashlib import sha256

from schemas.person import Colleague
from schemas.refs import Slug
from schemas.sign_in import Admits, Provider
from schemas.staff import Failure, Role, Source
from store import staff
from store.database import Connection
from store.keys import Keyring
from store.staff import Member
from store.vault import Vault

PURPOSE = "staff-account"


@dataclass(frozen=True)
class Identity:
    """What a provider says of who signed in, after its signature was checked."""

    issuer: str
    subject: str
    name: str
    mail: str
    verified: bool
    """The provider vouches for the address."""
    roles: frozenset[Role]


def _digests(keyring: Keyring, municipality: Slug, who: Identity) -> dict[int, bytes]:
    account = f"{municipality}|{who.issuer}|{who.subject}".encode()
    keys = keyring.derived_by_each(PURPOSE)
    return {key_id: hmac.digest(key, account, sha256) for key_id, key in keys.items()}


async def admit(
    conn: Connection, vault: Vault, keyring: Keyring, municipality: Slug, provider: Provider, who: Identity
) -> Member | Failure:
    """Who it is here, with the roles of today. Commit, also when it fails: roles may have ended."""
    await staff.lock(conn, municipality)
    digests = _digests(keyring, municipality, who)
    found = await staff.of_account(conn, municipality, list(digests.values()))
    if found is None:
        newcomer = await _newcomer(conn, vault, municipality, provider, who, digests)
        if isinstance(newcomer, Failure):
            return newcomer
        found = newcomer
    if found.account_by != keyring.active:
        await staff.bind(conn, found, digests[keyring.active], keyring.active)
    if found.ended_at is not None:
        return Failure.ENDED
    await _follow(conn, vault, found, who)
    await _sync(conn, found, who)
    if not await staff.roles(conn, found.ref):
        return Failure.UNKNOWN
    await staff.joins(conn, found)
    return found


async def _newcomer(
    conn: Connection,
    vault: Vault,
    municipality: Slug,
    provider: Provider,
    who: Identity,
    keys: Container[int],
) -> Member | Failure:
    """Somebody whose account was not seen before: invited by their address, or new by their group.

    One address is one colleague, so that nobody becomes their own second pair of eyes. An account that was
    marked under a master key that is gone (not in ``keys``) is told by its proven address again.
    """
    if not who.mail:
        return Failure.NO_MAIL
    known = await staff.of_address(conn, vault, municipality, who.mail)
    if known is None:
        if provider.admits is not Admits.GROUP or not who.roles:
            return Failure.UNKNOWN
        colleague = Colleague(name=who.name or who.mail, email=who.mail)
        return await staff.create(conn, vault, municipality, colleague)
    if known.ended_at is not None:
        return Failure.ENDED
    if known.account_by in keys:
        return Failure.TAKEN
    return known if who.verified else Failure.UNPROVEN


async def _follow(conn: Connection, vault: Vault, found: Member, who: Identity) -> None:
    """Take over a name, and an address that is nobody else's."""
    kept = await vault.get(conn, found.contact, Colleague)
    other = await staff.of_address(conn, vault, found.municipality, who.mail) if who.mail else None
    free = bool(who.mail) and (other is None or other.ref == found.ref)
    new = kept.model_copy(update={"name": who.name or kept.name, "email": who.mail if free else kept.email})
    if new != kept:
        await vault.change(conn, found.contact, new)


async def _sync(conn: Connection, found: Member, who: Identity) -> None:
    had = {role for role, source in await staff.roles(conn, found.ref) if source is Source.PROVIDER}
    for role in sorted(had - who.roles):
        await staff.take(conn, found, role, found.ref, Source.PROVIDER)
    for role in sorted(who.roles - had):
        await staff.give(conn, found, role, found.ref, Source.PROVIDER)
