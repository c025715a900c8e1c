"""Finding somebody by their address in a sealed vault: a keyed digest, of no use without the key file."""

import hmac
from hashlib import sha256

from pydantic import BaseModel

from schemas.person import Person, plain_address
from schemas.refs import Slug
from store.keys import Keyring

PURPOSE = "address"
Mark = tuple[int | None, bytes | None]
"""The id of the master key, and the digest under it; nothing for who has no address."""


class Finder:
    """Makes the digests; the municipality is in them, so that nobody is followed from one to another."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def mark(self, municipality: Slug, item: BaseModel) -> Mark:
        """What is written beside a sealed person."""
        if not isinstance(item, Person) or not item.email.strip():
            return None, None
        key_id, key = next(iter(self._keyring.derived_by_each(PURPOSE).items()))
        return key_id, _digest(key, municipality, item.email)

    def digests(self, municipality: Slug, address: str) -> list[bytes]:
        """What an address may be found by: one a master key, that of the active one first."""
        keys = self._keyring.derived_by_each(PURPOSE).values()
        return [_digest(key, municipality, address) for key in keys]


def _digest(key: bytes, municipality: Slug, address: str) -> bytes:
    return hmac.digest(key, f"{municipality}/{plain_address(address)}".encode(), sha256)
