"""A way to the municipality's provider, as the pages know it: what it needs, and that it came to nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.refs import Slug
from schemas.staff import Failure


class Refused(Exception):
    """A sign-in that came to nothing; only the code is ever told."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Way:
    """One way to the provider and back, of one browser."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    began: datetime


def secret_of(folder: Path | None, municipality: Slug) -> str:
    """The secret of a municipality's client, read anew each time; raises :class:`Refused`."""
    try:
        secret = (folder / municipality).read_text("utf-8").strip() if folder else ""
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise Refused(Failure.SECRET)
    return secret
