"""The pages for operators: what they say is run is run here, in order, and every file they show is read."""

import os
import re
import shutil
import stat
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import asyncpg
import helm_python as helm
import pytest
import yaml
from temporalio.envconfig import ClientConfig

from deploy.local.postgres import Postgres
from deploy.local.temporal import SEARCH_ATTRIBUTES
from store.migrate import migrate
from tests.conftest import free_port
from tests.deploy.tools import CHART, COMPOSE, ROOT, run, said, tool

DOCS = ROOT / "docs"
INSTALL = (DOCS / "install.md").read_text("utf-8")
CLOUD = (DOCS / "temporal-cloud.md").read_text("utf-8")
PAGES = ("install.md", "settings.md", "temporal-cloud.md")
ENGINE = '#!/bin/sh\n[ "$1" = compose ] || exit 1\nshift\nexec "{compose}" "$@"\n'
"""`docker compose` without an engine: Compose itself."""


def blocks(page: str, kind: str) -> list[str]:
    """The blocks of one kind."""
    return [
        textwrap.dedent(found)
        for found in re.findall(rf"^ *```{kind}\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    ]


def test_every_block_is_run_read_or_said_to_be_neither() -> None:
    kinds = {
        kind
        for page in PAGES
        for kind in re.findall(r"^ *```(\w+)$", (DOCS / page).read_text(), re.MULTILINE)
    }
    assert kinds == {"sh", "console", "sql", "yaml", "toml"}
    assert "those marked `console` are not" in INSTALL
    assert "Temporal Cloud itself was never spoken to" in CLOUD


def test_links_and_places_are_there() -> None:
    for page in PAGES:
        text = (DOCS / page).read_text()
        links = re.findall(r"\]\((?!http)([^)#]+)", text)
        assert [link for link in links if not (DOCS / link).exists()] == []
        named = re.findall(r"(?<!exec -i )\b((?:deploy|workers)/[\w./-]+\w)", text)
        assert [place for place in named if not (ROOT / place).exists()] == []
    anchors = re.findall(r"\]\(#([\w-]+)\)", INSTALL)
    assert set(anchors) == {heading.lower() for heading in re.findall(r"^## (\w+)$", INSTALL, re.MULTILINE)}


def test_the_commands_for_compose_do_as_they_say(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("__pycache__", "secrets")
    )
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    engine.write_text(ENGINE.format(compose=tool("docker-compose")))
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    script = "set -eu\n" + "\n".join(blocks(INSTALL, "sh"))
    told = said(
        "sh", "-c", script, env={"PATH": f"{engine.parent}{os.pathsep}{os.environ['PATH']}"}, cwd=tmp_path
    )
    assert "Made secrets/keys/master_key." in told
    made = tmp_path / "deploy" / "compose"
    assert (made / ".env").read_text() == (COMPOSE / ".env.example").read_text()
    assert (made / "secrets" / "smtp_url").exists()
    straat = tool("straat")
    wrong = run(
        straat, "municipality", "apply", made / "municipalities" / "rotterdam.toml", "--home", tmp_path
    )
    assert "Nothing was applied" not in wrong.stderr, "the policy that it copies is whole"


@pytest.mark.parametrize("page", [INSTALL, CLOUD], ids=["install", "cloud"])
def test_values_of_the_chart_are_taken(page: str) -> None:
    [given, *others] = [yaml.safe_load(block) for block in blocks(page, "yaml") if "x-cloud" not in block]
    assert others == []
    least = yaml.safe_load(blocks(INSTALL, "yaml")[0])
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(chart.merge_values(least | given))
        assert chart.render(least | given, name="straat", namespace="straat")


def test_compose_takes_what_leaves_temporal_out(tmp_path: Path) -> None:
    [override] = [block for block in blocks(CLOUD, "yaml") if "x-cloud" in block]
    (tmp_path / "override.yaml").write_text(override)
    files = ("--file", COMPOSE / "compose.yaml", "--file", tmp_path / "override.yaml")
    words = ("--env-file", COMPOSE / ".env.example", "config")
    model: dict[str, Any] = yaml.safe_load(said(tool("docker-compose"), *files, *words))
    assert not [name for name in model["services"] if name.startswith("temporal")]
    for name in ("web", "worker"):
        assert model["services"][name]["environment"]["TEMPORAL_CONFIG_FILE"] == "/run/temporal/temporal.toml"
        assert model["services"][name]["networks"].keys() & {"out", "front"}


def test_temporal_reads_the_files_of_the_page(tmp_path: Path) -> None:
    certificate, key = blocks(CLOUD, "toml")
    for text in (certificate, key):
        assert tomllib.loads(text)
        (tmp_path / "temporal.toml").write_text(text.replace("/run/temporal", str(tmp_path)))
        (tmp_path / "client.pem").write_text("a certificate")
        (tmp_path / "client.key").write_text("its key")
        found = ClientConfig.load_client_connect_config(config_file=str(tmp_path / "temporal.toml"))
        assert found["namespace"] == "straat.a1b2c"
        assert (found.get("api_key") == "...") == (text is key)
        assert bool(found.get("tls")) or text is key


def test_temporal_cloud_gets_every_search_attribute() -> None:
    assert dict(re.findall(r"--sa (\w+)=(\w+)", CLOUD)) == SEARCH_ATTRIBUTES


async def test_a_database_of_a_hoster_is_enough(run_dir: Path) -> None:
    """A role that may make roles and databases, and is no superuser, does what the page says and migrates."""
    home = run_dir / "hoster"
    home.mkdir(mode=0o755)
    async with Postgres(home, free_port()) as server:
        owner = await asyncpg.connect(server.admin_url)
        await owner.execute("create role hoster login createrole createdb")
        await owner.close()
        theirs = server.admin_url.replace("postgres@", "hoster@").replace("/straat", "/postgres")
        hoster = await asyncpg.connect(theirs)
        [statements] = blocks(INSTALL, "sql")
        for statement in statements.strip().replace("database straat;", "database streets;").split("\n"):
            await hoster.execute(statement)
        await hoster.close()
        streets = theirs.replace("/postgres", "/streets")
        assert len(await migrate(streets)) > 10
        ours = await asyncpg.connect(streets.replace("hoster@", "straat_app@"))
        assert await ours.fetchval("select count(*) from registry.fact") == 0
        await ours.close()
