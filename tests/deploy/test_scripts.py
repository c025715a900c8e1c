"""The scripts of Compose, run: secrets, roles and migration, a dump that can be restored, a namespace."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from deploy.local.temporal import SEARCH_ATTRIBUTES
from store.keys import Keyring
from tests.conftest import free_port
from tests.deploy.conftest import Bare, surroundings
from tests.deploy.tools import CHART, COMPOSE, STRAAT, run, said, tool
from workers.settings import Settings

SMTP = "smtp://straat:geheim@mail.example.nl:587"
WANTED = {
    "STRAAT_PUBLIC_URL": "https://straat.test",
    "STRAAT_DESK_URL": "https://bureau.test",
    "STRAAT_TEMPORAL_UI_URL": "https://temporal.test",
}


@pytest.fixture(scope="module")
def secrets(run_dir: Path) -> Path:
    """What the script makes beside itself."""
    place = run_dir / "compose"
    place.mkdir(mode=0o755)
    shutil.copy(COMPOSE / "make-secrets.sh", place)
    told = said(place / "make-secrets.sh", env={"SMTP_URL": SMTP})
    assert "master_key" in told
    assert "geheim" not in told
    return place / "secrets"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(run_dir: Path, secrets: Path) -> AsyncIterator[Postgres]:
    """A server as the image makes it at its first start: nothing in it but what the script puts there."""
    home = run_dir / "first"
    home.mkdir(mode=0o755)
    async with Postgres(home, free_port()) as made:
        owner = await asyncpg.connect(_of(made, "postgres"))
        await owner.execute("drop database straat")
        await owner.close()
        said(COMPOSE / "postgres" / "10-roles.sh", env=_towards(made, secrets))
        yield made


def _of(server: Postgres, database: str) -> str:
    return f"{server.admin_url.rpartition('/')[0]}/{database}"


def _towards(server: Postgres, secrets: Path) -> dict[str, str]:
    """The environment of PostgreSQL's own programs."""
    programs = f"{server.binaries}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": programs,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "postgres",
        "SECRETS": str(secrets),
    }


def test_secrets_are_made_once_and_for_everybody_who_needs_them(secrets: Path) -> None:
    first = {path.name: path.read_text() for path in secrets.rglob("*") if path.is_file()}
    assert first["database_url"].startswith("postgresql://straat_app:")
    assert first["straat_app_password"] in first["database_url"]
    assert len(set(first.values())) == len(first)
    assert len(Keyring.read(secrets / "keys" / "master_key").keys) == 1
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.rglob("*") if path.is_file()} == {0o444}
    said(secrets.parent / "make-secrets.sh", env={"SMTP_URL": "smtp://another.example"})
    (secrets / "keys" / "master_key").rename(secrets / "master_key")
    said(secrets.parent / "make-secrets.sh", env={"SMTP_URL": "smtp://another.example"})
    assert {path.name: path.read_text() for path in secrets.rglob("*") if path.is_file()} == first, "it moves"
    assert (secrets / "keys" / "master_key").exists()


def test_compose_finds_each_of_them(secrets: Path) -> None:
    named = (COMPOSE / "compose.yaml").read_text().partition("\nsecrets:")[2].partition("\nvolumes:")[0]
    wanted = {line.split(":")[0].strip() for line in named.splitlines() if "file:" in line}
    made = {path.name for path in secrets.iterdir() if path.is_file()}
    assert wanted - made == {"temporal_ui_users"}
    assert made <= wanted


def test_without_a_mail_server_it_says_so(tmp_path: Path) -> None:
    shutil.copy(COMPOSE / "make-secrets.sh", tmp_path)
    done = run(tmp_path / "make-secrets.sh", env={"SMTP_URL": ""})
    assert done.returncode == 1
    assert done.stderr == "secrets/smtp_url is missing: give SMTP_URL.\n"


def test_the_settings_read_them(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "ADMIN_DATABASE_URL", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in WANTED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STRAAT_SECRETS", str(secrets))
    monkeypatch.setenv("STRAAT_MASTER_KEY_FILE", str(secrets / "keys" / "master_key"))
    found = Settings.read()
    assert found.database_url == (secrets / "database_url").read_text().strip()
    assert str(found.smtp_url) == SMTP
    assert found.admin_database_url is not None


async def test_roles_are_made_and_the_database_is_migrated(server: Postgres, secrets: Path) -> None:
    owner = await asyncpg.connect(_of(server, "straat"))
    sealed = await owner.fetch(
        "select rolname, rolsuper, rolpassword from pg_authid where rolcanlogin order by 1"
    )
    assert [(row["rolname"], row["rolsuper"]) for row in sealed] == [
        ("postgres", True),
        ("straat_app", False),
        ("temporal", False),
    ]
    assert all(str(row["rolpassword"]).startswith("SCRAM-SHA-256$") for row in sealed[1:])
    migrated = run(*STRAAT, "migrate", env=surroundings() | _migrating(server, secrets))
    assert (migrated.returncode, migrated.stdout[:10]) == (0, "Migrated: "), migrated.stderr
    assert await owner.fetchval("select count(*) from public.migration") > 10
    await owner.close()
    for role, database in (("straat_app", "temporal"), ("temporal", "straat"), ("straat_app", "postgres")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(_of(server, database).replace("postgres@", f"{role}@"))
    ours = await asyncpg.connect(_of(server, "straat").replace("postgres@", "straat_app@"))
    assert await ours.fetchval("select count(*) from registry.fact") == 0
    await ours.close()


def _migrating(server: Postgres, secrets: Path) -> dict[str, str]:
    here = f"@127.0.0.1:{server.port}/"
    addresses = {
        name.upper(): (secrets / name).read_text().strip().replace("@postgres/", here)
        for name in ("database_url", "admin_database_url")
    }
    return WANTED | addresses | {"STRAAT_MASTER_KEY_FILE": str(secrets / "keys" / "master_key")}


async def test_a_dump_of_temporal_can_be_restored(server: Postgres, secrets: Path, tmp_path: Path) -> None:
    owner = await asyncpg.connect(_of(server, "temporal"))
    await owner.execute("create table public.kept as select 42 as n")
    env = _towards(server, secrets) | {"BACKUP_FOLDER": str(tmp_path)}
    assert "Dumped at" in said(COMPOSE / "postgres" / "backup.sh", "once", env=env)
    dumps = sorted(path.name.partition("-")[0] for path in tmp_path.iterdir())
    assert dumps == ["temporal", "temporal_visibility"]
    await owner.execute("create database again")
    await owner.close()
    [dump] = tmp_path.glob("temporal-*.dump")
    said(server.binaries / "pg_restore", "--exit-on-error", "--dbname=again", dump, env=env)
    again = await asyncpg.connect(_of(server, "again"))
    assert await again.fetchval("select n from kept") == 42
    await again.close()


def test_a_dump_that_fails_leaves_nothing_that_looks_like_one(
    server: Postgres, secrets: Path, tmp_path: Path
) -> None:
    env = _towards(server, secrets) | {"BACKUP_FOLDER": str(tmp_path), "PGPORT": "1"}
    assert run(COMPOSE / "postgres" / "backup.sh", "once", env=env).returncode != 0
    assert list(tmp_path.glob("*.dump")) == []


def test_the_namespace_is_made_once_with_its_attributes(temporal: Bare) -> None:
    programs = f"{Path(tool('temporal')).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": programs, "TEMPORAL_ADDRESS": temporal.address, "TEMPORAL_NAMESPACE": "straten"}
    said(CHART / "files" / "namespace.sh", env=env)
    listed = said(tool("temporal"), "operator", "search-attribute", "list", env=env)
    found = [line.split() for line in listed.splitlines()]
    assert all([name, kind] in found for name, kind in SEARCH_ATTRIBUTES.items())
    described = said(tool("temporal"), "operator", "namespace", "describe", "-o", "json", env=env)
    assert '"workflowExecutionRetentionTtl": "2592000s"' in described
    again = said(CHART / "files" / "namespace.sh", env=env)
    assert again.splitlines() == [f"{name} is there." for name in SEARCH_ATTRIBUTES]
