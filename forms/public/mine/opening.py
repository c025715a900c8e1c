"""The way to one's own data: an address, a mailed link, a code in the same browser. A GET changes nothing."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.crowd import TRAPPED, trapped
from forms.public.door import cookies
from forms.public.door.opening import said
from forms.public.mine.visit import mine_path, problems, shut
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.reading import typed
from schemas.door import CodeForm
from schemas.facts import LinkPurpose
from schemas.my_data import AddressForm
from schemas.policy import Policy
from schemas.refs import VaultRef
from store import links, people
from store.database import Connection
from store.entry import Outcome
from store.links import LinkState
from store.vault import Vault


async def ask(request: Request) -> Response:
    """Asks for a mail address; who is inside goes on to their overview."""
    policy = await policy_of(request)
    token = cookies.read(request, cookies.MINE_INSIDE)
    if token:
        async with site_of(request).db.connection() as conn:
            if await people.touch(conn, policy.slug, token):
                return RedirectResponse(mine_path(policy, "overzicht"), 303)
    return _ask(request, policy, {}, {})


def _ask(request: Request, policy: Policy, values: dict[str, str], errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return site_of(request).pages.render(
        request, "mine_ask.html", status, policy=policy, values=values, errors=errors
    )


async def send_link(request: Request) -> Response:
    """The same answer for every address, known or not, asked for often or not."""
    values, policy, site = await typed(request), await policy_of(request), site_of(request)
    if wrong := problems(AddressForm, values, language_of(request)):
        return _ask(request, policy, {"email": values.get("email", "")[:200]}, wrong)
    if trapped(values):
        told = translated(TRAPPED, language_of(request))
        return _ask(request, policy, {"email": values.get("email", "")[:200]}, {"email": told})
    form = AddressForm.model_validate(values)
    async with site.db.transaction() as conn:
        await people.ask_link(conn, Vault(site.keyring), policy.slug, form.email)
    return RedirectResponse(mine_path(policy, "verstuurd"), 303)


async def sent(request: Request) -> Response:
    """What happens next, whoever asked."""
    return site_of(request).pages.render(request, "mine_sent.html", policy=await policy_of(request))


async def _behind(conn: Connection, request: Request, policy: Policy) -> VaultRef | None:
    """Whose data a link leads to; None when it is too old or they are gone, 404 when it never led there."""
    link = await links.find(conn, policy.slug, request.path_params["token"])
    if link is None or link.purpose is not LinkPurpose.MY_DATA:
        raise HTTPException(404)
    if link.state is not LinkState.OPEN:
        return None
    refs = await people.records(conn, Vault(site_of(request).keyring), policy.slug, link.person)
    return link.person if refs else None


def _gone(request: Request, policy: Policy) -> Response:
    return site_of(request).pages.render(request, "mine_gone.html", 410, policy=policy)


async def show(request: Request) -> Response:
    """The page behind the mailed link: a button, and nothing of anybody."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        person = await _behind(conn, request, policy)
    if person is None:
        return _gone(request, policy)
    return site_of(request).pages.render(request, "mine_door.html", policy=policy)


async def send_code(request: Request) -> Response:
    """Mail a code, for this browser."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.transaction() as conn:
        person = await _behind(conn, request, policy)
        if person is None:
            return _gone(request, policy)
        kept = await people.ask_code(conn, policy.slug, person)
    if kept is None:
        return site_of(request).pages.render(request, "mine_wait.html", 429, policy=policy)
    response = RedirectResponse(mine_path(policy, "code"), 303)
    cookies.give(request, response, cookies.MINE_ASKED, kept)
    return response


async def code(request: Request) -> Response:
    """Where the six digits are typed."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        person = await people.asked(conn, policy.slug, cookies.read(request, cookies.MINE_ASKED))
    return _code_page(request, policy, {}) if person else shut(request, policy)


def _code_page(request: Request, policy: Policy, errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return site_of(request).pages.render(
        request, "mine_code.html", status, policy=policy, errors=errors, values={}, page="code"
    )


async def enter(request: Request) -> Response:
    """The right code opens; a wrong one is counted."""
    values, policy, site = await typed(request), await policy_of(request), site_of(request)
    kept, language = cookies.read(request, cookies.MINE_ASKED), language_of(request)
    async with site.db.transaction() as conn:
        if not await people.asked(conn, policy.slug, kept):
            return shut(request, policy)
        if wrong := problems(CodeForm, values, language):
            return _code_page(request, policy, wrong)
        digits = CodeForm.model_validate(values).code
        opening = await people.open_with(conn, site.keyring, policy.slug, kept, digits)
        if opening.outcome is Outcome.OPEN:
            await people.close(conn, cookies.read(request, cookies.MINE_INSIDE))
            await people.forget_unconfirmed(conn, Vault(site.keyring))
    if opening.outcome is not Outcome.OPEN:
        return _code_page(request, policy, {"code": said(opening, language)})
    response = RedirectResponse(mine_path(policy, "overzicht"), 303)
    cookies.give(request, response, cookies.MINE_INSIDE, opening.token)
    cookies.drop(request, response, cookies.MINE_ASKED)
    return response


async def leave(request: Request) -> Response:
    """Sign out, here and in the table."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        await people.close(conn, cookies.read(request, cookies.MINE_INSIDE))
    response = RedirectResponse(mine_path(policy, "dag"), 303)
    cookies.drop(request, response, cookies.MINE_INSIDE)
    return response


async def left(request: Request) -> Response:
    """Goodbye."""
    return site_of(request).pages.render(request, "mine_left.html", policy=await policy_of(request))
