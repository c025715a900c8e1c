"""The pages on deploys and on changing workflows: names, values and sentences are those of the code.

The commands of the first are run by the rehearsal, those of the second by the tests of replay.
"""

import re
import shlex
from pathlib import Path

import helm_python as helm
import pytest
import yaml

from tests.deploy.tools import CHART, COMPOSE, ROOT, UNITS
from tests.docs.test_install import blocks
from tests.replay.record import chosen
from workers.builds import Build, Found, Role, Routing
from workers.commands.deploy import hints, standing_still

DOCS = ROOT / "docs"
DEPLOYS = (DOCS / "deploys.md").read_text("utf-8")
CHANGING = (DOCS / "changing-workflows.md").read_text("utf-8")
REHEARSED = ("A rollout", "First a part", "The way back")
REHEARSAL = (ROOT / "tests" / "workflow" / "test_rehearsal.py").read_text("utf-8")


def test_every_command_is_rehearsed() -> None:
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DEPLOYS, re.DOTALL | re.MULTILINE))
    assert [heading for heading, part in parts.items() if "```sh" in part] == sorted(
        REHEARSED, key=list(parts).index
    )
    assert all(f'follow(shell, "{heading}")' in REHEARSAL for heading in REHEARSED)


@pytest.mark.parametrize("page", [DEPLOYS, CHANGING], ids=["deploys", "changing"])
def test_links_and_places_are_there(page: str) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", page)
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
    named = re.findall(r"`((?:tests|workflows|deploy)/[\w./-]+\w)`", page)
    assert named
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_values_and_settings_are_taken() -> None:
    [given] = [yaml.safe_load(block) for block in blocks(DEPLOYS, "yaml")]
    least = yaml.safe_load(blocks((DOCS / "install.md").read_text("utf-8"), "yaml")[0])
    given["image"] |= least["image"]
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(chart.merge_values(least | given))
        assert "straat-former-1" in str(chart.render(least | given, name="straat", namespace="straat"))
    example = (COMPOSE / ".env.example").read_text("utf-8")
    for name in re.findall(r"^(STRAAT_\w+)=\S+$", DEPLOYS, re.MULTILINE):
        assert f"{name}=" in example, name
    for unit in re.findall(r"systemctl (?:start|stop) (straat-former@)1", DEPLOYS):
        assert (UNITS / f"{unit}.service").exists()


def test_every_sentence_of_status_is_on_the_page() -> None:
    nobody = Build("", Role.DRAINING, 0, 0)
    routing = Routing({}, "2", None, 0, b"", touched=True)
    still = Found(routing, [Build("1", Role.DRAINING, 0, 3), Build("2", Role.CURRENT, 0, 0)], nobody)
    none = Found(Routing({}, None, None, 0, b"", touched=True), [], nobody)
    drained = Found(routing, [Build("1", Role.DRAINED, 1, 0), Build("2", Role.CURRENT, 1, 0)], nobody)
    said = [*standing_still(still), *hints(still), *hints(drained)]
    told = re.findall(r"^\| `(.+?)` \|", DEPLOYS, re.MULTILINE)
    assert sorted(told) == sorted([*said, standing_still(none)[0].partition(" straat ")[0]])


def test_the_commands_of_a_developer_are_known() -> None:
    commands = [shlex.split(line) for block in blocks(CHANGING, "sh") for line in block.strip().splitlines()]
    modules = [words[2] for words in commands]
    assert set(modules) == {"tests.replay.strict", "tests.replay.reach", "tests.replay.record"}
    assert all(words[:2] == ["python", "-m"] for words in commands)
    assert all((ROOT / f"{module.replace('.', '/')}.py").exists() for module in modules)
    (named,) = [words[3:] for words in commands if words[2] == "tests.replay.record"]
    assert [journey.name for journey in chosen(named)] == named
    patterns = [pattern for words in commands if words[2] == "tests.replay.strict" for pattern in words[3:]]
    assert patterns
    histories = Path(ROOT / "tests" / "replay" / "histories")
    assert all(any(histories.glob(f"{pattern}.json")) for pattern in patterns)
