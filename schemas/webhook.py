"""Webhooks: where events are sent, how often it is tried, and which addresses are never called."""

import ipaddress
import random
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.events import Kind
from schemas.model import Model

MOST_WEBHOOKS = 20
"""A municipality has no more at once."""

Address: TypeAlias = IPv4Address | IPv6Address

STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 57600, 86400)
)
"""How long after each attempt the next one comes: thirteen in all, over almost three days."""

JITTER = 0.2
"""The share by which a wait is longer or shorter, so that not all come back at once."""

OVERLAP = timedelta(days=1)
"""How long the former secret still signs, beside the new one."""

HTTPS = 443
FIRST_FREE_PORT = 1024
LONGEST_URL = 500
LOOPBACK = ("localhost", "127.0.0.1", "::1")

EMBEDS_V4 = IPv6Network("64:ff9b::/96")
NOT_CALLED = tuple(
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")
)
"""Public by number for some version of Python, but the inside of a cloud, or nobody's."""


class SubscriptionState(StrEnum):
    """Where a webhook stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Its events wait."""
    GONE = "gone"
    """Paused by the receiver, who answered 410."""
    ENDED = "ended"


class DeliveryState(StrEnum):
    """Where one event for one webhook stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; somebody can have it sent again."""


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, and not of a network inside, a machine or a cloud."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in EMBEDS_V4:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
        if address.is_site_local:
            return False
    if address.is_multicast or address.is_reserved or any(address in network for network in NOT_CALLED):
        return False
    return address.is_global


def is_local(url: str) -> bool:
    """Whether this is the local stack: its desk is plain http on the machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def is_allowed(address: Address, *, scheme: str, local: bool) -> bool:
    """Whether an address may be called. Plain http only reaches the machine itself, in the local stack."""
    return local and address.is_loopback if scheme == "http" else is_public(address)


def checked_url(text: str, *, local: bool) -> str:
    """An address for events; raises ``PydanticCustomError`` with what is wrong as its type."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise PydanticCustomError("url", "no address") from None
    at_home = local and parts.scheme == "http" and host in LOOPBACK
    if parts.scheme != "https" and not at_home:
        raise PydanticCustomError("https", "not https")
    if not host or not text.isascii() or not text.isprintable() or " " in text or len(text) > LONGEST_URL:
        raise PydanticCustomError("url", "no address")
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("credentials", "a name or password in it")
    if port is not None and port != HTTPS and port < FIRST_FREE_PORT:
        raise PydanticCustomError("port", "not a port for this")
    if not at_home and _is_inside(host):
        raise PydanticCustomError("inside", "not on the public internet")
    return parts._replace(fragment="").geturl()


def _is_inside(host: str) -> bool:
    """A number that is not public, or a name that only means something at home."""
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        return "." not in host.rstrip(".") or host.rstrip(".").endswith((".local", ".internal", ".localhost"))


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts, give or take; None when it has been enough."""
    if attempts > len(STEPS):
        return None
    return STEPS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _known(kinds: list[Kind]) -> list[Kind]:
    if Kind.PING in kinds:
        raise PydanticCustomError("kinds", "not a kind to choose")
    return sorted(set(kinds), key=list(Kind).index)


class WebhookForm(Model):
    """A webhook as somebody fills it in; :func:`checked_url` has seen its address. No kinds: all of them."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
    url: str
    kinds: Annotated[list[Kind], AfterValidator(_known), Field(default_factory=list)]
