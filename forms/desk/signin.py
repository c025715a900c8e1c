"""The sign-in: which municipality, which way in. Only on a local stack does one choose who one is."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.desk.entry import arriving, cookies, webauthn
from forms.desk.staff import HOMES, SEATS, Role, seat_of, staff_ref
from forms.desk.visit import Desk, desk_of
from forms.site.i18n import language_of, marked, translated
from forms.site.reading import typed
from forms.site.security import CSP, OWN_SCRIPT
from schemas.policy import Policy
from schemas.staff import How, browser_family
from store import policies, sessions, staff

router = APIRouter()
NOBODY = marked("Kies hieronder wie u bent. Er is nog niemand aangemeld.")


def sign_in_page(asked: str = "") -> RedirectResponse:
    """To the sign-in, and back to what was asked afterwards."""
    return RedirectResponse(f"/?naar={quote(asked)}" if arriving.ASKED.fullmatch(asked) else "/", 303)


@router.get("/")
async def who_are_you(request: Request) -> Response:
    """The ways in: everybody who can sit here on a local stack, else those of one's municipality."""
    return await _choice(request, request.query_params.get("naar", ""))


@router.post("/")
async def sign_in(request: Request) -> Response:
    """Begin a session as whom one chose, on a local stack; an earlier one in the same browser ends."""
    desk = desk_of(request)
    answers = await typed(request)
    if not desk.is_local(request):
        return await _choice(request, "")
    asked, municipality = answers.get("naar", ""), answers.get("municipality", "")
    seat = seat_of(answers.get("seat", ""))
    async with desk.db.connection() as conn:
        known = {policy.slug for policy in await policies.all_current(conn)}
    if seat is None or municipality not in known:
        return await _choice(request, asked, {"wie": translated(NOBODY, language_of(request))})
    await _end(desk, request)
    async with desk.db.transaction() as conn:
        browser = browser_family(request.headers.get("user-agent", ""))
        ref = staff_ref(municipality, seat)
        token = await sessions.begin(
            conn, sessions.Session(ref, municipality, seat.role, how=How.LOCAL, browser=browser)
        )
    page = arriving.wanted(asked, municipality) or f"/{municipality}/{HOMES[seat.role]}"
    response = RedirectResponse(page, 303)
    cookies.give_session(request, response, token)
    return response


@router.post("/uit")
async def sign_out(request: Request) -> Response:
    """End the session, here and in the table. Who came by a provider may sign out there as well."""
    desk = desk_of(request)
    session = await _end(desk, request)
    by_provider = session is not None and session.how == How.PROVIDER
    page = f"/uit?gemeente={session.municipality}" if session and by_provider else "/"
    response = RedirectResponse(page, 303)
    cookies.drop_session(request, response)
    return response


@router.get("/uit")
async def signed_out(request: Request) -> Response:
    """Goodbye, with the way to sign out at the provider where it has one."""
    desk, place = desk_of(request), request.query_params.get("gemeente", "")
    async with desk.db.connection() as conn:
        found = await policies.current(conn, place)
    provider = found[0].sign_in.provider if found else None
    away = await desk.providers.way_to_sign_out(provider, f"{desk.settings.desk_url}/") if provider else None
    policy = found[0] if found else None
    return desk.pages.render(request, "signed_out.html", policy=policy, away=away)


async def _end(desk: Desk, request: Request) -> sessions.Session | None:
    token = request.cookies.get(desk.cookie)
    if token is None:
        return None
    async with desk.db.connection() as conn:
        session = await sessions.touch(conn, token)
        await sessions.revoke(conn, token)
    return session


@dataclass(frozen=True)
class Ways:
    """The ways in at one municipality."""

    policy: Policy
    account: bool
    passkey: bool

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.account or self.passkey


async def _choice(request: Request, asked: str, errors: dict[str, str] | None = None) -> Response:
    desk = desk_of(request)
    async with desk.db.connection() as conn:
        known = await policies.all_current(conn)
        passkeys = webauthn.possible(desk) and await staff.anybody(conn)
    found = arriving.ASKED.fullmatch(asked)
    page, first = (asked, found[1]) if found else ("", "")
    ways = [
        Ways(policy, policy.sign_in.provider is not None, policy.sign_in.passkeys and passkeys)
        for policy in known
    ]
    ways = [way for way in ways if way.any]
    local = desk.is_local(request)
    if not local and not ways:
        return desk.pages.render(request, "no_sign_in.html", 200)
    own = cookies.read(request, cookies.PLACE)
    place = request.query_params.get("gemeente", "") or first or own
    chosen = next((way for way in ways if way.policy.slug == place), ways[0] if len(ways) == 1 else None)
    known.sort(key=lambda policy: (policy.slug != first, policy.name))
    response = desk.pages.render(
        request,
        "sign_in.html",
        422 if errors else 200,
        errors=errors,
        policy=chosen.policy if chosen and not local else None,
        municipalities=known if local else [],
        seats=SEATS,
        roles=Role,
        ways=sorted(ways, key=lambda way: way.policy.name),
        chosen=chosen,
        challenge=webauthn.to_sign_in(desk) if chosen and chosen.passkey else None,
        asked=page,
    )
    if chosen and chosen.passkey:
        response.headers[CSP] = OWN_SCRIPT
    if chosen and chosen.policy.slug != own:
        cookies.give(request, response, cookies.PLACE, chosen.policy.slug)
    return response
