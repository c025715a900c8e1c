"""Backups: how old the latest is, whether it lies apart from the keys, and what has to survive it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from schemas.calendar import AMSTERDAM
from store import doctor, erasure_log, policies
from store.database import Connection
from workers.doctor.database import opened
from workers.doctor.findings import Check, Finding, attention, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place
from workers.safekeeping.manifest import DUMP, KEYS, MANIFEST, Manifest
from workers.safekeeping.nightly import moments

OLD = timedelta(hours=26)
"""A day, and room for a slow night."""
BEHIND = timedelta(minutes=5)
"""The worker writes the log of erasures each minute."""
MAKE = "straat backup --output DIR --keys OTHER; or see why the nightly one did not run: docs/backup.md"


def moment(at: datetime) -> str:
    """A moment by the Dutch clock."""
    return f"{at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"


async def latest(place: Place) -> list[Finding]:
    """As who makes backups wrote it in the database."""
    async with opened(place).connection() as conn:
        row = await doctor.latest_backup(conn)
    if row is None:
        return [attention("no backup was ever made", MAKE)]
    told = f"the latest whole backup is of {moment(row['made_at'])}"
    old = datetime.now(UTC) - row["made_at"] > OLD
    return [attention(f"{told}: older than {_hours(OLD)}", MAKE) if old else good(told)]


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.0f} hours"


async def folder(place: Place) -> list[Finding]:
    """What lies in the folder of the backups, when it was named."""
    if place.backups is None:
        return [not_checked("the folder of the backups: nobody named it", "straat doctor --backups DIR")]
    if not place.backups.is_dir():
        return [
            broken("the folder of --backups is not there, or cannot be read", "name it again, or mount it")
        ]
    try:
        return [_newest(place.backups), _apart(place)]
    except OSError as error:
        return [broken(f"the folder of --backups cannot be read ({error.strerror})", "mend its rights")]


def _newest(where: Path) -> Finding:
    found = []
    for _, each in moments(where):
        try:
            manifest = Manifest.model_validate_json((each / MANIFEST).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except ValidationError:
            return broken(f"{each.name}: its {MANIFEST} is broken", MAKE)
        found.append((manifest.made_at, manifest, each))
    if not found:
        return broken("in the folder of --backups there is no backup of straat backup", MAKE)
    made_at, manifest, newest = max(found, key=lambda one: one[0])
    dump = newest / DUMP
    if not dump.exists() or dump.stat().st_size != manifest.bytes:
        return broken(f"{newest.name} is not whole: its dump is missing, or of another size", MAKE)
    told = f"the newest of {len(found)} in the folder is of {moment(made_at)}, and of its size"
    old = datetime.now(UTC) - made_at > OLD
    return attention(f"{told}: older than {_hours(OLD)}", MAKE) if old else good(told)


def _apart(place: Place) -> Finding:
    """Who finds the database must not find its keys beside it."""
    where = place.backups.resolve() if place.backups else Path()
    beside = next(iter(where.rglob(KEYS)), None)
    if beside is not None or where in place.settings.master_key_file.resolve().parents:
        return broken(
            "master keys lie within the folder of the backups: whoever has it can read everything",
            "move the keys to another machine or medium, and make new ones: docs/backup.md",
        )
    return good("no master key lies within the folder of the backups")


async def erasures(place: Place) -> list[Finding]:
    """The log of erasures: without it, who was erased since a backup would be back."""
    path = place.settings.erasure_log
    if path is None:
        told = "the log of erasures: STRAAT_ERASURE_LOG is not set here"
        return [not_checked(told, "one worker has to have it: ask where that one runs")]
    try:
        kept = erasure_log.read(path.read_text("utf-8") if path.exists() else "").erased
    except (OSError, UnicodeDecodeError, erasure_log.BrokenLog) as error:
        why = str(error) if isinstance(error, erasure_log.BrokenLog) else type(error).__name__
        return [broken(f"the log of erasures cannot be read ({why})", "mend it from a copy: docs/backup.md")]
    if not os.access(path.parent, os.W_OK | os.X_OK):
        told = "the log of erasures cannot be written by the user that asks"
        return [broken(told, "give the folder of STRAAT_ERASURE_LOG to the user of the worker")]
    if place.db is None:
        return [good("the log of erasures can be read and written; the database was not there to compare")]
    async with place.db.connection() as conn:
        lacking = await _lacking(conn, {ref for ref, _, _ in kept})
    if lacking:
        told = (
            f"the log of erasures lacks {lacking} erasure(s) of more than {BEHIND.seconds // 60} minutes ago"
        )
        return [broken(told, "does the worker with STRAAT_ERASURE_LOG run? Its log says why not")]
    return [good(f"the log of erasures is up to date, and can be written ({len(kept)} line(s))")]


async def _lacking(conn: Connection, kept: set[UUID]) -> int:
    before = datetime.now(UTC) - BEHIND
    rows = await doctor.erasures(conn)
    return sum(row["ref"] not in kept and row["erased_at"] < before for row in rows)


async def books(place: Place) -> list[Finding]:
    """The chain of the ledger was recomputed lately where somebody audits it, and it was sound."""
    async with opened(place).connection() as conn:
        audited = {each.slug for each in await policies.all_current(conn) if each.payout.auditor_email}
        rows = await doctor.books(conn)
    now, found, fine = datetime.now(UTC), [], 0
    for row in rows:
        town, since = row["municipality"], row["recorded_at"] or row["since"]
        if row["name"] == "ledger.broken":
            told = f"the books of {town} were found broken on {moment(since)}"
            found.append(broken(told, "stop payments; straat ledger verify: docs/alerts.md, BooksBroken"))
        elif town in audited and now - since > OLD:
            told = f"the books of {town} were not recomputed since {moment(since)}"
            found.append(attention(told, "straat ledger verify; and does the schedule ledger-heads run?"))
        elif row["recorded_at"]:
            fine += 1
    if found:
        return found
    told = f"{fine} of {len(audited)} municipality(s) with an auditor so far"
    return [good(f"the books were recomputed lately, and sound: {told}")]


async def restored(place: Place) -> list[Finding]:
    """Whether payments are held since a backup was put back."""
    async with opened(place).connection() as conn:
        held, settled = await doctor.restored(conn)
    if not held:
        told = f"; the last restore was settled on {moment(settled)}" if settled else ""
        return [good(f"nobody's payments are held{told}")]
    return [
        attention(
            f"payments of {town} are held: a backup was put back on {moment(at)}",
            "straat reconcile, and what it says: docs/backup.md",
        )
        for town, at in held.items()
    ]


CHECKS = [
    Check(Group.BACKUPS, "the latest backup", latest, (Part.DATABASE,)),
    Check(Group.BACKUPS, "the folder of the backups", folder),
    Check(Group.BACKUPS, "the log of erasures", erasures, later=True),
    Check(Group.BACKUPS, "the books", books, (Part.DATABASE,)),
    Check(Group.BACKUPS, "what is held since a restore", restored, (Part.DATABASE,)),
]
