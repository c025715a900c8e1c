"""Which of PostgreSQL's programs is taken: that of the server's major, where there is a choice."""

from pathlib import Path

import pytest

from deploy.local import dumping
from deploy.local.errors import StackError
from deploy.local.postgres import find_binaries


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs of 16 on the path, beside those of the package."""
    for name in ("pg_dump", "pg_restore"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 16.9 (Debian 16.9-1)'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(dumping, "SYSTEM_INSTALLS", tmp_path / "none")
    return tmp_path


def test_the_nearest_that_is_not_older(beside: Path) -> None:
    ours = find_binaries()
    assert dumping.find_tool("pg_dump", 16) == beside / "pg_dump"
    assert dumping.find_tool("pg_dump", 17) == ours / "pg_dump"
    with pytest.raises(StackError, match="No pg_dump of PostgreSQL 99 or later was found"):
        dumping.find_tool("pg_dump", 99)


def test_an_old_server_gets_what_it_knows_or_a_sentence(beside: Path) -> None:
    assert dumping.find_tool("pg_restore", 16, 17) == beside / "pg_restore"
    with pytest.raises(StackError, match="or restore into PostgreSQL 17 or later"):
        dumping.find_tool("pg_restore", 18, 17)
