"""Compose: read by Compose itself, then looked at as it would run: who may what, and who reaches whom."""

import json
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.postgres import SETTINGS
from deploy.local.temporal import DYNAMIC_CONFIG, SEARCH_ATTRIBUTES
from tests.deploy.tools import CHART, COMPOSE, DEPLOY, run, said, tool

EXAMPLE = COMPOSE / ".env.example"
FILE = COMPOSE / "compose.yaml"
DIGEST = "sha256:" + "0" * 64
SCRIPTS = sorted([*DEPLOY.rglob("*.sh")])
ONCE = {"temporal-schema", "temporal-namespace", "migrate", "straat", "keys"}
"""What does one thing and ends."""

OUTSIDE = {"caddy": {"80", "443"}, "prometheus": {"9090"}, "grafana": {"3000"}}
"""The only ports of the machine."""


@cache
def model(**env: str) -> dict[str, Any]:
    """The model as Compose resolves it, with the example's settings."""
    words = ("--file", FILE, "--env-file", EXAMPLE, "--profile", "tools", "config", "--format", "json")
    return dict(json.loads(said(tool("docker-compose"), *words, env=env)))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Every service."""
    return dict(model()["services"])


def test_compose_takes_it_and_warns_of_nothing() -> None:
    done = run(tool("docker-compose"), "--file", FILE, "--env-file", EXAMPLE, "config", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_has_no_sensible_value_is_asked_for() -> None:
    done = run(tool("docker-compose"), "--file", FILE, "--env-file", "/dev/null", "config", "-q")
    assert done.returncode != 0
    for name in ("PUBLIC_HOST", "DESK_HOST", "TEMPORAL_UI_HOST", "STRAAT_MAIL_FROM", "ALERT_SMTP_HOST"):
        assert f"{name} is missing a value" in done.stderr


def test_the_example_explains_every_setting_and_no_other() -> None:
    named = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    lines = EXAMPLE.read_text().splitlines()
    given = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(given) == sorted(named)
    assert sum(line.startswith("# ") for line in lines) > len(given) / 2


def test_everybody_is_careful(services: dict[str, Any]) -> None:
    for name, service in services.items():
        uid, gid = map(int, service["user"].split(":"))
        assert uid > 0, name
        assert gid > 0, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        limits = service["deploy"]["resources"]["limits"]
        assert limits.keys() >= {"cpus", "memory", "pids"}, name
        assert service["logging"]["options"]["max-size"], name


def test_everybody_comes_back_and_says_how_they_are(services: dict[str, Any]) -> None:
    told = {name for name, each in services.items() if "test" in each.get("healthcheck", {})}
    back = {name for name, each in services.items() if each.get("restart") == "unless-stopped"}
    assert told == set(services) - ONCE
    assert back == set(services) - ONCE
    assert services["web"]["healthcheck"]["test"] == ["CMD", "python", "-m", "deploy.healthy"]
    assert services["worker"]["healthcheck"]["test"] == ["CMD", "python", "-m", "deploy.healthy", "klaar"]


def test_nobody_waits_for_what_is_not_there(services: dict[str, Any]) -> None:
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            ends = how["condition"] == "service_completed_successfully"
            assert ends == (other in ONCE)
            assert ends or "test" in services[other]["healthcheck"]


def words(thing: object) -> Iterator[str]:
    """Every text in a part of the model."""
    if isinstance(thing, dict):
        for value in thing.values():
            yield from words(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from words(value)
    elif isinstance(thing, str):
        yield thing


def test_no_secret_stands_in_the_model(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for key, value in (service.get("environment") or {}).items():
            secret = re.search(r"PASSWORD|PWD|SECRET|TOKEN|KEY|DATABASE_URL|SMTP_URL", key)
            assert not secret or str(value).startswith("/run/"), (name, key)
        assert not any(re.search(r"://[^/\s]*:[^/\s]*@", text) for text in words(service)), name
    files = model()["secrets"]
    assert all(set(secret) == {"name", "file"} for secret in files.values())
    used = {each["source"] for service in services.values() for each in service.get("secrets", [])}
    assert used == set(files)


def test_the_superuser_is_known_to_who_needs_it(services: dict[str, Any]) -> None:
    def holders(secret: str) -> set[str]:
        return {n for n, s in services.items() if secret in [each["source"] for each in s.get("secrets", [])]}

    assert holders("admin_database_url") == {"migrate", "backup"}
    assert holders("postgres_password") == {"postgres", "temporal-backup"}
    assert holders("smtp_url") == {"worker"}
    assert holders("temporal_ui_users") == {"caddy"}


def test_images_have_a_tag_and_take_a_digest() -> None:
    names = [line.partition("=")[0] for line in EXAMPLE.read_text().splitlines() if "_DIGEST=" in line]
    plain, pinned = model(), model(**dict.fromkeys(names, DIGEST))
    own = {"caddy"}
    for name, service in plain["services"].items():
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*", service["image"]), name
    for name, service in pinned["services"].items():
        assert service["image"].endswith(f"@{DIGEST}") or name in own, name
    caddy = pinned["services"]["caddy"]["build"]["args"]
    assert (caddy["CADDY_DIGEST"], caddy["CADDY_IMAGE"]) == (f"@{DIGEST}", "caddy:2.11.7-alpine")
    ours = pinned["services"]["web"]["build"]["args"]
    assert ours["PYTHON_DIGEST"] == ours["POSTGRES_DIGEST"] == f"@{DIGEST}"
    assert f"{ours['POSTGRES_IMAGE']}@{DIGEST}" == pinned["services"]["postgres"]["image"], "one major"


def test_networks_stand_apart(services: dict[str, Any]) -> None:
    found = model()
    internal = {name for name, network in found["networks"].items() if network.get("internal")}
    where = {name: set(service["networks"]) for name, service in services.items()}
    assert internal == {"data", "engine", "operate", "watch"}
    assert where["postgres"] == {"data"}
    assert not where["caddy"] & (where["postgres"] | {"engine"})
    assert {name for name in where if "front" in where[name]} == {"caddy", "web"}
    assert {name for name in where if "operate" in where[name]} == {"caddy", "temporal-ui"}
    assert where["temporal-ui"] <= internal
    assert where["temporal"] <= internal
    assert {n for n in where if where[n] - internal} == {
        "caddy",
        "web",
        "worker",
        "prometheus",
        "alertmanager",
        "grafana",
    }


def test_only_the_proxy_is_open_to_the_world(services: dict[str, Any]) -> None:
    ports = {n: {p["published"] for p in s["ports"]} for n, s in services.items() if s.get("ports")}
    assert ports == OUTSIDE
    for name in ("prometheus", "grafana"):
        assert [each["host_ip"] for each in services[name]["ports"]] == ["127.0.0.1"]
    proxy = services["caddy"]["networks"]["front"]["ipv4_address"]
    assert services["web"]["environment"]["STRAAT_TRUSTED_PROXIES"] == proxy


def test_the_database_writes_nobodys_words_into_its_log(services: dict[str, Any]) -> None:
    given = dict(each.split("=") for each in services["postgres"]["command"] if "=" in each)
    wanted = {name: SETTINGS[name] for name in ("log_min_error_statement", "log_error_verbosity", "timezone")}
    assert wanted.items() <= given.items()


def test_a_build_of_before_is_the_worker_of_another_image() -> None:
    words = ("--file", FILE, "--env-file", EXAMPLE, "--profile", "former", "config", "--format", "json")
    builds = {"STRAAT_BUILD_ID": "2", "STRAAT_BUILD_ID_FORMER": "1", "STRAAT_IMAGE_FORMER": "ours:1"}
    found = json.loads(said(tool("docker-compose"), *words, env=builds))["services"]
    worker, former = found["worker"], found["former"]
    assert (worker["environment"]["STRAAT_BUILD_ID"], former["environment"]["STRAAT_BUILD_ID"]) == ("2", "1")
    assert (worker["build"]["args"]["STRAAT_BUILD_ID"], former["image"]) == ("2", "ours:1")
    assert "former" not in model()["services"], "only where somebody asks for it"
    assert set(former["networks"]) == set(worker["networks"])
    assert former["networks"]["watch"] == {"aliases": ["worker"]}, "Prometheus finds it by that name"
    own = {"image", "build", "environment", "volumes", "profiles", "networks"}
    assert {k: v for k, v in worker.items() if k not in own} == {
        k: v for k, v in former.items() if k not in own
    }
    log = {"STRAAT_ERASURE_LOG"}
    assert set(worker["environment"]) - set(former["environment"]) == log, "one worker keeps the log"


def test_temporal_cloud_takes_the_place_of_a_temporal_of_ones_own(tmp_path: Path) -> None:
    page = (DEPLOY.parent / "docs" / "temporal-cloud.md").read_text("utf-8")
    [block] = [each for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "x-cloud" in each]
    override = tmp_path / "cloud.yaml"
    override.write_text(textwrap.dedent(block))
    profiles = ("--profile", "former", "--profile", "tools")
    files = ("--file", FILE, "--file", override, "--env-file", EXAMPLE)
    found = json.loads(said(tool("docker-compose"), *files, *profiles, "config", "--format", "json"))
    told = found["services"]
    assert [name for name in told if name.startswith("temporal")] == []
    for name in ("web", "worker", "former", "straat"):
        assert told[name]["environment"]["TEMPORAL_ADDRESS"] == "straat.a1b2c.tmprl.cloud:7233", name
        assert "/run/temporal" in {each["target"] for each in told[name]["volumes"]}, name
        leads = [each for each in told[name]["networks"] if not found["networks"][each].get("internal")]
        assert leads != [], f"{name} has a way out"


def test_what_must_outlive_a_machine_has_a_volume_apart(services: dict[str, Any]) -> None:
    def volumes(name: str) -> dict[str, str]:
        return {v["target"]: v["source"] for v in services[name]["volumes"] if v["type"] == "volume"}

    assert volumes("postgres") == {"/var/lib/postgresql": "database"}
    assert volumes("temporal-backup") == {"/var/lib/postgresql": "temporal-backups"}
    assert volumes("backup") == {
        "/var/backups/straat": "backups",
        "/var/backups/straat-keys": "backup-keys",
        "/var/lib/straat": "erasures",
    }
    assert volumes("worker") == {"/var/lib/straat": "erasures"}
    assert services["worker"]["environment"]["STRAAT_ERASURE_LOG"].startswith("/var/lib/straat/")


def test_the_master_key_is_in_a_folder_that_some_read_and_one_writes(services: dict[str, Any]) -> None:
    """A secret of one file would go on showing the key of before, when another one comes."""
    folders = {
        name: each.get("read_only", False)
        for name, service in services.items()
        for each in service.get("volumes", [])
        if each["target"] == "/run/keys"
    }
    assert folders == {**dict.fromkeys(("web", "worker", "straat", "backup"), True), "keys": False}
    for name in folders:
        assert services[name]["environment"]["STRAAT_MASTER_KEY_FILE"] == "/run/keys/master_key"
    assert "master_key" not in model()["secrets"]


def test_files_that_are_mounted_are_there(services: dict[str, Any]) -> None:
    made_by_the_operator = {
        COMPOSE / "secrets" / "sign-in",
        COMPOSE / "secrets" / "keys",
        COMPOSE / "municipalities",
        COMPOSE / "certificates",
    }
    for service in services.values():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                assert Path(volume["source"]).exists() or Path(volume["source"]) in made_by_the_operator
                assert volume.get("read_only") or service["entrypoint"] == ["straat", "keys"]


def test_temporal_is_as_quick_as_on_a_machine_of_ones_own() -> None:
    local = dict(each.split("=") for each in DYNAMIC_CONFIG)
    here = yaml.safe_load((COMPOSE / "temporal" / "dynamicconfig.yaml").read_text())
    chart = yaml.safe_load((DEPLOY / "helm" / "temporal-values.yaml").read_text())["server"]["dynamicConfig"]
    assert {name: str(value) for name, [each] in here.items() for value in each.values()} == local
    assert {name: str(each["value"]) for name, [each] in chart.items()}.items() <= local.items()


def test_the_namespace_gets_every_search_attribute() -> None:
    text = (CHART / "files" / "namespace.sh").read_text()
    assert (
        dict(re.findall(r"\b([A-Z]\w+):([A-Z]\w+)\b", text.partition("for attribute in")[2]))
        == SEARCH_ATTRIBUTES
    )


def test_shellcheck_finds_nothing() -> None:
    assert len(SCRIPTS) > 5
    assert said(tool("shellcheck"), "--norc", "--severity=style", *SCRIPTS) == ""
    assert all(path.stat().st_mode & 0o111 for path in SCRIPTS)


def test_prometheus_reads_what_is_there(services: dict[str, Any]) -> None:
    config = yaml.safe_load((COMPOSE / "prometheus" / "prometheus.yml").read_text())
    jobs = config["scrape_configs"]
    targets = [t for job in jobs for each in job.get("static_configs", []) for t in each["targets"]]
    many = [each for job in jobs for each in job.get("dns_sd_configs", [])]
    for [name], port in [(each["names"], each["port"]) for each in many]:
        assert services[name]["environment"]["STRAAT_WATCH_PORT"] == str(port)
        assert services[name]["environment"]["STRAAT_WATCH_HOST"] == "0.0.0.0"  # noqa: S104 - in a network that leads nowhere
        targets.append(f"{name}:{port}")
    targets += [
        t for each in config["alerting"]["alertmanagers"][0]["static_configs"] for t in each["targets"]
    ]
    for target in targets:
        host = target.partition(":")[0].replace("localhost", "prometheus")
        assert "watch" in services[host]["networks"]
    assert {target.partition(":")[0] for target in targets} >= {"web", "worker", "caddy", "temporal"}
    alerting = yaml.safe_load(model()["configs"]["alertmanager"]["content"])
    assert [each["name"] for each in alerting["receivers"]] == [alerting["route"]["receiver"]]
    assert alerting["receivers"][0]["email_configs"][0]["to"] == "beheer@example.nl"
