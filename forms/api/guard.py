"""What every answer of the API has, and what no request gets past. No cookies, so no gate for them either."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forms.api.caller import rate_headers
from forms.api.problems import BY_STATUS, Kind, Refused, problem
from forms.api.sentences import sentences
from forms.site.errors import LastResort, page_name
from forms.site.security import BodyLimit, SecurityHeaders
from store.database import LOST

VERSION = "1.0.0"
"""The whole version; the first number stands in the address."""

RETRY_SECONDS = 60
log = structlog.get_logger("api")


class EveryAnswer:
    """Says the version, and answers HEAD as GET without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer so."""
        bare = scope["type"] == "http" and scope["method"] == "HEAD"

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["API-Version"] = VERSION
            elif bare and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if bare else scope, receive, told)


async def _refuse(request: Request, status: int) -> Response:
    return problem(request, BY_STATUS[status])


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    kind = error.kind if isinstance(error, Refused) else BY_STATUS.get(error.status_code, Kind.FAILED)
    if error.status_code == 400 and not isinstance(error, Refused):  # noqa: PLR2004 - a body that broke off
        kind = Kind.NOT_JSON
    errors = error.errors if isinstance(error, Refused) else None
    headers = {**(error.headers or {}), **rate_headers(request)}
    return problem(request, kind, errors=errors, headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found: Sequence[Mapping[str, Any]] = error.errors()
    headers = rate_headers(request)
    if any(each["type"] == "json_invalid" for each in found):
        return problem(request, Kind.NOT_JSON, headers=headers)
    return problem(request, Kind.INVALID_INPUT, errors=sentences(found), headers=headers)


async def _lost(request: Request, error: Exception) -> Response:
    log.warning("PostgreSQL is away", exception_type=type(error).__name__, path=page_name(request.scope))
    return problem(request, Kind.UNAVAILABLE, headers={"Retry-After": str(RETRY_SECONDS)})


def guard(app: FastAPI, *, secure: bool) -> None:
    """Give the API its problems, headers and limits. Middleware added last stands outermost."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in LOST:
        app.add_exception_handler(kind, _lost)
    app.add_middleware(BodyLimit, refuse=_refuse)
    app.add_middleware(LastResort, refuse=_refuse)
    app.add_middleware(EveryAnswer)
    app.add_middleware(SecurityHeaders, secure=secure)
