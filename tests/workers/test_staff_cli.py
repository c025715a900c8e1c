"""``straat staff`` on a real database: the first lead, who works there, and the end of it."""

from pathlib import Path

import pytest

from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import Urls
from tests.e2e.desks import Post
from tests.workers.test_cli import Shell, key_file

__all__ = ["key_file"]

LENA, OTTO = "lena@rotterdam.example", "otto@rotterdam.example"
AT = ("--municipality", "rotterdam")


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Shell:
    """What these commands need, and nothing else."""
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    needed = {"DATABASE_URL": database.app_url, "STRAAT_MASTER_KEY_FILE": str(key_file)}
    return Shell(needed | dict.fromkeys(names, "http://some.test"))


async def test_the_first_lead_is_invited_by_mail(shell: Shell, db: Database, key_file: Path) -> None:
    ended = await shell.run("staff", "invite", *AT, "--role", "lead", "--mail", LENA)
    assert ended.code == 0, ended.err
    assert "Invited as lead: rotterdam:m-" in ended.out
    assert LENA not in ended.out
    told = await Post(db, Keyring.read(key_file), "http://localhost:9").newest("staff_invitation")
    assert "http://localhost:9/uitnodiging/rotterdam/" in told
    assert "Beste lena" in told
    async with db.connection() as conn:
        facts = await conn.fetch(
            "select name, actor from registry.fact where name like 'staff.%' order by seq"
        )
        assert not await Vault(Keyring.read(key_file)).of_address(conn, "rotterdam", LENA)
    assert [tuple(row) for row in facts] == [("staff.invited", "operator"), ("staff.role_given", "operator")]


async def test_who_works_there_and_who_does_not_any_more(shell: Shell) -> None:
    await shell.run("staff", "invite", *AT, "--mail", LENA, "--name", "Lena")
    listed = await shell.run("staff", "list", *AT)
    assert listed.out.split()[1:] == ["lead", "invited"]
    last = await shell.run("staff", "end", *AT, "--mail", LENA)
    assert (last.code, "only programme lead" in last.err) == (1, True)
    await shell.run("staff", "invite", *AT, "--mail", OTTO)
    ended = await shell.run("staff", "end", *AT, "--mail", LENA.upper())
    assert (ended.code, ended.out.split()[0]) == (0, "Ended:")
    assert "ended" in (await shell.run("staff", "list", *AT)).out
    assert (await shell.run("staff", "end", *AT, "--mail", LENA)).code == 2
    ref = ended.out.split()[1].rstrip(".")
    again = await shell.run("staff", "invite", *AT, "--mail", LENA)
    assert ref in again.out


async def test_mistakes_are_told_in_a_sentence(shell: Shell) -> None:
    nowhere = await shell.run("staff", "invite", "--municipality", "nergens", "--mail", LENA)
    assert (nowhere.code, "apply its policy first" in nowhere.err) == (2, True)
    wrong = await shell.run("staff", "invite", *AT, "--mail", "geen adres")
    assert (wrong.code, "no mail address" in wrong.err) == (2, True)
    for _ in range(3):
        await shell.run("staff", "invite", *AT, "--mail", LENA)
    often = await shell.run("staff", "invite", *AT, "--mail", LENA)
    assert (often.code, "try again in an hour" in often.err) == (1, True)
