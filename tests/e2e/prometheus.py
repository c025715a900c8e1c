"""A real Prometheus that looks at a stack of ours as that of Compose does; and what expressions name."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml

from tests.conftest import free_port
from tests.e2e.running import PATIENCE, Running, until

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
VARIABLES = {"$gemeente": ".*"}


def configuration(stack: Running) -> dict[str, Any]:
    """That of Compose, with the addresses of this stack, and in a hurry."""
    config: dict[str, Any] = yaml.safe_load(
        (DEPLOY / "compose" / "prometheus" / "prometheus.yml").read_text()
    )
    ports = stack.state["ports"]
    here = {"web": ports["web_watch"], "worker": ports["worker_watch"], "temporal": ports["temporal_metrics"]}
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert set(here) < set(jobs)
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in RULES],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in here.items()
        ],
    }


class Prometheus:
    """What it was told, asked the way a dashboard asks."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        answer = await self._client.get("/api/v1/query", params={"query": expression})
        told = answer.json()
        assert told["status"] == "success", (expression, told)
        found: list[dict[str, Any]] = told["data"]["result"]
        return found

    async def labels(self, metric: str) -> set[str]:
        """The names of the labels that a metric has; none where it was never emitted."""
        answer = await self._client.get("/api/v1/series", params={"match[]": metric})
        return {label for series in answer.json()["data"] for label in series}

    async def rules(self) -> list[dict[str, Any]]:
        """Each rule as it fares."""
        groups = (await self._client.get("/api/v1/rules")).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@asynccontextmanager
async def prometheus(stack: Running, folder: Path) -> AsyncIterator[Prometheus]:
    """Runs while the block does. Without the program the tests fail: a look not taken says nothing."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.fail("These tests need Prometheus: install the package prometheus, so that it is on the PATH.")
    port = free_port()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(stack)))
    words = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.to_thread(subprocess.Popen, words, stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=PATIENCE, trust_env=False) as client:

            async def ready() -> bool:
                assert process.poll() is None, (folder / "prometheus.log").read_text()
                try:
                    return (await client.get("/-/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, "Prometheus is ready")
            yield Prometheus(client)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


@dataclass
class Named:
    """What an expression names: metrics, and which labels it wants of them."""

    metrics: dict[str, set[str]] = field(default_factory=dict)

    def add(self, expression: Any, wanted: frozenset[str] = frozenset()) -> None:
        """Go through an expression; ``wanted`` are the labels that something around it asks for."""
        match expression:
            case promql_parser.VectorSelector():
                of = {matcher.name for matcher in expression.matchers.matchers} - {"__name__"}
                self.metrics.setdefault(expression.name, set()).update(of | wanted)
            case promql_parser.MatrixSelector():
                self.add(expression.vector_selector, wanted)
            case promql_parser.AggregateExpr():
                self.add(
                    expression.expr, wanted & labels_of(expression.modifier) | labels_of(expression.modifier)
                )
                if expression.param is not None:
                    self.add(expression.param)
            case promql_parser.BinaryExpr():
                self.add(expression.lhs, wanted if not expression.modifier else frozenset())
                self.add(expression.rhs)
            case promql_parser.Call():
                for each in expression.args:
                    self.add(each, wanted)
            case promql_parser.ParenExpr() | promql_parser.UnaryExpr() | promql_parser.SubqueryExpr():
                self.add(expression.expr, wanted)


def labels_of(modifier: Any) -> frozenset[str]:
    """The labels of ``by (...)``."""
    return frozenset(modifier.labels) if modifier is not None else frozenset()


def named_in(expression: str) -> dict[str, set[str]]:
    """The metrics in an expression, each with the labels it is asked for."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    named = Named()
    named.add(promql_parser.parse(expression))
    return named.metrics


def of_dashboards() -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel and expression of each target, and of each variable that asks."""
    for path in DASHBOARDS:
        board = json.loads(path.read_text("utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                yield path.stem, panel["title"], target["expr"]


def of_rules() -> Iterator[tuple[str, str]]:
    """Name and expression of each rule."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                yield rule.get("alert") or rule["record"], rule["expr"]


def recorded() -> Mapping[str, str]:
    """What rules make, by name."""
    return {name: expression for name, expression in of_rules() if ":" in name}
