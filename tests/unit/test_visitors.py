"""Who a request comes from: the word of a named proxy, in its own header, and nobody else's."""

from ipaddress import ip_address, ip_network

import pytest

from forms.site.visitors import Networks, address_of, digest
from store.keys import Keyring

PROXIES: Networks = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
READER = "203.0.113.9"


def seen(peer: str | None, *said: str, header: str = "x-forwarded-for") -> str | None:
    """The address that is found, with so many lines of a header."""
    lines = [(header.encode(), line.encode()) for line in said]
    scope = {"type": "http", "client": (peer, 5000) if peer else None, "headers": lines}
    found = address_of(scope, PROXIES, header)
    return str(found) if found else None


CHAINS = [
    ((READER,), READER),
    ((f"198.51.100.1, {READER}",), READER),
    ((f"198.51.100.1, {READER}, 10.9.9.9",), READER),
    (("198.51.100.1", READER), READER),
    ((f"{READER}:4711",), READER),
    (("[2001:db8::7]:443",), "2001:db8::7"),
    (("2001:db8::7",), "2001:db8::7"),
    (("::ffff:203.0.113.9",), READER),
    (("unknown",), None),
    (("198.51.100.1, unknown",), None),
    (("",), None),
    ((), None),
    (("10.0.0.3",), None),
]


@pytest.mark.parametrize(("said", "found"), CHAINS)
def test_a_named_proxy_is_believed(said: tuple[str, ...], found: str | None) -> None:
    """From the right: what somebody sent along themselves stands left of it."""
    assert seen("10.0.0.2", *said) == found


@pytest.mark.parametrize("peer", [READER, "11.0.0.1", "2001:db8::9"])
def test_nobody_else_is_believed(peer: str) -> None:
    assert seen(peer, "198.51.100.1") == peer


FORWARDED = [
    (f"for={READER};proto=https;by=10.0.0.2", READER),
    (f'for="198.51.100.1", For="{READER}:80"', READER),
    ('for="[2001:db8::7]:443"', "2001:db8::7"),
    ("for=_hidden", None),
    ("proto=https", None),
]


@pytest.mark.parametrize(("said", "found"), FORWARDED)
def test_the_standard_header_when_the_proxy_writes_that(said: str, found: str | None) -> None:
    assert seen("10.0.0.2", said, header="forwarded") == found


def test_the_header_that_the_proxy_does_not_write_is_anybody_s() -> None:
    scope = {
        "type": "http",
        "client": ("10.0.0.2", 5000),
        "headers": [(b"forwarded", b"for=198.51.100.1"), (b"x-forwarded-for", READER.encode())],
    }
    assert str(address_of(scope, PROXIES, "x-forwarded-for")) == READER


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", None, "testclient"])
def test_this_machine_is_no_visitor(peer: str | None) -> None:
    assert seen(peer) is None


def test_a_digest_tells_nothing_and_is_one_for_a_home(keyring: Keyring) -> None:
    told = digest(keyring, ip_address(READER))
    assert READER not in told
    assert len(told) == 32
    assert told != digest(keyring, ip_address("203.0.113.10"))
    home, telephone = ip_address("2001:db8:1:2::1"), ip_address("2001:db8:1:2:aaaa::9")
    assert digest(keyring, home) == digest(keyring, telephone)
    assert digest(keyring, home) != digest(keyring, ip_address("2001:db8:1:3::1"))
    assert told != digest(Keyring({1: bytes(32)}), ip_address(READER)), "without the key nobody can make it"


def test_a_digest_is_of_one_day(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    class Tomorrow(datetime):
        """A day later."""

        @classmethod
        def now(cls, tz: object = None) -> "Tomorrow":  # noqa: ARG003 - as datetime's own
            return cls(2999, 1, 2, tzinfo=UTC)

    today = digest(keyring, ip_address(READER))
    monkeypatch.setattr("forms.site.visitors.datetime", Tomorrow)
    assert digest(keyring, ip_address(READER)) != today
