"""What every page answers with, and what no page accepts. Pure ASGI, outermost first: see :func:`guard`."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Refuse = Callable[[Request, int], Awaitable[Response]]
"""Makes the page for a status code."""

MAX_BODY_BYTES = 64 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
CSP = "Content-Security-Policy"
HEADERS = {
    CSP: POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under it, browsers from before Sec-Fetch-Site send no usable Origin with a form.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OWN_SCRIPT = POLICY + "; script-src 'self'; connect-src 'self'"
"""For the one page that works without a signal: our own script from its own file, and nothing inline."""

PICTURE = "default-src 'none'; sandbox"
"""For a drawing that somebody else made: opened by itself it can do nothing, and load nothing."""

OWN = frozenset({OWN_SCRIPT, PICTURE})
"""The policies that an answer may bring itself."""

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What FastAPI itself would tell of a request holds its address, which may open a door."""

STAY_SECURE = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Adds the headers to every answer; what sets a cookie, or says nothing else, is not stored anywhere."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | (STAY_SECURE if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with them."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get(CSP)
                headers.update(self._headers)
                if own in OWN:
                    headers[CSP] = own
                if "Set-Cookie" in headers:
                    headers["Cache-Control"] = "no-store"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class Readable:
    """Knows no address with a character that no text holds (404): a database would stumble over it."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] == "http" and "\0" in scope["path"]:
            response = await self._refuse(Request(scope), 404)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def comes_from_here(headers: Headers, origin: str) -> bool:
    """Whether a request that changes something was sent by one of our own pages.

    Browsers say so in Sec-Fetch-Site; those from before it say their Origin. A client that sends neither
    is no browser, so no page of somebody else made it send cookies. What a request says about its own host
    is believed by nobody: whoever has a name lead to us would come from there.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    said = headers.get("origin")
    return said is None or _place(said) == _place(origin)


def _place(origin: str) -> tuple[str, str | None, int | None]:
    """An origin, with the port that its scheme stands for; one that cannot be read is nowhere of ours."""
    try:
        parts = urlsplit(origin)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


class SameOriginOnly:
    """Refuses what another site's page makes a browser send (403)."""

    def __init__(self, app: ASGIApp, *, origin: str, refuse: Refuse) -> None:
        self._app = app
        self._origin = origin
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if (
            scope["type"] != "http"
            or scope["method"] in SAFE_METHODS
            or comes_from_here(Headers(scope=scope), self._origin)
        ):
            await self._app(scope, receive, send)
            return
        response = await self._refuse(Request(scope), 403)
        await response(scope, receive, send)


@dataclass(frozen=True)
class Larger:
    """A kind of address that takes a larger body, because files are sent there."""

    paths: re.Pattern[str]
    max_bytes: int

    def admits(self, scope: Scope) -> bool:
        """Whether a request goes there."""
        return scope["method"] == "POST" and self.paths.fullmatch(scope["path"]) is not None


class BodyLimit:
    """Refuses bodies over :data:`MAX_BODY_BYTES` (413), announced or not; ``larger`` are the exceptions."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse, larger: tuple[Larger, ...] = ()) -> None:
        self._app = app
        self._refuse = refuse
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count while it comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        admitting = (each.max_bytes for each in self._larger if each.admits(scope))
        most = next(admitting, MAX_BODY_BYTES)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            response = await self._refuse(Request(scope), 413)
            await response(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
