"""The way in: a mailed link, a code by mail, six digits in the same browser. A GET changes nothing."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.door import cookies
from forms.public.door.problems import read
from forms.public.door.visit import door_path, visitor
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.calendar import dutch_date
from schemas.door import CodeForm, Gangmaker
from schemas.facts import LinkPurpose
from schemas.policy import Policy
from schemas.refs import Language
from store import door, links
from store.database import Connection
from store.entry import Opening, Outcome
from store.links import LinkState

WRONG = _("Deze code klopt niet. Kijk nog eens in uw mail. U kunt het nog %(left)s keer proberen.")
LAST = _("Deze code klopt niet. Kijk nog eens in uw mail. U kunt het nog één keer proberen.")
USELESS = {
    Outcome.WORN_OUT: _("Deze code is te vaak verkeerd ingevuld. Vraag hieronder een nieuwe code."),
    Outcome.USED: _("Deze code is al gebruikt. Vraag hieronder een nieuwe code."),
    Outcome.EXPIRED: _("Deze code is te oud. Een code werkt 10 minuten. Vraag hieronder een nieuwe code."),
}


async def _behind(conn: Connection, policy: Policy, token: str) -> Gangmaker | None:
    """Whose door a mailed link leads to; None when it leads nowhere any more, 404 when it never did."""
    link = await links.find(conn, policy.slug, token)
    if link is None or link.purpose is not LinkPurpose.STREET_DOOR:
        raise HTTPException(404)
    if link.state is LinkState.EXPIRED:
        return None
    return await door.gangmaker(conn, policy.slug, link.street, link.person)


async def show(request: Request) -> Response:
    """The page behind the mailed link: which street, and a button."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        who = await _behind(conn, policy, request.path_params["token"])
    if who is None:
        return _gone(request, policy)
    return site_of(request).pages.render(request, "door.html", policy=policy, street=who.title)


def _gone(request: Request, policy: Policy) -> Response:
    return site_of(request).pages.render(request, "door_gone.html", 410, policy=policy)


async def send(request: Request) -> Response:
    """Mail a code to the gangmaker of the link."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.transaction() as conn:
        who = await _behind(conn, policy, request.path_params["token"])
        if who is None:
            return _gone(request, policy)
        return _asked(request, policy, await door.ask_code(conn, who))


async def send_again(request: Request) -> Response:
    """Mail another code to who asked for one in this browser."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.transaction() as conn:
        who = await door.asked(conn, policy.slug, cookies.read(request, cookies.ASKED))
        if who is None:
            return _no_code(request, policy)
        return _asked(request, policy, await door.ask_code(conn, who))


def _asked(request: Request, policy: Policy, kept: str | None) -> Response:
    if kept is None:
        return site_of(request).pages.render(request, "door_wait.html", 429, policy=policy)
    response = RedirectResponse(door_path(policy, "code"), 303)
    cookies.give(request, response, cookies.ASKED, kept)
    return response


def _no_code(request: Request, policy: Policy) -> Response:
    """No code was asked for in this browser, or too long ago."""
    return site_of(request).pages.render(request, "door_shut.html", 403, policy=policy, unsent="")


async def code(request: Request) -> Response:
    """Where the six digits are typed."""
    policy = await policy_of(request)
    if await visitor(request, policy):
        return RedirectResponse(door_path(policy), 303)
    async with site_of(request).db.connection() as conn:
        who = await door.asked(conn, policy.slug, cookies.read(request, cookies.ASKED))
    return _code_page(request, policy, who, {}) if who else _no_code(request, policy)


def _code_page(
    request: Request,
    policy: Policy,
    who: Gangmaker,
    errors: dict[str, str],
    *,
    typed_code: str = "",
    used: bool = False,
) -> Response:
    return site_of(request).pages.render(
        request,
        "door_code.html",
        422 if errors else 200,
        policy=policy,
        errors=errors,
        values={"code": typed_code},
        street=who.title,
        used=used,
    )


async def enter(request: Request) -> Response:
    """Open the door with the right code; a wrong one is counted."""
    answers = await typed(request)
    policy, site, language = await policy_of(request), site_of(request), language_of(request)
    given = read(CodeForm, answers, language, dutch_date(datetime.now(UTC)))
    kept = cookies.read(request, cookies.ASKED)
    async with site.db.transaction() as conn:
        who = await door.asked(conn, policy.slug, kept)
        if who is None:
            return _no_code(request, policy)
        if given.errors:
            return _code_page(request, policy, who, given.errors, typed_code=answers.get("code", "")[:20])
        opening = await door.open_with(conn, site.keyring, policy.slug, kept, given.model.code)
        if opening.outcome is Outcome.OPEN:
            await door.close(conn, cookies.read(request, cookies.INSIDE))
    if opening.outcome is not Outcome.OPEN:
        return _code_page(
            request, policy, who, {"code": said(opening, language)}, used=opening.outcome is Outcome.USED
        )
    response = RedirectResponse(door_path(policy), 303)
    cookies.give(request, response, cookies.INSIDE, opening.token)
    cookies.drop(request, response, cookies.ASKED)
    return response


def said(opening: Opening, language: Language) -> str:
    """Why a code did not open, in the reader's language."""
    if opening.outcome is Outcome.WRONG:
        return translated(LAST if opening.left == 1 else WRONG, language) % {"left": opening.left}
    return translated(USELESS.get(opening.outcome, USELESS[Outcome.EXPIRED]), language)


async def leave(request: Request) -> Response:
    """Sign out, here and in the table."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        await door.close(conn, cookies.read(request, cookies.INSIDE))
    response = RedirectResponse(door_path(policy, "dag"), 303)
    cookies.drop(request, response, cookies.INSIDE)
    return response


async def left(request: Request) -> Response:
    """Goodbye."""
    policy = await policy_of(request)
    return site_of(request).pages.render(request, "door_left.html", policy=policy)
