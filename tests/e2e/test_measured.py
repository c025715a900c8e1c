"""What a real Prometheus sees of a real stack after real work: all that is named anywhere, and nobody."""

import asyncio
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from schemas.heads import HEADS
from schemas.steps import QUEUE
from tests.e2e.conftest import Demo
from tests.e2e.prometheus import Prometheus, named_in, of_dashboards, of_rules, prometheus, recorded
from tests.e2e.resident import Resident
from tests.e2e.running import STRAAT, Running, environment, until

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "monitoring.md").read_text("utf-8")
ELSEWHERE = {"caddy_reverse_proxy_upstreams_healthy"}
"""What the proxy emits: tests/deploy/test_caddy.py reads it there."""

PERSONAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[^\s@]+@[^\s@]+|\d{5,}")
MOST_SERIES = 6000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seen(
    stack: Running, demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Prometheus]:
    """Prometheus, after the demo, a backup, the look at the books, and two things that fail in earnest."""
    folder = tmp_path_factory.mktemp("prometheus")
    async with prometheus(stack, folder) as found:
        client = await Client.connect(f"127.0.0.1:{stack.state['ports']['temporal']}")
        await client.get_schedule_handle(HEADS).trigger()
        # An input that nobody can read, and an order for a municipality that there is not.
        broken = await client.start_workflow(
            "StreetWorkflow", "?", id="street-that-cannot-be-read", task_queue=QUEUE
        )
        lost = await client.start_workflow(
            "RenewalRoundWorkflow", {"municipality": "nergens"}, id="round-of-nowhere", task_queue=QUEUE
        )
        await asyncio.to_thread(back_up, stack, folder)
        async with Resident(stack) as resident:
            await resident.sign_up()
            await resident.link()
            for page in ("/static/site.css", f"{resident.form}/straat"):
                await resident.get(page)

        asked = {
            "temporal_workflow_task_execution_failed_total",
            "temporal_activity_execution_failed_total",
            "straat_chain_sound",
            "straat_backup_timestamp_seconds",
            "straat_mails_total",
            *recorded(),
        }

        async def measured() -> bool:
            asked.difference_update([name for name in asked if await found.query(name)])
            return not asked

        try:
            await until(measured, "all of it was measured")
        except AssertionError:
            pytest.fail(f"never measured: {sorted(asked)}")
        for handle in (broken, lost):
            await handle.terminate()
        yield found


def back_up(stack: Running, folder: Path) -> None:
    """As an operator does."""
    words = ["backup", "--output", str(folder / "backup"), "--keys", str(folder / "keys")]
    subprocess.run(
        [*STRAAT, *words, "--home", str(stack.home)], check=True, env=environment(), capture_output=True
    )


def watch(stack: Running, process: str) -> str:
    """Where a process tells."""
    return f"http://127.0.0.1:{stack.state['ports'][f'{process}_watch']}"


async def scrape(stack: Running, process: str) -> str:
    """What Prometheus gets."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        answer = await client.get(watch(stack, process) + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


async def lacking(seen: Prometheus, expression: str) -> list[str]:
    """Metrics and labels that an expression names, and that nothing emits."""
    found = []
    for metric, labels in named_in(expression).items():
        if metric not in ELSEWHERE:
            there = await seen.labels(metric)
            found += [metric] if not there else [f"{metric}.{label}" for label in labels - there]
    return found


async def test_everything_in_the_rules_is_emitted(seen: Prometheus) -> None:
    names = list(of_rules())
    assert len(names) > 30
    told = {name: await lacking(seen, expression) for name, expression in names}
    assert {name: missing for name, missing in told.items() if missing} == {}


async def test_everything_on_the_dashboards_is_emitted(seen: Prometheus) -> None:
    panels = list(of_dashboards())
    assert len(panels) > 35
    told = {(board, panel): await lacking(seen, expression) for board, panel, expression in panels}
    assert {where: missing for where, missing in told.items() if missing} == {}


async def test_every_panel_shows_something(seen: Prometheus) -> None:
    empty = [
        (board, panel)
        for board, panel, expression in of_dashboards()
        if not await seen.query(expression.replace("$gemeente", ".*"))
    ]
    assert empty == []


async def test_every_rule_could_be_evaluated(seen: Prometheus) -> None:
    async def looked() -> bool:
        return all(rule["health"] == "ok" for rule in await seen.rules())

    await until(looked, "every rule was evaluated")
    ringing = {rule["name"] for rule in await seen.rules() if rule.get("state") == "firing"}
    assert "NobodyPolls" not in ringing


async def test_an_unknown_name_would_be_seen(seen: Prometheus) -> None:
    assert await lacking(seen, "sum by (nobody) (straat_inbox_waiting) + straat_nothing") == [
        "straat_inbox_waiting.nobody",
        "straat_nothing",
    ]


@pytest.mark.parametrize("process", ["web", "worker"])
async def test_the_text_is_as_prometheus_wants_it(stack: Running, seen: Prometheus, process: str) -> None:
    text = await scrape(stack, process)
    promtool = shutil.which("promtool")
    assert promtool is not None
    checked = await asyncio.to_thread(
        subprocess.run,
        [promtool, "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    said = checked.stdout + checked.stderr
    assert "error while linting" not in said
    assert [line for line in said.splitlines() if line.startswith("straat_")] == []


@pytest.mark.parametrize("process", ["web", "worker"])
async def test_labels_name_nobody_and_are_few(stack: Running, seen: Prometheus, process: str) -> None:
    families = list(text_string_to_metric_families(await scrape(stack, process)))
    samples = [sample for family in families for sample in family.samples]
    values = {value for sample in samples for name, value in sample.labels.items() if name != "le"}
    streets = {row["slug"] for row in await stack.rows("select slug from registry.street")}
    assert len(streets) > 10
    assert not values & streets
    assert [value for value in sorted(values) if PERSONAL.search(value)] == []
    assert len(samples) < MOST_SERIES


async def test_requests_are_counted_by_template(stack: Running, seen: Prometheus) -> None:
    async with httpx.AsyncClient(timeout=20) as client:
        for path in ("/rotterdam/antwoord/een-sleutel", "/bestaat/echt/niet/hoor", "/static/site.css"):
            await client.get(stack.urls["public"] + path)
        await client.get(stack.urls["public"] + "/api/v1/openapi.json")
        await client.get(stack.urls["desk"] + "/rotterdam/straten/geheim")
    text = await scrape(stack, "web")
    routes = set(re.findall(r'straat_http_requests_total\{[^}]*route="([^"]*)"', text))
    assert routes >= {
        "/{municipality}/antwoord/{token}",
        "none",
        "/static/*",
        "/{municipality}/straten/{street}",
        "/{municipality}/aanmelden/controleer",
    }
    assert "een-sleutel" not in text
    assert "geheim" not in text


async def test_the_page_of_the_handbook_is_true(stack: Running, seen: Prometheus) -> None:
    named = set(re.findall(r"`(straat_\w+)`", PAGE))
    assert len(named) > 25
    endings = ("", "_count")
    there = {name for name in named if any([await seen.labels(name + ending) for ending in endings])}
    assert named - there == set()
    [block] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    ports = stack.state["ports"]
    for command in block.strip().splitlines():
        here = command.replace("8609", str(ports["worker_watch"])).replace("8610", str(ports["web_watch"]))
        done = await asyncio.to_thread(
            subprocess.run, shlex.split(here), capture_output=True, text=True, check=True
        )
        assert re.search(r'"ready":true|"alive":true|straat_build_info', done.stdout)
    links = re.findall(r"\]\((?!http)([^)#]+)", PAGE)
    assert all((DOCS / link).exists() for link in links)


async def test_pages_know_nothing_of_the_door(stack: Running) -> None:
    async with httpx.AsyncClient(timeout=20) as client:
        for site in ("public", "desk"):
            for path in ("/metrics", "/levend", "/klaar"):
                assert (await client.get(stack.urls[site] + path)).status_code in (303, 404)
