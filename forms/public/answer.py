"""The page behind a mailed link: one question. Looking changes nothing; a button does, once."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.site import policy_of, site_of
from forms.site.reading import typed
from schemas.facts import LinkPurpose
from schemas.policy import Policy
from schemas.refs import Slug
from store import links, registry
from store.database import Connection
from store.links import Link, LinkState

ANSWERS = {"yes": True, "no": False}
ELSEWHERE = (
    LinkPurpose.STREET_DOOR,
    LinkPurpose.RENEWAL,
    LinkPurpose.INTAKE_PICK,
    LinkPurpose.CONCERN,
    LinkPurpose.MY_DATA,
    LinkPurpose.STAFF_INVITATION,
)
"""These have a page of their own."""
ONLY_YES = (LinkPurpose.CONFIRM_RECEIPT, LinkPurpose.STARTER, LinkPurpose.REOPEN_CONCERN)
"""Who has nothing yet waits, or calls."""


@dataclass(frozen=True)
class Asked:
    """A link with the street it is about."""

    link: Link
    street: str


async def _asked(conn: Connection, policy: Policy, token: str) -> Asked:
    """What a token asks; 404 when we never gave it."""
    link = await links.find(conn, policy.slug, token)
    if link is None or link.purpose in ELSEWHERE:
        raise HTTPException(404)
    return Asked(link, await street_title(conn, policy, link.street))


async def street_title(conn: Connection, policy: Policy, slug: Slug) -> str:
    """The street as people say it; before it opened, as near as its slug comes."""
    row = await registry.street(conn, policy.slug, slug)
    if row is None:
        return slug[:1].upper() + slug[1:].replace("-", " ")
    return f"{row['name']} ({row['part']})" if row["part"] else str(row["name"])


async def show(request: Request) -> Response:
    """The question, what was answered, or that it is too late."""
    policy, site = await policy_of(request), site_of(request)
    async with site.db.connection() as conn:
        asked = await _asked(conn, policy, request.path_params["token"])
    return _page(request, policy, asked)


def _page(request: Request, policy: Policy, asked: Asked) -> Response:
    link = asked.link
    if link.state is LinkState.EXPIRED:
        return site_of(request).pages.render(
            request, "answer_expired.html", 410, policy=policy, purpose=link.purpose
        )
    answered = link.state is LinkState.ANSWERED
    template = "answer_given.html" if answered else f"answer_{link.purpose}.html"
    return site_of(request).pages.render(
        request, template, policy=policy, purpose=link.purpose, answer=link.answer, street=asked.street
    )


async def give(request: Request) -> Response:
    """Answer, and see what was answered; a second answer changes nothing."""
    yes = ANSWERS.get((await typed(request)).get("answer", ""))
    policy, site, token = await policy_of(request), site_of(request), request.path_params["token"]
    async with site.db.transaction() as conn:
        asked = await _asked(conn, policy, token)
        if yes is None or (asked.link.purpose in ONLY_YES and not yes):
            raise HTTPException(400)
        await links.answer(conn, token, yes=yes)
    return RedirectResponse(f"/{policy.slug}/antwoord/{token}", 303)
