"""Who calls: every operation stands behind a key, with a scope, for one municipality."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from forms.api.problems import Kind, Refused
from forms.settings import WebSettings
from schemas.calendar import dutch_date
from schemas.client import Client, Scope
from schemas.policy import Policy
from store import clients, limits, policies
from store.database import Database
from store.keys import Keyring
from store.limits import Left, Limit

PER_CLIENT = Limit("api", 300, timedelta(minutes=1))
"""Enough for a nightly copy of all streets, too little to be a burden."""

JSON = "application/json"
NEVER = re.compile(r"q=0(\.0*)?")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

KEY = HTTPBearer(
    auto_error=False,
    scheme_name="sleutel",
    description="Een sleutel die de programmaleider op het bureau maakt, onder Koppelingen.",
)
"""Tells the document about the key; :func:`behind` asks for it itself."""


@dataclass(frozen=True)
class Api:
    """What the operations work with."""

    db: Database
    keyring: Keyring
    settings: WebSettings
    limit: Limit

    @property
    def url(self) -> str:
        """The address of the API as clients see it."""
        return f"{self.settings.public_url}/api/v1"


@dataclass(frozen=True)
class Caller:
    """A client whose key counts, and the policy of its municipality."""

    api: Api
    client: Client
    policy: Policy


def api_of(request: Request) -> Api:
    """The API of this app."""
    api: Api = request.app.state.api
    return api


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(_caller_of)]


def operations(scope: Scope, tag: str) -> APIRouter:
    """A room for operations that need a key with a scope."""
    return APIRouter(route_class=behind(scope), tags=[tag], dependencies=[Security(KEY)])


def behind(scope: Scope) -> type[APIRoute]:
    """The kind of route that lets in whose key has a scope, before it reads anything else of a request."""

    class Behind(APIRoute):
        needs = scope

        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                request.state.caller = await _let_in(request, scope)
                _agree(request)
                response = await handle(request)
                response.headers.update(rate_headers(request))
                return _as_known(request, response)

            return guarded

    return Behind


async def _let_in(request: Request, scope: Scope) -> Caller:
    api = api_of(request)
    async with api.db.transaction() as conn:
        client = await clients.known_by(conn, _key_of(request), dutch_date(datetime.now(UTC)))
        found = await policies.current(conn, client.municipality) if client else None
        if client is None or found is None:
            raise Refused(Kind.WRONG_KEY, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        counted = await limits.attempt(conn, api.limit, str(client.id))
        request.state.left = await limits.left(conn, api.limit, str(client.id))
    if not counted:
        raise Refused(Kind.TOO_MANY, headers={"Retry-After": str(request.state.left.seconds)})
    if scope not in client.scopes:
        told = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise Refused(Kind.NO_SCOPE, headers={"WWW-Authenticate": told})
    return Caller(api, client, found[0])


def _key_of(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(Kind.NO_KEY, headers={"WWW-Authenticate": "Bearer"})
    return key.strip()


def rate_headers(request: Request) -> dict[str, str]:
    """How many requests are left, for who was let in (draft-ietf-httpapi-ratelimit-headers)."""
    left: Left | None = getattr(request.state, "left", None)
    if left is None:
        return {}
    limit = api_of(request).limit
    return {
        "RateLimit-Policy": f'"client";q={limit.most};w={int(limit.within.total_seconds())}',
        "RateLimit": f'"client";r={left.tries};t={left.seconds}',
    }


def _agree(request: Request) -> None:
    """We speak JSON: 406 for who cannot read it, 415 for who does not write it."""
    if not _wanted(request.headers.get("accept", "*/*")) & {JSON, "application/*", "*/*", ""}:
        raise Refused(Kind.NOT_ACCEPTABLE)
    if request.method == "POST" and _media_type(request) != JSON:
        raise Refused(Kind.MEDIA_TYPE)


def _wanted(accept: str) -> set[str]:
    """The media types that somebody takes, whatever their order."""
    wanted = set()
    for part in accept.lower().split(","):
        media, *parameters = [piece.strip() for piece in part.split(";")]
        if not any(NEVER.fullmatch(each) for each in parameters):
            wanted.add(media)
    return wanted


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _as_known(request: Request, response: Response) -> Response:
    """A mark of the contents; 304 for who has them already."""
    if request.method != "GET" or response.status_code != 200:  # noqa: PLR2004 - the one status it is for
        return response
    mark = f'"{sha256(bytes(response.body)).hexdigest()[:32]}"'
    response.headers["ETag"] = mark
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if not known & {mark, "*"}:
        return response
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=headers)
