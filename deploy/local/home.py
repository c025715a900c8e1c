"""The home of a local stack: one folder that is ours, locked while we run."""

import base64
import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deploy.local.errors import StackError

MARKER = ".straat-home"
MARKER_TEXT = "Made by `straat up`; `straat up --fresh` empties this folder.\n"
LOCK = "up.lock"
STATE = "stack.json"
PREPARED = "prepared"
NEEDED_BYTES = 500_000_000


def free_bytes(folder: Path) -> int:
    """Room left for us on the disk of this folder."""
    return shutil.disk_usage(folder).free


class Home:
    """Everything a stack keeps: database, workflows, mails, keys, logs."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self.folder = folder.resolve()
        self._free = free

    @property
    def logs(self) -> Path:
        """Where every process writes what it has to say."""
        return self.folder / "logs"

    @property
    def master_key(self) -> Path:
        """The file with the key that wraps the keys of the vault."""
        return self.folder / "keys" / "master.key"

    @property
    def erasures(self) -> Path:
        """The log of erasures, apart from the database: it outlives a restore of that."""
        return self.folder / "erasures.jsonl"

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Makes the folder ours while inside; `StackError` when it cannot be."""
        with _plainly(self.folder):
            self._claim()
            lock = (self.folder / LOCK).open("a")
        with lock:
            self._lock(lock.fileno())
            yield

    def check_room(self) -> None:
        """`StackError` when the disk is so full that a database would fail halfway."""
        free = self._free(self.folder)
        if free < NEEDED_BYTES:
            raise StackError(
                f"The disk of {self.folder} is nearly full: {free // 1_000_000} MB left, and the "
                f"local stack needs {NEEDED_BYTES // 1_000_000} MB. Make room, or choose another "
                "disk with --home."
            )

    def empty(self) -> None:
        """Throws all data away; only ever a folder that carries our marker."""
        for path in self.folder.iterdir():
            if path.name in {MARKER, LOCK}:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def make_master_key(self) -> None:
        """Makes the key at the first start: one line, `1:` and 32 random bytes in base64."""
        if self.master_key.exists():
            return
        self.master_key.parent.mkdir(mode=0o700, exist_ok=True)
        line = f"1:{base64.b64encode(os.urandom(32)).decode()}\n"
        _write(self.master_key, line, mode=0o600)

    def write_state(self, state: dict[str, Any]) -> None:
        """What `straat status` and a second `up` read."""
        _write(self.folder / STATE, json.dumps(state, indent=2) + "\n")

    def read_state(self) -> dict[str, Any] | None:
        """The state of the stack that runs here or that was broken off; None after a clean stop."""
        try:
            state: dict[str, Any] = json.loads((self.folder / STATE).read_text())
        except (OSError, ValueError):
            return None
        return state

    def was_prepared(self, *how: str) -> bool:
        """Whether the database was made ready in just this way before, and left like that.

        `how`: what made it ready, and, when it is known, what it looked like after that.
        """
        try:
            noted = (self.folder / PREPARED).read_text().split("\n")
        except OSError:
            return False
        return all(how) and noted[: len(how)] == list(how)

    def note_prepared(self, *how: str) -> None:
        """For the next start."""
        _write(self.folder / PREPARED, "\n".join(how))

    def forget_state(self) -> None:
        """After a clean stop."""
        (self.folder / STATE).unlink(missing_ok=True)

    def _claim(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        marker = self.folder / MARKER
        if marker.exists():
            return
        if any(self.folder.iterdir()):
            raise StackError(
                f"{self.folder} holds other things and was not made by `straat up`: choose an "
                "empty or new folder with --home."
            )
        _write(marker, MARKER_TEXT)

    def _lock(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(self._busy()) from None

    def _busy(self) -> str:
        state = self.read_state() or {}
        urls = ", ".join(state.get("urls", {}).values())
        return (
            f"A stack already runs in {self.folder} (process {state.get('pid', 'unknown')})"
            f"{': ' + urls if urls else ''}. Stop it with Ctrl-C there, or start a second one "
            "with another --home and --ports."
        )


@contextlib.contextmanager
def _plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(os_sentence(error, folder)) from None


def os_sentence(error: OSError, folder: Path) -> str:
    """What a refusal of the operating system means for somebody who starts the stack."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of {folder} is full: make room, or choose another disk with --home."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"{error.filename or folder} may not be written by this user (was it made by another "
            "user?): choose another folder with --home."
        )
    return f"{error.strerror} ({error.filename or folder})."


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
