"""Asking DNS: the texts of a name, and whether SPF lets a host send. A name that is nowhere has no texts."""

import ipaddress
from collections.abc import Iterable

import dns.asyncresolver
import dns.exception
import dns.resolver

from workers.doctor.place import Place

AWAY = (dns.exception.DNSException, OSError, TimeoutError, UnicodeError)
"""What it looks like when DNS gives no answer."""
PATIENCE = 3.0
MOST = 10
"""Questions that one SPF record may lead to (RFC 7208, 4.6.4); who asks more gets no answer."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def asked(place: Place, name: str, kind: str) -> list[str]:
    """The answers as texts; empty where there are none. Raises one of :data:`AWAY`."""
    resolver = place.resolver or dns.asyncresolver.Resolver()
    try:
        answer = await resolver.resolve(name, kind, lifetime=PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    if kind == "TXT":
        return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
    return [each.to_text() for each in answer]


async def known(place: Place, name: str) -> bool:
    """Whether DNS knows the name, or one above it: else nothing can be said to be missing."""
    resolver = place.resolver or dns.asyncresolver.Resolver()
    labels = name.split(".")
    for at in range(len(labels) - 1):
        try:
            await resolver.resolve(".".join(labels[at:]), "TXT", lifetime=PATIENCE)
        except dns.resolver.NXDOMAIN:
            continue
        except dns.resolver.NoAnswer:
            return True
        return True
    return False


async def texts_of(place: Place, name: str) -> list[str]:
    """The TXT records of a name."""
    return await asked(place, name, "TXT")


async def addresses_of(place: Place, name: str) -> list[Address]:
    """Where a host is."""
    found = await asked(place, name, "A") + await asked(place, name, "AAAA")
    return [ipaddress.ip_address(each) for each in found]


class TooMany(Exception):
    """The record asks more than may be asked: then it counts for nothing."""


class Walk:
    """One walk through SPF records in search of a host's addresses. Raises :class:`TooMany`."""

    def __init__(self, place: Place, sought: Iterable[Address]) -> None:
        self._place = place
        self._sought = list(sought)
        self._left = MOST

    async def passes(self, name: str) -> bool | None:
        """Whether the record of a name lets one of them send; None where only a receiver can tell."""
        for text in await texts_of(self._place, name):
            if text.lower().split(" ")[0] != "v=spf1":
                continue
            for term in text.split()[1:]:
                verdict = await self._term(term, name)
                if verdict is not False:
                    return verdict
        return False

    async def _term(self, term: str, name: str) -> bool | None:
        if term[0] in "-~?":
            return False
        word, _, value = term.lstrip("+").replace("=", ":", 1).partition(":")
        kind, _, bits = word.lower().partition("/")
        if kind in ("ip4", "ip6"):
            return self._within([value])
        if kind not in ("a", "mx", "include", "redirect"):
            return False
        if not self._left:
            raise TooMany
        self._left -= 1
        if "%" in value:
            return None
        value, _, more = value.partition("/")
        if kind in ("include", "redirect"):
            return await self.passes(value)
        hosts = [value or name]
        if kind == "mx":
            hosts = [each.split()[1] for each in await asked(self._place, value or name, "MX")]
        found = [each for host in hosts for each in await addresses_of(self._place, host)]
        return self._within(f"{each}/{bits or more}" if bits or more else str(each) for each in found)

    def _within(self, networks: Iterable[str]) -> bool:
        found = []
        for each in networks:
            try:
                found.append(ipaddress.ip_network(each.split("//")[0], strict=False))
            except ValueError:
                continue
        return any(address in network for address in self._sought for network in found)


async def walk(place: Place, name: str, host: str) -> bool | None:
    """Whether the SPF of a domain lets the mail server itself send; None when nobody can tell."""
    sought = await addresses_of(place, host)
    return await Walk(place, sought).passes(name) if sought else None
