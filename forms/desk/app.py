"""The desk: the pages for the people who work with it all day."""

from functools import cache, partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from forms.desk import acts, dates, machines, pages, payees, signin, words
from forms.desk.audit import pages as audit
from forms.desk.budget import entering, years
from forms.desk.budget import pages as budget
from forms.desk.campaigns import pages as campaigns
from forms.desk.campaigns import posters
from forms.desk.colleagues import mine, one, team
from forms.desk.commands import Temporal
from forms.desk.concerns import access
from forms.desk.concerns import pages as concerns
from forms.desk.connections import pages as connections
from forms.desk.entry import account, joining, passkey
from forms.desk.intakes import acts as intakes
from forms.desk.intakes import agenda
from forms.desk.lives import people, shapes
from forms.desk.numbers import pages as numbers
from forms.desk.payouts import approving, batches, statements, suspense
from forms.desk.payouts import words as bank_words
from forms.desk.renewals import pages as renewals
from forms.desk.reports import pages as reports
from forms.desk.residents import pages as residents
from forms.desk.retention import pages as retention
from forms.desk.running import pages as running
from forms.desk.scouting import door, rounds, starting
from forms.desk.scouting import words as scouting_words
from forms.desk.social import pages as social_map
from forms.desk.staff import Act, name_of
from forms.desk.stories import pages as shared_stories
from forms.desk.story import sentence
from forms.desk.visit import Desk, SignInFirst
from forms.desk.webhooks import pages as webhooks
from forms.settings import WebSettings
from forms.site.assets import Assets
from forms.site.errors import ErrorPages, guard
from forms.site.security import SILENT
from forms.site.templating import Pages
from schemas.progress import bar
from store.database import Database
from store.keys import Keyring
from store.vault import Vault

TEMPLATES = Path(__file__).parent / "templates"
ROOMS = (
    signin,
    account,
    passkey,
    joining,
    mine,
    team,
    one,
    pages,
    intakes,
    agenda,
    concerns,
    access,
    audit,
    acts,
    payees,
    shapes,
    people,
    approving,
    batches,
    statements,
    suspense,
    budget,
    entering,
    years,
    reports,
    numbers,
    residents,
    running,
    retention,
    renewals,
    posters,
    campaigns,
    social_map,
    shared_stories,
    rounds,
    starting,
    door,
    webhooks,
    connections,
)
UPLOADS = (statements.UPLOADS, social_map.UPLOADS)
"""Where files are sent, each with a limit of its own."""


def desk_app(db: Database, keyring: Keyring, temporal: Temporal, settings: WebSettings) -> FastAPI:
    """The app. ``temporal`` gives a connected client, or raises while Temporal is away."""
    templates = desk_pages()
    app = FastAPI(openapi_url=None, redirect_slashes=False, telemetry=SILENT)
    app.state.desk = Desk(db, Vault(keyring), keyring, temporal, settings, templates)
    app.mount("/static", Assets())
    app.add_api_route("/gezond", machines.health)
    app.add_api_route("/bureau.css", machines.style)
    app.add_api_route("/{municipality}/gezicht.css", machines.face)
    app.add_api_route("/{municipality}/logo.{kind}", machines.logo)
    for room in ROOMS:
        app.include_router(room.router)
    errors = ErrorPages(templates)

    async def no_such_address(request: Request, _: Exception) -> Response:
        return await errors.told(request, 404)

    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(RequestValidationError, no_such_address)
    guard(app, templates, origin=settings.desk_url, larger=UPLOADS)
    return app


@cache
def desk_pages() -> Pages:
    """The templates, compiled once a process, with the words of the desk."""
    templates = Pages(TEMPLATES)
    for language, environment in templates.environments.items():
        environment.globals.update(
            words=words,
            bank_words=bank_words,
            scouting_words=scouting_words,
            name_of=partial(name_of, language=language),
            sentence=sentence,
            bar=bar,
            Act=Act,
            desk_css=machines.style_url(),
        )
        environment.filters.update(
            short_date=partial(dates.short_date, language=language),
            short_moment=partial(dates.short_moment, language=language),
        )
    return templates


async def _sign_in_first(request: Request, _: Exception) -> Response:
    return signin.sign_in_page(request.url.path if request.method == "GET" else "")
