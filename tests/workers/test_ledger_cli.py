"""``straat ledger`` on a real database: what it writes out, and that it finds every byte that was changed."""

import csv
import io
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from openpyxl import load_workbook

from schemas.ledger import MarkKind
from schemas.person import Document
from store import ledger
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import Urls, free_port
from tests.store.a_year import BY, CITY, YEAR, Year
from tests.today import today
from tests.workers.test_cli import Shell, key_file

__all__ = ["key_file"]

HERE = ("--municipality", CITY, "--year", str(YEAR))
FILE = b"<Document>a batch</Document>"
STATEMENT = b"<Document>a statement</Document>"


async def batch(conn: asyncpg.Connection, vault: Vault) -> UUID:
    """A payment batch, its file kept and marked."""
    number = uuid4()
    ref = await vault.put(conn, CITY, Document(content=FILE))
    await conn.execute(
        "insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents,"
        " execution_date, frozen_by, frozen_at, document, sha256)"
        " values ($1, $2, $3, 1, $4, 'frozen', 1, 1, $5, $6, $7, $8, $9)",
        *(number, CITY, YEAR, f"payout-{number}", today(), BY, datetime.now(UTC)),
        *(ref, sha256(FILE).digest()),
    )
    await marked(conn, f"batch/{number}", FILE)
    return number


async def statement(conn: asyncpg.Connection, vault: Vault) -> UUID:
    """A bank statement, its file kept and marked."""
    number = uuid4()
    ref = await vault.put(conn, CITY, Document(content=STATEMENT))
    await conn.execute(
        "insert into money.statement (id, municipality, sha256, document, state, uploaded_by)"
        " values ($1, $2, $3, $4, 'booked', $5)",
        *(number, CITY, sha256(STATEMENT).digest(), ref, BY),
    )
    await marked(conn, f"statement/{number}", STATEMENT)
    return number


async def marked(conn: asyncpg.Connection, subject: str, content: bytes) -> None:
    """The file's mark in the chain."""
    digest = sha256(content).digest()
    await ledger.mark(conn, CITY, YEAR, kind=MarkKind.FILE, subject=subject, digest=digest, actor=BY)


@pytest_asyncio.fixture
async def files(database: Urls, db: Database, key_file: Path) -> dict[str, UUID]:
    """A year of money, with a batch and a statement."""
    vault = Vault(Keyring.read(key_file))
    async with db.transaction() as conn:
        await Year(conn, 11).live(6)
        return {"batch": await batch(conn, vault), "statement": await statement(conn, vault)}


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Shell:
    """What these commands need, and nothing else."""
    return Shell({"DATABASE_URL": database.app_url, "STRAAT_MASTER_KEY_FILE": str(key_file)} | _rest())


def _rest() -> dict[str, str]:
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    return dict.fromkeys(names, "http://some.test")


async def test_sound_books_are_said_to_be_sound(shell: Shell, files: dict[str, UUID]) -> None:
    ended = await shell.run("ledger", "verify")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert len(lines) > 2
    assert all(": sound, " in line for line in lines)
    [ours] = [line for line in lines if line.startswith(f"{CITY} {YEAR}: ")]
    head = await shell.run("ledger", "head", *HERE)
    assert head.out.split()[4] == ours.rpartition(" ")[2]
    assert head.out.split()[:3] == [CITY, str(YEAR), "open"]


TAMPER = {
    "transfer": "update ledger.transfer set cents = cents + 1"
    " where seq = (select min(seq) from ledger.transfer"
    " where municipality = 'rotterdam' and fiscal_year = 2026)"
    " and municipality = 'rotterdam' and fiscal_year = 2026",
    "mark": "update ledger.mark set actor = 'somebody' where municipality = 'rotterdam' and kind = 'note'",
    "removed": "delete from ledger.transfer t where seq = (select max(seq) from ledger.transfer"
    " where municipality = 'rotterdam' and fiscal_year = 2026) and municipality = 'rotterdam'"
    " and fiscal_year = 2026",
    "balance": "update ledger.balance set credits_posted = credits_posted + 1 where account ="
    " 'street:rotterdam:laan-0:2026'",
    "reason": "update money.entry set reason = 'Iets anders' where kind = 'grant'",
    "entry": "delete from money.entry where kind = 'move'",
    "batch digest": "update money.batch set sha256 = sha256('x')",
    "statement": "delete from money.statement",
    "swapped": "update money.batch set document = (select document from money.statement)",
    "erased": "update vault.item set sealed = null, wrapped_key = null, key_id = null, erased_at = now()"
    " where kind = 'document'",
    "sealed byte": "update vault.item set sealed = set_byte(sealed, 20, (get_byte(sealed, 20) + 1) % 256)"
    " where kind = 'document'",
}
TRIGGERS = ("ledger.transfer", "ledger.mark", "ledger.account", "ledger.balance", "money.entry")


@pytest.mark.parametrize("what", TAMPER)
async def test_what_was_changed_is_found(
    shell: Shell, files: dict[str, UUID], owner_conn: asyncpg.Connection, what: str
) -> None:
    for table in TRIGGERS:
        await owner_conn.execute(f"alter table {table} disable trigger all")
    assert (await owner_conn.execute(TAMPER[what])).split()[-1] != "0"
    ended = await shell.run("ledger", "verify", *HERE)
    assert ended.code == 1
    places = {
        "transfer": "transfer ",
        "mark": "mark ",
        "removed": "",
        "balance": "street:rotterdam:laan-0:2026 has a balance",
        "reason": "has another reason than the chain marks",
        "entry": "is marked in the chain but its reason is gone",
        "batch digest": f"batch/{files['batch']} has another file than the chain marks",
        "statement": f"statement/{files['statement']} is marked in the chain but its file is gone",
        "swapped": f"batch/{files['batch']} has another file than its digest",
        "erased": "has a file that is gone",
        "sealed byte": "has a file that cannot be opened",
    }
    assert f"{CITY} {YEAR}: BROKEN: " in ended.err
    assert places[what] in ended.err


async def test_a_file_that_nobody_marked_is_found(
    shell: Shell, files: dict[str, UUID], db: Database, key_file: Path
) -> None:
    async with db.transaction() as conn:
        ref = await Vault(Keyring.read(key_file)).put(conn, CITY, Document(content=b"unmarked"))
        await conn.execute(
            "insert into money.statement (id, municipality, sha256, document, state, uploaded_by)"
            " values ($1, $2, $3, $4, 'refused', $5)",
            *(uuid4(), CITY, sha256(b"unmarked").digest(), ref, BY),
        )
    ended = await shell.run("ledger", "verify", *HERE)
    assert ended.code == 1
    assert "has a file that the chain does not mark" in ended.err


async def test_without_its_key_the_rest_is_verified(
    shell: Shell, files: dict[str, UUID], owner_conn: asyncpg.Connection
) -> None:
    shell.env["STRAAT_MASTER_KEY_FILE"] = "/nowhere/master.key"
    ended = await shell.run("ledger", "verify", *HERE)
    assert ended.code == 0
    assert "stored files are not opened; all else is verified" in ended.err
    await owner_conn.execute(TAMPER["batch digest"])
    assert (await shell.run("ledger", "verify", *HERE)).code == 1


async def test_beancount_of_the_command_line(shell: Shell, files: dict[str, UUID], tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    ended = await shell.run("ledger", "export", *HERE, "--format", "beancount", "--output", str(path))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    check = _check(path)
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")


def _check(path: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [Path(sys.executable).with_name("bean-check"), path], capture_output=True, check=False
    )


async def test_csv_goes_to_standard_output(
    shell: Shell, files: dict[str, UUID], owner_conn: asyncpg.Connection
) -> None:
    ended = await shell.run("ledger", "export", *HERE, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ended.out, newline="")))
    booked = await owner_conn.fetch(
        "select seq, cents from ledger.transfer where municipality = $1 and fiscal_year = $2 order by seq",
        CITY,
        YEAR,
    )
    assert [(int(row["seq"]), round(float(row["euros"]) * 100)) for row in rows] == [
        (row["seq"], row["cents"]) for row in booked
    ]


async def test_a_spreadsheet_of_the_command_line(
    shell: Shell, files: dict[str, UUID], tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.xlsx", "two.xlsx")]
    for path in paths:
        ended = await shell.run("ledger", "export", *HERE, "--format", "xlsx", "--output", str(path))
        assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert load_workbook(paths[0], read_only=True).sheetnames[-2:] == ["Saldi", "Boekingen"]


@pytest.mark.parametrize("command", [("verify",), ("export", "--format", "csv")])
async def test_books_that_are_not_there(shell: Shell, database: Urls, command: tuple[str, ...]) -> None:
    ended = await shell.run("ledger", *command, "--municipality", "nergens", "--year", "2026")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "There are no books of that municipality and year.\n"


async def test_a_file_that_cannot_be_written(shell: Shell, files: dict[str, UUID], tmp_path: Path) -> None:
    where = tmp_path / "nowhere" / "books.csv"
    ended = await shell.run("ledger", "export", *HERE, "--format", "csv", "--output", str(where))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", [("verify",), ("head",), ("export", *HERE, "--format", "csv")])
async def test_a_database_that_is_away(shell: Shell, command: tuple[str, ...]) -> None:
    shell.env["DATABASE_URL"] = f"postgresql://straat_app@127.0.0.1:{free_port()}/straat"
    ended = await shell.run("ledger", *command)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("PostgreSQL cannot be reached")


async def test_the_running_local_stack_is_found_by_its_home(
    shell: Shell, files: dict[str, UUID], database: Urls, tmp_path: Path, key_file: Path
) -> None:
    """Its database and its keys, when the environment names neither."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "master.key").write_bytes(key_file.read_bytes())
    port = int(database.app_url.rpartition(":")[2].partition("/")[0])
    (tmp_path / "stack.json").write_text(f'{{"ports": {{"postgres": {port}}}, "urls": {{}}}}')
    own = Shell()
    ended = await own.run("ledger", "head", "--home", str(tmp_path))
    # A stack calls its database `straat`, which here is the template of every test's: example books.
    assert (ended.code, ended.err) == (0, "")
    assert f"{CITY} {YEAR} open " in ended.out
