"""The cookies of the sign-in, beside the session's own: on the way to a provider, and what is remembered."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from forms.desk.visit import Desk, desk_of
from store.entry import ASK_AGAIN
from store.invitations import INSIDE

WAY, CODE, JOINING, PLACE = "heen", "code", "begin", "gemeente"
LIVES = {
    WAY: timedelta(minutes=10),
    CODE: ASK_AGAIN,
    JOINING: INSIDE,
    PLACE: timedelta(days=365),
}


def _name(desk: Desk, cookie: str) -> str:
    return f"{desk.cookie}-{cookie}"


def _secure(desk: Desk) -> bool:
    return desk.settings.desk_url.startswith("https://")


def read(request: Request, cookie: str) -> str:
    """What the browser sent; empty when it sent none."""
    return request.cookies.get(_name(desk_of(request), cookie), "")


def give(request: Request, response: Response, cookie: str, value: str) -> None:
    """Have the browser keep it, out of the reach of scripts."""
    desk = desk_of(request)
    response.set_cookie(
        _name(desk, cookie),
        value,
        max_age=int(LIVES[cookie].total_seconds()),
        path="/",
        secure=_secure(desk),
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, response: Response, cookie: str) -> None:
    """Have the browser forget it."""
    desk = desk_of(request)
    response.delete_cookie(_name(desk, cookie), path="/", secure=_secure(desk), httponly=True, samesite="lax")


def give_session(request: Request, response: Response, token: str) -> None:
    """The session's own: until the browser closes, or we end it."""
    desk = desk_of(request)
    response.set_cookie(desk.cookie, token, path="/", secure=_secure(desk), httponly=True, samesite="lax")


def drop_session(request: Request, response: Response) -> None:
    """Signed out, here too."""
    desk = desk_of(request)
    response.delete_cookie(desk.cookie, path="/", secure=_secure(desk), httponly=True, samesite="lax")
