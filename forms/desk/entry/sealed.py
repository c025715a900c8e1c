"""Things that go by the browser and come back as they were: sealed, short-lived, for one purpose."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from pydantic import Field, ValidationError

from schemas.model import Model
from store.keys import Keyring, seal, unseal

LIFE = timedelta(minutes=10)


class Passing(Model):
    """What is sealed bears its moment, and something that tells it from every other."""

    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    once: str = Field(default_factory=lambda: secrets.token_urlsafe(32))


Kind = TypeVar("Kind", bound=Passing)


def close(keyring: Keyring, thing: Passing) -> str:
    """Text that only we can open, and nobody can change."""
    purpose = type(thing).__name__.encode()
    sealed = seal(keyring.derived("sign-in"), thing.model_dump_json().encode(), purpose)
    return base64.urlsafe_b64encode(sealed).decode()


def reopen(keyring: Keyring, kind: type[Kind], text: str) -> Kind | None:
    """The thing again; None when it is too old, of another purpose, or not ours."""
    try:
        plain = unseal(keyring.derived("sign-in"), base64.urlsafe_b64decode(text), kind.__name__.encode())
        thing = kind.model_validate_json(plain)
    except (InvalidTag, ValidationError, ValueError):
        return None
    return thing if datetime.now(UTC) - thing.at < LIFE else None
