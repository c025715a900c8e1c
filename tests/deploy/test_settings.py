"""Every way of running sets what there is to set, and nothing else; docs/settings.md tells all of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo
from temporalio.envconfig import ClientConfigProfile

from tests.deploy.test_helm import WAYS, documents, environment, pods
from tests.deploy.test_systemd import NAMES, service
from tests.deploy.tools import CHART, COMPOSE, ROOT, UNITS, said, tool
from workers.settings import Settings

FIELDS: dict[str, FieldInfo] = {
    str(field.validation_alias or name).upper(): field for name, field in Settings.model_fields.items()
}
REQUIRED = {name for name, field in FIELDS.items() if field.is_required()}
KNOWN = set(FIELDS)
TEMPORALS = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_CONFIG_FILE"}
OURS = ("DATABASE_URL", "ADMIN_DATABASE_URL", "SMTP_URL", "STRAAT_", "TEMPORAL_")
LOCAL = {"STRAAT_LOCAL_SIGN_IN"}
"""What only the local stack may set."""

NOT_EVERYWHERE = {
    "web": {
        "STRAAT_WATCH_PORT",
        "STRAAT_WEB_HOST",
        "STRAAT_TRUSTED_PROXIES",
        "STRAAT_API_CONTACT",
        "STRAAT_SIGN_IN_SECRETS",
    },
    "worker": {"STRAAT_WATCH_PORT", "SMTP_URL", "STRAAT_MAIL_FROM", "STRAAT_MAILS_PER_SECOND"},
    "migrate": {"ADMIN_DATABASE_URL"},
}
"""What a process needs besides what all of them do, so that it runs on no default that is not meant."""

ADMINS = {"migrate", "backup", "restore", "restore@"}
"""Who may know the role that makes roles and databases."""

PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
Told = Mapping[str, set[str]]


def compose() -> Told:
    """By process: what stands in its environment, and which files it finds in /run/secrets."""
    words = ("--env-file", COMPOSE / ".env.example", "--profile", "tools", "config", "--format", "json")
    model: dict[str, Any] = json.loads(
        said(tool("docker-compose"), "--file", COMPOSE / "compose.yaml", *words)
    )
    ours = {n: s for n, s in model["services"].items() if s["image"].startswith("lief-en-leedstraten:")}
    assert set(ours) == {"web", "worker", "migrate", "straat", "backup", "keys"}
    secret = {n: {each["source"].upper() for each in s["secrets"]} for n, s in ours.items()}
    return {n: set(s["environment"]) | (secret[n] & KNOWN) for n, s in ours.items()}


def chart() -> Told:
    """The same of the chart; values.yaml says which keys the two secrets have."""
    keys = {
        yaml.safe_load(line.split(":")[1]): {key.strip().upper() for key in comment.split(",")}
        for comment, line in re.findall(
            r"# Keys: ([\w, ]+)\..*\n\s+(\w+: [\w-]+)", (CHART / "values.yaml").read_text()
        )
    }
    assert set(keys) == {"straat", "straat-admin"}
    found = {}
    for component, pod in pods(documents(WAYS["full"])):
        if component not in {"namespace", "fetch"}:  # neither runs a process of ours
            secret = {v["secret"]["secretName"] for v in pod["volumes"] if v["name"] == "secrets"}
            found[component] = set(environment(pod)) | (keys[secret.pop()] & KNOWN)
    return found


def units() -> Told:
    """The same of the units, with the file that all of them read."""
    shared = re.findall(r"^(\w+)=", (UNITS / "straat.env.example").read_text(), re.MULTILINE)
    found = {}
    for name in NAMES:
        unit = service(name)
        own = re.findall(r"(\w+)=", " ".join(unit["Environment"]))
        credentials = {each.partition(":")[0].upper() for each in unit["LoadCredential"]}
        found[name.removeprefix("straat-")] = {*shared, *own, *(credentials & KNOWN)}
    return found


@pytest.mark.parametrize("way", [compose, chart, units])
def test_no_name_is_unknown_and_none_is_missing(way: Any) -> None:
    told: Told = way()
    assert set(told) >= {"web", "worker", "migrate"}
    for process, names in told.items():
        kind = {"keeper": "worker", "former": "worker"}.get(process, process)
        ours = {name for name in names if name.startswith(OURS)}
        assert ours - KNOWN - TEMPORALS == set(), process
        assert REQUIRED - ours == set(), process
        assert NOT_EVERYWHERE.get(kind, set()) - ours == set(), process
        assert not ours & LOCAL, process
        assert (kind in ADMINS) == ("ADMIN_DATABASE_URL" in ours), process


@pytest.mark.parametrize("way", [compose, chart])
def test_somebody_keeps_the_log_of_erasures(way: Any) -> None:
    assert [name for name, names in way().items() if "STRAAT_ERASURE_LOG" in names] != []


def rows(page: str) -> dict[str, str]:
    """Name and default of each line of the tables."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))


def test_the_page_tells_every_setting_and_its_default() -> None:
    told = {name: usual for name, usual in rows(PAGE).items() if not name.startswith(("TEMPORAL_", "OTEL_"))}
    assert set(told) == KNOWN
    for name, field in FIELDS.items():
        if field.is_required():
            assert told[name] == "**needed**", name
        else:
            words = {"None": "none", "False": "no"}
            shown = words.get(str(field.default), f"`{field.default}`")
            assert told[name].replace("`", "") == str(shown).replace("`", ""), name


def test_temporals_own_names_are_temporals(tmp_path: Path) -> None:
    named = {name for name in rows(PAGE) if name.startswith("TEMPORAL_")}
    assert named > TEMPORALS
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.other]\naddress = "a:7233"\n')
    values = dict.fromkeys(named, "x") | {
        "TEMPORAL_CONFIG_FILE": str(file),
        "TEMPORAL_PROFILE": "other",
        "TEMPORAL_TLS": "true",
    }
    for name in sorted(named - {"TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE"}):
        with_it = ClientConfigProfile.load(override_env_vars=values, disable_file=True, profile="default")
        without = {key: value for key, value in values.items() if key != name}
        changed = ClientConfigProfile.load(override_env_vars=without, disable_file=True, profile="default")
        assert changed != with_it, name
    found = ClientConfigProfile.load(
        override_env_vars={name: values[name] for name in ("TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE")}
    )
    assert found.address == "a:7233"
