"""Signing in with the account of one's municipality: out to the provider, and back with a code."""

import secrets
from hmac import compare_digest

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.desk.entry import arriving, cookies, sealed
from forms.desk.entry.ways import Refused, Way, secret_of
from forms.desk.visit import desk_of
from schemas.policy import Policy
from schemas.sign_in import Provider
from schemas.staff import Failure, How
from store import policies, staff
from store.admitting import Identity, admit

router = APIRouter(prefix="/aanmelden/{municipality}")
NONCE_BYTES = 32


class OnTheWay(sealed.Passing):
    """What this browser keeps while it is at the provider; ``once`` is the state."""

    municipality: str
    nonce: str
    verifier: str
    asked: str


async def _policy(request: Request, municipality: str) -> tuple[Policy, Provider]:
    """404 where nobody signs in like this."""
    async with desk_of(request).db.connection() as conn:
        found = await policies.current(conn, municipality)
    if found is None or found[0].sign_in.provider is None:
        raise HTTPException(404)
    return found[0], found[0].sign_in.provider


def _way(request: Request, kept: OnTheWay) -> Way:
    back = f"{desk_of(request).settings.desk_url}/aanmelden/{kept.municipality}/terug"
    return Way(back, kept.once, kept.nonce, kept.verifier, kept.at)


@router.get("")
async def out(request: Request, municipality: str) -> Response:
    """To the provider. Nothing happens here; the browser keeps what it needs to come back."""
    desk = desk_of(request)
    policy, provider = await _policy(request, municipality)
    kept = OnTheWay(
        municipality=municipality,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        verifier=secrets.token_urlsafe(NONCE_BYTES),
        asked=arriving.wanted(request.query_params.get("naar", ""), municipality) or "",
    )
    try:
        secret_of(desk.settings.sign_in_secrets, municipality)
        place = await desk.providers.way_out(provider, _way(request, kept))
    except Refused as refused:
        arriving.log.warning("a sign-in failed", code=refused.why.value, municipality=municipality)
        return arriving.told(request, policy, refused.why)
    response = RedirectResponse(place, 303)
    cookies.give(request, response, cookies.WAY, sealed.close(desk.keyring, kept))
    return response


@router.get("/terug")
async def back(request: Request, municipality: str) -> Response:
    """Back from the provider, once, in the browser that went. An answer to another way leaves ours open."""
    policy, provider = await _policy(request, municipality)
    try:
        kept = await _begun(request, municipality)
        who = await _identity(request, provider, kept)
        response = await _arrived(request, policy, provider, who, kept.asked)
    except Refused as refused:
        response = await _refused(request, policy, refused.why)
        if refused.why is Failure.STATE:
            return response
    cookies.drop(request, response, cookies.WAY)
    return response


async def _refused(request: Request, policy: Policy, why: Failure) -> Response:
    """What nobody began here is no line of the journal: anybody could write it."""
    if why is Failure.STATE:
        arriving.log.warning("a sign-in failed", code=why.value, municipality=policy.slug)
        return arriving.told(request, policy, why)
    return await arriving.failed(request, policy, why)


async def _begun(request: Request, municipality: str) -> OnTheWay:
    """What this browser kept; raises :class:`Refused` if it did not go, or came back before."""
    desk, answer = desk_of(request), request.query_params
    kept = sealed.reopen(desk.keyring, OnTheWay, cookies.read(request, cookies.WAY))
    if kept is None or kept.municipality != municipality:
        raise Refused(Failure.STATE)
    if not compare_digest(kept.once.encode(), answer.get("state", "").encode()):
        raise Refused(Failure.STATE)
    async with desk.db.transaction() as conn:
        unused = await staff.spend(conn, f"state/{kept.once}", sealed.LIFE)
    if not unused:
        raise Refused(Failure.STATE)
    return kept


async def _identity(request: Request, provider: Provider, kept: OnTheWay) -> Identity:
    desk, answer = desk_of(request), request.query_params
    if "error" in answer or not answer.get("code"):
        away = answer.get("error") in ("server_error", "temporarily_unavailable")
        raise Refused(Failure.AWAY if away else Failure.DENIED)
    secret = secret_of(desk.settings.sign_in_secrets, kept.municipality)
    return await desk.providers.who(provider, secret, _way(request, kept), dict(answer))


async def _arrived(
    request: Request, policy: Policy, provider: Provider, who: Identity, asked: str
) -> Response:
    """In the transaction that makes somebody a colleague, and ends the roles they lost."""
    desk = desk_of(request)
    async with desk.db.transaction() as conn:
        found = await admit(conn, desk.vault, desk.keyring, policy.slug, provider, who)
        if not isinstance(found, Failure):
            seats = await staff.seats_of_member(conn, found.ref)
            return await arriving.begin(conn, request, seats, How.PROVIDER, asked, policy.slug)
    raise Refused(found)
