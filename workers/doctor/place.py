"""Where the doctor looks: the settings as far as they are right, and the doors that opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from dns.asyncresolver import Resolver
from temporalio.client import Client

from schemas.sign_in import is_loopback
from store.database import Database
from store.keys import Keyring
from workers.settings import Settings


class Part(StrEnum):
    """What a question can need."""

    DATABASE = "the database"
    TEMPORAL = "Temporal"
    KEYS = "the master keys"


@dataclass
class Place:
    """One installation. ``wrong``: the settings that are missing or wrong, whose value is made up.

    ``lacking`` says of each part that is not there why not, in words that can stand behind *not checked*.
    """

    settings: Settings
    wrong: frozenset[str] = frozenset()
    sentences: Sequence[str] = ()
    home: Path | None = None
    """That of a local stack, when it is one that is looked at."""
    watches: Sequence[str] = ()
    """Where processes tell how they are."""
    backups: Path | None = None
    db: Database | None = None
    temporal: Client | None = None
    temporal_config: dict[str, Any] = field(default_factory=dict)
    keyring: Keyring | None = None
    resolver: Resolver | None = None
    lacking: dict[Part, str] = field(default_factory=dict)

    @property
    def here(self) -> bool:
        """Whether it is a stack on somebody's own machine, as its addresses say."""
        return "STRAAT_PUBLIC_URL" not in self.wrong and is_loopback(self.settings.public_url.host)

    def has(self, *names: str) -> bool:
        """Whether these settings are right."""
        return self.wrong.isdisjoint(names)

    def given(self, field_name: str) -> bool:
        """Whether somebody set it, so that it is no default."""
        return field_name in self.settings.model_fields_set
