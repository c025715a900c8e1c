"""How the key file came here: in a folder, where another one is seen, or as a copy that stays what it was."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
STAYS = (
    "STRAAT_MASTER_KEY_FILE is one mounted file or a credential of systemd: another key is not seen here "
    "before a new start"
)


def stays(path: Path, mounts: Path = MOUNTS, given: Mapping[str, str] = os.environ) -> bool:
    """Whether nobody can replace this file for us: it is mounted by itself, or systemd's copy of another.

    A file that is replaced is another one, and a mount of one file goes on showing the one of before. A
    mounted folder shows what is in it now; so do the links by which Kubernetes mounts a secret.
    """
    real = path.resolve()
    if (folder := given.get("CREDENTIALS_DIRECTORY")) and Path(folder).resolve() in real.parents:
        return True
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    return str(real) in {_plain(line.split(" ")[4]) for line in lines}


def _plain(place: str) -> str:
    """As it is called: the kernel writes a blank as a number in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
