"""My own sign-in: where I am signed in, my passkeys, and the seats I have."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.colleagues import words
from forms.desk.entry import arriving, cookies, making, webauthn
from forms.desk.entry.passkey import open_to_passkeys
from forms.desk.staff import HOMES
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import translated
from forms.site.reading import typed
from forms.site.security import CSP, OWN_SCRIPT
from schemas.person import Colleague
from schemas.refs import StaffRef
from schemas.staff import How, Source
from store import passkeys, policies, sessions, staff
from store.database import Connection
from store.passkeys import Passkey
from store.staff import Member, Seat

router = APIRouter(prefix="/{municipality}/mijn-aanmelding")
Id = Annotated[UUID, Path()]


def _home(visit: Visit) -> str:
    return f"/{visit.municipality}/mijn-aanmelding"


async def _refs(conn: Connection, visit: Visit, who: Member | None) -> list[StaffRef]:
    """Everywhere I am; of a local seat only here."""
    return await staff.refs_of_person(conn, who.person) if who else [visit.staff]


async def _seats(conn: Connection, visit: Visit, who: Member | None) -> list[Seat]:
    """Where I may sit, the way I signed in."""
    if who is None:
        return []
    if visit.session.how == How.PASSKEY:
        return await open_to_passkeys(conn, who.person, await policies.all_current(conn))
    return await staff.seats_of_member(conn, who.ref)


async def _makes_passkeys(conn: Connection, visit: Visit, who: Member) -> bool:
    """Who has only what the provider gives comes in by the provider.

    And one municipality's provider makes no way into another: whoever works there too adds by a passkey.
    """
    if visit.session.how == How.PROVIDER and await staff.works_elsewhere(conn, who):
        return False
    here = visit.policy.sign_in.passkeys and webauthn.possible(visit.desk)
    return here and any(source is Source.DESK for _, source in await staff.roles(conn, who.ref))


@router.get("")
async def mine(visit: Visiting) -> Response:
    """All of it on one page."""
    return await _page(visit, {})


async def _page(visit: Visit, errors: dict[str, str]) -> Response:
    async with visit.desk.db.connection() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        open_sessions = await sessions.of_staff(conn, await _refs(conn, visit, who))
        seats = await _seats(conn, visit, who)
        own = await passkeys.of_person(conn, visit.desk.keyring, who.person) if who else []
        more = who is not None and await _makes_passkeys(conn, visit, who)
    return visit.render(
        "my_sign_in.html",
        422 if errors else 200,
        errors=errors,
        here="mine",
        sessions=open_sessions,
        seats=seats,
        passkeys=own,
        more=more,
        said=words,
        done=words.DONE.get(visit.request.query_params.get("gedaan", "")),
    )


@router.post("/sessies/{session}/einde")
async def end_one(visit: Visiting, session: Id) -> Response:
    """End one of my sessions; my own too."""
    await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        if not await sessions.end_one(conn, await _refs(conn, visit, who), session):
            raise HTTPException(404)
    return RedirectResponse(f"{_home(visit)}?gedaan=sessie", 303)


@router.post("/overal-af")
async def everywhere(visit: Visiting) -> Response:
    """Sign out on every device, in every municipality."""
    await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        await sessions.end_all(conn, await _refs(conn, visit, who))
        await staff.journal(conn, "signed_out_everywhere", visit.municipality, visit.staff, visit.staff)
    response = RedirectResponse("/uit", 303)
    cookies.drop_session(visit.request, response)
    return response


@router.get("/plek")
async def seats(visit: Visiting) -> Response:
    """Who has more than one seat chooses."""
    async with visit.desk.db.connection() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        found = await _seats(conn, visit, who)
        known = {policy.slug: policy.name for policy in await policies.all_current(conn)}
    asked = arriving.wanted(visit.request.query_params.get("naar", ""), visit.municipality)
    return visit.render("seats.html", here="mine", seats=found, places=known, asked=asked or "")


@router.post("/plek")
async def sit(visit: Visiting) -> Response:
    """Another seat, under another token; the day does not get longer by it."""
    values, request = await typed(visit.request), visit.request
    place, _, role = values.get("seat", "").partition("/")
    async with visit.desk.db.transaction() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        found = [
            each for each in await _seats(conn, visit, who) if (each.municipality, each.role) == (place, role)
        ]
        if not found:
            raise HTTPException(404)
        seat, old = found[0], visit.session
        session = sessions.Session(
            seat.ref,
            seat.municipality,
            seat.role,
            how=old.how,
            browser=old.browser,
            expires_at=old.expires_at,
        )
        await sessions.revoke(conn, request.cookies.get(visit.desk.cookie, ""))
        token = await sessions.begin(conn, session)
    page = arriving.wanted(values.get("naar", ""), seat.municipality)
    response = RedirectResponse(page or f"/{seat.municipality}/{HOMES[seat.role]}", 303)
    cookies.give_session(request, response, token)
    cookies.give(request, response, cookies.PLACE, seat.municipality)
    return response


async def _maker(conn: Connection, visit: Visit) -> tuple[Member, Colleague, list[Passkey]]:
    who = await staff.member(conn, visit.municipality, visit.staff)
    if who is None or not await _makes_passkeys(conn, visit, who):
        raise HTTPException(404)
    colleague = await staff.details(conn, visit.desk.vault, who)
    return who, colleague, await passkeys.of_person(conn, visit.desk.keyring, who.person)


def _passkey_page(
    visit: Visit,
    maker: tuple[Member, Colleague, list[Passkey]],
    errors: dict[str, str],
    values: dict[str, str],
) -> Response:
    who, colleague, own = maker
    make = webauthn.to_make(visit.desk, who.person, colleague, own)
    status = 422 if errors else 200
    response = visit.render("my_passkey.html", status, errors=errors, values=values, here="mine", make=make)
    response.headers[CSP] = OWN_SCRIPT
    return response


@router.get("/passkey")
async def new_passkey(visit: Visiting) -> Response:
    """Where one more passkey is made."""
    async with visit.desk.db.connection() as conn:
        maker = await _maker(conn, visit)
    return _passkey_page(visit, maker, {}, {})


@router.post("/passkey")
async def make_passkey(visit: Visiting) -> Response:
    """Keep it."""
    values = await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        maker = await _maker(conn, visit)
        wrong = await making.make(conn, visit.desk, maker[0].person, values, visit.language)
        if not wrong:
            await staff.journal(conn, "passkey_added", visit.municipality, visit.staff, visit.staff)
    if wrong:
        return _passkey_page(visit, maker, wrong, values)
    return RedirectResponse(f"{_home(visit)}?gedaan=passkey", 303)


@router.post("/passkeys/{passkey}/weg")
async def remove_passkey(visit: Visiting, passkey: Id) -> Response:
    """Forget a passkey; the last one stays."""
    await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        who = await staff.member(conn, visit.municipality, visit.staff)
        if who is None:
            raise HTTPException(404)
        own = await passkeys.of_person(conn, visit.desk.keyring, who.person)
        if passkey not in [each.id for each in own]:
            raise HTTPException(404)
        gone = await staff.forget_passkey(conn, who, passkey)
    if not gone:
        return await _page(visit, {"passkeys": translated(words.LAST_PASSKEY, visit.language)})
    return RedirectResponse(f"{_home(visit)}?gedaan=passkey-weg", 303)
