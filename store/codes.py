"""Codes of six digits, derived from what they open: nothing that is stored tells them."""

import hmac
from hashlib import sha256

from store.keys import Keyring

DIGITS = 6


def code_of(keyring: Keyring, subject: str) -> str:
    """The code of a subject such as ``door/<id>`` or ``handed/<potje>/2``; only we can make it."""
    digest = hmac.digest(keyring.derived("code"), subject.encode(), sha256)
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def is_code(keyring: Keyring, subject: str, typed: str) -> bool:
    """Whether somebody typed the code; spaces are forgiven. Compared in constant time."""
    return hmac.compare_digest("".join(typed.split()).encode(), code_of(keyring, subject).encode())
