"""How the staff of a municipality sign in: by its own OpenID Connect provider, by passkeys, or both."""

from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from schemas.staff import Role
from schemas.strict import Strict, Text

Scope = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,60}$")]
"""As RFC 6749 spells it."""


def is_loopback(host: str | None) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        raise ValueError(
            "an issuer is an address without a question mark, such as https://login.example/tenant"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("an issuer begins with https://")
    return value


class Admits(StrEnum):
    """Who comes in with an account of the provider."""

    INVITED = "invited"
    """Who a programme lead invited; the provider may add roles."""
    GROUP = "group"
    """Also who nobody invited, if the provider gives them a role."""


class Provider(Strict):
    """The municipality's OpenID Connect provider. The client's secret stands in a file, never here."""

    issuer: Annotated[Text, AfterValidator(_issuer)]
    client_id: Text
    scopes: list[Scope] = Field(default=["openid", "profile", "email"])
    claim: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:./-]{1,100}$")] = "groups"
    """Which claim says what somebody may do: a list of texts, or one text."""
    roles: dict[Role, Annotated[list[Text], Field(min_length=1, max_length=20)]] = Field(default={})
    """Which values of the claim give which role."""
    admits: Admits = Admits.INVITED
    acr: list[Text] = Field(default=[])
    """One of these must be the level of the sign-in; empty: any."""
    amr: list[Text] = Field(default=[])
    """All of these ways must have been used, such as ``mfa``; empty: any."""
    mail_is_verified: bool = False
    """The provider says nothing about verified addresses, but all of its addresses are its own."""

    @model_validator(mode="after")
    def whole(self) -> Self:
        """A provider by which nobody could come in is a mistake."""
        if "openid" not in self.scopes:
            raise ValueError('scopes must hold "openid"')
        if self.admits is Admits.GROUP and not self.roles:
            raise ValueError('admits = "group" needs roles: which value of the claim gives which role')
        return self

    def roles_of(self, claimed: object) -> set[Role]:
        """The roles that the provider's claim gives; anything that is no list of texts gives none."""
        values = [claimed] if isinstance(claimed, str) else claimed
        held = {value for value in values if isinstance(value, str)} if isinstance(values, list) else set()
        return {role for role, wanted in self.roles.items() if held.intersection(wanted)}


class SignIn(Strict):
    """The ways in."""

    passkeys: bool = True
    """Whether an invited colleague may come in with a passkey."""
    provider: Provider | None = None

    @model_validator(mode="after")
    def some_way(self) -> Self:
        """A desk that nobody can open is a mistake."""
        if not self.passkeys and self.provider is None:
            raise ValueError("without passkeys there must be a provider, or nobody could sign in")
        return self
