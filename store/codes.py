"""Codes of six digits, derived from what they open: nothing that is stored tells them."""

import hmac
from hashlib import sha256

from store.keys import Keyring

DIGITS = 6


def code_of(keyring: Keyring, subject: str) -> str:
    """The code of a subject such as ``door/<id>`` or ``handed/<potje>/2``; only we can make it."""
    return _digits(keyring.derived("code"), subject)


def is_code(keyring: Keyring, subject: str, typed: str) -> bool:
    """Whether somebody typed the code, of whichever master key; spaces are forgiven. In constant time."""
    plain = "".join(typed.split()).encode()
    keys = keyring.derived_by_each("code").values()
    return any([hmac.compare_digest(plain, _digits(key, subject).encode()) for key in keys])  # noqa: C419


def _digits(key: bytes, subject: str) -> str:
    digest = hmac.digest(key, subject.encode(), sha256)
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"
