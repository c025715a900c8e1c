"""The short link of a channel: it counts one more visit on this day, and leads to the sign-up."""

import re
from datetime import UTC, datetime

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.site import policy_of, site_of
from schemas.calendar import dutch_date
from schemas.signup import CAMPAIGN
from store import campaigns
from store.database import LOST

log = structlog.get_logger("campaigns")

MACHINES = re.compile(r"bot|crawl|spider|preview|facebookexternalhit|slurp|whatsapp|telegram", re.IGNORECASE)
"""What fetches a link to show what is behind it; people do not say so of themselves."""


async def follow(request: Request) -> Response:
    """Count and go on. No cookie, no address; a code that nobody knows leads to the same form."""
    policy = await policy_of(request)
    code = request.path_params["code"]
    if CAMPAIGN.match(code) and _is_somebody(request):
        try:
            async with site_of(request).db.connection() as conn:
                await campaigns.visited(conn, policy.slug, code, dutch_date(datetime.now(UTC)))
        except LOST:
            log.warning("a visit was not counted")
    known = f"?campagne={code}" if CAMPAIGN.match(code) else ""
    return RedirectResponse(f"/{policy.slug}/aanmelden{known}", 303)


def _is_somebody(request: Request) -> bool:
    """Not for a HEAD, not fetched ahead of a click, and no machine that looks for a preview."""
    headers = request.headers
    ahead = "prefetch" in headers.get("sec-purpose", headers.get("purpose", "")).lower()
    return request.method == "GET" and not ahead and not MACHINES.search(headers.get("user-agent", ""))
