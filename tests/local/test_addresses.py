"""What the processes of the stack are told, and what they are not."""

import pytest

from deploy.local.addresses import OwnDatabase, child_environment
from deploy.local.errors import StackError
from deploy.local.ports import Ports


def test_worker_and_web_never_get_the_superuser_nor_another_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ADMIN_DATABASE_URL", "postgresql://postgres@db/straat")
    monkeypatch.setenv("TEMPORAL_API_KEY", "of somewhere else")
    monkeypatch.setenv("STRAAT_MAIL_FROM", "wij@straat.example")
    told = child_environment(Ports.from_base(8700), "postgresql://app@db/straat", "/keys/master.key")
    assert "ADMIN_DATABASE_URL" not in told
    assert "TEMPORAL_API_KEY" not in told
    assert told["STRAAT_MAIL_FROM"] == "wij@straat.example"
    assert told["TEMPORAL_ADDRESS"] == "127.0.0.1:8704"
    assert told["SMTP_URL"] == "smtp://127.0.0.1:8706"
    assert told["STRAAT_PUBLIC_URL"] == "http://127.0.0.1:8700"
    assert told["STRAAT_DESK_PORT"] == "8701"


def test_a_database_of_ones_own_needs_both_urls() -> None:
    both = {"DATABASE_URL": "postgresql://app@db/x", "ADMIN_DATABASE_URL": "postgresql://su@db/x"}
    assert OwnDatabase.from_environment({}) is None
    assert OwnDatabase.from_environment(both) == OwnDatabase(*both.values())
    for name, url in both.items():
        with pytest.raises(StackError, match="Only one of"):
            OwnDatabase.from_environment({name: url})
