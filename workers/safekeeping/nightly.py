"""Backups that make themselves: one a night, where nothing else starts them; and the old ones go."""

import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

NAMED = re.compile(r"straat-(\d{8}T\d{6}Z)")
HALF = re.compile(r"\.straat-(\d{8}T\d{6}Z)\.half")
SPELLING = "%Y%m%dT%H%M%SZ"
PAUSE = 300.0
"""Seconds between two looks, and before a backup that failed is tried again."""
BROKEN_OFF = timedelta(days=1)
"""What is half and older than this is nobody's work any more."""


def moments(folder: Path, kind: re.Pattern[str] = NAMED) -> Iterator[tuple[datetime, Path]]:
    """The backups in a folder and when they were made, the oldest first; nothing else that lies there."""
    named = [(found, path) for path in folder.glob("*") if (found := kind.fullmatch(path.name))]
    for found, path in sorted(named, key=lambda each: each[0][1]):
        yield datetime.strptime(found[1], SPELLING).replace(tzinfo=UTC), path


def forget(output: Path, keys: Path, days: int, now: datetime) -> list[str]:
    """Remove both halves of every backup that is older; the newest one stays, however old. Gives names."""
    whole = [path.name for _, path in moments(output)]
    gone = set()
    for folder in (output, keys):
        for at, path in moments(folder):
            if at < now - timedelta(days=days) and path.name not in whole[-1:]:
                # Under another name first: what is half gone must not look whole.
                shutil.rmtree(path.rename(path.with_name(f".{path.name}.half")))
                gone.add(path.name)
        for at, path in moments(folder, HALF):
            if at < now - BROKEN_OFF:
                shutil.rmtree(path)
    return sorted(gone)


def latest(output: Path) -> datetime | None:
    """When the newest backup was made."""
    found = [at for at, _ in moments(output)]
    return found[-1] if found else None


def due(last: datetime | None, now: datetime, hour: int) -> bool:
    """Whether it is time: once a day from that hour (UTC) on, and at once where there is none of a day."""
    if last is None or now - last > timedelta(days=1):
        return True
    return now.date() > last.date() and now.hour >= hour


def each_night(hour: int, output: Path, make: Callable[[], bool], say: Callable[[str], None]) -> NoReturn:
    """Until told to stop. A backup under way is then broken off, and leaves nothing behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    while True:
        if due(latest(output), datetime.now(UTC), hour) and not make():
            say(f"The backup failed; again in {PAUSE / 60:.0f} minutes.")
        time.sleep(PAUSE)


def _stop(*_: object) -> NoReturn:
    raise SystemExit(0)
