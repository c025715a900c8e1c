"""The search sees a canary in whatever form it is hidden, or what it finds proves nothing."""

import base64
import json
import os
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.privacy.canaries import ALL
from tests.privacy.sought import packed, search

HAY = b"some words of no importance, 0599100000123456, " * 40

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "upper": bytes.upper,
    "json": lambda text: json.dumps({"a": text.decode()}).encode(),
    "escaped": lambda text: "".join(f"\\u{sign:04X}" for sign in text).encode(),
    "url": lambda text: quote(text).encode(),
    "percent": lambda text: "".join(f"%{sign:02X}" for sign in text).encode(),
    "hex": lambda text: text.hex().encode(),
    "entities": lambda text: "".join(f"&#{sign};" for sign in text).encode(),
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "quoted-printable": lambda text: quopri.encodestring(b"x" * 66 + text),
    "base64": base64.b64encode,
    "base64, one later": lambda text: base64.b64encode(b"{" + text),
    "base64, two later": lambda text: base64.b64encode(b'{"' + text),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"\xff\xfe" + text),
    "base64, upper": lambda text: base64.b64encode(text.upper()),
    "gzip": packed,
    "zlib": zlib.compress,
    "zlib, broken off": lambda text: zlib.compress(text * 3 + os.urandom(900))[:-40],
    "gzip in base64": lambda text: base64.b64encode(packed(text)),
    "base64 in gzip in base64": lambda text: base64.b64encode(packed(base64.b64encode(text))),
}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("key", sorted(ALL))
def test_every_canary_is_seen_in_every_form(key: str, way: str) -> None:
    hidden = WAYS[way](ALL[key].value.encode())
    assert list(search("here", HAY + hidden + HAY)), hidden


def test_nothing_is_seen_where_nothing_is() -> None:
    assert list(search("here", HAY + base64.b64encode(HAY) + packed(HAY))) == []


def test_it_says_which_one_it_was() -> None:
    (hit,) = search("a log", b"hello " + ALL["ans.name"].value.encode())
    assert (hit.where, hit.form, hit.what) == ("a log", "as it is", "kwartelqzansname")
