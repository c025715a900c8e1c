"""The runbook says what works: every command of docs/backup.md is run as written, in folders of the test."""

import re
import shlex
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Urls
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file

__all__ = ["key_file"]

PAGE = (Path(__file__).parents[2] / "docs" / "backup.md").read_text("utf-8")
COMMANDS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.strip().splitlines()
]
ENDS = {"straat keys retire 1": 1}
"""Two hours are not over yet; nothing else may end by anything but 0."""


async def test_the_commands_of_the_runbook(
    database: Urls, key_file: Path, tmp_path: Path, owner_conn: asyncpg.Connection
) -> None:
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    shell = Inside(
        {
            "DATABASE_URL": database.app_url,
            "ADMIN_DATABASE_URL": database.admin_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            **dict.fromkeys(names, "http://some.test"),
        }
    )
    await owner_conn.close()
    (tmp_path / "elsewhere").mkdir()
    ran = 0
    for command in COMMANDS:
        words = shlex.split(_here(command, tmp_path))[1:]
        if words[0] == "restore":
            words += ["--replace", database.admin_url.rpartition("/")[2]]
        if words[0] == "reconcile":  # the drill runs it, on a whole stack
            known = (await shell.run("reconcile", "--help")).out
            assert all(word in known for word in words if word.startswith("--"))
            continue
        ended = await shell.run(*words)
        assert ended.code == ENDS.get(command, 0), (command, ended)
        ran += 1
    assert ran == len(COMMANDS) - 4 == 8
    await _tidy(database)


def _here(command: str, folder: Path) -> str:
    """The same, with the test's folders, and the name that the backup got."""
    for half in ("/backups/database/", "/backups-elsewhere/keys/"):
        if f"{half}NAME" in command:
            (made,) = (folder / half.strip("/")).iterdir()
            command = command.replace(f"{half}NAME", str(made))
    return re.sub(r" (/(?:backups|backups-elsewhere|elsewhere)/)", rf" {folder}\1", command)


async def _tidy(database: Urls) -> None:
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    name = database.admin_url.rpartition("/")[2]
    for row in await server.fetch("select datname from pg_database where datname like $1", f"{name}_before%"):
        await server.execute(f'drop database "{row["datname"]}" with (force)')
    await server.close()


@pytest.mark.parametrize("word", ["forgotten", "lost", "money", "batch", "gone", "behind", "busy", "waiting"])
def test_every_finding_is_explained(word: str) -> None:
    from workers.reconciling.findings import Kind

    assert word in list(Kind)
    assert re.search(rf"\| [a-z, ]*{word}[a-z, ]* \|", PAGE)
    assert len(Kind) == 8
