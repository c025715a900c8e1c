"""The namespace is the one that the SDK's own configuration would give, also where that is not read."""

from pathlib import Path

import pytest

from workers.connecting import namespace_of_file
from workers.temporal import namespace


def test_the_environment_comes_before_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.default]\nnamespace = "uit-het-bestand"\n', "utf-8")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.delenv("TEMPORAL_NAMESPACE", raising=False)
    assert namespace() == namespace_of_file() == "uit-het-bestand"
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "gezegd")
    assert namespace() == namespace_of_file() == "gezegd"
