"""Kind pages for what goes wrong, in the reader's language, without a word about our insides."""

import traceback
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms.site.i18n import LanguageChoice
from forms.site.security import BodyLimit, Larger, Readable, Refuse, SameOriginOnly, SecurityHeaders
from forms.site.templating import Pages
from schemas.policy import Policy
from store.database import LOST

log = structlog.get_logger("forms")
TOLD = (400, 403, 404, 405, 410, 413, 429, 503)
"""Statuses that have sentences of their own; every other one is told as 500."""
LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""A form that came at a bad moment is offered again."""


def _policy(request: Request) -> Policy | None:
    policy: Policy | None = getattr(request.state, "policy", None)
    return policy


class ErrorPages:
    """Answers for exceptions and refusals."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def told(self, request: Request, status: int) -> Response:
        """The page of a status; a POST that could not be kept is offered again with all that was typed."""
        return self._pages.render(
            request,
            "error.html",
            status,
            policy=_policy(request),
            told=status if status in TOLD else 500,
            typed=getattr(request.state, "typed", None) if status in LATER else None,
            minutes=getattr(request.state, "minutes", 60),
        )

    async def http(self, request: Request, error: Exception) -> Response:
        """404, 405 and other refusals; a slash too many at the end is forgiven."""
        if not isinstance(error, HTTPException):
            raise error
        path = request.url.path
        if error.status_code == HTTPStatus.NOT_FOUND and path.endswith("/") and path.strip("/"):
            return RedirectResponse(f"/{path.strip('/')}?{request.url.query}".rstrip("?"), 307)
        response = await self.told(request, error.status_code)
        response.headers.update(error.headers or {})
        return response

    async def lost(self, request: Request, error: Exception) -> Response:
        """PostgreSQL is away."""
        log.warning("PostgreSQL is away", exception_type=type(error).__name__, path=page_name(request.scope))
        response = await self.told(request, 503)
        response.headers["Retry-After"] = "60"
        return response


class LastResort:
    """Turns an exception nobody foresaw into a kind answer, and logs its type and place, never its text."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Catch what comes up."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the last resort, whatever it was
            _log(error, scope)
            if begun or scope["type"] != "http":
                return
            response = await self._refuse(Request(scope), 500)
            await response(scope, receive, send)


def _log(error: Exception, scope: Scope) -> None:
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
    log.error("a page failed", exception_type=type(error).__name__, code=place, path=page_name(scope))


def page_name(scope: Scope) -> str:
    """The handler's name: the path itself may hold the token of a mailed link."""
    return getattr(scope.get("endpoint"), "__name__", "unknown")


def guard(app: FastAPI, pages: Pages, *, origin: str, larger: tuple[Larger, ...] = ()) -> None:
    """Give an app its kind pages, headers, languages, and the gates on what comes in.

    ``origin`` is the address of the app as browsers see it; ``larger`` is where files are sent. Middleware
    added last stands outermost.
    """
    errors = ErrorPages(pages)
    secure = origin.startswith("https://")
    app.add_exception_handler(HTTPException, errors.http)
    for kind in LOST:
        app.add_exception_handler(kind, errors.lost)
    app.add_middleware(BodyLimit, refuse=errors.told, larger=larger)
    app.add_middleware(Readable, refuse=errors.told)
    app.add_middleware(SameOriginOnly, origin=origin, refuse=errors.told)
    app.add_middleware(LastResort, refuse=errors.told)
    app.add_middleware(LanguageChoice, secure=secure)
    app.add_middleware(SecurityHeaders, secure=secure)
