"""The way in for who was invited: a link that signs nobody in, a code from a second mail, a passkey."""

from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.desk.entry import arriving, codes, cookies, making, passkey, webauthn
from forms.desk.entry.ways import Refused
from forms.desk.visit import desk_of
from forms.site.i18n import language_of, translated
from forms.site.reading import typed
from forms.site.security import CSP, OWN_SCRIPT
from schemas.policy import Policy
from schemas.staff import Failure, How
from store import invitations, passkeys, policies, staff
from store.database import Connection
from store.entry import Outcome
from store.staff import Member

router = APIRouter(prefix="/uitnodiging/{municipality}")


async def _policy(conn: Connection, municipality: str) -> Policy:
    found = await policies.current(conn, municipality)
    if found is None:
        raise HTTPException(404)
    return found[0]


def _page(
    request: Request,
    policy: Policy,
    template: str,
    status: int = 200,
    *,
    errors: dict[str, str] | None = None,
    **values: object,
) -> Response:
    home = f"/uitnodiging/{policy.slug}"
    return desk_of(request).pages.render(
        request, template, status, policy=policy, errors=errors, home=home, **values
    )


def _shut(request: Request, policy: Policy) -> Response:
    """Nobody asked for a code here, or their time is over."""
    return _page(request, policy, "invited_shut.html", 403)


def _takes_passkeys(request: Request, policy: Policy) -> bool:
    return policy.sign_in.passkeys and webauthn.possible(desk_of(request))


@router.get("/code")
async def code(request: Request, municipality: str) -> Response:
    """Where the six digits are typed."""
    async with desk_of(request).db.connection() as conn:
        policy = await _policy(conn, municipality)
        who = await invitations.asked(conn, municipality, cookies.read(request, cookies.CODE))
    return _code_page(request, policy) if who else _shut(request, policy)


def _code_page(request: Request, policy: Policy, wrong: str = "") -> Response:
    errors = {"code": wrong} if wrong else {}
    return _page(request, policy, "invited_code.html", 422 if errors else 200, errors=errors, values={})


@router.post("/code")
async def enter(request: Request, municipality: str) -> Response:
    """The right code lets somebody make a passkey; a wrong one is counted."""
    values, desk, language = await typed(request), desk_of(request), language_of(request)
    kept = cookies.read(request, cookies.CODE)
    async with desk.db.transaction() as conn:
        policy = await _policy(conn, municipality)
        if not await invitations.asked(conn, municipality, kept):
            return _shut(request, policy)
        digits = codes.digits_of(values)
        if digits is None:
            return _code_page(request, policy, translated(codes.NO_CODE, language))
        opening = await invitations.open_with(conn, desk.keyring, municipality, kept, digits)
    if opening.outcome is not Outcome.OPEN:
        return _code_page(request, policy, codes.said(opening, language))
    response = RedirectResponse(f"/uitnodiging/{municipality}/passkey", 303)
    cookies.give(request, response, cookies.JOINING, opening.token)
    cookies.drop(request, response, cookies.CODE)
    return response


@router.post("/opnieuw")
async def another_code(request: Request, municipality: str) -> Response:
    """Another code, for the browser that asked for one."""
    await typed(request)
    async with desk_of(request).db.transaction() as conn:
        policy = await _policy(conn, municipality)
        who = await invitations.asked(conn, municipality, cookies.read(request, cookies.CODE))
        if who is None:
            return _shut(request, policy)
        return _asked(request, policy, await invitations.ask_code(conn, who))


def _asked(request: Request, policy: Policy, kept: str | None) -> Response:
    if kept is None:
        return _page(request, policy, "invited_wait.html", 429)
    response = RedirectResponse(f"/uitnodiging/{policy.slug}/code", 303)
    cookies.give(request, response, cookies.CODE, kept)
    return response


async def _inside(conn: Connection, request: Request, policy: Policy) -> Member | None:
    token = cookies.read(request, cookies.JOINING)
    if not token or not _takes_passkeys(request, policy):
        return None
    return await invitations.inside(conn, policy.slug, token)


@router.get("/passkey")
async def new(request: Request, municipality: str) -> Response:
    """Where the passkey is made."""
    desk = desk_of(request)
    async with desk.db.connection() as conn:
        policy = await _policy(conn, municipality)
        who = await _inside(conn, request, policy)
        if who is None:
            return _shut(request, policy)
        return await _passkey_page(conn, request, policy, who, {}, {})


async def _passkey_page(
    conn: Connection,
    request: Request,
    policy: Policy,
    who: Member,
    errors: dict[str, str],
    values: dict[str, str],
) -> Response:
    desk = desk_of(request)
    colleague = await staff.details(conn, desk.vault, who)
    own = await passkeys.of_person(conn, desk.keyring, who.person)
    response = _page(
        request,
        policy,
        "invited_passkey.html",
        422 if errors else 200,
        errors=errors,
        values=values,
        name=colleague.name,
        make=webauthn.to_make(desk, who.person, colleague, own),
        use=webauthn.to_sign_in(desk),
    )
    response.headers[CSP] = OWN_SCRIPT
    return response


@router.post("/passkey")
async def make(request: Request, municipality: str) -> Response:
    """The passkey is theirs, and they are in."""
    values, desk = await typed(request), desk_of(request)
    async with desk.db.transaction() as conn:
        policy = await _policy(conn, municipality)
        who = await _inside(conn, request, policy)
        if who is None:
            return _shut(request, policy)
        if wrong := await making.make(conn, desk, who.person, values, language_of(request)):
            return await _passkey_page(conn, request, policy, who, wrong, values)
        await staff.journal(conn, "passkey_added", municipality, who.ref, who.ref)
        return await _joined(conn, request, policy, who)


@router.post("/bestaande")
async def have_one(request: Request, municipality: str) -> Response:
    """Somebody who works for another municipality too comes in with the passkey they have."""
    values, desk = await typed(request), desk_of(request)
    async with desk.db.connection() as conn:
        policy = await _policy(conn, municipality)
        who = await _inside(conn, request, policy)
    if who is None:
        return _shut(request, policy)
    try:
        person = await passkey.prove(desk, values)
        async with desk.db.transaction() as conn:
            await staff.lock(conn, municipality)
            await _one_person(conn, who, person)
            return await _joined(conn, request, policy, who)
    except Refused as refused:
        return await arriving.failed(request, policy, refused.why)


async def _one_person(conn: Connection, who: Member, person: UUID) -> None:
    """Raises :class:`Refused` for who works here already: nobody is two colleagues."""
    refs = await staff.refs_of_person(conn, person)
    if any(ref.rpartition(":")[0] == who.municipality and ref != who.ref for ref in refs):
        raise Refused(Failure.TAKEN)
    await staff.becomes(conn, who, person)


async def _joined(conn: Connection, request: Request, policy: Policy, who: Member) -> Response:
    await invitations.accepted(conn, who)
    joined = await staff.member(conn, who.municipality, who.ref)
    known = await policies.all_current(conn)
    seats = await passkey.open_to_passkeys(conn, (joined or who).person, known)
    if not seats:
        return arriving.told(request, policy, Failure.UNKNOWN)
    response = await arriving.begin(conn, request, seats, How.PASSKEY, "", who.municipality)
    cookies.drop(request, response, cookies.JOINING)
    return response


@router.get("/{token}")
async def show(request: Request, municipality: str, token: str) -> Response:
    """The page behind the mailed link: a button, and nothing of anybody."""
    async with desk_of(request).db.connection() as conn:
        policy = await _policy(conn, municipality)
        ours, who = await invitations.behind(conn, municipality, token)
    if not ours:
        raise HTTPException(404)
    if who is None:
        return _page(request, policy, "invited_gone.html", 410)
    return _page(request, policy, "invited.html", passkeys=_takes_passkeys(request, policy))


@router.post("/{token}")
async def send_code(request: Request, municipality: str, token: str) -> Response:
    """Mail a code, for this browser."""
    await typed(request)
    async with desk_of(request).db.transaction() as conn:
        policy = await _policy(conn, municipality)
        ours, who = await invitations.behind(conn, municipality, token)
        if not ours or not _takes_passkeys(request, policy):
            raise HTTPException(404)
        if who is None:
            return _page(request, policy, "invited_gone.html", 410)
        return _asked(request, policy, await invitations.ask_code(conn, who))
