"""How a stage is added: the change on the page for developers applies to this tree, and does as it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.tools import ROOT
from tests.docs.test_install import blocks

PAGE = (ROOT / "docs" / "handbook" / "developer.md").read_text("utf-8")
DIFF = (ROOT / "docs" / "handbook" / "a-stage.diff").read_text("utf-8")
LINES = [line for block in blocks(PAGE, "sh") for line in block.strip().splitlines()]
MEND = """
Does the change not apply any more? In a copy: `git apply --3way docs/handbook/a-stage.diff`, mend it,
and write it anew with `git diff -U1 HEAD -- . ':!tests/replay/histories'`.
"""
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "pictures", "bench-results", "dist")


@pytest.fixture(scope="module")
def copy(run_dir: Path) -> Path:
    """A copy of the tree, with the environment that runs this."""
    place = run_dir / "stage"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT, symlinks=True)
    if (ROOT / ".mypy_cache").is_dir():  # what was checked before need not be read again
        shutil.copytree(ROOT / ".mypy_cache", place / ".mypy_cache")
    (place / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    return place


def test_every_line_of_the_page_runs(copy: Path) -> None:
    surrounding = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment = surrounding | {"PYTHONPATH": str(copy), "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    for line in LINES:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}{MEND}"
    written = {path.name for path in (copy / "tests" / "replay" / "histories").glob("*thanked*")}
    assert written == {"thanks-thanked.json", "potje-thanked.json"}
    assert len(LINES) == 6


def test_every_part_of_it_is_on_the_page() -> None:
    touched = re.findall(r"^\+\+\+ b/(\S+)$", DIFF, re.MULTILINE)
    assert len(touched) > 15
    untold = [path for path in touched if path not in PAGE and not path.endswith(".txt")]
    assert untold == []
    assert "activities/templates/mail/" in PAGE
