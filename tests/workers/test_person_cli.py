"""``straat person`` and ``straat audit`` on a real database, as an operator runs them."""

import json
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from schemas.person import Person
from store.database import Database
from store.keys import Keyring
from store.vault import Erased, Vault
from tests.conftest import Urls
from tests.workers.test_cli import Shell, key_file

__all__ = ["key_file"]

MAIL, NAME = "kanarie@zwaluw.example", "Kanarie Zwaluw"


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Shell:
    """What these commands need, and nothing else."""
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    needed = {"DATABASE_URL": database.app_url, "STRAAT_MASTER_KEY_FILE": str(key_file)}
    return Shell(needed | dict.fromkeys(names, "http://some.test"))


@pytest.mark.parametrize("place", ["", ".", "/"])
async def test_a_folder_is_no_file_to_write(shell: Shell, place: str) -> None:
    ended = await shell.run("person", "erasures", "--output", place)
    assert (ended.code, ended.out) == (1, "")
    assert "cannot be written (Is a directory)" in ended.err


@pytest_asyncio.fixture
async def refs(db: Database, key_file: Path) -> dict[str, UUID]:
    """The same person in two municipalities."""
    vault = Vault(Keyring.read(key_file))
    async with db.transaction() as conn:
        return {
            slug: await vault.put(conn, slug, Person(name=NAME, email=MAIL))
            for slug in ("den-haag", "rotterdam")
        }


async def kept(db: Database, key_file: Path, ref: UUID) -> bool:
    """Whether somebody can be read still."""
    async with db.connection() as conn:
        try:
            return bool(await Vault(Keyring.read(key_file)).get(conn, ref, Person))
        except Erased:
            return False


async def test_export_goes_to_a_private_file_or_to_the_screen(
    shell: Shell, refs: dict[str, UUID], tmp_path: Path, db: Database
) -> None:
    file = tmp_path / "person.json"
    ended = await shell.run("person", "export", "--mail", MAIL, "--output", str(file))
    assert (ended.code, ended.out) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    told = json.loads(file.read_text())
    assert [each["municipality"] for each in told] == ["den-haag", "rotterdam"]
    assert told[0]["contacts"][0]["name"] == NAME
    assert NAME not in ended.err
    assert MAIL not in ended.err
    screen = await shell.run(
        "person", "export", "--mail", f" {MAIL.upper()}", "--municipality", "rotterdam", "--output", "-"
    )
    assert [each["municipality"] for each in json.loads(screen.out)] == ["rotterdam"]
    async with db.connection() as conn:
        looks = await conn.fetch("select ref, staff, purpose from vault.look order by id")
        facts = await conn.fetch(
            "select municipality, actor, subject from registry.fact where name like 'person.%'"
        )
    assert [row["ref"] for row in looks] == [refs["den-haag"], refs["rotterdam"], refs["rotterdam"]]
    assert {(row["staff"], row["purpose"]) for row in looks} == {("operator", "export")}
    assert {(row["actor"], row["subject"]) for row in facts} == {("operator", "mijn-gegevens")}


async def test_erase_asks_first_and_then_destroys(
    shell: Shell, refs: dict[str, UUID], key_file: Path, db: Database, tmp_path: Path
) -> None:
    asked = await shell.run("person", "erase", "--mail", MAIL)
    assert asked.code == 1
    assert "Erase 2 record(s) in den-haag, rotterdam?" in asked.err
    assert await kept(db, key_file, refs["rotterdam"])
    ended = await shell.run("person", "erase", "--mail", MAIL, "--municipality", "rotterdam", "--yes")
    assert (ended.code, ended.out) == (0, "Erased: 1 record(s).\n")
    assert not await kept(db, key_file, refs["rotterdam"])
    assert await kept(db, key_file, refs["den-haag"])
    log = tmp_path / "erasures.jsonl"
    assert (await shell.run("person", "erasures", "--output", str(log))).code == 0
    assert json.loads(log.read_text())["ref"] == str(refs["rotterdam"])
    for said in (asked, ended):
        assert MAIL not in said.out + said.err


async def test_replaying_a_log_erases_what_came_back(
    shell: Shell, refs: dict[str, UUID], key_file: Path, db: Database, tmp_path: Path
) -> None:
    log = tmp_path / "erasures.jsonl"
    log.write_text(
        json.dumps(
            {
                "ref": str(refs["rotterdam"]),
                "reason": "person.erased",
                "erased_at": "2026-11-24T10:00:00+00:00",
            }
        )
    )
    ended = await shell.run("person", "replay-erasures", str(log))
    assert (ended.code, ended.out) == (0, "1 erasures in the log; 1 had come back and are erased again.\n")
    assert not await kept(db, key_file, refs["rotterdam"])
    again = await shell.run("person", "replay-erasures", str(log))
    assert "; 0 had come back" in again.out
    log.write_text("nonsense")
    broken = await shell.run("person", "replay-erasures", str(log))
    assert broken.code == 2
    assert "line 1 of the log of erasures cannot be read. Nothing was erased." in broken.err


async def test_nobody_and_no_key_are_said_plainly(shell: Shell, tmp_path: Path) -> None:
    nobody = await shell.run("person", "erase", "--mail", "niemand@voorbeeld.nl", "--yes")
    assert (nobody.code, nobody.err) == (2, "Nobody is known by that address.\n")
    shell.env["STRAAT_MASTER_KEY_FILE"] = str(tmp_path / "gone.key")
    keyless = await shell.run("person", "export", "--mail", MAIL)
    assert keyless.code == 2
    assert "without the master key" in keyless.err


async def test_the_audit_log_is_written_out(shell: Shell, refs: dict[str, UUID], tmp_path: Path) -> None:
    await shell.run("person", "erase", "--mail", MAIL, "--municipality", "rotterdam", "--yes")
    ended = await shell.run("audit", "export", "--municipality", "rotterdam")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert (lines[0]["what"], lines[-1]["what"]) == ("begin", "end")
    assert lines[-2]["name"] == "person.erased"
    assert lines[-1]["hash"] == lines[-2]["hash"]
    assert str(refs["rotterdam"]) not in ended.out
    file = tmp_path / "log.csv"
    past = await shell.run(
        *("audit", "export", "--municipality", "rotterdam", "--from", "2020-01-01", "--to", "2020-12-31"),
        *("--format", "csv", "--output", str(file)),
    )
    assert past.code == 0
    assert file.read_text().splitlines()[1].startswith("end,0,")
