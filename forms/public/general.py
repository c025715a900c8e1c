"""Pages that ask nothing: the municipalities, one municipality, statements; and what machines ask."""

import asyncio
from dataclasses import dataclass, field
from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forms.public.draft import campaign_of
from forms.public.site import policy_of, site_of
from forms.public.stories.page import month_in_words
from forms.site.assets import FOR_GOOD
from forms.site.templating import face_css, logo_of
from schemas.policy import Policy
from store import stories
from store.database import LOST
from store.stories import Shared
from store.vault import Vault

HEALTH_SECONDS = 3
LATEST = 3
"""How many stories the page of a municipality shows."""

STATED_ON = date(2026, 11, 24)
"""When somebody last read the accessibility statement against what is tested."""


@dataclass(frozen=True)
class Lively:
    """What goes on: numbers that may be told, and the latest stories of the municipality that was asked."""

    streets: dict[str, int] = field(default_factory=dict)
    stories: list[Shared] = field(default_factory=list)


async def home(request: Request) -> Response:
    """All municipalities that take part."""
    site = site_of(request)
    everywhere = await _everywhere(request)
    streets = (await _lively(request)).streets
    return site.pages.render(request, "home.html", municipalities=everywhere, streets=streets)


async def _everywhere(request: Request) -> list[Policy]:
    found = await site_of(request).municipalities.all()
    return sorted(found.values(), key=lambda policy: policy.name)


async def municipality(request: Request) -> Response:
    """One municipality: what a street is, the spelregels, the potje, stories, and the way in."""
    policy = await policy_of(request)
    lively = await _lively(request, policy)
    return site_of(request).pages.render(
        request,
        "municipality.html",
        policy=policy,
        active=lively.streets.get(policy.slug, 0),
        stories=lively.stories,
        month=month_in_words,
        campaign=campaign_of(request),
    )


async def _lively(request: Request, policy: Policy | None = None) -> Lively:
    """The pages are worth showing without it, so with a lost PostgreSQL there is nothing."""
    site = site_of(request)
    try:
        async with site.db.connection() as conn:
            streets = await stories.active_streets(conn)
            if policy is None:
                return Lively(streets)
            return Lively(streets, await stories.shared(conn, Vault(site.keyring), policy.slug, LATEST))
    except LOST:
        return Lively()


async def privacy(request: Request) -> Response:
    """What is kept of people, and for how long."""
    return site_of(request).pages.render(request, "privacy.html", policy=await policy_of(request))


async def privacy_everywhere(request: Request) -> Response:
    """What the pages before a municipality keep, and where to read the rest."""
    return site_of(request).pages.render(
        request, "privacy_everywhere.html", places=await _everywhere(request)
    )


async def accessibility(request: Request) -> Response:
    """What was tested, what was not, and whom to tell that something does not work."""
    return site_of(request).pages.render(
        request, "accessibility.html", policy=await policy_of(request), places=[], stated_on=STATED_ON
    )


async def accessibility_everywhere(request: Request) -> Response:
    """The same, for who has not chosen a municipality."""
    return site_of(request).pages.render(
        request, "accessibility.html", places=await _everywhere(request), stated_on=STATED_ON
    )


async def face(request: Request) -> Response:
    """The stylesheet with the municipality's colour."""
    css = face_css(await policy_of(request))
    return Response(css, media_type="text/css", headers={"Cache-Control": FOR_GOOD})


async def logo(request: Request) -> Response:
    """The municipality's own logo."""
    return logo_of(await policy_of(request), request.path_params["kind"])


async def health(request: Request) -> Response:
    """Whether this process can do its work; the code says what it misses."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS), site_of(request).db.connection() as conn:
            await conn.fetchval("select 1")
    except LOST:
        return JSONResponse({"status": "unavailable", "reason": "postgres"}, 503)
    return JSONResponse({"status": "ok"})
