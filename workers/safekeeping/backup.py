"""A backup: the database as one file of one moment, and the keys somewhere else."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local import dumping
from store import safekeeping, watching
from store.keys import Keys, read_file
from store.reports import chains
from workers.safekeeping.manifest import (
    DUMP,
    KEYS,
    MANIFEST,
    OF,
    BackupError,
    Belongs,
    Manifest,
    heads_of,
    our_version,
    sha256_of,
)

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True)
class Made:
    """Where the two halves are."""

    database: Path
    keys: Path
    manifest: Manifest


def check_apart(output: Path, keys: Path) -> None:
    """Who finds one of the two must not have found the other. Raises :class:`BackupError`."""
    one, other = output.resolve(), keys.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise BackupError(
            "The database and its keys must not lie together: whoever has both can read everything. "
            "Give --keys a folder that is not in --output, best on another machine or medium."
        )


async def back_up(admin_url: str, key_file: Path, output: Path, keys: Path) -> Made:
    """Write both halves; under their names they are whole, or not there at all."""
    check_apart(output, keys)
    ring = read_file(key_file)
    name = f"straat-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    half, half_keys = output / f".{name}.half", keys / f".{name}.half"
    try:
        manifest = await _write_database(admin_url, half, name, ring)
        _write_keys(half_keys, half, manifest, ring)
        half_keys.rename(keys / name)
        half.rename(output / name)
        for folder in (output, keys):
            _sync(folder)
        await _note(admin_url)
    finally:
        for left in (half, half_keys):
            shutil.rmtree(left, ignore_errors=True)
    return Made(output / name, keys / name, manifest)


async def _note(admin_url: str) -> None:
    """So that who watches sees how old the latest backup is."""
    conn = await asyncpg.connect(admin_url, timeout=10)
    try:
        await watching.backed_up(conn)
    finally:
        await conn.close()


async def _write_database(admin_url: str, half: Path, name: str, ring: Keys) -> Manifest:
    _private(half)
    dump = half / DUMP
    async with safekeeping.standing_still(admin_url) as (conn, snapshot):
        needed = await safekeeping.key_ids(conn)
        if lacking := [key_id for key_id in needed if key_id not in ring.all]:
            raise BackupError(
                f"The key file lacks key {', '.join(map(str, lacking))}, which part of the vault needs: "
                "with these keys the backup could not be read again."
            )
        server = await safekeeping.server(conn)
        dumping.dump(admin_url, snapshot, server, dump)
        dump.chmod(PRIVATE_FILE)
        _sync(dump)
        manifest = Manifest(
            name=name,
            made_at=datetime.now(UTC),
            version=our_version(),
            postgres=server,
            migrations=await safekeeping.migrations(conn),
            heads=heads_of(await chains(conn)),
            counts=await safekeeping.counted(conn),
            keys=ring.fingerprints,
            bytes=dump.stat().st_size,
            sha256=sha256_of(dump),
        )
    _write(half / MANIFEST, manifest.model_dump_json(indent=2))
    return manifest


def _write_keys(half_keys: Path, half: Path, manifest: Manifest, ring: Keys) -> None:
    _private(half_keys)
    _write(half_keys / KEYS, ring.written())
    belongs = Belongs(name=manifest.name, manifest_sha256=sha256_of(half / MANIFEST), keys=manifest.keys)
    _write(half_keys / OF, belongs.model_dump_json(indent=2))


def _private(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=PRIVATE_FOLDER)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Put on the disk; a file system that cannot do so for a folder is left as it is."""
    handle = os.open(path, os.O_RDONLY)
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)
