"""The API for other systems: an app of its own, on the host of the public pages, that speaks JSON only."""

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from forms.api import feed, open_forms, streets, submissions, totals
from forms.api.caller import PER_CLIENT, Api
from forms.api.document import PATH, document
from forms.api.guard import guard
from forms.settings import WebSettings
from forms.site.security import SILENT
from store.database import Database
from store.keys import Keyring
from store.limits import Limit

AREA = "/api"
PREFIX = f"{AREA}/v1"
ROUTERS = (submissions.router, open_forms.router, streets.router, totals.router, feed.router)
"""Every operation stands in one of these, made by ``operations``: behind a key with a scope."""


def api_app(db: Database, keyring: Keyring, settings: WebSettings, limit: Limit = PER_CLIENT) -> FastAPI:
    """The app; its own address is :data:`PREFIX`."""
    app = FastAPI(openapi_url=None, redirect_slashes=False, telemetry=SILENT, routes=[Route(PATH, document)])
    app.state.api = Api(db, keyring, settings, limit)
    for router in ROUTERS:
        app.include_router(router)
    guard(app, secure=settings.public_url.startswith("https://"))
    return app


class ApiFirst:
    """Brings what is for the API to the API, before the gates and pages that are for browsers."""

    def __init__(self, app: ASGIApp, *, api: ASGIApp) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by the address."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == AREA or path.startswith(f"{AREA}/"):
            # In place, so that who measures from outside sees which route it was.
            scope["root_path"] = PREFIX
            await self._api(scope, receive, send)
        else:
            await self._app(scope, receive, send)
