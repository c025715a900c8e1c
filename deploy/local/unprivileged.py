"""PostgreSQL refuses to run as root: how to run it as `nobody` when we are root."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy.local.errors import StackError

USER = "nobody"
# access(2) forgets capabilities of an ordinary user unless the fix-up on setuid is off, and
# PostgreSQL looks for its own binary with access(2).
REACH = (
    "--clear-groups",
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
    "--bounding-set=-all,+dac_override",
)


@dataclass(frozen=True)
class Unprivileged:
    """Who the database runs as: ourselves, or `nobody` when we are root."""

    paths: tuple[Path, ...]
    """What that user must be able to reach: the programs and the data directory."""

    @cached_property
    def _nobody(self) -> pwd.struct_passwd | None:
        return pwd.getpwnam(USER) if os.geteuid() == 0 else None

    def own(self, directory: Path) -> None:
        """Makes a directory that only this user can read."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        if self._nobody:
            os.chown(directory, self._nobody.pw_uid, self._nobody.pw_gid)

    def run(self, *command: str) -> tuple[list[str], dict[str, Any]]:
        """The command and spawn options that run it as this user; `StackError` if impossible."""
        if not self._nobody:
            return list(command), {}
        uid, gid = self._nobody.pw_uid, self._nobody.pw_gid
        if all(open_to_all(path) for path in self.paths):
            return list(command), {"user": uid, "group": gid, "extra_groups": ()}
        setpriv = shutil.which("setpriv")
        if not setpriv:
            raise StackError(
                "PostgreSQL does not run as root, and no other user can reach this folder. Run "
                "`straat up` as an ordinary user, move the checkout to a folder that everybody "
                "can enter, or install util-linux (for `setpriv`)."
            )
        return [setpriv, f"--reuid={uid}", f"--regid={gid}", *REACH, "--", *command], {}


def open_to_all(path: Path) -> bool:
    """Whether any user can come to `path` (and run it, when it is a program)."""
    way = path.resolve()
    steps = [*way.parents, way] if way.is_file() else way.parents
    return all(step.stat().st_mode & stat.S_IXOTH for step in steps)
