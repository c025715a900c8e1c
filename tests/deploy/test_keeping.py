"""Backup and restore as Compose, the chart and the units run them: their own words, files and environment.

There is no engine, cluster or running systemd here. So each command is taken out of what would run it, and
run with the files that it would find, below a folder of the test, before a real PostgreSQL.
"""

import re
import shlex
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local.postgres import Postgres
from deploy.local.processes import command_of
from schemas.person import Person
from store import erasing, safekeeping
from store.database import Database
from store.keys import Keyring
from store.vault import Erased, Vault
from tests.conftest import Urls
from tests.deploy.conftest import surroundings, until
from tests.deploy.test_compose import model
from tests.deploy.test_helm import NEEDED, documents, environment, merged, pods
from tests.deploy.test_systemd import service
from tests.deploy.tools import ROOT, STRAAT, run
from tests.workers.test_cli import key_file
from workers.promises import once

__all__ = ["key_file"]

PAGE = (ROOT / "docs" / "backup.md").read_text("utf-8")
OUTPUT, KEYS, STATE = "/var/backups/straat", "/var/backups/straat-keys", "/var/lib/straat"
LONG_AGO = "straat-20200101T000000Z"
ANS, BO = (Person(name=name, email=f"{name.lower()}@straat.example") for name in ("Ans", "Bo"))


@dataclass
class Machine:
    """A folder that stands for the root of a container, or of a machine, and what is secret there."""

    root: Path
    secrets: Mapping[str, str]

    def give(self, secret: str, place: str) -> None:
        """Hand a secret over, as a file."""
        path = Path(self.here(place))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.secrets[secret])

    def here(self, text: str) -> str:
        """A word with its places below our root."""
        return re.sub(r"(?<![\w/])(?=/(?:var|run|etc)/)", str(self.root), text)

    def runs(self, words: list[str], env: Mapping[str, str], tools: Path) -> "Process":
        """`straat` with these words, its own settings, and PostgreSQL's programs on the path."""
        told = {name: self.here(value) for name, value in env.items()}
        base = surroundings()
        path = f"{tools}:{base['PATH']}"
        return Process([*STRAAT, *map(self.here, words)], base | told | {"PATH": path})


@dataclass
class Process:
    """A command, ready to run."""

    words: list[str]
    env: dict[str, str]

    def ended(self) -> str:
        """What it said; it ended well."""
        done = run(*self.words, env=self.env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stays(self, last: str) -> str:
        """What it said, up to these words; then it is told to stop, and does."""
        said = ""
        with subprocess.Popen(self.words, env=self.env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while last not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        return said


def whole(folder: Path) -> list[str]:
    """The backups that are there, but for the one of long ago."""
    return sorted(path.name for path in folder.glob("straat-*") if path.name != LONG_AGO)


class Compose:
    """The service `backup`, and the line of the page that restores by it."""

    nightly = True
    replaces = False

    def __init__(self) -> None:
        self.service: dict[str, Any] = model()["services"]["backup"]

    def mounted(self, machine: Machine) -> None:
        """Secrets as files, and the folder with the key."""
        for each in self.service["secrets"]:
            machine.give(each["source"], f"/run/secrets/{each['source']}")
        [keys] = [each for each in self.service["volumes"] if each["type"] == "bind"]
        assert Path(keys["source"]).name == "keys"
        machine.give("master_key", f"{keys['target']}/master_key")

    def backup(self) -> tuple[list[str], dict[str, str]]:
        """As it stands in the file."""
        return self.service["command"], self.service["environment"]

    def restore(self, name: str, _: str) -> tuple[list[str], dict[str, str]]:
        """As it stands on the page."""
        [line] = re.findall(r"^docker compose run --rm --no-deps backup (restore .*)$", PAGE, re.MULTILINE)
        return shlex.split(line.replace("NAME", name)), self.service["environment"]


class Chart:
    """The CronJob, and the Job that comes with `restore.backup`."""

    nightly = False
    replaces = True

    def __init__(self) -> None:
        self.pod = dict(pods(documents(NEEDED)))["backup"]

    def mounted(self, machine: Machine) -> None:
        """The keys of both secrets, where the pod mounts them."""
        keys = {"straat-admin": ("database_url", "admin_database_url"), "straat": ("master_key",)}
        [container] = self.pod["containers"]
        places = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        for volume in self.pod["volumes"]:
            if secret := volume.get("secret"):
                told = [each["key"] for each in secret.get("items", [])] or keys[secret["secretName"]]
                for key in told:
                    machine.give(key, f"{places[volume['name']]}/{key}")

    def backup(self) -> tuple[list[str], dict[str, str]]:
        """As Kubernetes would start it."""
        return self.pod["containers"][0]["args"], environment(self.pod)

    def restore(self, name: str, database: str) -> tuple[list[str], dict[str, str]]:
        """The same of the Job."""
        values = merged(NEEDED, {"restore": {"backup": name, "replace": database}})
        pod = dict(pods(documents(values)))["restore"]
        return pod["containers"][0]["args"], environment(pod)


class Systemd:
    """The two units; what systemd fills in is filled in here."""

    nightly = False
    replaces = False

    def mounted(self, machine: Machine) -> None:
        """Credentials, and the folder with the key."""
        for each in service("straat-backup")["LoadCredential"]:
            name = each.partition(":")[0]
            machine.give(name, f"/run/credentials/{name}")
        machine.give("master_key", "/etc/straat/keys/master_key")

    def _of(self, unit: str, name: str) -> tuple[list[str], dict[str, str]]:
        found = service(unit)
        text = " ".join(found["Environment"]).replace("%d", "/run/credentials").replace("%S", "/var/lib")
        shared = re.findall(
            r"^\w+=.*$", (ROOT / "deploy/systemd/straat.env.example").read_text(), re.MULTILINE
        )
        words = found["ExecStart"][0].replace("%i", name).replace(" $RESTORE_OPTIONS", "").split()
        assert words[0] == "/opt/straat/bin/straat"
        return words[1:], dict(each.split("=", 1) for each in [*shared, *text.split()])

    def backup(self) -> tuple[list[str], dict[str, str]]:
        """What the timer starts."""
        return self._of("straat-backup", "")

    def restore(self, name: str, _: str) -> tuple[list[str], dict[str, str]]:
        """What `systemctl start straat-restore@NAME` starts."""
        return self._of("straat-restore@", name)


async def sealed(database: Urls, vault: Vault) -> list[UUID]:
    """Two people who are kept."""
    db = Database(database.app_url)
    async with db.transaction() as conn:
        refs = [await vault.put(conn, "rotterdam", each) for each in (ANS, BO)]
    await db.close()
    return refs


async def a_day(database: Urls, vault: Vault, ref: UUID, log: Path) -> None:
    """After the backup one of them has themselves erased; the worker writes it down, apart."""
    db = Database(database.app_url)
    async with db.transaction() as conn:
        await erasing.erase(conn, vault, "rotterdam", [ref], "operator")
    await once(db, vault, log)
    await db.close()


async def lost(database: Urls) -> None:
    """The database is gone, with everything in it."""
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    await server.execute(f'drop database "{database.admin_url.rpartition("/")[2]}" with (force)')
    await server.close()


async def found(database: Urls, vault: Vault, refs: list[UUID]) -> tuple[list[bool], bool]:
    """Who can be read, and whether payments wait."""
    db, kept = Database(database.app_url), []
    async with db.connection() as conn:
        for ref in refs:
            try:
                kept.append(bool(await vault.get(conn, ref, Person)))
            except Erased:
                kept.append(False)
        waits = await safekeeping.paying_waits(conn, "rotterdam")
    await db.close()
    return kept, waits


async def swept(database: Urls) -> None:
    """What was put aside goes."""
    name = database.admin_url.rpartition("/")[2]
    server = await asyncpg.connect(f"{database.admin_url.rpartition('/')[0]}/postgres")
    for row in await server.fetch("select datname from pg_database where datname like $1", f"{name}_before%"):
        await server.execute(f'drop database "{row["datname"]}" with (force)')
    await server.close()


@pytest.mark.parametrize("way", [Compose, Chart, Systemd])
async def test_a_backup_of_the_night_is_restored_by_the_same_way(
    way: type[Compose | Chart | Systemd],
    database: Urls,
    postgres: Postgres,
    key_file: Path,
    tmp_path: Path,
) -> None:
    runs, vault = way(), Vault(Keyring.read(key_file))
    secrets = {"database_url": database.app_url, "admin_database_url": database.admin_url}
    machine = Machine(tmp_path, secrets | {"master_key": key_file.read_text()})
    runs.mounted(machine)
    output, keys, state = (Path(machine.here(place)) for place in (OUTPUT, KEYS, STATE))
    for folder in (output / LONG_AGO, keys / LONG_AGO, state):
        folder.mkdir(parents=True)
    refs = await sealed(database, vault)

    night = machine.runs(*runs.backup(), postgres.binaries)
    said = night.stays("Removed") if runs.nightly else night.ended()
    assert "Bring them to two different places" in said
    [name] = whole(output)
    assert whole(keys) == [name]
    assert f"Removed, being older: {LONG_AGO}." in said
    assert not (output / LONG_AGO).exists()
    assert not (keys / LONG_AGO).exists()
    assert sorted(path.name for path in (output / name).iterdir()) == ["database.dump", "manifest.json"]
    assert sorted(path.name for path in (keys / name).iterdir()) == ["backup.json", "master.key"]

    await a_day(database, vault, refs[0], state / "erasures.jsonl")
    if not runs.replaces:
        await lost(database)
    back = machine.runs(*runs.restore(name, database.admin_url.rpartition("/")[2]), postgres.binaries).ended()
    assert "1 had come back and are erased again" in back
    assert await found(database, vault, refs) == ([False, True], True)
    await swept(database)


def test_told_to_stop_while_it_dumps_it_leaves_nothing(
    database: Urls, key_file: Path, tmp_path: Path
) -> None:
    """A container is stopped whenever; neither half a backup nor a program of PostgreSQL stays behind."""
    tools, asleep = tmp_path / "tools", tmp_path / "asleep"
    tools.mkdir()
    slow = (
        f"#!/bin/sh\n[ \"$1\" != --version ] || exec echo 'pg_dump (PostgreSQL) 18.6'\necho $$ > {asleep}\n"
    )
    (tools / "pg_dump").write_text(f"{slow}exec sleep 300\n")
    (tools / "pg_dump").chmod(0o755)
    runs, secrets = Compose(), {"database_url": database.app_url, "admin_database_url": database.admin_url}
    machine = Machine(tmp_path, secrets | {"master_key": key_file.read_text()})
    runs.mounted(machine)
    night = machine.runs(*runs.backup(), tools)
    with subprocess.Popen(night.words, env=night.env) as process:
        until(lambda: asleep.exists() and asleep.read_text().endswith("\n"), "it dumps")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert command_of(int(asleep.read_text())) == ""
    assert list(Path(machine.here(OUTPUT)).iterdir()) == []
    assert not any(Path(machine.here(KEYS)).glob("*"))
