"""``straat retention``: told without changing anything, removed when asked; and the commands of the pages."""

import re
import shlex
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from schemas.retention import ROUND
from store.database import Database
from store.vault import Vault
from tests.conftest import Urls
from tests.store.test_retention import LONG_AGO, colleagues, mails
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file

__all__ = ["key_file"]

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = [
    line.removeprefix(".venv/bin/")
    for name in ("retention.md", "privacy.md")
    for block in re.findall(r"```sh\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
    for line in block.strip().splitlines()
]


@pytest_asyncio.fixture
async def shell(database: Urls, key_file: Path) -> Inside:
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    return Inside(
        {
            "DATABASE_URL": database.app_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            **dict.fromkeys(names, "http://some.test"),
        }
    )


async def test_shown_and_then_removed(
    shell: Inside, db: Database, vault: Vault, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        await mails(conn, vault, LONG_AGO)
        await colleagues(conn, vault, LONG_AGO)
    counted = "select count(*) from post.mail"
    shown = await shell.run("retention", "show", "--municipality", "rotterdam")
    assert shown.code == 0, shown.err
    assert re.search(r"rotterdam\s+│ mails\s+│ 180 days\s+│ 1\s+│ now", shown.out), shown.out
    assert re.search(r"│ money\s+│ 7 years after the fiscal year\s+│ 0\s+│ nothing there", shown.out)
    assert all(each.key in shown.out for each in ROUND)
    assert "den-haag" not in shown.out
    assert await owner_conn.fetchval(counted) == 1
    ran = await shell.run("retention", "run")
    assert ran.code == 0, ran.err
    assert "rotterdam: mails 1, colleagues 1" in ran.out
    assert "den-haag: nothing was too old" in ran.out
    assert await owner_conn.fetchval(counted) == 0
    facts = await owner_conn.fetch("select actor from registry.fact where name = 'retention.ran'")
    assert {row["actor"] for row in facts} == {"operator"}
    assert "Kanarie" not in shown.out + ran.out + shown.err + ran.err


async def test_a_municipality_that_nobody_knows(shell: Inside) -> None:
    for word in ("show", "run"):
        ended = await shell.run("retention", word, "--municipality", "nergens")
        assert (ended.code, ended.err.strip()) == (2, "No municipality is called nergens.")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_of_the_pages(shell: Inside, command: str) -> None:
    """Those of the tests themselves are run by whoever runs the tests: that what they name is there."""
    words = shlex.split(command)
    if words[0] == "make":
        (named,) = [word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=")]
        paths = [word for word in named.split() if word.startswith("tests/")]
        assert paths
        assert all((DOCS.parent / path).exists() for path in paths)
        return
    ended = await shell.run(*words[1:])
    assert ended.code == (2 if "ADDRESS" in words else 0), ended.err
