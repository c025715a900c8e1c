"""The public pages: what a resident sees, without a line of JavaScript."""

from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import Mount, Route

from forms.api.app import ApiFirst, api_app
from forms.public import answer, general, receipt, signup
from forms.public.campaigns.link import follow
from forms.public.concern.routes import concern_routes
from forms.public.crowd import ANSWERS, SIGNUPS, at_most
from forms.public.door.routes import door_routes
from forms.public.intake import page as picking
from forms.public.mine.routes import mine_routes
from forms.public.renewal import page as renewal
from forms.public.site import Municipalities, Site
from forms.public.social import page as social
from forms.public.stories import feed
from forms.public.stories import page as stories
from forms.settings import WebSettings
from forms.site.assets import Assets
from forms.site.errors import guard
from forms.site.security import SILENT
from forms.site.templating import Pages
from store.database import Database
from store.keys import Keyring

TEMPLATES = Path(__file__).parent / "templates"


def public_app(db: Database, keyring: Keyring, settings: WebSettings) -> FastAPI:
    """The app of the public pages, on a host of its own."""
    here = "/{municipality}"
    form = f"{here}/aanmelden"
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        telemetry=SILENT,
        routes=[
            Route("/", general.home),
            Route("/gezond", general.health),
            Route("/privacy", general.privacy_everywhere),
            Route("/toegankelijkheid", general.accessibility_everywhere),
            Mount("/static", Assets()),
            Route(here, general.municipality),
            Route(f"{here}/gezicht.css", general.face),
            Route(f"{here}/logo.{{kind}}", general.logo),
            Route(f"{here}/privacy", general.privacy),
            Route(f"{here}/toegankelijkheid", general.accessibility),
            Route(f"{here}/verhalen", stories.show),
            Route(f"{here}/verhalen.atom", feed.feed),
            Route(f"{here}/hulp", social.show),
            Route(form, signup.begin),
            Route(f"{form}/controleer", signup.check, methods=["GET"]),
            Route(f"{form}/controleer", at_most(SIGNUPS, signup.send), methods=["POST"]),
            Route(f"{form}/ontvangen/{{receipt}}", receipt.received),
            Route(f"{form}/{{step}}", signup.show, methods=["GET"]),
            Route(f"{form}/{{step}}", signup.keep, methods=["POST"]),
            Route(f"{here}/antwoord/{{token}}", answer.show, methods=["GET"]),
            Route(f"{here}/antwoord/{{token}}", at_most(ANSWERS, answer.give), methods=["POST"]),
            Route(f"{here}/gesprek/{{token}}", picking.show, methods=["GET"]),
            Route(f"{here}/gesprek/{{token}}", at_most(ANSWERS, picking.give), methods=["POST"]),
            Route(f"{here}/verder/{{token}}", renewal.show, methods=["GET"]),
            Route(f"{here}/verder/{{token}}", at_most(ANSWERS, renewal.give), methods=["POST"]),
            Route(f"{here}/c/{{code}}", follow, methods=["GET", "HEAD"]),
            *door_routes(here),
            *concern_routes(here),
            *mine_routes(here),
        ],
    )
    pages = public_pages()
    app.state.site = Site(db, keyring, settings, pages, Municipalities(db))
    guard(app, pages, origin=settings.public_url)
    app.add_middleware(ApiFirst, api=api_app(db, keyring, settings))
    return app


@cache
def public_pages() -> Pages:
    """The templates, compiled once a process."""
    return Pages(TEMPLATES)
