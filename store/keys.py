"""Keys: the master keys that wrap each item's data key, and what is derived from them.

The key file holds one line a key, ``<id>:<base64 of 32 bytes>``; the highest id seals, every id opens. A key
that ends in ``:waits`` opens only, so that every process knows it before the first one seals with it.
"""

import base64
import hmac
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
LINE = re.compile(r"\s*([1-9]\d{0,8}):([^:\s]*)(:waits)?\s*", re.ASCII)
LOOK_AGAIN = 1.0
"""Seconds after which the file is looked at again: a key that was added needs no restart."""
FINGERPRINT_BYTES = 6


class KeyFileError(Exception):
    """The key file cannot be used; the message never carries a key."""


def seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """AES-256-GCM under a fresh nonce; ``bound_to`` keeps a sealed thing from being moved to another row."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises ``cryptography.exceptions.InvalidTag`` when a byte, the key or the binding is another."""
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)


def _key(line: str, number: int) -> tuple[int, bytes, bool]:
    found = LINE.fullmatch(line)
    if not found:
        raise KeyFileError(f"line {number} of the key file is not <id>:<base64>")
    try:
        key = base64.b64decode(found[2], validate=True)
    except ValueError:
        raise KeyFileError(f"line {number} of the key file is not <id>:<base64>") from None
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"line {number} of the key file does not hold {KEY_BYTES} bytes")
    return int(found[1]), key, bool(found[3])


class Keys:
    """What a key file says: the keys by id, and which of them do not seal yet."""

    def __init__(self, keys: Mapping[int, bytes], waiting: frozenset[int] = frozenset()) -> None:
        """Raises :class:`KeyFileError` when nothing seals."""
        self.all = dict(keys)
        self.waiting = waiting
        sealing = [key_id for key_id in self.all if key_id not in waiting]
        if not sealing:
            raise KeyFileError("the key file holds no key")
        self.active = max(sealing)

    @classmethod
    def parse(cls, text: str) -> "Keys":
        """Raises :class:`KeyFileError` saying which line is wrong."""
        keys: dict[int, bytes] = {}
        waiting: list[int] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            key_id, key, waits = _key(line, number)
            if key_id in keys:
                raise KeyFileError(f"line {number} of the key file repeats an id")
            keys[key_id] = key
            waiting += [key_id] if waits else []
        return cls(keys, frozenset(waiting))

    def written(self) -> str:
        """The file again."""
        return "".join(
            f"{key_id}:{base64.b64encode(key).decode()}{':waits' if key_id in self.waiting else ''}\n"
            for key_id, key in sorted(self.all.items())
        )

    @property
    def fingerprints(self) -> dict[int, str]:
        """What tells two keys of one id apart, and tells nothing of the keys."""
        return {key_id: fingerprint(key) for key_id, key in self.all.items()}


def fingerprint(key: bytes) -> str:
    """A short name of a key; nobody gets the key out of it."""
    return hmac.digest(key, b"fingerprint", sha256)[:FINGERPRINT_BYTES].hex()


def read_file(path: Path) -> Keys:
    """Read a key file; raises :class:`KeyFileError`."""
    try:
        return Keys.parse(path.read_text("ascii"))
    except OSError as error:
        raise KeyFileError(f"the key file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise KeyFileError("the key file holds more than ASCII") from None


class Keyring:
    """The master keys of a process. One that was read from a file follows the file."""

    def __init__(self, keys: Mapping[int, bytes], waiting: frozenset[int] = frozenset()) -> None:
        self._keys = Keys(keys, waiting)
        self._file: Path | None = None
        self._stamp: tuple[int, ...] = ()
        self._looked = 0.0
        self.trouble: str | None = None
        """Why the file could not be read again; the keys of before stay in use."""

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Read a key file and follow it; raises :class:`KeyFileError` saying which line is wrong."""
        stamp = _stamp(path) if path.exists() else ()
        found = read_file(path)
        ring = cls(found.all, found.waiting)
        ring._file, ring._stamp, ring._looked = path, stamp, time.monotonic()
        return ring

    @property
    def file(self) -> Path | None:
        """The file that is followed; None for keys that came from none."""
        return self._file

    @property
    def now(self) -> Keys:
        """The keys as the file has them now, or had a second ago."""
        if self._file is not None and time.monotonic() - self._looked > LOOK_AGAIN:
            self._look()
        return self._keys

    @property
    def keys(self) -> Mapping[int, bytes]:
        """The master keys by id."""
        return self.now.all

    @property
    def active(self) -> int:
        """The id of the key that seals."""
        return self.now.active

    def wrap(self, data_key: bytes, bound_to: bytes) -> tuple[int, bytes]:
        """A data key under the active master key."""
        keys = self.now
        return keys.active, seal(keys.all[keys.active], data_key, bound_to)

    def unwrap(self, key_id: int, wrapped: bytes, bound_to: bytes) -> bytes:
        """The data key again; another process may have sealed with a key that came a moment ago."""
        if key_id not in self.keys and self._file is not None:
            self._look()
        return unseal(self._keys.all[key_id], wrapped, bound_to)

    def derived(self, purpose: str) -> bytes:
        """A key for another purpose (link tokens, form drafts), of the active master key."""
        keys = self.now
        return _derived(keys.all[keys.active], purpose)

    def derived_by_each(self, purpose: str) -> dict[int, bytes]:
        """The same of every master key, the active one first, for what was made before it came."""
        keys = self.now
        order = sorted(keys.all, key=lambda key_id: (key_id != keys.active, key_id))
        return {key_id: _derived(keys.all[key_id], purpose) for key_id in order}

    def seal_for(self, purpose: str, plain: bytes, bound_to: bytes) -> bytes:
        """Seal what somebody else keeps for us, such as a draft in a cookie."""
        return seal(self.derived(purpose), plain, bound_to)

    def unseal_for(self, purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
        """The same again, by whichever master key. Raises ``InvalidTag``."""
        for key in self.derived_by_each(purpose).values():
            with suppress(InvalidTag):
                return unseal(key, sealed, bound_to)
        raise InvalidTag

    def _look(self) -> None:
        """Read the file again if it is another one; a broken file changes nothing."""
        assert self._file is not None  # noqa: S101
        self._looked = time.monotonic()
        try:
            stamp = _stamp(self._file)
            if stamp != self._stamp:
                self._keys, self._stamp = read_file(self._file), stamp
            self.trouble = None
        except (OSError, KeyFileError) as error:
            self.trouble = str(error) if isinstance(error, KeyFileError) else type(error).__name__


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), sha256)


def _stamp(path: Path) -> tuple[int, ...]:
    """What differs as soon as a file is replaced or written."""
    at = path.stat()
    return (at.st_ino, at.st_mtime_ns, at.st_size)
