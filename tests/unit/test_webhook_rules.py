"""Which addresses events are sent to and which never, and how often it is tried."""

import ipaddress
from datetime import timedelta

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from schemas.events import Kind
from schemas.webhook import (
    JITTER,
    STEPS,
    WebhookForm,
    checked_url,
    is_allowed,
    is_local,
    is_public,
    wait_after,
)

INSIDE = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9", "169.254.169.254"),  # noqa: S104
    *("172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "203.0.113.9"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:a00:1::", "2002:7f00:1::1", "2001:0:0:0:0:0:f5ff:fffe"),
)
OUTSIDE = ("1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::200e", "64:ff9b::101:101")


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_inside_is_never_called(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert not is_public(address)
    assert not is_allowed(address, scheme="https", local=False)
    assert not is_allowed(address, scheme="http", local=False)
    assert not is_allowed(address, scheme="https", local=True)


@pytest.mark.parametrize("text", OUTSIDE)
def test_the_public_internet_is_called_by_https_only(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert is_allowed(address, scheme="https", local=False)
    assert not is_allowed(address, scheme="http", local=False)
    assert not is_allowed(address, scheme="http", local=True)


def test_the_local_stack_calls_its_own_machine() -> None:
    assert is_allowed(ipaddress.ip_address("127.0.0.1"), scheme="http", local=True)
    assert not is_allowed(ipaddress.ip_address("10.0.0.1"), scheme="http", local=True)
    assert is_local("http://127.0.0.1:8601")
    assert not is_local("https://127.0.0.1:8601")
    assert not is_local("http://bureau.example")


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("", "https"),
        ("http://ontvanger.example/in", "https"),
        ("http://127.0.0.1:9000/in", "https"),
        ("ftp://ontvanger.example/in", "https"),
        ("https://", "url"),
        ("https://[::1", "url"),
        ("https://ontvanger.example:port/", "url"),
        ("https://ontvanger.example/\r\nx", "url"),
        ("https://ontvanger.example/a b", "url"),
        ("https://ontvanger.example/é", "url"),
        ("https://ontvanger.example/" + "a" * 500, "url"),
        ("https://noor:geheim@ontvanger.example/", "credentials"),
        ("https://noor@ontvanger.example/", "credentials"),
        ("https://@ontvanger.example/", "credentials"),
        ("https://ontvanger.example:22/", "port"),
        ("https://ontvanger.example:80/", "port"),
        ("https://ontvanger.example:1023/", "port"),
        ("https://localhost/", "inside"),
        ("https://postgres/", "inside"),
        ("https://kast.internal/", "inside"),
        ("https://10.0.0.1/", "inside"),
        ("https://[::ffff:127.0.0.1]/", "inside"),
        ("https://169.254.169.254/latest/meta-data", "inside"),
    ],
)
def test_an_address_that_will_not_do(url: str, wrong: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        checked_url(url, local=False)
    assert refused.value.type == wrong
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("port", ["", ":443", ":1024", ":8443", ":65535"])
def test_an_address_that_will_do(port: str) -> None:
    url = f"https://ontvanger.example{port}/in?van=straat"
    assert checked_url(url + "#weg", local=False) == url
    assert checked_url(url, local=True) == url


def test_plain_http_is_for_the_machine_itself_in_the_local_stack() -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert checked_url(f"http://{host}:9000/in", local=True) == f"http://{host}:9000/in"
    for url in ("http://ontvanger.example:9000/", "http://10.0.0.1:9000/", "http://127.0.0.2:9000/"):
        with pytest.raises(PydanticCustomError, match="not https"):
            checked_url(url, local=True)
    with pytest.raises(PydanticCustomError, match="not a port"):
        checked_url("http://127.0.0.1:80/", local=True)


def test_each_wait_is_longer_and_then_it_is_enough() -> None:
    for attempts, step in enumerate(STEPS, start=1):
        waits = [wait_after(attempts) for _ in range(50)]
        assert all(wait is not None and step * (1 - JITTER) <= wait <= step * (1 + JITTER) for wait in waits)
        assert len(set(waits)) > 1
    assert list(STEPS) == sorted(STEPS)
    assert wait_after(len(STEPS) + 1) is None
    assert timedelta(days=2) < sum(STEPS, timedelta()) < timedelta(days=3)


def test_a_ping_is_nothing_to_choose() -> None:
    form = WebhookForm(
        name=" Zaken ", url="https://a.example", kinds=[Kind.POTJE_PAID, "streets.opened", Kind.POTJE_PAID]
    )
    assert (form.name, form.kinds) == ("Zaken", [Kind.STREET_OPENED, Kind.POTJE_PAID])
    for kinds in ([Kind.PING], ["streets.burned"]):
        with pytest.raises(ValidationError):
            WebhookForm(name="Zaken", url="https://a.example", kinds=kinds)
