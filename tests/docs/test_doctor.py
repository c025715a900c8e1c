"""The page on the doctor: its commands run, its groups are there, and what the doctor says to do exists."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.conftest import Urls, free_port
from tests.deploy.tools import CHART, COMPOSE, UNITS
from tests.docs.test_install import blocks
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file
from workers.cli import app
from workers.doctor import records
from workers.doctor.groups import Group
from workers.doctor.work import LIMITS

__all__ = ["key_file"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "doctor.md").read_text("utf-8")
COMMANDS = [line for block in blocks(PAGE, "sh") for line in block.strip().splitlines()]
SOURCES = "".join(path.read_text("utf-8") for path in sorted((ROOT / "workers" / "doctor").glob("*.py")))


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_run_as_written(database: Urls, key_file: Path, command: str) -> None:
    """Most servers are away here: so it says that something is broken, and everything else besides."""
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    shell = Inside(
        {
            "DATABASE_URL": database.app_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
            **dict.fromkeys(names, f"http://127.0.0.1:{free_port()}"),
        }
    )
    program, *words = shlex.split(command)
    assert program == "straat"
    ended = await shell.run(*words)
    assert ended.code == 1
    assert "this machine and PostgreSQL agree on the time" in ended.out


def test_every_group_and_option_is_told() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(Group)
    [command] = [
        each for each in app.registered_commands if each.callback and each.callback.__name__ == "doctor"
    ]
    assert command.callback is not None
    for option in ("only", "watch", "backups", "home", "json"):
        assert f"--{option}" in PAGE
        assert option.replace("json", "as_json") in command.callback.__code__.co_varnames


def test_links_and_places_are_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_pages_that_the_doctor_names_are_there() -> None:
    named = re.findall(r"docs/([\w-]+\.md)(?:, (\w+))?", SOURCES)
    assert len(named) > 20
    for page, heading in named:
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert not heading or f"\n## {heading}\n" in text, heading
    alerts = (ROOT / "docs" / "alerts.md").read_text("utf-8")
    assert [each.alert for each in LIMITS if f"\n## {each.alert}\n" not in alerts] == []


def test_who_is_asked_in_each_way_of_running_is_there() -> None:
    compose = yaml.safe_load((COMPOSE / "compose.yaml").read_text("utf-8"))
    service, watched = re.findall(r"exec (\w+) straat doctor --watch http://(\w+):8610`", PAGE)[0]
    settings = compose["services"][service]["environment"]
    assert {"STRAAT_MAIL_FROM", "STRAAT_ERASURE_LOG", "STRAAT_DKIM_SELECTOR"} <= set(settings)
    assert compose["services"][watched]["environment"]["STRAAT_WATCH_PORT"] == 8610
    [keeper] = re.findall(r"exec deploy/straat-(\w+) -- straat doctor", PAGE)
    assert f"component: {keeper}" in (CHART / "templates" / f"{keeper}.yaml").read_text("utf-8")
    unit = (UNITS / "straat-worker.service").read_text("utf-8")
    for credential in re.findall(r"LoadCredential=(\S+)", PAGE):
        assert f"LoadCredential={credential}\n" in unit
    for port in re.findall(r"--watch http://127.0.0.1:(\d+)", PAGE):
        assert any(
            f"STRAAT_WATCH_PORT={port}\n" in path.read_text("utf-8") for path in UNITS.glob("*.service")
        )


def test_records_to_paste_are_those_of_the_doctor() -> None:
    name, host = "straat.gemeente.nl", "mail.relay.nl"
    ours = [*records.spf(name, host), *records.dkim("SELECTOR", name), *records.dmarc(name)]
    assert blocks(PAGE, "text")[1].strip().splitlines() == ours
