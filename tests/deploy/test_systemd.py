"""The units: read by systemd itself, which says nothing, and shut as far as the threshold asks."""

import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.tools import UNITS, run, said

NAMES = ("straat-web", "straat-worker", "straat-migrate", "straat-backup", "straat-restore@")
THRESHOLD = 12
"""Tenths: 1.2 of 10, which is what they have. One lock less, and a test says so."""

NEEDS = [
    f"{name}.target" for name in ("network-online", "multi-user", "sysinit", "basic", "shutdown", "timers")
]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with our units and a program where they look for it."""
    units, program = tmp_path / "etc/systemd/system", tmp_path / "opt/straat/bin/straat"
    units.mkdir(parents=True)
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    theirs = tmp_path / "usr/lib/systemd/system"
    theirs.mkdir(parents=True)
    for name in NEEDS:
        shutil.copy(Path("/usr/lib/systemd/system") / name, theirs)
    for name in NAMES:
        shutil.copy(UNITS / f"{name}.service", units)
    shutil.copy(UNITS / "straat-backup.timer", units)
    return tmp_path


def verify(machine: Path) -> str:
    """What systemd says of the units: of a word that it does not know it tells, yet ends well."""
    units = [*(machine / "etc/systemd/system").glob("straat-*")]
    assert len(units) == len(NAMES) + 1
    done = run("systemd-analyze", "verify", f"--root={machine}", "--man=no", *units)
    return done.stdout + done.stderr


def service(name: str) -> dict[str, list[str]]:
    """The [Service] part of a unit; a key may come more than once."""
    text = (UNITS / f"{name}.service").read_text().partition("[Service]")[2].partition("\n[")[0]
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_systemd_has_nothing_to_say(machine: Path) -> None:
    assert verify(machine) == ""


def test_it_would_say_what_is_wrong(machine: Path) -> None:
    unit = machine / "etc/systemd/system/straat-web.service"
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHomes="))
    assert "ProtectHomes" in verify(machine)


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_is_shut(machine: Path, name: str) -> None:
    words = ("systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={machine}")
    done = run(*words, f"--threshold={THRESHOLD}", f"{name}.service")
    assert done.returncode == 0, done.stdout
    assert "Overall exposure level" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_secrets_come_as_credentials(name: str) -> None:
    unit = service(name)
    credentials = dict(each.split(":") for each in unit["LoadCredential"])
    wanted = {
        "straat-web": {"database_url"},
        "straat-worker": {"database_url", "smtp_url"},
        **{each: {"database_url", "admin_database_url"} for each in NAMES[2:]},
    }
    assert set(credentials) == wanted[name]
    assert all(path == f"/etc/straat/secrets/{key}" for key, path in credentials.items())
    assert "STRAAT_SECRETS=%d" in " ".join(unit["Environment"])
    assert "STRAAT_MASTER_KEY_FILE=/etc/straat/keys/master_key" in " ".join(unit["Environment"])
    more = {"straat-worker": ["-/opt/straat/build.env"], "straat-restore@": ["-/etc/straat/restore.env"]}
    assert unit["EnvironmentFile"] == ["/etc/straat/straat.env", *more.get(name, [])]
    assert "database_url" not in (UNITS / "straat.env.example").read_text().lower()


def test_a_build_of_before_is_the_worker_from_another_folder(machine: Path) -> None:
    worker, former = ((UNITS / f"{name}.service").read_text() for name in ("straat-worker", "straat-former@"))
    own = former.replace(", by the build of before (%i)", "").replace("/opt/straat-%i/", "/opt/straat/")
    comments = re.compile(r"^#.*\n", re.MULTILINE)
    there = set(comments.sub("", worker).splitlines())
    here = set(comments.sub("", own).splitlines())
    assert here - there == {
        "EnvironmentFile=/opt/straat/build.env",  # it must know its build
        "Environment=STRAAT_WATCH_PORT=8611",  # and watches beside the newest, on the same machine
    }
    assert there - here == {
        "Environment=STRAAT_WATCH_PORT=8609",
        "EnvironmentFile=-/opt/straat/build.env",
        "StateDirectory=straat",
        "StateDirectoryMode=0700",
        "Environment=STRAAT_ERASURE_LOG=%S/straat/erasures.jsonl",
    }
    unit = machine / "etc/systemd/system/straat-former@.service"
    shutil.copy(UNITS / "straat-former@.service", unit)
    shutil.copytree(machine / "opt/straat", machine / "opt/straat-1")
    instance = unit.with_name("straat-former@1.service")
    done = run("systemd-analyze", "verify", f"--root={machine}", "--man=no", instance)
    assert done.stdout + done.stderr == ""


def test_no_timer_ends_a_restore_halfway_and_it_goes_on_afterwards() -> None:
    """Conflicts works both ways: what the timer starts would stop it."""
    told = (UNITS / "straat-restore@.service").read_text().partition("[Service]")[0]
    unit = dict(re.findall(r"^(\w+)=(.*)$", told, re.MULTILINE))
    assert "straat-backup.timer" in unit["Conflicts"].split()
    assert set(unit["Conflicts"].split()) < set(unit["After"].split()), "it waits until they are gone"
    assert unit["OnSuccess"] == unit["OnFailure"] == "straat-backup.timer"


def test_they_come_back_by_themselves() -> None:
    assert [service(name)["Restart"] for name in NAMES[:3]] == [["always"], ["always"], ["on-failure"]]
    assert all("Restart" not in service(name) for name in NAMES[3:]), (
        "the timer, and the operator, start them"
    )


@pytest.mark.parametrize(
    ("name", "port"), [("straat-web", "8610"), ("straat-worker", "8609"), ("straat-former@", "8611")]
)
def test_they_say_that_they_live_and_are_started_anew_when_not(name: str, port: str) -> None:
    unit = service(name)
    assert unit["Type"] == ["notify"]
    assert int(unit["WatchdogSec"][0]) <= 120
    assert f"STRAAT_WATCH_PORT={port}" in " ".join(unit["Environment"])
    assert "STRAAT_WATCH_HOST" not in " ".join(unit["Environment"])


def test_the_user_and_the_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    said("systemd-sysusers", f"--root={tmp_path}", UNITS / "straat.sysusers.conf")
    [line] = [
        each for each in (tmp_path / "etc/passwd").read_text().splitlines() if each.startswith("straat:")
    ]
    assert line.endswith(":/var/lib/straat:/usr/sbin/nologin")
    said("systemd-tmpfiles", "--create", f"--root={tmp_path}", UNITS / "straat.tmpfiles.conf")
    modes = {
        name: oct((tmp_path / "etc/straat" / name).stat().st_mode & 0o777)
        for name in (".", "secrets", "sign-in", "keys")
    }
    assert modes == {".": "0o755", "secrets": "0o700", "sign-in": "0o750", "keys": "0o750"}
    for half in ("straat", "straat-keys"):
        assert oct((tmp_path / "var/backups" / half).stat().st_mode & 0o777) == "0o700"
