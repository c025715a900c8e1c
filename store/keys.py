"""Keys: the master keys that wrap each item's data key, and what is derived from them.

The key file holds one line a key, ``<id>:<base64 of 32 bytes>``; the highest id seals, every id opens.
"""

import base64
import hmac
import os
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
LINE = re.compile(r"\s*([1-9]\d{0,8}):(\S*)\s*", re.ASCII)


class KeyFileError(Exception):
    """The key file cannot be used; the message never carries a key."""


def seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """AES-256-GCM under a fresh nonce; ``bound_to`` keeps a sealed thing from being moved to another row."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises ``cryptography.exceptions.InvalidTag`` when a byte, the key or the binding is another."""
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)


def _key(line: str, number: int) -> tuple[int, bytes]:
    found = LINE.fullmatch(line)
    if not found:
        raise KeyFileError(f"line {number} of the key file is not <id>:<base64>")
    try:
        key = base64.b64decode(found[2], validate=True)
    except ValueError:
        raise KeyFileError(f"line {number} of the key file is not <id>:<base64>") from None
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"line {number} of the key file does not hold {KEY_BYTES} bytes")
    return int(found[1]), key


@dataclass(frozen=True)
class Keyring:
    """The master keys by id."""

    keys: dict[int, bytes] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Read a key file; raises :class:`KeyFileError` saying which line is wrong."""
        keys: dict[int, bytes] = {}
        try:
            lines = path.read_text("ascii").splitlines()
        except OSError as error:
            raise KeyFileError(f"the key file cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise KeyFileError("the key file holds more than ASCII") from None
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            key_id, key = _key(line, number)
            if key_id in keys:
                raise KeyFileError(f"line {number} of the key file repeats an id")
            keys[key_id] = key
        if not keys:
            raise KeyFileError("the key file holds no key")
        return cls(keys)

    @property
    def active(self) -> int:
        """The id of the key that seals."""
        return max(self.keys)

    def wrap(self, data_key: bytes, bound_to: bytes) -> tuple[int, bytes]:
        """A data key under the active master key."""
        return self.active, seal(self.keys[self.active], data_key, bound_to)

    def unwrap(self, key_id: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """The data key again."""
        return unseal(self.keys[key_id], wrapped, bound_to)

    def derived(self, purpose: str) -> bytes:
        """A key for another purpose (link tokens, form drafts), of the active master key."""
        return self.derived_by_each(purpose)[self.active]

    def derived_by_each(self, purpose: str) -> dict[int, bytes]:
        """The same of every master key, for what was made before the active one came."""
        return {key_id: hmac.digest(key, purpose.encode(), sha256) for key_id, key in self.keys.items()}
