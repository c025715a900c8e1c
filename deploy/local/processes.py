"""Telling one process id from a later process with the same number."""

import os
import signal
import subprocess
import time
from pathlib import Path

from deploy.stopping import PATIENCE

PROC = Path("/proc")


def command_of(pid: int) -> str:
    """The command line of a living process; empty when there is none (a zombie has none)."""
    if PROC.joinpath("self").exists():
        try:
            raw = PROC.joinpath(str(pid), "cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return _ps(pid, "command=")


def birth_of(pid: int) -> str:
    """When a process began, as an opaque text that no later process with its id shares."""
    if PROC.joinpath("self").exists():
        try:
            after_name = PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if after_name[0] == "Z" else after_name[19]
    return _ps(pid, "lstart=")


def end_leftover(pid: int, birth: str, ask: signal.Signals, patience: float = PATIENCE) -> bool:
    """Ends a process of an earlier run that nobody waits for; False when it was gone already."""
    if not birth or birth_of(pid) != birth:
        return False
    os.kill(pid, ask)
    deadline = time.monotonic() + patience
    while birth_of(pid) == birth:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def _ps(pid: int, column: str) -> str:
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()
