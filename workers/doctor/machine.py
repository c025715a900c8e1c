"""The machine: what runs here, and room where we write."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from store import watching
from workers.doctor.findings import Check, Finding, attention, broken, good
from workers.doctor.groups import Group
from workers.doctor.place import Place
from workers.safekeeping.manifest import our_version

OLDEST = (3, 11)
LITTLE, NONE = 2_000_000_000, 200_000_000
"""Bytes: from when on somebody should look, and from when on things fail."""


async def release(_: Place) -> list[Finding]:
    """What this doctor is of: held against the processes and the database elsewhere."""
    python = platform.python_version()
    told = f"this is version {our_version()}, migration {watching.newest()}, on Python {python}"
    if sys.version_info < OLDEST:
        return [broken(told, "take Python 3.11 or later")]
    return [good(told)]


async def room(place: Place) -> list[Finding]:
    """Each disk that we write on, once."""
    found = []
    for what, free in _disks(place):
        told = f"{free / 1e9:.1f} GB free for {what}"
        if free < NONE:
            found.append(broken(told, "make room now: writing fails"))
        elif free < LITTLE:
            found.append(attention(told, "make room"))
        else:
            found.append(good(told))
    return found


def _disks(place: Place) -> Iterator[tuple[str, int]]:
    seen = set()
    for what, path in _places(place):
        try:
            device, free = path.stat().st_dev, shutil.disk_usage(path).free
        except OSError:
            continue  # Whoever needs the place says so.
        if device not in seen:
            seen.add(device)
            yield what, free


def _places(place: Place) -> Iterator[tuple[str, Path]]:
    if place.home:
        yield "the data of the local stack", place.home
    if place.settings.erasure_log:
        yield "the log of erasures", place.settings.erasure_log.parent
    if place.backups:
        yield "the backups", place.backups
    yield "files for a moment", Path(tempfile.gettempdir())


CHECKS = [Check(Group.MACHINE, ask.__name__, ask) for ask in (release, room)]
