"""Having oneself erased: what goes, what stays and why, and only then the button."""

from starlette.requests import Request
from starlette.responses import Response

from forms.public.door import cookies
from forms.public.mine.visit import Visit, inside, problems
from forms.public.site import policy_of, site_of
from schemas.my_data import EraseForm, resident_ref
from store import erasing
from store.held import held


async def _page(visit: Visit, errors: dict[str, str]) -> Response:
    async with visit.site.db.connection() as conn:
        found = await held(conn, visit.vault, visit.policy.slug, visit.refs)
    return visit.render(
        "mine_erase.html", 422 if errors else 200, errors=errors, values={}, streets=found.streets
    )


@inside
async def sure(visit: Visit) -> Response:
    """Tells it all before it is done."""
    return await _page(visit, {})


@inside
async def erase(visit: Visit) -> Response:
    """For good. What ran with this person goes on without them."""
    if wrong := problems(EraseForm, visit.answers, visit.language):
        return await _page(visit, wrong)
    async with visit.site.db.transaction() as conn:
        await erasing.erase(conn, visit.vault, visit.policy.slug, visit.refs, resident_ref(visit.person))
    response = visit.to("gewist")
    for cookie in (cookies.MINE_INSIDE, cookies.MINE_ADDRESS, cookies.INSIDE):
        cookies.drop(visit.request, response, cookie)
    return response


async def erased(request: Request) -> Response:
    """It is done."""
    return site_of(request).pages.render(request, "mine_erased.html", policy=await policy_of(request))
