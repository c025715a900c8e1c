"""Pages that ask nothing: the municipalities, one municipality, privacy; and what machines ask."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forms.public.draft import campaign_of
from forms.public.site import policy_of, site_of
from forms.site.assets import FOR_GOOD
from forms.site.templating import face_css
from schemas.policy import Policy
from store import registry
from store.database import LOST

HEALTH_SECONDS = 3


async def home(request: Request) -> Response:
    """All municipalities that take part."""
    site = site_of(request)
    everywhere = sorted((await site.municipalities.all()).values(), key=lambda policy: policy.name)
    return site.pages.render(request, "home.html", municipalities=everywhere)


async def municipality(request: Request) -> Response:
    """One municipality: what a street is, the spelregels, the potje, and the way in."""
    policy = await policy_of(request)
    return site_of(request).pages.render(
        request,
        "municipality.html",
        policy=policy,
        active=await _active_streets(request, policy),
        campaign=campaign_of(request),
    )


async def _active_streets(request: Request, policy: Policy) -> int:
    """How many; the page is worth showing without the number, so a lost PostgreSQL counts as none."""
    try:
        async with site_of(request).db.connection() as conn:
            return await registry.count_active(conn, policy.slug)
    except LOST:
        return 0


async def privacy(request: Request) -> Response:
    """What is kept of people, and for how long."""
    return site_of(request).pages.render(request, "privacy.html", policy=await policy_of(request))


async def face(request: Request) -> Response:
    """The stylesheet with the municipality's colour."""
    css = face_css(await policy_of(request))
    return Response(css, media_type="text/css", headers={"Cache-Control": FOR_GOOD})


async def health(request: Request) -> Response:
    """Whether this process can do its work; the code says what it misses."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS), site_of(request).db.connection() as conn:
            await conn.fetchval("select 1")
    except LOST:
        return JSONResponse({"status": "unavailable", "reason": "postgres"}, 503)
    return JSONResponse({"status": "ok"})
