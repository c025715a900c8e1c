"""Who works at the desk of a municipality, and as what. Names and addresses lie sealed in the vault.

A ref is a person's within a municipality, whatever role they act in: who proposed something as a coordinator
is the same one when they sit down as a treasurer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg

from schemas.facts import Fact
from schemas.person import Colleague
from schemas.refs import Slug, StaffRef, VaultRef
from schemas.staff import InvitationForm, Role, Source, key_of, new_staff_ref
from store import limits, links, passkeys, registry, sessions
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries
from store.vault import Vault

SQL = queries("staff")

Row: TypeAlias = asyncpg.Record

INVITATIONS = limits.Limit("invitations", 30)
"""Invitations of one lead in an hour."""
TO_ONE = limits.Limit("invitation", 3)
"""Invitations to one address in an hour."""

INVITATION_LIFE = timedelta(days=7)


class TooOften(Exception):
    """There were enough of these for now."""


class LastLead(Exception):
    """Without them nobody could look after the desk."""


@dataclass(frozen=True)
class Member:
    """One person at one desk."""

    ref: StaffRef
    municipality: Slug
    person: UUID
    """The human, in every municipality that they joined by their passkey."""
    contact: VaultRef
    account_by: int | None
    """The master key under which they are known by an account of the provider; None: not by an account."""
    invitations: int
    invited_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None

    @property
    def workflow_id(self) -> str:
        """What the link of an invitation is about."""
        return f"staff-{self.ref.replace(':', '-')}"


@dataclass(frozen=True)
class Seat:
    """A place to sit: a person, a municipality, a role."""

    ref: StaffRef
    municipality: Slug
    role: Role


@dataclass(frozen=True)
class Named:
    """How to show somebody who works here, or did."""

    name: str
    ended: bool


def _member(row: asyncpg.Record | None) -> Member | None:
    return Member(**row) if row else None


async def lock(conn: Connection, municipality: Slug) -> None:
    """Before somebody is looked up to be made if they are not there; until the transaction ends."""
    await conn.execute(SQL["lock"], municipality)


async def journal(
    conn: Connection,
    name: str,
    municipality: Slug,
    subject: str,
    actor: StaffRef,
    passkey: UUID | None = None,
) -> None:
    """Write down who did what: a sign-in, an invitation, a role. Never with anybody's name."""
    fact = Fact(
        key=f"staff/{uuid4()}", name=f"staff.{name}", municipality=municipality, subject=subject, actor=actor
    )
    await registry.enter(conn, fact, {"passkey": str(passkey)} if passkey else None)


async def member(conn: Connection, municipality: Slug, ref: StaffRef) -> Member | None:
    """Somebody by their ref."""
    return _member(await conn.fetchrow(SQL["member"], municipality, ref))


async def of_contact(conn: Connection, municipality: Slug, contact: VaultRef) -> Member | None:
    """Somebody by their sealed details."""
    return _member(await conn.fetchrow(SQL["of_contacts"], municipality, [contact]))


async def of_address(conn: Connection, vault: Vault, municipality: Slug, address: str) -> Member | None:
    """Who has this address here; who works here now before who did."""
    contacts = await vault.colleagues_of_address(conn, municipality, address)
    return _member(await conn.fetchrow(SQL["of_contacts"], municipality, contacts))


async def of_account(conn: Connection, municipality: Slug, digests: list[bytes]) -> Member | None:
    """Who is known by an account of the provider."""
    return _member(await conn.fetchrow(SQL["of_account"], municipality, digests))


async def everybody(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """Who works here, and then who did, each with roles and the number of open sessions."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["all"], municipality, sessions.IDLE)
    return rows


async def anybody(conn: Connection) -> bool:
    """Whether somebody works anywhere: until then there is nothing to sign in to."""
    return bool(await conn.fetchval(SQL["anybody"]))


async def names(conn: Connection, vault: Vault, municipality: Slug) -> dict[StaffRef, Named]:
    """How to show everybody who works here, or did; who was erased is not among them."""
    rows = await conn.fetch(SQL["contacts"], municipality)
    people = await vault.people(conn, [row["contact"] for row in rows])
    kept = [row for row in rows if row["contact"] in people]
    return {row["ref"]: Named(people[row["contact"]].name, row["ended"]) for row in kept}


async def details(conn: Connection, vault: Vault, who: Member) -> Colleague:
    """Their own name and address, for themselves; who looks at another goes through ``look_at``."""
    return await vault.get(conn, who.contact, Colleague)


async def with_role(conn: Connection, municipality: Slug, roles: list[Role]) -> list[StaffRef]:
    """Who works here in one of these roles."""
    return [row["ref"] for row in await conn.fetch(SQL["with_role"], municipality, roles)]


async def roles(conn: Connection, ref: StaffRef) -> list[tuple[Role, Source]]:
    """What somebody is, and who says so."""
    return [(Role(row["role"]), Source(row["source"])) for row in await conn.fetch(SQL["roles"], ref)]


async def seats_of_person(conn: Connection, person: UUID) -> list[Seat]:
    """Where a passkey lets somebody sit: what a desk gave them, in any municipality."""
    rows = await conn.fetch(SQL["seats_of_person"], person)
    return [Seat(row["ref"], row["municipality"], Role(row["role"])) for row in rows]


async def seats_of_member(conn: Connection, ref: StaffRef) -> list[Seat]:
    """Where the account of a municipality lets somebody sit: there, in every role they have."""
    rows = await conn.fetch(SQL["seats_of_member"], ref)
    return [Seat(row["ref"], row["municipality"], Role(row["role"])) for row in rows]


async def works_elsewhere(conn: Connection, who: Member) -> bool:
    """Whether the same person sits at another municipality's desk, linked by their passkey."""
    return bool(await conn.fetchval(SQL["works_elsewhere"], who.person, who.ref))


async def shut_out(conn: Connection, who: Member) -> None:
    """Codes and entrances that were handed out for this desk end."""
    await conn.execute(SQL["shut_out"], who.ref)


async def refs_of_person(conn: Connection, person: UUID) -> list[StaffRef]:
    """Every ref of one human."""
    return [row["ref"] for row in await conn.fetch(SQL["refs_of_person"], person)]


async def create(conn: Connection, vault: Vault, municipality: Slug, colleague: Colleague) -> Member:
    """Somebody new. Hold :func:`lock`, and look first."""
    contact = await vault.put(conn, municipality, colleague)
    ref = new_staff_ref(municipality)
    await conn.execute(SQL["put"], ref, municipality, uuid4(), contact)
    made = await member(conn, municipality, ref)
    if made is None:
        raise LookupError("a member who was just made")
    return made


async def invite(
    conn: Connection, vault: Vault, municipality: Slug, form: InvitationForm, actor: StaffRef
) -> Member:
    """Invite a colleague by mail; one who is known keeps their ref, also when they left before.

    Raises :class:`TooOften`.
    """
    mine = await limits.attempt(conn, INVITATIONS, f"{municipality}/{actor}")
    if not mine or not await limits.attempt(conn, TO_ONE, vault.digests(municipality, form.email)):
        raise TooOften
    await lock(conn, municipality)
    found = await of_address(conn, vault, municipality, form.email)
    if found is None:
        found = await create(conn, vault, municipality, Colleague(name=form.name, email=form.email))
    elif found.ended_at:
        await conn.execute(SQL["reopen"], found.ref)
        await vault.change(conn, found.contact, Colleague(name=form.name, email=form.email))
    await journal(conn, "invited", municipality, found.ref, actor)
    await give(conn, found, form.role, actor)
    await send_invitation(conn, found)
    return found


async def send_invitation(conn: Connection, who: Member) -> None:
    """Have the link mailed; the ones before it end.

    Who reads this mailbox makes a passkey for this desk, and for no other: whoever works elsewhere too is a
    person of their own here, until they show the passkey they have.
    """
    await shut_out(conn, who)
    if await works_elsewhere(conn, who):
        await becomes(conn, who, uuid4())
    number = await conn.fetchval(SQL["invited"], who.ref)
    payload = {"municipality": who.municipality, "ref": who.ref, "number": number + 1}
    await receive(conn, Submission(uuid4(), "staff_invitation", who.municipality, payload))


async def invite_again(conn: Connection, vault: Vault, who: Member, actor: StaffRef) -> None:
    """For who lost their passkey: the old ones end, with what they opened, and a new link is mailed.

    Those that open another municipality's desk too are that desk's to end; here they open nothing any more.
    Raises :class:`TooOften`.
    """
    mine = await limits.attempt(conn, INVITATIONS, f"{who.municipality}/{actor}")
    address = (await details(conn, vault, who)).email
    if not mine or not await limits.attempt(conn, TO_ONE, vault.digests(who.municipality, address)):
        raise TooOften
    if await works_elsewhere(conn, who):
        await sessions.end_all(conn, [who.ref])
    else:
        for passkey in await passkeys.remove_all(conn, who.person):
            await journal(conn, "passkey_removed", who.municipality, who.ref, actor, passkey)
        await sessions.end_by_passkey(conn, who.person)
    await journal(conn, "invited", who.municipality, who.ref, actor)
    await send_invitation(conn, who)


async def give(
    conn: Connection, who: Member, role: Role, actor: StaffRef, source: Source = Source.DESK
) -> None:
    """Give a role; one they have already changes nothing."""
    if await conn.fetchval(SQL["give"], who.ref, role, source):
        await journal(conn, "role_given", who.municipality, f"{who.ref}/{role}", actor)


async def take(
    conn: Connection, who: Member, role: Role, actor: StaffRef, source: Source = Source.DESK
) -> None:
    """Take a role back, and end the sessions in it; raises :class:`LastLead`.

    Who has the role still from the other source may sit down again.
    """
    await lock(conn, who.municipality)
    if source is Source.DESK and role is Role.LEAD:
        await _not_the_last(conn, who)
    if await conn.fetchval(SQL["take"], who.ref, role, source):
        await sessions.end_role(conn, who.ref, role)
        await journal(conn, "role_ended", who.municipality, f"{who.ref}/{role}", actor)


async def lose(conn: Connection, who: Member, role: Role) -> bool:
    """A role goes, whoever gave it, with its sessions and without a line. False: they did not have it.

    What their provider says it says again when they sign in there.
    """
    lost = [await conn.fetchval(SQL["take"], who.ref, role, source) for source in Source]
    await sessions.end_role(conn, who.ref, role)
    return any(lost)


async def _not_the_last(conn: Connection, who: Member) -> None:
    held = {role for role, _ in await roles(conn, who.ref)}
    if Role.LEAD in held and not await conn.fetchval(SQL["leads"], who.municipality, who.ref):
        raise LastLead


async def end(conn: Connection, who: Member, actor: StaffRef) -> None:
    """Somebody leaves: roles, sessions and links end at once; raises :class:`LastLead`.

    Their passkeys go too, unless they work for another municipality.
    """
    await lock(conn, who.municipality)
    await _not_the_last(conn, who)
    if await out(conn, who):
        await journal(conn, "ended", who.municipality, who.ref, actor)


async def out(conn: Connection, who: Member) -> bool:
    """The same, whoever they are, without a line. False: they were out already."""
    if not await conn.fetchval(SQL["end"], who.ref):
        return False
    await conn.execute(SQL["end_roles"], who.ref)
    await sessions.end_all(conn, [who.ref])
    await links.lapse(conn, who.workflow_id, who.contact)
    await shut_out(conn, who)
    if not await works_elsewhere(conn, who):
        await passkeys.remove_all(conn, who.person)
    return True


async def forget_passkey(conn: Connection, who: Member, passkey: UUID) -> bool:
    """One of their own passkeys goes. False: it is the last, and stays."""
    if not await passkeys.remove(conn, who.person, passkey):
        return False
    await journal(conn, "passkey_removed", who.municipality, who.ref, who.ref, passkey)
    return True


async def joins(conn: Connection, who: Member) -> None:
    """They came in for the first time; later times change nothing."""
    await conn.execute(SQL["joined"], who.ref)


async def becomes(conn: Connection, who: Member, person: UUID) -> None:
    """They proved by a passkey to be somebody who works elsewhere too: from now on one person."""
    await conn.execute(SQL["becomes"], who.ref, person)


async def bind(conn: Connection, who: Member, account: bytes, key_id: int) -> None:
    """From now on they are known by an account of the provider, marked under this master key."""
    await conn.execute(SQL["bind"], who.ref, account, key_id)


async def spend(conn: Connection, what: str, life: timedelta) -> bool:
    """Use something that works once. False: it was used before. Commit, whatever comes of it."""
    await conn.execute(SQL["sweep_spent"])
    digest = sha256(what.encode()).digest()
    return await conn.fetchval(SQL["spend"], digest, life) is not None


async def forget_spent(conn: Connection) -> None:
    """What worked once and would be too old by now."""
    await conn.execute(SQL["sweep_spent"])


def subject_of(who: Member) -> str:
    """How a link or a code of theirs is called in the journal."""
    return key_of(who.ref)
