"""The log of erasures as a file: kept apart from the database, so that it outlives a restore of that."""

import errno
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

Line = tuple[UUID, str, datetime]
PRIVATE = 0o600


class BrokenLog(Exception):
    """A line of the file cannot be read; the message names its number only."""


def written(rows: Iterable[asyncpg.Record]) -> str:
    """JSON Lines, oldest first: references, which lead nowhere, a reason and a moment."""
    return "".join(
        json.dumps(
            {"ref": str(row["ref"]), "reason": row["reason"], "erased_at": row["erased_at"].isoformat()}
        )
        + "\n"
        for row in rows
    )


def read(text: str) -> list[Line]:
    """The lines again; raises :class:`BrokenLog`."""
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            told = json.loads(line)
            lines.append((UUID(told["ref"]), str(told["reason"]), datetime.fromisoformat(told["erased_at"])))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BrokenLog(f"line {number} of the log of erasures cannot be read") from None
    return lines


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
