"""Homes for servers: one that everybody can enter, and one that only its owner can."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can come to without help."""
    folder = Path(tempfile.mkdtemp(prefix="straat-home-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """A folder inside one that is closed to everybody else, as a checkout in /root is."""
    outer = Path(tempfile.mkdtemp(prefix="straat-closed-"))
    outer.chmod(0o700)
    inner = outer / "home"
    inner.mkdir()
    yield inner
    shutil.rmtree(outer)
