"""Many at once from one address: people who share one are many too, so the numbers are generous.

A concern is never refused; see :func:`doubt`.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import policy_of, site_of
from forms.site.i18n import marked as _
from forms.site.reading import typed
from forms.site.visitors import address_of, digests
from schemas.facts import Doubt
from store import limits
from store.limits import Limit

Handler = Callable[[Request], Awaitable[Response]]

SIGNUPS = Limit("visitor_signup", 60)
LINKS = Limit("visitor_link", 60)
ANSWERS = Limit("visitor_answer", 300)
CODES = Limit("visitor_code", 300)
CONCERN_CODES = Limit("visitor_concern_code", 300)
"""Of their own: who shares an address with a professional cannot keep them from a concern."""
CONCERNS = Limit("visitor_concern", 20)
"""From one address in an hour: a library, a care home, or a mobile network has many people."""

TRAP = "website"
"""A field that nobody sees and that machines fill in."""
TRAPPED = _(
    "Er was een veld ingevuld dat leeg moet blijven. Soms doet een browser dat zelf. "
    "Er is nog niets verstuurd. Druk nog een keer op de knop."
)


def at_most(limit: Limit, page: Handler) -> Handler:
    """A page that takes a form so often from one address; then it asks to wait, with all that was typed."""

    @wraps(page)
    async def counted(request: Request) -> Response:
        await typed(request)
        await policy_of(request)
        wait = await _wait(request, limit)
        if wait is not None:
            request.state.minutes = max(1, -(-int(wait.total_seconds()) // 60))
            raise HTTPException(429, headers={"Retry-After": str(request.state.minutes * 60)})
        return await page(request)

    return counted


async def _wait(request: Request, limit: Limit) -> timedelta | None:
    """Count a try; how long to wait when there were enough."""
    site = site_of(request)
    address = address_of(request.scope, site.settings.trusted_proxies, site.settings.forwarded_header)
    if address is None:
        return None
    whose = digests(site.keyring, address)
    # A transaction of its own: who shares an address waits for the counting, never for each other's forms.
    async with site.db.transaction() as conn:
        if await limits.attempt(conn, limit, whose):
            return None
        return await limits.wait(conn, limit, whose)


def trapped(values: dict[str, str]) -> bool:
    """Whether the field that nobody sees was filled in."""
    return bool(values.get(TRAP, "").strip())


async def doubt(request: Request, values: dict[str, str]) -> Doubt | None:
    """Why what somebody tells may be no person's; it is taken in all the same."""
    if trapped(values):
        return Doubt.TRAP
    return Doubt.MANY if await _wait(request, CONCERNS) is not None else None
