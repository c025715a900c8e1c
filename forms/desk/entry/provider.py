"""The municipality's OpenID Connect provider: the way there, and what it signs about who came back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet
from pydantic import TypeAdapter, ValidationError

from forms.desk.entry.ways import Refused, Way
from schemas.sign_in import Provider
from schemas.signup import Email
from schemas.staff import Failure
from store.admitting import Identity

ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
"""Signatures that only the provider can make: never *none*, never one by a shared secret."""

LEEWAY_SECONDS = 60
MOMENTS = ("iat", "nbf", "exp")
DOCUMENT_SECONDS = 3600.0
AWAY_SECONDS = 5.0
"""How long we do not ask again after the provider was away, however many ask us."""

KEYS_AGAIN_SECONDS = 60.0
"""How often an unknown key makes us ask for the keys anew."""

PATIENCE_SECONDS = 5.0
LARGEST_BYTES = 512 * 1024


@dataclass
class Known:
    """What the provider told about itself."""

    document: Mapping[str, Any]
    until: float
    keys: KeySet | None = None
    asked_keys: float = 0.0


class Providers:
    """Everything asked of providers; what they tell about themselves is kept for an hour."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._away: dict[str, float] = {}

    async def way_out(self, provider: Provider, way: Way) -> str:
        """Where the browser goes to sign in; raises :class:`Refused` while the provider is away."""
        known = await self._of(provider)
        more = {"acr_values": " ".join(provider.acr)} if provider.acr else {}
        uri: str = prepare_grant_uri(
            known.document["authorization_endpoint"],
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=way.redirect_uri,
            scope=" ".join(provider.scopes),
            state=way.state,
            nonce=way.nonce,
            code_challenge=create_s256_code_challenge(way.verifier),
            code_challenge_method="S256",
            **more,
        )
        return uri

    async def way_to_sign_out(self, provider: Provider, back: str) -> str | None:
        """Where the browser may sign out at the provider too; None where there is no such place."""
        try:
            known = await self._of(provider)
        except Refused:
            return None
        place = known.document.get("end_session_endpoint")
        if not isinstance(place, str) or not _belongs(place, provider):
            return None
        query = httpx.QueryParams(client_id=provider.client_id, post_logout_redirect_uri=back)
        return f"{place}{'&' if '?' in place else '?'}{query}"

    async def who(self, provider: Provider, secret: str, way: Way, answer: Mapping[str, str]) -> Identity:
        """Who came back, by the code in the answer; raises :class:`Refused`."""
        known = await self._of(provider)
        if answer.get("iss", provider.issuer) != provider.issuer:
            raise Refused(Failure.STATE)
        tokens = await self._exchange(known, provider, secret, way, answer["code"])
        claims = await self._verified(known, provider, way, tokens)
        _strong_enough(provider, claims)
        if provider.claim not in claims or "email" not in claims:
            claims = {**await self._user_info(known, claims["sub"], tokens), **claims}
        return _identity(provider, claims)

    async def _of(self, provider: Provider) -> Known:
        known = self._known.get(provider.issuer)
        if known is None or known.until < time.monotonic():
            if time.monotonic() < self._away.get(provider.issuer, 0.0):
                raise Refused(Failure.AWAY)
            try:
                document = await _document(provider)
            except Refused:
                self._away[provider.issuer] = time.monotonic() + AWAY_SECONDS
                raise
            known = self._known[provider.issuer] = Known(document, time.monotonic() + DOCUMENT_SECONDS)
        return known

    async def _exchange(
        self, known: Known, provider: Provider, secret: str, way: Way, code: str
    ) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code", redirect_uri=way.redirect_uri, code=code, code_verifier=way.verifier
        )
        methods = known.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_post" if "client_secret_post" in methods else "client_secret_basic"
        url = known.document["token_endpoint"]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = ClientAuth(provider.client_id, secret, method).prepare(
            "POST", url, headers, body
        )
        return await _fetched(url, method="POST", headers=headers, content=body, refusal=Failure.DENIED)

    async def _verified(
        self, known: Known, provider: Provider, way: Way, tokens: Mapping[str, Any]
    ) -> dict[str, Any]:
        signed = tokens.get("id_token")
        if not isinstance(signed, str):
            raise Refused(Failure.TOKEN)
        try:
            token = await self._decoded(known, signed)
            options = {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            }
            params = {
                "client_id": provider.client_id,
                "nonce": way.nonce,
                "access_token": tokens.get("access_token"),
            }
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(leeway=LEEWAY_SECONDS)
        except ClaimError as error:
            raise Refused(Failure.CLOCK if error.claim in MOMENTS else Failure.TOKEN) from None
        except (JoseError, ValueError, TypeError, KeyError):
            raise Refused(Failure.TOKEN) from None
        if claims["iat"] < way.began.timestamp() - LEEWAY_SECONDS:
            raise Refused(Failure.CLOCK)
        return dict(claims)

    async def _decoded(self, known: Known, signed: str) -> jwt.Token:
        """The token under one of the provider's keys; a new key is asked for, once a minute at most."""
        if known.keys is not None:
            try:
                return jwt.decode(signed, known.keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                if time.monotonic() - known.asked_keys < KEYS_AGAIN_SECONDS:
                    raise
        found = await _fetched(known.document["jwks_uri"])
        known.keys, known.asked_keys = KeySet.import_key_set(found), time.monotonic()  # type: ignore[arg-type]
        return jwt.decode(signed, known.keys, algorithms=ALGORITHMS)

    async def _user_info(self, known: Known, subject: str, tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        place, token = known.document.get("userinfo_endpoint"), tokens.get("access_token")
        if not isinstance(place, str) or not isinstance(token, str):
            return {}
        found = await _fetched(place, headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise Refused(Failure.TOKEN)
        return found


ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


async def _document(provider: Provider) -> Mapping[str, Any]:
    """What the provider tells about itself, if it is who we think."""
    document = await _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    endpoints = [document.get(name) for name in ENDPOINTS]
    ours = all(isinstance(each, str) and _belongs(each, provider) for each in endpoints)
    if document.get("issuer") != provider.issuer or not ours:
        raise Refused(Failure.AWAY)
    return document


def _belongs(place: str, provider: Provider) -> bool:
    """Where codes and names go: over TLS, unless the provider runs on this machine."""
    return urlsplit(place).scheme in ("https", urlsplit(provider.issuer).scheme)


async def _fetched(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: str | None = None,
    refusal: Failure = Failure.AWAY,
) -> Mapping[str, Any]:
    """A JSON object; raises :class:`Refused` for anything else. Redirects are not followed."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            answer = await client.request(method, url, headers=headers, content=content)
            if answer.is_client_error:
                raise Refused(refusal)
            answer.raise_for_status()
            found = answer.json() if len(answer.content) <= LARGEST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise Refused(Failure.AWAY) from None
    if not isinstance(found, dict):
        raise Refused(Failure.AWAY)
    return found


def _strong_enough(provider: Provider, claims: Mapping[str, Any]) -> None:
    ways = claims.get("amr") or []
    if provider.acr and claims.get("acr") not in provider.acr:
        raise Refused(Failure.FACTOR)
    if not set(provider.amr) <= {way for way in ways if isinstance(way, str)}:
        raise Refused(Failure.FACTOR)


def _identity(provider: Provider, claims: Mapping[str, Any]) -> Identity:
    mail = claims.get("email")
    mail = mail.strip() if isinstance(mail, str) else ""
    said = claims.get("email_verified")
    name = claims.get("name") or claims.get("preferred_username")
    return Identity(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        name=" ".join(name.split())[:120] if isinstance(name, str) else "",
        mail=_address(mail),
        verified=said is True or (said is None and provider.mail_is_verified),
        roles=frozenset(provider.roles_of(claims.get(provider.claim))),
    )


def _address(claimed: str) -> str:
    """A mail address as we could use it; nothing for what is none."""
    try:
        return str(MAIL.validate_python(claimed))
    except ValidationError:
        return ""


MAIL: TypeAdapter[str] = TypeAdapter(Email)
