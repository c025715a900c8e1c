"""The rules: read by Prometheus's own tool; each alert rings and is silent, and has a page for the night."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.tools import DEPLOY, ROOT, run, said

RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
GROUPS = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in GROUPS for rule in group["rules"] if "alert" in rule
}
PAGE = (ROOT / "docs" / "alerts.md").read_text("utf-8")


def promtool() -> str:
    """The tool of this machine; without one these tests fail, for a check that was not made says nothing."""
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("These tests need promtool: install the package prometheus, so that it is on the PATH.")
    return found


@dataclass(frozen=True)
class Rings:
    """What makes an alert ring, and what does not. ``0+30x60`` grows by 30 each minute."""

    series: str
    loud: str
    quiet: str
    hours: int = 1
    """When one looks. A value is one of each minute; of each four where it takes longer."""
    beside: tuple[tuple[str, str], ...] = ()


TOWN = '{municipality="rotterdam"}'


CASES = {
    "TargetIsAway": Rings('up{job="worker",instance="a:1"}', "0x200", "1x200"),
    "PagesAreUnwell": Rings(
        'caddy_reverse_proxy_upstreams_healthy{upstream="watched:8600"}', "0x200", "1x200"
    ),
    "NobodyTells": Rings('straat_build_info{process="worker"}', "_x200", "1x200"),
    "DatabaseIsAway": Rings('straat_part_up{part="database"}', "0x200", "1x200"),
    "TemporalIsAway": Rings('straat_part_up{part="temporal"}', "0x200", "1x200"),
    "NobodyPolls": Rings('straat_part_up{part="polling"}', "0x200", "1x200"),
    "LoopIsStuck": Rings('straat_loops_stuck{job="worker",instance="a:1"}', "1x200", "0x200"),
    "InboxIsOld": Rings(f"straat_inbox_oldest_seconds{TOWN}", "400x200", "200x200"),
    "SubmissionRefused": Rings(f"straat_inbox_refused{TOWN}", "1x200", "0x200"),
    "MailIsOld": Rings(f"straat_mail_oldest_seconds{TOWN}", "1000x200", "800x200"),
    "MailFailed": Rings(f"straat_mail_failed{TOWN}", "1x200", "0x200"),
    "WebhookGivenUp": Rings(f"straat_deliveries_dead{TOWN}", "1x200", "0x200"),
    "DeliveriesAreOld": Rings(f"straat_deliveries_oldest_seconds{TOWN}", "22000x200", "21000x200"),
    "PagesFail": Rings(
        'straat_http_requests_total{site="public",status="500"}',
        "0+10x200",
        "0+1x200",
        beside=(('straat_http_requests_total{site="public",status="200"}', "0+100x200"),),
    ),
    "PagesAreSlow": Rings(
        'straat_http_request_duration_seconds_bucket{site="public",le="1"}',
        "0x200",
        "0+60x200",
        beside=(
            ('straat_http_request_duration_seconds_bucket{site="public",le="5"}', "0+60x200"),
            ('straat_http_request_duration_seconds_bucket{site="public",le="+Inf"}', "0+60x200"),
        ),
    ),
    "WorkWaits": Rings(
        'temporal_workflow_task_schedule_to_start_latency_seconds_bucket{le="1"}',
        "0x200",
        "0+60x200",
        beside=(
            ('temporal_workflow_task_schedule_to_start_latency_seconds_bucket{le="10"}', "0+60x200"),
            ('temporal_workflow_task_schedule_to_start_latency_seconds_bucket{le="+Inf"}', "0+60x200"),
        ),
    ),
    "SlotsAreGone": Rings(
        'temporal_worker_task_slots_available{worker_type="ActivityWorker"}', "0x200", "3x200"
    ),
    "WorkflowTasksFail": Rings(
        'temporal_workflow_task_execution_failed_total{workflow_type="StreetWorkflow"}', "0+1x200", "7x200"
    ),
    "ActivitiesFail": Rings(
        'temporal_activity_execution_failed_total{activity_type="publish_heads"}', "0+6x200", "0+1x200"
    ),
    "ConcernPastDeadline": Rings(f"straat_concerns_overdue{TOWN}", "1x200", "0x200"),
    "PotjeOverdue": Rings(f"straat_potjes_overdue{TOWN}", "1x200", "0x200", hours=7),
    "BooksNotVerified": Rings(
        f"straat_chain_verified_timestamp_seconds{TOWN}", "0x500", "0x300 90000x200", hours=30
    ),
    "BooksBroken": Rings(f"straat_chain_sound{TOWN}", "0x200", "1x200"),
    "BackupIsOld": Rings("straat_backup_timestamp_seconds", "0x500", "0x300 90000x200", hours=30),
}
"""How each alert is made to ring."""


def pace(rings: Rings) -> str:
    """How often one looks: seldom where it takes long."""
    return "1m" if rings.hours == 1 else "4m"


def case(alert: str, rings: Rings, values: str, *, loud: bool) -> dict[str, Any]:
    """One of promtool's own tests."""
    series = [(rings.series, values), *rings.beside]
    return {
        "name": f"{alert} {'rings' if loud else 'is silent'}",
        "interval": pace(rings),
        "input_series": [{"series": name, "values": value} for name, value in series],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": f"{rings.hours}h",
                "exp_samples": [{"labels": "{}", "value": 1}] if loud else [],
            }
        ],
    }


def test_prometheus_reads_them() -> None:
    assert "SUCCESS" in said(promtool(), "check", "rules", "--lint=all", "--lint-fatal", *RULES)


def test_every_alert_rings_when_it_should_and_only_then(tmp_path: Path) -> None:
    assert set(CASES) == set(ALERTS)
    files = []
    for each in ("1m", "4m"):
        tests = [
            case(alert, rings, rings.loud if loud else rings.quiet, loud=loud)
            for alert, rings in CASES.items()
            for loud in (True, False)
            if pace(rings) == each
        ]
        files.append(tmp_path / f"{each}.yml")
        whole = {"rule_files": list(map(str, RULES)), "evaluation_interval": each, "tests": tests}
        files[-1].write_text(yaml.safe_dump(whole))
    done = run(promtool(), "test", "rules", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tool_would_say_no(tmp_path: Path) -> None:
    wrong = case("BooksBroken", CASES["BooksBroken"], "1x200", loud=True)
    file = tmp_path / "alerts.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(path) for path in RULES], "tests": [wrong]}))
    assert run(promtool(), "test", "rules", file).returncode != 0


@pytest.mark.parametrize("alert", ALERTS)
def test_each_says_what_to_do_and_where_it_is_told(alert: str) -> None:
    told = ALERTS[alert]["annotations"]
    assert ALERTS[alert]["labels"]["severity"] in {"page", "ticket"}
    assert len(told["description"]) > 40
    assert told["runbook_url"] == f"docs/alerts.md#{alert.lower()}"
    section = re.search(rf"^## {alert}$\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, "the page has a section for it"
    for part in ("**What it means.**", "**Now.**"):
        assert part in section[1]


def test_the_page_tells_of_no_other() -> None:
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == set(ALERTS)
