"""The cookies behind a code: who is inside, and which code this browser asked for."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import Site, site_of
from store import concerns, people
from store.door import LIFE
from store.entry import ASK_AGAIN

INSIDE, ASKED = "deur", "deur-code"
CONCERN_INSIDE, CONCERN_ASKED = "melding", "melding-code"
MINE_INSIDE, MINE_ASKED, MINE_ADDRESS = "gegevens", "gegevens-code", "gegevens-adres"
SECONDS = {
    INSIDE: LIFE,
    ASKED: ASK_AGAIN,
    CONCERN_INSIDE: concerns.INSIDE,
    CONCERN_ASKED: ASK_AGAIN,
    MINE_INSIDE: people.LIFE,
    MINE_ASKED: ASK_AGAIN,
    MINE_ADDRESS: ASK_AGAIN,
}


def name_of(site: Site, cookie: str) -> str:
    """Its name. Ports share cookies, so on local http the port is in it."""
    return f"__Host-{cookie}" if site.secure else f"{cookie}-{urlsplit(site.settings.public_url).port or 80}"


def read(request: Request, cookie: str) -> str:
    """What the browser sent; empty when it sent none."""
    return request.cookies.get(name_of(site_of(request), cookie), "")


def give(request: Request, response: Response, cookie: str, value: str) -> None:
    """Have the browser keep it, out of the reach of scripts."""
    site = site_of(request)
    response.set_cookie(
        name_of(site, cookie),
        value,
        max_age=int(SECONDS[cookie].total_seconds()),
        path="/",
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, response: Response, cookie: str) -> None:
    """Have the browser forget it."""
    site = site_of(request)
    response.delete_cookie(name_of(site, cookie), path="/", secure=site.secure, httponly=True, samesite="lax")
