"""The image: what it is built from, as who it runs, and that it needs nothing of the local stack."""

import re
import tomllib
import zipfile
from pathlib import Path

from deploy.healthy import PORTS, asked
from deploy.local.postgres import Postgres
from tests.deploy.tools import DEPLOY, ROOT, STRAAT, run, said, tool
from workers.settings import Settings

DOCKERFILES = (DEPLOY / "image" / "Dockerfile", DEPLOY / "compose" / "caddy" / "Dockerfile")
PACKAGES = ("schemas", "store", "workflows", "activities", "forms", "workers", "deploy")


def pins(lock: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """The packages of a lock: version with its marker, and the hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8").strip())
    found = {}
    for entry in entries:
        name, _, version = entry.splitlines()[0].rstrip(" \\").partition("==")
        found[name] = (version, frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry)))
    return found


def test_what_runs_is_what_was_tested_and_has_no_servers_in_it() -> None:
    whole = pins(DEPLOY / "requirements.lock")
    alone = pins(DEPLOY / "requirements-run.lock")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    servers = {re.split(r"[<>=\[]", each)[0] for each in extras["local"]}
    assert len(alone) > 40
    assert {name: whole[name] for name in alone} == alone
    assert servers <= set(whole)
    assert not servers & set(alone)
    assert not {"hatchling", "editables", "pip", "setuptools", "uv"} & set(alone)


def test_what_builds_is_pinned_too() -> None:
    whole, build = pins(DEPLOY / "requirements.lock"), pins(DEPLOY / "image" / "build.lock")
    assert {"hatchling", "editables"} < set(build)
    assert {name: whole[name] for name in build} == build
    assert all(hashes for _, hashes in build.values())
    assert "://" not in (DEPLOY / "image" / "build.lock").read_text()


def test_hadolint_finds_nothing() -> None:
    for path in DOCKERFILES:
        assert said(tool("hadolint"), "--no-color", path) == ""


def test_the_last_stage_builds_nothing_and_runs_as_nobody_special() -> None:
    for path in DOCKERFILES:
        last = path.read_text().rpartition("\nFROM ")[2]
        assert re.search(r"^FROM \$\{\w+_IMAGE\}\$\{\w+_DIGEST\}", "FROM " + last)
        assert re.search(r"^USER [1-9]\d{3,}:[1-9]\d{3,}$", last, re.MULTILINE)
        assert "HEALTHCHECK" in last
    ours = DOCKERFILES[0].read_text().rpartition("\nFROM ")[2]
    assert 'ENTRYPOINT ["straat"]' in ours
    assert "pip uninstall" in ours
    assert not re.search(r"pip install|apt-get|hatchling", ours)
    assert "pg_dump --version" in ours
    assert "pg_restore --version" in ours


def test_the_programs_of_postgresql_run_without_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    """What the first stage takes out of PostgreSQL's image is all that they load, the C library aside."""
    said(DEPLOY / "image" / "client.sh", postgres.binaries, tmp_path)
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["pg_dump", "pg_restore"]
    libraries = {path.name for path in (tmp_path / "lib").iterdir()}
    assert any(name.startswith("libpq") for name in libraries)
    assert not any(re.match(r"libc\.|ld-linux", name) for name in libraries)
    for name in ("pg_dump", "pg_restore"):
        told = said(tmp_path / "bin" / name, "--version", env={"LD_LIBRARY_PATH": str(tmp_path / "lib")})
        assert told.startswith(f"{name} (PostgreSQL)")
        alone = run(tmp_path / "bin" / name, "--version")
        assert (alone.returncode, "libpq" in alone.stderr) == (127, True), "it is the copy that runs"


def test_the_image_copies_every_room() -> None:
    copied = re.findall(r"^COPY (\w+)/ \1/$", DOCKERFILES[0].read_text(), re.MULTILINE)
    allowed = (DOCKERFILES[0].parent / "Dockerfile.dockerignore").read_text().split()
    assert sorted(copied) == sorted(PACKAGES)
    assert {f"!{name}" for name in PACKAGES} <= set(allowed)


def test_what_is_secret_or_an_operators_own_goes_nowhere() -> None:
    own = ("deploy/compose/.env", "deploy/compose/secrets/master_key", "deploy/compose/certificates/key.pem")
    assert said("git", "check-ignore", *own).split() == list(own)
    ignored = (DOCKERFILES[0].parent / "Dockerfile.dockerignore").read_text().split()
    assert {"deploy/compose/.env", "deploy/compose/secrets", "deploy/compose/certificates"} <= set(ignored)


def test_the_wheel_carries_what_is_not_python(tmp_path: Path) -> None:
    said(tool("python"), "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
    tracked = said("git", "ls-files", *PACKAGES).split()
    assert len(tracked) > 400
    assert set(tracked) - inside == set()


def test_straat_runs_where_the_local_stack_is_not_installed() -> None:
    told = run(*STRAAT, "up", "--home", "/nowhere")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "The local stack is not in this installation: install it with its extra, `local`.\n"
    assert "municipality" in said(*STRAAT, "--help")


def test_the_health_check_asks_where_the_pages_are() -> None:
    assert asked({}) == ["http://127.0.0.1:8600/gezond", "http://127.0.0.1:8601/gezond"]
    moved = dict.fromkeys(PORTS, "9000")
    assert asked(moved) == ["http://127.0.0.1:9000/gezond"] * 2
    usual = {field.validation_alias: str(field.default) for field in Settings.model_fields.values()}
    assert PORTS.items() <= usual.items()
