"""What lies beside a backup: enough to know it whole, and to see whether it came back as it was."""

import hashlib
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from schemas.model import Model
from store.reports import Chain

DUMP, MANIFEST, KEYS, OF = "database.dump", "manifest.json", "master.key", "backup.json"
FORMAT = 1
PIECE = 1 << 20


class BackupError(Exception):
    """A sentence for the person at the terminal: what is wrong, and what to do about it."""


class Head(Model):
    """Where a chain of the ledger stood."""

    municipality: str
    year: int
    state: str
    seq: int
    head: str


class Manifest(Model):
    """Of the folder with the database. Nothing in it is about anybody."""

    format: int = FORMAT
    name: str
    made_at: datetime
    version: str
    postgres: int
    migrations: dict[str, str]
    heads: list[Head]
    counts: dict[str, int]
    keys: dict[int, str]
    """Fingerprints of the master keys that open it."""
    bytes: int
    sha256: str


class Belongs(Model):
    """Of the folder with the keys: which backup they open, so that nobody changes that one unseen."""

    name: str
    manifest_sha256: str
    keys: dict[int, str]


def our_version() -> str:
    """The version of this software."""
    return version("lief-en-leedstraten")


def heads_of(chains: list[Chain]) -> list[Head]:
    """The heads as a manifest has them."""
    return [
        Head(
            municipality=chain.municipality,
            year=chain.fiscal_year,
            state=chain.state.value,
            seq=chain.seq,
            head=chain.head,
        )
        for chain in chains
    ]


def sha256_of(path: Path) -> str:
    """The digest of a file, a piece at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup whose dump is whole. Raises :class:`BackupError`."""
    try:
        manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    except OSError as error:
        raise BackupError(f"{backup} is no backup: {MANIFEST} cannot be read ({error.strerror}).") from None
    except ValidationError:
        raise BackupError(f"{backup / MANIFEST} is broken, or of a later version than this one.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{backup} is of another format ({manifest.format}) than this version reads.")
    dump = backup / DUMP
    if not dump.exists() or dump.stat().st_size != manifest.bytes or sha256_of(dump) != manifest.sha256:
        raise BackupError(
            f"{dump} is not the file that was written: its SHA-256 is another. Take an older one."
        )
    return manifest


def read_belongs(keys: Path, backup: Path) -> Belongs:
    """The word of the folder with the keys, which must be about this backup. Raises :class:`BackupError`."""
    try:
        belongs = Belongs.model_validate_json((keys / OF).read_bytes())
    except OSError as error:
        raise BackupError(
            f"{keys} holds no keys of a backup: {OF} cannot be read ({error.strerror})."
        ) from None
    except ValidationError:
        raise BackupError(f"{keys / OF} is broken.") from None
    if belongs.manifest_sha256 != sha256_of(backup / MANIFEST):
        raise BackupError(
            f"The keys in {keys} belong to the backup {belongs.name}; {backup} is another, or was changed."
        )
    return belongs
