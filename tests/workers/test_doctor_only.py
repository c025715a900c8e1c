"""The doctor asked of one thing only: what stands in its way is told, and unseen is not good."""

from pathlib import Path

import pytest

from tests.conftest import Urls, free_port
from tests.workers.doctors import NEEDED
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file

__all__ = ["key_file"]


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Inside:
    """An installation with a database, and no Temporal."""
    return Inside(
        {
            "DATABASE_URL": database.app_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
            **dict.fromkeys(NEEDED, f"http://127.0.0.1:{free_port()}"),
        }
    )


async def test_what_stands_in_the_way_of_what_was_asked_is_told(shell: Inside) -> None:
    """Else a database that is away looked like one in which nothing waits."""
    away = {"DATABASE_URL": f"postgresql://straat_app@127.0.0.1:{free_port()}/straat"}
    ended = await Inside(shell.env | away).run("doctor", "--only", "work", "--only", "keys")
    assert ended.code == 1
    assert "PostgreSQL does not answer" in ended.out
    assert "Something is broken: " in ended.out
    ended = await Inside(shell.env | away).run("doctor", "--only", "settings")
    assert (ended.code, "PostgreSQL" in ended.out) == (0, False)


async def test_of_what_nobody_could_look_at_nothing_good_is_said(shell: Inside) -> None:
    del shell.env["DATABASE_URL"]
    ended = await shell.run("doctor", "--only", "work")
    assert ended.code == 1
    assert "Nothing could be looked at: 0 good, 1 not checked." in ended.out
