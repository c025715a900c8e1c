"""The local sign-in: choose who you are. Only the local stack has it: elsewhere nobody gets in."""

import re
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.desk.staff import HOMES, SEATS, Role, seat_of, staff_ref
from forms.desk.visit import Desk, desk_of
from forms.site.reading import typed
from store import policies, sessions

router = APIRouter()

ASKED = re.compile(r"/([a-z0-9-]+)/[a-z0-9/-]+")
"""A page of ours that somebody wanted before they signed in."""


def sign_in_page(asked: str = "") -> RedirectResponse:
    """To the sign-in, and back to what was asked afterwards."""
    return RedirectResponse(f"/?naar={quote(asked)}" if ASKED.fullmatch(asked) else "/", 303)


@router.get("/")
async def who_are_you(request: Request) -> Response:
    """Everybody who can sit here, by municipality."""
    return await _choice(request, request.query_params.get("naar", ""))


@router.post("/")
async def sign_in(request: Request) -> Response:
    """Begin a session; an earlier one in the same browser ends."""
    desk = desk_of(request)
    answers = await typed(request)
    if not desk.settings.local_sign_in:
        return await _choice(request, "")
    asked, municipality = answers.get("naar", ""), answers.get("municipality", "")
    seat = seat_of(answers.get("seat", ""))
    async with desk.db.transaction() as conn:
        known = {policy.slug for policy in await policies.all_current(conn)}
        if seat is None or municipality not in known:
            return await _choice(request, asked, status=422)
        await _end(desk, request)
        session = sessions.Session(staff_ref(municipality, seat), municipality, seat.role)
        token = await sessions.begin(conn, session)
    wanted = ASKED.fullmatch(asked)
    own = wanted is not None and wanted[1] == municipality
    response = RedirectResponse(asked if own else f"/{municipality}/{HOMES[seat.role]}", 303)
    secure = desk.settings.desk_url.startswith("https://")
    response.set_cookie(desk.cookie, token, path="/", secure=secure, httponly=True, samesite="lax")
    return response


@router.post("/uit")
async def sign_out(request: Request) -> Response:
    """End the session, here and in the table."""
    desk = desk_of(request)
    await _end(desk, request)
    response = RedirectResponse("/", 303)
    secure = desk.settings.desk_url.startswith("https://")
    response.delete_cookie(desk.cookie, path="/", secure=secure, httponly=True, samesite="lax")
    return response


async def _end(desk: Desk, request: Request) -> None:
    token = request.cookies.get(desk.cookie)
    if token is None:
        return
    async with desk.db.connection() as conn:
        await sessions.revoke(conn, token)


async def _choice(request: Request, asked: str, status: int = 200) -> Response:
    desk = desk_of(request)
    if not desk.settings.local_sign_in:
        return desk.pages.render(request, "no_sign_in.html", 200)
    async with desk.db.connection() as conn:
        known = await policies.all_current(conn)
    wanted = ASKED.fullmatch(asked)
    first = wanted[1] if wanted else ""
    known.sort(key=lambda policy: (policy.slug != first, policy.name))
    return desk.pages.render(
        request,
        "sign_in.html",
        status,
        municipalities=known,
        seats=SEATS,
        roles=Role,
        asked=asked if wanted else "",
    )
