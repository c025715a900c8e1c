"""The page after sending: the number, what happens next and when, and how to reach a person."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import policy_of, site_of
from schemas.refs import RECEIPT_ALPHABET
from store import inbox

LETTERS = frozenset(f"{RECEIPT_ALPHABET}-")
"""Of what a receipt is made; the database does not even take every other letter."""


async def received(request: Request) -> Response:
    """A receipt this municipality gave; 404 for any other."""
    policy, receipt = await policy_of(request), request.path_params["receipt"]
    site = site_of(request)
    if not set(receipt) <= LETTERS:
        raise HTTPException(404)
    async with site.db.connection() as conn:
        if not await inbox.known_receipt(conn, policy.slug, receipt):
            raise HTTPException(404)
    return site.pages.render(request, "signup_received.html", policy=policy, receipt=receipt)
