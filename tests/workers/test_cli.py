"""The command line: a sentence and an exit code for whatever can be wrong, and never a traceback."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from schemas.accounts import BudgetLine, line_account, spec_of, spent_account
from schemas.ledger import Leg, YearState
from store import ledger
from store.keys import KEY_BYTES
from store.migrate import MIGRATIONS
from tests.conftest import MUNICIPALITIES, Urls, free_port
from tests.today import today

ROOT = Path(__file__).parents[2]
ROTTERDAM = next(path for path in MUNICIPALITIES if path.stem == "rotterdam")
NEEDED = (
    "DATABASE_URL",
    "STRAAT_MASTER_KEY_FILE",
    "STRAAT_PUBLIC_URL",
    "STRAAT_DESK_URL",
    "STRAAT_TEMPORAL_UI_URL",
)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int | None
    out: str
    err: str


@dataclass
class Shell:
    """Runs ``straat`` in an environment of its own."""

    env: dict[str, str] = field(default_factory=dict)

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """The command, running."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "workers.cli", *words),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **self.env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str) -> Ended:
        """The command, ended; whatever happens, nobody is shown a traceback."""
        process = await self.start(*words)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert b"Traceback" not in out + err
        return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A right key file."""
    path = tmp_path / "master.key"
    path.write_text(f"1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n")
    return path


@pytest.fixture
def shell(database: Urls, key_file: Path) -> Shell:
    """An environment in which everything is right, with Temporal and the mail server away."""
    return Shell(
        {
            "DATABASE_URL": database.app_url,
            "ADMIN_DATABASE_URL": database.admin_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            "STRAAT_PUBLIC_URL": "http://public.test",
            "STRAAT_DESK_URL": "http://desk.test",
            "STRAAT_TEMPORAL_UI_URL": "http://temporal.test",
            "STRAAT_PUBLIC_PORT": str(free_port()),
            "STRAAT_DESK_PORT": str(free_port()),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        }
    )


@pytest_asyncio.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The superuser's address of a database that is not migrated."""
    server = await asyncpg.connect(postgres.admin_url)
    name = f"e_{uuid4().hex}"
    await server.execute(f"create database {name}")
    yield f"{postgres.admin_url.rpartition('/')[0]}/{name}"
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.mark.parametrize(
    "words", [("worker",), ("web",), ("migrate",), ("municipality", "apply", str(ROTTERDAM))]
)
async def test_missing_settings_are_named(words: tuple[str, ...]) -> None:
    ended = await Shell().run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert set(ended.err.splitlines()[1:]) == {f"{name} is missing." for name in NEEDED}


@pytest.mark.parametrize("words", [(), ("nonsense",), ("municipality",), ("municipality", "apply")])
async def test_words_that_are_no_command(words: tuple[str, ...]) -> None:
    ended = await Shell().run(*words)
    assert ended.code == 2
    assert "Usage" in ended.err + ended.out


async def test_migrate_twice(shell: Shell, empty: str) -> None:
    shell.env["ADMIN_DATABASE_URL"] = empty
    names = ", ".join(sorted(path.name for path in MIGRATIONS.glob("*.sql")))
    assert await shell.run("migrate") == Ended(0, f"Migrated: {names}.\n", "")
    assert await shell.run("migrate") == Ended(0, "Migrated: nothing to do.\n", "")


async def test_migrate_needs_another_role(shell: Shell) -> None:
    del shell.env["ADMIN_DATABASE_URL"]
    ended = await shell.run("migrate")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("ADMIN_DATABASE_URL is needed")


@pytest.mark.parametrize("wrong", ["away", "no such database", "not the superuser"])
async def test_migrate_where_it_cannot(shell: Shell, database: Urls, wrong: str) -> None:
    shell.env["ADMIN_DATABASE_URL"] = {
        "away": f"postgresql://postgres@127.0.0.1:{free_port()}/straat",
        "no such database": f"{database.admin_url}_not",
        "not the superuser": database.app_url,
    }[wrong]
    ended = await shell.run("migrate")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("The database could not be migrated: ")
    assert ended.err.count("\n") == 1


async def test_a_policy_is_applied_and_applied_again(shell: Shell) -> None:
    files = [str(path) for path in MUNICIPALITIES]
    lines = "Aalsmeer: version 1\nDen Haag: version 1\nRotterdam: version 1\n"
    assert await shell.run("municipality", "apply", *files) == Ended(0, lines, "")


def alone() -> str:
    """The policy without its logo, a file that stays where it is."""
    lines = ROTTERDAM.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("logo ="))


async def test_a_wrong_file_stops_the_right_ones(
    shell: Shell, tmp_path: Path, owner_conn: asyncpg.Connection
) -> None:
    right, wrong = tmp_path / "rotterdam.toml", tmp_path / "utrecht.toml"
    right.write_text(alone().replace("minimum_gangmakers = 1", "minimum_gangmakers = 2"))
    wrong.write_text(alone().replace("minimum_gangmakers = 1", "minimum_gangmakers = 9"))
    ended = await shell.run("municipality", "apply", str(right), str(wrong))
    assert ended == Ended(
        2,
        "",
        "Nothing was applied:\n"
        "utrecht.toml: minimum_gangmakers = 9: Input should be less than or equal to 5\n",
    )
    assert await owner_conn.fetchval("select max(version) from registry.policy") == 1
    assert (await shell.run("municipality", "apply", str(right))).out == "Rotterdam: version 2\n"


async def test_a_budget_below_what_was_given_out_is_told_in_euros(
    shell: Shell, tmp_path: Path, app_conn: asyncpg.Connection
) -> None:
    budget = line_account("rotterdam", BudgetLine.POTJES, 2026)
    spent = spent_account("rotterdam", BudgetLine.POTJES, 2026)
    leg = Leg(id=uuid4(), debit=budget, credit=spent, cents=149_999_50, reason="test")
    async with app_conn.transaction():
        await ledger.open_accounts(app_conn, [spec_of(spent)])
        await ledger.transfer(app_conn, [leg], actor="engine", group_id=leg.id, booked_on=today())
    less = tmp_path / "rotterdam.toml"
    less.write_text(alone().replace("euros = 150000", "euros = 149999", 1))
    ended = await shell.run("municipality", "apply", str(less))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Nothing was applied: a budget would go below")
    assert "0.50 euro" in ended.err
    assert await app_conn.fetchval("select max(version) from registry.policy") == 1


async def test_a_grant_in_a_year_that_is_being_closed_is_refused(
    shell: Shell, tmp_path: Path, app_conn: asyncpg.Connection
) -> None:
    async with app_conn.transaction():
        await ledger.move_year(app_conn, "rotterdam", 2026, YearState.CLOSING, "rotterdam:treasurer-1")
    more = tmp_path / "rotterdam.toml"
    more.write_text(alone().replace("euros = 150000", "euros = 160000", 1))
    ended = await shell.run("municipality", "apply", str(more))
    assert (ended.code, ended.out) == (1, "")
    assert "in a year that is closed, or being closed" in ended.err
    assert await app_conn.fetchval("select max(version) from registry.policy") == 1


@pytest.mark.parametrize("wrong", ["away", "not migrated"])
async def test_a_policy_without_a_database(shell: Shell, empty: str, wrong: str) -> None:
    away = f"postgresql://straat_app@127.0.0.1:{free_port()}/straat"
    shell.env["DATABASE_URL"] = away if wrong == "away" else empty
    ended = await shell.run("municipality", "apply", str(ROTTERDAM))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("PostgreSQL ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", ["worker", "web"])
async def test_a_wrong_key_file_is_told_without_the_key(shell: Shell, key_file: Path, command: str) -> None:
    key = key_file.read_text().strip()
    key_file.write_text(f"{key}\n{key}\n")
    ended = await shell.run(command)
    assert ended.code == 2
    assert ended.err == "STRAAT_MASTER_KEY_FILE: line 2 of the key file repeats an id\n"
    assert key.partition(":")[2] not in ended.out


@pytest.mark.parametrize("command", ["worker", "web"])
async def test_a_service_stops_when_it_is_told_to(shell: Shell, command: str) -> None:
    process = await shell.start(command)
    assert process.stdout is not None
    sign = b"waits for Temporal" if command == "worker" else b"Uvicorn running"
    async with asyncio.timeout(60):
        while sign not in await process.stdout.readline():
            assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_an_error_nobody_foresaw_is_logged_by_type_and_ends_the_service(
    shell: Shell, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute("drop table post.submission cascade")
    ended = await shell.run("worker")
    assert (ended.code, ended.err) == (1, "")
    [line] = [line for line in ended.out.splitlines() if "ends by an error" in line]
    assert '"exception_type": "UndefinedTableError"' in line
