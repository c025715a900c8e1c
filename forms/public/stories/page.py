"""The shared stories of a municipality, for everybody to read. Keeps nothing."""

from datetime import date

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import policy_of, site_of
from store import stories
from store.vault import Vault

ON_A_PAGE = 20


def month_in_words(month: date, language: str) -> str:
    """``november 2026``, or ``November 2026``."""
    return format_date(month, "MMMM y", locale=language)


async def show(request: Request) -> Response:
    """One page of them, the latest first. A page that is not there is as if the nearest one was asked."""
    policy, site = await policy_of(request), site_of(request)
    async with site.db.connection() as conn:
        pages = max(-(-await stories.how_many(conn, policy.slug) // ON_A_PAGE), 1)
        page = _page(request, pages)
        skip = (page - 1) * ON_A_PAGE
        found = await stories.shared(conn, Vault(site.keyring), policy.slug, ON_A_PAGE, skip)
    return site.pages.render(
        request, "stories.html", policy=policy, stories=found, page=page, pages=pages, month=month_in_words
    )


def _page(request: Request, pages: int) -> int:
    asked = request.query_params.get("pagina", "")
    usable = asked.isascii() and asked.isdigit() and len(asked) <= len("10000")
    return min(max(int(asked), 1), pages) if usable else 1
