"""Whoever stops a process of ours waits longer than it may take, on one's own machine and elsewhere."""

import re
from pathlib import Path

import yaml

from deploy.local.processes import end_leftover
from deploy.local.straat import StraatProcess
from deploy.stopping import BOUND, GRACE, PATIENCE
from tests.deploy.test_helm import WAYS, documents, pods
from tests.deploy.test_systemd import service
from tests.deploy.tools import COMPOSE, UNITS


def test_the_figures_follow_each_other() -> None:
    assert GRACE < BOUND < PATIENCE


def test_the_local_stack_waits(tmp_path: Path) -> None:
    assert StraatProcess("worker", tmp_path, {}).patience == PATIENCE
    assert end_leftover.__defaults__ == (PATIENCE,)


def test_compose_kubernetes_and_systemd_wait() -> None:
    found = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    ours = [name for name, each in found.items() if (each.get("command") or [""])[0] in ("web", "worker")]
    assert ours == ["worker", "former", "web"]
    assert all(int(found[name]["stop_grace_period"].rstrip("s")) >= PATIENCE for name in ours)
    for component, pod in pods(documents(WAYS["full"])):
        if component in ("web", "worker", "keeper", "former"):
            assert pod["terminationGracePeriodSeconds"] >= PATIENCE, component
    units = [
        path.stem
        for path in UNITS.glob("*.service")
        if re.search(r"straat w\w+$", path.read_text(), re.MULTILINE)
    ]
    assert len(units) == 3
    assert all(int(service(name)["TimeoutStopSec"][0]) >= PATIENCE for name in units)
