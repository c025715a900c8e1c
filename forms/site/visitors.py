"""Who a request comes from, as far as we want to know: a digest that nobody can undo, of this day only.

An address never stands in the database, in a log or in an error.
"""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from store.keys import Keyring

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

HOME = 64
"""Bits of an IPv6 address that a home has in common; the rest a telephone changes by itself."""


def address_of(scope: Scope, proxies: Networks, header: str) -> Address | None:
    """The address of who sent a request; None when nobody knows it, or it is this machine itself.

    Only what a named proxy wrote is believed, and only in the one ``header`` that it writes: anybody can send
    the others. Read from the right, since what stands left of a proxy's own word came in from outside.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is not None and _is_one_of(peer, proxies):
        said = _said(Headers(scope=scope), header)
        peer = next((each for each in said if each is None or not _is_one_of(each, proxies)), None)
    return None if peer is None or peer.is_loopback else peer


def _is_one_of(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _said(headers: Headers, header: str) -> Iterable[Address | None]:
    """What proxies wrote, the nearest first."""
    hops = ",".join(headers.getlist(header)).split(",")
    return (_address(_node(hop) if header == "forwarded" else hop) for hop in reversed(hops))


def _node(hop: str) -> str:
    """Whom a hop of ``Forwarded`` (RFC 7239) was for."""
    pairs = (part.partition("=") for part in hop.split(";"))
    return next((value for name, _, value in pairs if name.strip().lower() == "for"), "")


def _address(text: str) -> Address | None:
    """An address, with or without a port, quotes and brackets."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def digest(keyring: Keyring, address: Address) -> str:
    """That under the active key."""
    return digests(keyring, address)[0]


def digests(keyring: Keyring, address: Address) -> list[str]:
    """Keys to count by, one a master key: of today, and of a whole home where addresses are many."""
    home = ip_network((address, HOME if isinstance(address, IPv6Address) else 32), strict=False)
    told = f"{datetime.now(UTC).date()}/{home}"
    keys = keyring.derived_by_each("visitor").values()
    return [hmac.digest(key, told.encode(), sha256).hex()[:32] for key in keys]
