"""The dashboards: JSON as Grafana keeps it, whole and tidy. Their names are held to a scrape in tests/e2e."""

import json
from itertools import combinations
from typing import Any

import pytest
import yaml

from tests.deploy.test_compose import model
from tests.deploy.tools import DEPLOY

BOARDS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
}
COLUMNS = 24


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two panels lie on each other."""
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or below)


def test_there_are_two_and_each_leads_to_the_other() -> None:
    uids = {name: board["uid"] for name, board in BOARDS.items()}
    assert uids == {"dienst": "straat-dienst", "programma": "straat-programma"}
    led = {link["url"].rpartition("/")[2] for board in BOARDS.values() for link in board["links"]}
    assert led == set(uids.values())


@pytest.mark.parametrize("name", ["dienst", "programma"])
def test_a_board_is_whole_and_tidy(name: str) -> None:
    board = BOARDS[name]
    panels: list[dict[str, Any]] = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert not any(overlap(a["gridPos"], b["gridPos"]) for a, b in combinations(panels, 2))
    assert {variable["name"] for variable in board["templating"]["list"]} == {"bron", "gemeente"}
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        if panel["type"] == "row":
            continue
        assert len(panel["description"]) > 10, panel["title"]
        assert panel["datasource"]["uid"] == "${bron}", panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references) > 0, panel["title"]


def test_compose_brings_them_to_grafana() -> None:
    grafana = model()["services"]["grafana"]
    mounts = {volume["target"]: volume["source"] for volume in grafana["volumes"]}
    providers = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/straat.yaml").read_text())[
        "providers"
    ]
    assert mounts[providers[0]["options"]["path"]] == str(DEPLOY / "grafana" / "dashboards")
    assert mounts["/etc/grafana/provisioning"] == str(DEPLOY / "grafana" / "provisioning")
    [source] = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    assert source["type"] == "prometheus"
    assert set(grafana["networks"]) & set(model()["services"]["prometheus"]["networks"])
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.rpartition("/")[2].removesuffix(".json") in BOARDS
