"""The log of erasures as a file: kept apart from the database, so that it outlives a restore of that.

It also tells by which lines of the journal somebody lost access. One process writes it at a time, and puts it
in its place as a whole: whoever reads it meanwhile, or after somebody was killed, finds no half a line.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from store.revoking import ACTS, Revoked

Line = tuple[UUID, str, datetime]
PRIVATE = 0o600


class BrokenLog(Exception):
    """A line of the file cannot be read; the message names its number only."""


@dataclass(frozen=True)
class Log:
    """What a file says: who was erased, and what let nobody in any more."""

    erased: list[Line] = field(default_factory=list)
    revoked: list[Revoked] = field(default_factory=list)


def written(erased: Iterable[asyncpg.Record], revoked: Iterable[asyncpg.Record]) -> str:
    """JSON Lines, each kind oldest first: references, which lead nowhere, a reason and a moment."""
    told = [
        {"ref": str(row["ref"]), "reason": row["reason"], "erased_at": row["erased_at"].isoformat()}
        for row in erased
    ]
    told += [{**dict(row), "at": row["at"].isoformat()} for row in revoked]
    return "".join(json.dumps(line) + "\n" for line in told)


def read(text: str) -> Log:
    """The lines again; raises :class:`BrokenLog`."""
    log = Log()
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            told = json.loads(line)
            if "key" in told:
                log.revoked.append(_revoked(told))
            else:
                moment = datetime.fromisoformat(told["erased_at"])
                log.erased.append((UUID(told["ref"]), str(told["reason"]), moment))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BrokenLog(f"line {number} of the log of erasures cannot be read") from None
    return log


def _revoked(told: Mapping[str, Any]) -> Revoked:
    given = {each.name: told[each.name] for each in fields(Revoked)}
    if given["name"] not in ACTS:
        raise KeyError(given["name"])
    return Revoked(**given | {"at": datetime.fromisoformat(given["at"])})


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """While the block runs no other process writes the log. False: another does now. Raises ``OSError``."""
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write_private(path: Path, content: bytes) -> None:
    """Put a file in its place as a whole, readable by its owner only. Raises ``OSError``."""
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
