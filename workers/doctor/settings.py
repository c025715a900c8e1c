"""Settings: every one is right, no name is mistyped, and what is secret is ours alone."""

import difflib
import os
import stat
from pathlib import Path

from deploy.local.home import Home
from deploy.local.processes import birth_of
from workers.doctor.findings import Check, Finding, attention, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.known import FIELDS
from workers.doctor.place import Place
from workers.settings import Settings, SettingsError, proxies

PAGE = "docs/settings.md"
NEEDED = [name for name, field in FIELDS.items() if Settings.model_fields[field].is_required()]
OTHERS, GROUP_TOO = 0o004, 0o040
SECRET = ("database_url", "admin_database_url", "smtp_url")
TEMPORAL_KEYS = ("TEMPORAL_TLS_CLIENT_KEY_PATH", "TEMPORAL_CONFIG_FILE")
"""Temporal's own settings that name a file with something secret in it."""


async def values(place: Place) -> list[Finding]:
    """All that a process checks at its start."""
    if place.home and not runs(place.home):
        return [broken(f"the stack of {place.home} does not run", "straat up, or make up")]
    if not place.sentences:
        return [good(f"all {len(FIELDS)} settings are given or have their default, and are right")]
    found = [broken(line, PAGE) for line in place.sentences]
    if set(NEEDED) <= place.wrong:
        told = "nothing tells which installation is meant, and no stack runs in the folder of --home"
        found.insert(0, broken(told, "ask as one of its processes, or name its settings: docs/doctor.md"))
    return found


def runs(home: Path) -> bool:
    """Whether the stack of this home lives."""
    state = Home(home).read_state()
    return state is not None and birth_of(state["pid"]) == state["birth"]


async def names(_: Place) -> list[Finding]:
    """A mistyped name would be passed over in silence."""
    found = []
    for name in sorted(os.environ):
        if name.startswith("STRAAT_") and name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1)
            told = f"{name} is no setting of ours, and counts for nothing"
            found.append(attention(told, f"did you mean {near[0]}?" if near else PAGE))
    return found


async def proxy(place: Place) -> list[Finding]:
    """Behind https there is a proxy, and the web has to know it."""
    if not place.has("STRAAT_PUBLIC_URL", "STRAAT_TRUSTED_PROXIES"):
        return []
    try:
        proxies(place.settings)
    except SettingsError:
        return [
            not_checked(
                "STRAAT_TRUSTED_PROXIES is not set here; the web does not start without it behind https",
                "nothing, if this is a worker: ask once more where the web runs",
            )
        ]
    return []


async def secrets(place: Place) -> list[Finding]:
    """What is secret stands in one place, and nobody else reads it."""
    folder = place.settings.secrets
    found: list[Finding] = []
    for name in SECRET:
        if folder and (folder / name).exists() and name.upper() in os.environ:
            told = f"{name.upper()} stands in the environment and as a file: the environment counts"
            found.append(attention(told, "take one of the two away"))
    files = private(place)
    for what, path in files.items():
        if told := who_else(path):
            serious = told == "everybody on this machine"
            say = broken if serious else attention
            found.append(
                say(f"{what} can be read by {told}", f"chmod {'0400' if folder else '0600'} that file")
            )
    if files and not found:
        found.append(good(f"{len(files)} file(s) with secrets: nobody else on this machine reads them"))
    return found


def private(place: Place) -> dict[str, Path]:
    """The files that only we should read, by the setting that leads to each."""
    found = {}
    if place.has("STRAAT_MASTER_KEY_FILE"):
        found["the file of STRAAT_MASTER_KEY_FILE"] = place.settings.master_key_file
    ours = {name.lower() for name in FIELDS}
    for each in _files(place.settings.secrets):
        if each.name in ours:
            found[f"{each.name} in STRAAT_SECRETS"] = each
    for each in _files(place.settings.sign_in_secrets):
        found[f"{each.name} in STRAAT_SIGN_IN_SECRETS"] = each
    for name in TEMPORAL_KEYS:
        if path := os.environ.get(name):
            found[f"the file of {name}"] = Path(path)
    if place.settings.erasure_log:
        found["the file of STRAAT_ERASURE_LOG"] = place.settings.erasure_log
    return found


def _files(folder: Path | None) -> list[Path]:
    """Those of a folder; none where it cannot be read, which whoever needs it says."""
    try:
        return sorted(each for each in folder.iterdir() if each.is_file()) if folder else []
    except OSError:
        return []


def who_else(path: Path) -> str:
    """Who can read a file besides its owner; empty when nobody can.

    A folder that others cannot enter closes what is in it. A file that is mounted, or whose folder
    is, lies in a container, where nobody else is: who can read it outside is seen outside.
    """
    try:
        real = path.resolve(strict=True)
        seen = real.stat()
        if any(os.path.ismount(each) for each in (real, path, path.parent)):
            return ""
        if seen.st_mode & OTHERS and all(each.stat().st_mode & stat.S_IXOTH for each in real.parents):
            return "everybody on this machine"
        if seen.st_mode & GROUP_TOO and seen.st_uid == os.geteuid() and seen.st_gid != os.getegid():
            return "a group besides its owner"
    except OSError:
        return ""  # Whoever needs the file says so.
    return ""


CHECKS = [Check(Group.SETTINGS, ask.__name__, ask) for ask in (values, names, proxy, secrets)]
