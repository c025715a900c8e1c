"""Signing in with a passkey: one assertion, once, within minutes."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from forms.desk.entry import arriving, sealed, webauthn
from forms.desk.entry.ways import Refused
from forms.desk.visit import Desk, desk_of
from forms.site.reading import typed
from schemas.policy import Policy
from schemas.staff import Failure, How
from store import limits, passkeys, policies, staff
from store.database import Connection
from store.staff import Seat

router = APIRouter(prefix="/passkey")


@router.post("")
async def come_in(request: Request) -> Response:
    """In, or a page that says why not."""
    values, desk = await typed(request), desk_of(request)
    place = values.get("gemeente", "")
    async with desk.db.connection() as conn:
        known = await policies.all_current(conn)
    policy = next((each for each in known if each.slug == place), None)
    if policy is None or not policy.sign_in.passkeys:
        raise HTTPException(404)
    try:
        person = await prove(desk, values)
    except Refused as refused:
        if refused.why is Failure.STATE:
            # What nobody began here is no line of the journal: anybody could write it.
            return arriving.told(request, policy, refused.why)
        return await arriving.failed(request, policy, refused.why)
    async with desk.db.transaction() as conn:
        seats = await open_to_passkeys(conn, person, known)
        if seats:
            asked = values.get("naar", "")
            return await arriving.begin(conn, request, seats, How.PASSKEY, asked, policy.slug)
    return await arriving.failed(request, policy, Failure.UNKNOWN)


async def open_to_passkeys(conn: Connection, person: UUID, known: Sequence[Policy]) -> list[Seat]:
    """Where a passkey lets somebody sit; some municipalities take the account of their provider only."""
    places = {policy.slug for policy in known if policy.sign_in.passkeys}
    return [seat for seat in await staff.seats_of_person(conn, person) if seat.municipality in places]


async def prove(desk: Desk, values: dict[str, str]) -> UUID:
    """Whose passkey signed our challenge; raises :class:`Refused`. A try counts, whatever comes of it."""
    signed = values.get("credential", "")
    thing = sealed.reopen(desk.keyring, webauthn.SignInChallenge, values.get("challenge", ""))
    credential = webauthn.credential_of(signed)
    if thing is None:
        raise Refused(Failure.STATE)
    if credential is None:
        raise Refused(Failure.PASSKEY)
    async with desk.db.transaction() as conn:
        unused = await staff.spend(conn, f"challenge/{thing.once}", sealed.LIFE)
        seldom = await limits.attempt(conn, passkeys.TRIES, sha256(credential).hexdigest())
    if not unused:
        raise Refused(Failure.STATE)
    if not seldom:
        raise Refused(Failure.OFTEN)
    async with desk.db.transaction() as conn:
        held = await passkeys.hold(conn, credential)
        found = webauthn.proven(desk, thing, signed, held) if held else None
        if held is None or found is None:
            raise Refused(Failure.PASSKEY)
        await passkeys.used(conn, held, found.new_sign_count)
    return held.person
