"""The page behind the yearly mail: go on, change or stop. Looking changes nothing; the code answers, once."""

from uuid import uuid5

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.answer import street_title
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.door import Share, StoryForm
from schemas.facts import LinkPurpose
from schemas.person import Story
from schemas.policy import Policy
from schemas.renewal import Choice, renewal_code
from store import door, links, renewals, trust
from store.codes import is_code
from store.database import Connection
from store.limits import Limit, attempt
from store.links import Link, LinkState
from store.vault import Vault

TRIES = Limit("renewal", 8)
"""Six digits can be guessed by who may try for ever."""

LONGEST = 1000

CHOOSE = _("Kies wat u wilt.")
WRONG_CODE = _("Deze code klopt niet. U vindt de zes cijfers in dezelfde mail als de link.")
TOO_OFTEN = _("Er is te vaak een verkeerde code getypt. Probeer het over een uur nog eens, of bel ons.")
TOO_LONG = _("Maak het korter: ten hoogste 1000 tekens.")


async def show(request: Request) -> Response:
    """The question, what was answered, or that it is too late."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        link = await _asked(conn, policy, request.path_params["token"])
        title = await street_title(conn, policy, link.street)
    return _page(request, policy, link, title, {}, {})


async def _asked(conn: Connection, policy: Policy, token: str) -> Link:
    link = await links.find(conn, policy.slug, token)
    if link is None or link.purpose is not LinkPurpose.RENEWAL:
        raise HTTPException(404)
    return link


def _page(
    request: Request, policy: Policy, link: Link, title: str, values: dict[str, str], errors: dict[str, str]
) -> Response:
    render = site_of(request).pages.render
    if link.state is LinkState.EXPIRED:
        return render(request, "answer_expired.html", 410, policy=policy, purpose=link.purpose)
    if link.state is LinkState.ANSWERED:
        return render(request, "renewal_given.html", policy=policy, street=title, goes_on=link.answer)
    status, language = (422 if errors else 200), language_of(request)
    told = {field: translated(sentence, language) for field, sentence in errors.items()}
    return render(request, "renewal.html", status, policy=policy, street=title, values=values, errors=told)


async def give(request: Request) -> Response:
    """Answer with the code of the same mail; a second answer changes nothing."""
    values = await typed(request)
    policy, site, token = await policy_of(request), site_of(request), request.path_params["token"]
    vault = Vault(site.keyring)
    async with site.db.transaction() as conn:
        link = await _asked(conn, policy, token)
        title = await street_title(conn, policy, link.street)
        errors = _mistakes(values)
        if link.state is LinkState.OPEN and not errors:
            errors = await _wrong_code(conn, request, link, values.get("code", ""))
        if link.state is LinkState.OPEN and not errors:
            await _take_in(conn, vault, policy, link, token, values)
    if errors and link.state is LinkState.OPEN:
        return _page(request, policy, link, title, values, errors)
    return RedirectResponse(request.url.path, 303)


def _mistakes(values: dict[str, str]) -> dict[str, str]:
    found = {}
    if values.get("choice") not in list(Choice):
        found["choice"] = CHOOSE
    for field in ("words", "story"):
        if len(values.get(field, "")) > LONGEST:
            found[field] = TOO_LONG
    return found


async def _wrong_code(conn: Connection, request: Request, link: Link, code: str) -> dict[str, str]:
    """Every try is counted; a right one has nothing after it to count for."""
    if not await attempt(conn, TRIES, f"{link.workflow_id}/{link.person}"):
        return {"code": TOO_OFTEN}
    right = is_code(site_of(request).keyring, renewal_code(link.workflow_id, link.person), code)
    return {} if right else {"code": WRONG_CODE}


async def _take_in(
    conn: Connection, vault: Vault, policy: Policy, link: Link, token: str, values: dict[str, str]
) -> None:
    """The answer with what was written along, and a story if there is one, in one transaction."""
    words = " ".join(values.get("words", "").split())
    ref = await vault.put(conn, policy.slug, Story(text=words)) if words else None
    if not await renewals.answer(conn, token, Choice(values["choice"]), ref):
        if ref:
            await vault.erase(conn, [ref], "renewal.unused")
        return
    story = values.get("story", "").strip()
    who = await door.gangmaker(conn, policy.slug, link.street, link.person) if story else None
    if who is not None:
        share = Share.YES if values.get("share") == "yes" else Share.NO
        form = uuid5(renewals.ANSWERS, f"story/{link.workflow_id}/{link.person}")
        await trust.tell(conn, vault, who, form, StoryForm(text=story, share=share))
