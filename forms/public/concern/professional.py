"""The professional's way in: the mailed link, a code in a second mail, and then the least that is needed.

Looking at the link changes nothing, so a mail scanner opens no concern; each look at the words is logged.
"""

from uuid import UUID, uuid4

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.door import cookies
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.concern import ActKind, ConcernAct, Outcome, reference
from schemas.concern_policy import Professional
from schemas.facts import ConcernStatus, LinkPurpose
from schemas.person import Concern, Person
from schemas.policy import Policy
from schemas.refs import VaultRef
from store import addressees, concerns, links, policies
from store.database import Connection
from store.vault import Erased, Vault

PURPOSE = "concern"
WRONG = _("Deze code klopt niet. Kijk nog eens in de mail met de code.")
USELESS = _("Deze code werkt niet meer. Vraag een nieuwe aan, via de link in uw mail.")
OUTCOME = _("Kies hoe het is afgelopen.")
WHO = _("Kies aan wie u de melding doorgeeft.")


def _path(policy: Policy, page: str) -> str:
    return f"/{policy.slug}/melding/{page}"


async def _behind(
    conn: Connection, vault: Vault, policy: Policy, token: str
) -> tuple[links.Link, asyncpg.Record, bool]:
    """The concern behind a link, and whether it is with who got that link."""
    link = await links.find(conn, policy.slug, token)
    if link is None or link.purpose is not LinkPurpose.CONCERN:
        raise HTTPException(404)
    row = await concerns.of_workflow(conn, policy.slug, link.workflow_id)
    if row is None:
        raise HTTPException(404)
    theirs = row["status"] != ConcernStatus.CLOSED and await _is_holder(conn, vault, policy, row, link.person)
    return link, row, theirs


async def _professional(conn: Connection, policy: Policy, key: str) -> Professional | None:
    """By the policy as it stands in the table: who left it reads nothing from that moment on."""
    found = await policies.current(conn, policy.slug)
    return found[0].concerns.professional(key) if found else None


async def _is_holder(
    conn: Connection, vault: Vault, policy: Policy, row: asyncpg.Record, person: VaultRef
) -> bool:
    """Whether a link went to who has it, at the address that the policy of today names."""
    today = await _professional(conn, policy, row["holder"])
    role = await addressees.role_of(conn, policy.slug, person)
    if today is None or role != addressees.pro(row["holder"]):
        return False
    return (await vault.get(conn, person, Person)).email == today.email


async def show(request: Request) -> Response:
    """Which number it is, and a button that asks for a code."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        vault = Vault(site_of(request).keyring)
        _link, row, theirs = await _behind(conn, vault, policy, request.path_params["token"])
    if not theirs:
        return _elsewhere(request, policy, row)
    return site_of(request).pages.render(
        request, "pro_door.html", policy=policy, reference=reference(row["id"]), errors={}
    )


def _elsewhere(request: Request, policy: Policy, row: asyncpg.Record | None) -> Response:
    """It is closed, or with somebody else: nothing to do, and nothing to read."""
    closed = row is not None and row["status"] == ConcernStatus.CLOSED
    return site_of(request).pages.render(request, "pro_elsewhere.html", 410, policy=policy, closed=closed)


async def send(request: Request) -> Response:
    """Mail a code, for this browser."""
    await typed(request)
    policy = await policy_of(request)
    async with site_of(request).db.transaction() as conn:
        vault = Vault(site_of(request).keyring)
        link, row, theirs = await _behind(conn, vault, policy, request.path_params["token"])
        if not theirs:
            return _elsewhere(request, policy, row)
        kept = await concerns.ask_code(conn, row, link.person)
    if kept is None:
        return site_of(request).pages.render(request, "pro_wait.html", 429, policy=policy)
    response = RedirectResponse(_path(policy, "code"), 303)
    cookies.give(request, response, cookies.CONCERN_ASKED, kept)
    return response


async def code(request: Request) -> Response:
    """Where the six digits are typed."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        asked = await concerns.asked(conn, policy.slug, cookies.read(request, cookies.CONCERN_ASKED))
    return _code_page(request, policy, {}) if asked else _shut(request, policy)


def _shut(request: Request, policy: Policy) -> Response:
    return site_of(request).pages.render(request, "pro_shut.html", 403, policy=policy)


def _code_page(request: Request, policy: Policy, errors: dict[str, str]) -> Response:
    told = {field: translated(text, language_of(request)) for field, text in errors.items()}
    status = 422 if errors else 200
    return site_of(request).pages.render(
        request, "pro_code.html", status, policy=policy, errors=told, values={}
    )


async def enter(request: Request) -> Response:
    """The right code opens this one concern, for half an hour."""
    values, policy, site = await typed(request), await policy_of(request), site_of(request)
    kept = cookies.read(request, cookies.CONCERN_ASKED)
    async with site.db.transaction() as conn:
        if not await concerns.asked(conn, policy.slug, kept):
            return _shut(request, policy)
        entering = await concerns.enter(conn, site.keyring, policy.slug, kept, values.get("code", ""))
    if entering.token is None:
        return _code_page(request, policy, {"code": USELESS if entering.useless else WRONG})
    response = RedirectResponse(_path(policy, "lezen"), 303)
    cookies.give(request, response, cookies.CONCERN_INSIDE, entering.token)
    cookies.drop(request, response, cookies.CONCERN_ASKED)
    return response


async def read(request: Request) -> Response:
    """What was told; the look is logged."""
    policy = await policy_of(request)
    return await _page(request, policy, {}, {})


async def _inside(
    conn: Connection, request: Request, policy: Policy
) -> tuple[asyncpg.Record | None, str | None]:
    """The concern that this browser may read, and as whom; neither once it went on to somebody else."""
    token = cookies.read(request, cookies.CONCERN_INSIDE)
    session = await concerns.inside(conn, policy.slug, token) if token else None
    if session is None:
        return None, None
    row = await concerns.one(conn, policy.slug, session["concern"])
    who: str = session["professional"]
    if row is None or row["holder"] != who or row["status"] == ConcernStatus.CLOSED:
        return row, None
    return row, who if await _professional(conn, policy, who) else None


async def _page(request: Request, policy: Policy, values: dict[str, str], errors: dict[str, str]) -> Response:
    site = site_of(request)
    vault = Vault(site.keyring)
    async with site.db.transaction() as conn:
        row, who = await _inside(conn, request, policy)
        if row is None:
            return _shut(request, policy)
        if who is None:
            return _elsewhere(request, policy, row)
        actor = addressees.pro(who)
        try:
            words = (await vault.look_at(conn, row["text"], Concern, actor, PURPOSE)).text
        except Erased:
            return _elsewhere(request, policy, row)
        reporter = await _reporter(conn, vault, row, actor)
    told = {field: translated(text, language_of(request)) for field, text in errors.items()}
    return site.pages.render(
        request,
        "pro_concern.html",
        422 if errors else 200,
        policy=policy,
        row=row,
        reference=reference(row["id"]),
        topic=policy.concerns.topic(row["topic"]),
        words=words,
        reporter=reporter,
        others=[each for each in policy.concerns.professionals if each.key != who],
        errors=told,
        values=values,
        done=request.query_params.get("gedaan"),
        new_form=uuid4,
    )


async def _reporter(conn: Connection, vault: Vault, row: asyncpg.Record, actor: str) -> Person | None:
    """Only who said that they may be called."""
    if not row["may_call"] or row["reporter"] is None:
        return None
    try:
        return await vault.look_at(conn, row["reporter"], Person, actor, PURPOSE)
    except Erased:
        return None


async def act(request: Request) -> Response:
    """Pick up, hand on, not for us, or close; receipted here, done by the engine."""
    kind = request.path_params["act"]
    if kind not in list(ActKind):
        raise HTTPException(404)
    values, policy = await typed(request), await policy_of(request)
    try:
        form = UUID(values.get("form", ""))
    except ValueError:
        raise HTTPException(400) from None
    deed = ActKind(kind)
    errors = mistakes(policy, deed, values)
    if errors:
        return await _page(request, policy, values, errors)
    async with site_of(request).db.transaction() as conn:
        row, who = await _inside(conn, request, policy)
        if row is None:
            return _shut(request, policy)
        if who is None:
            return _elsewhere(request, policy, row)
        if values.get("concern") != str(row["id"]):
            return _shut(request, policy)
        await concerns.act(conn, row, act_of(deed, who, addressees.pro(who), values), form)
    if deed is ActKind.PICK_UP:
        return RedirectResponse(f"{_path(policy, 'lezen')}?gedaan={deed}", 303)
    response = RedirectResponse(_path(policy, "dank"), 303)
    cookies.drop(request, response, cookies.CONCERN_INSIDE)
    return response


def mistakes(policy: Policy, deed: ActKind, values: dict[str, str]) -> dict[str, str]:
    """What is wrong with a deed, by field."""
    if deed is ActKind.CLOSE and values.get("outcome") not in list(Outcome):
        return {"outcome": OUTCOME}
    if deed is ActKind.HAND_ON and policy.concerns.professional(values.get("to", "")) is None:
        return {"to": WHO}
    return {}


def act_of(deed: ActKind, by: str, actor: str, values: dict[str, str]) -> ConcernAct:
    """The deed, as the workflow takes it."""
    return ConcernAct(
        kind=deed,
        by=by,
        actor=actor,
        to=values.get("to") if deed is ActKind.HAND_ON else None,
        outcome=Outcome(values["outcome"]) if deed is ActKind.CLOSE else None,
    )


async def thanks(request: Request) -> Response:
    """It is out of their hands now."""
    policy = await policy_of(request)
    return site_of(request).pages.render(request, "pro_thanks.html", policy=policy)
