"""One person at two desks: a link that they made by their own passkey, and that no mailbox makes."""

from uuid import uuid4

import pytest

from schemas.person import Colleague
from schemas.staff import InvitationForm, Role
from store import passkeys, staff
from store.database import Database
from store.keys import Keyring
from store.staff import Member
from store.vault import Vault

MAIL = "marlies@rotterdam.example"


async def works(db: Database, vault: Vault, municipality: str, role: Role) -> Member:
    async with db.transaction() as conn:
        who = await staff.create(conn, vault, municipality, Colleague(name="Marlies", email=MAIL))
        await staff.give(conn, who, role, "operator")
        await staff.joins(conn, who)
    return who


@pytest.fixture
async def both(db: Database, vault: Vault, keyring: Keyring) -> tuple[Member, Member]:
    """Lead in The Hague, coordinator in Rotterdam, with one passkey."""
    hague = await works(db, vault, "den-haag", Role.LEAD)
    rotterdam = await works(db, vault, "rotterdam", Role.COORDINATOR)
    async with db.transaction() as conn:
        await staff.becomes(conn, rotterdam, hague.person)
        credential = uuid4().bytes
        added = await passkeys.add(
            conn, keyring, hague.person, "telefoon", credential=credential, public_key=b"k", sign_count=0
        )
        assert added
        assert len(await staff.seats_of_person(conn, hague.person)) == 2
        found = await staff.member(conn, "rotterdam", rotterdam.ref)
    assert found
    return hague, found


async def opened_by(db: Database, who: Member) -> set[tuple[str, Role]]:
    """What a passkey that is made on their invitation opens."""
    async with db.connection() as conn:
        now = await staff.member(conn, who.municipality, who.ref)
        assert now
        return {(seat.municipality, seat.role) for seat in await staff.seats_of_person(conn, now.person)}


async def test_a_new_invitation_opens_one_desk_and_shuts_no_other(
    db: Database, vault: Vault, both: tuple[Member, Member]
) -> None:
    hague, rotterdam = both
    async with db.transaction() as conn:
        await staff.invite_again(conn, vault, rotterdam, "rotterdam:lead")
    assert await opened_by(db, rotterdam) == {("rotterdam", Role.COORDINATOR)}
    assert await opened_by(db, hague) == {("den-haag", Role.LEAD)}
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from staff.passkey where person = $1", hague.person) == 1


async def test_who_left_and_is_invited_again_is_no_way_into_the_other_desk(
    db: Database, vault: Vault, both: tuple[Member, Member]
) -> None:
    """The address may have gone to a namesake meanwhile."""
    _, rotterdam = both
    async with db.transaction() as conn:
        await staff.end(conn, rotterdam, "rotterdam:lead")
        form = InvitationForm(name="Marlies", email=MAIL, role=Role.SCOUT)
        again = await staff.invite(conn, vault, "rotterdam", form, "rotterdam:lead")
    assert again.ref == rotterdam.ref
    assert await opened_by(db, rotterdam) == {("rotterdam", Role.SCOUT)}


async def test_an_invitation_ends_what_was_handed_out_before(
    db: Database, vault: Vault, both: tuple[Member, Member]
) -> None:
    _, rotterdam = both
    async with db.transaction() as conn:
        await conn.execute(
            "insert into staff.entrance values ($1, 'rotterdam', $2, now() + interval '1 hour')",
            b"stolen",
            rotterdam.ref,
        )
        await staff.invite_again(conn, vault, rotterdam, "rotterdam:lead")
        assert await conn.fetchval("select count(*) from staff.entrance") == 0
