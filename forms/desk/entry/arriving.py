"""Somebody came in, or did not: the session begins in one of their seats, or a page says what to do."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.desk.entry import cookies
from forms.desk.staff import HOMES, Role
from forms.desk.visit import desk_of
from schemas.policy import Policy
from schemas.staff import STRANGER, Failure, How, browser_family
from store import limits, sessions, staff
from store.database import Connection
from store.staff import Seat

log = structlog.get_logger("sign-in")

ASKED = re.compile(r"/([a-z0-9-]+)/[a-z0-9/-]+")
"""A page of ours that somebody wanted before they signed in."""

FAILURES = limits.Limit("sign_in_failed", 60)
"""Failures that the journal takes from one municipality in an hour; the log has them all."""

AWAY = (Failure.AWAY, Failure.SECRET)


def wanted(asked: str, municipality: str) -> str | None:
    """The page that was asked for, if it is one of this municipality."""
    found = ASKED.fullmatch(asked)
    return asked if found and found[1] == municipality else None


async def begin(
    conn: Connection, request: Request, seats: Sequence[Seat], how: How, asked: str, place: str
) -> Response:
    """A session in a seat at ``place`` if there is one; who has more than one seat may choose another."""
    desk = desk_of(request)
    own = [seat for seat in seats if seat.municipality == place]
    seat = (own or list(seats))[0]
    if token := request.cookies.get(desk.cookie):
        await sessions.revoke(conn, token)
    agent = request.headers.get("user-agent", "")
    session = sessions.Session(seat.ref, seat.municipality, seat.role, how=how, browser=browser_family(agent))
    token = await sessions.begin(conn, session)
    await staff.journal(conn, "signed_in", seat.municipality, f"aanmelding/{how}", seat.ref)
    desk.names.forget(seat.municipality)
    response = RedirectResponse(_first_page(seat, asked, choose=len(seats) > 1), 303)
    cookies.give_session(request, response, token)
    cookies.give(request, response, cookies.PLACE, seat.municipality)
    return response


def _first_page(seat: Seat, asked: str, *, choose: bool) -> str:
    page = wanted(asked, seat.municipality)
    if choose:
        return f"/{seat.municipality}/mijn-aanmelding/plek" + (f"?naar={quote(page)}" if page else "")
    return page or f"/{seat.municipality}/{HOMES[Role(seat.role)]}"


async def failed(request: Request, policy: Policy, why: Failure) -> Response:
    """What went wrong, without a word about whom; the journal gets its code."""
    desk = desk_of(request)
    log.warning("a sign-in failed", code=why.value, municipality=policy.slug)
    async with desk.db.transaction() as conn:
        if await limits.attempt(conn, FAILURES, policy.slug):
            await staff.journal(conn, "sign_in_failed", policy.slug, f"aanmelding/{why}", STRANGER)
    return told(request, policy, why)


def told(request: Request, policy: Policy, why: Failure) -> Response:
    """The page of a failure, where nothing was tried that the journal should hold."""
    status = HTTPStatus.SERVICE_UNAVAILABLE if why in AWAY else HTTPStatus.FORBIDDEN
    if why is Failure.OFTEN:
        status = HTTPStatus.TOO_MANY_REQUESTS
    return desk_of(request).pages.render(
        request,
        "sign_in_failed.html",
        status,
        policy=policy,
        why=why,
        retry=policy.sign_in.provider is not None,
    )
