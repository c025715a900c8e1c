"""The desk: the pages for the people who work with it all day."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from forms.desk import acts, pages, signin, story, words
from forms.desk.commands import Temporal
from forms.desk.staff import Act, name_of
from forms.desk.visit import Desk, SignInFirst, desk_of
from forms.settings import WebSettings
from forms.site.assets import Assets
from forms.site.errors import ErrorPages, guard
from forms.site.templating import Pages, face_css
from store import policies
from store.database import LOST, Database
from store.keys import Keyring
from store.vault import Vault

HERE = Path(__file__).parent


def desk_app(db: Database, keyring: Keyring, temporal: Temporal, settings: WebSettings) -> FastAPI:
    """The app. ``temporal`` gives a connected client, or raises while Temporal is away."""
    templates = Pages(HERE / "templates")
    for environment in templates.environments.values():
        environment.globals.update(words=words, name_of=name_of, sentence=story.sentence, Act=Act)
    app = FastAPI(openapi_url=None)
    app.state.desk = Desk(db, Vault(keyring), temporal, settings, templates)
    app.mount("/static", Assets())
    app.mount("/bureau", StaticFiles(directory=HERE / "static"))
    app.add_api_route("/gezond", healthy)
    app.add_api_route("/{municipality}/gezicht.css", face)
    for room in (signin, pages, acts):
        app.include_router(room.router)
    app.add_exception_handler(SignInFirst, _sign_in_first)
    errors = ErrorPages(templates)

    async def no_such_address(request: Request, _: Exception) -> Response:
        return await errors.told(request, 404)

    app.add_exception_handler(RequestValidationError, no_such_address)
    guard(app, templates, origin=settings.desk_url)
    return app


async def healthy(request: Request) -> Response:
    """Whether the desk can read its database."""
    try:
        async with desk_of(request).db.connection() as conn:
            await conn.fetchval("select 1")
    except LOST:
        return JSONResponse({"status": "unavailable", "reason": "postgresql"}, 503)
    return JSONResponse({"status": "ok"})


async def face(request: Request, municipality: str) -> Response:
    """The municipality's colour."""
    async with desk_of(request).db.connection() as conn:
        found = {policy.slug: policy for policy in await policies.all_current(conn)}.get(municipality)
    css = face_css(found) if found else ""
    return Response(css, 200 if found else 404, media_type="text/css")


async def _sign_in_first(request: Request, _: Exception) -> Response:
    return signin.sign_in_page(request.url.path if request.method == "GET" else "")
