"""The chart: linted and rendered by Helm, every document held against the schemas of Kubernetes."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest
import yaml

from schemas.steps import QUEUE
from tests.deploy.tools import CHART, DEPLOY

KUBERNETES = ("1.30", "1.37")
"""The oldest that the chart takes (Chart.yaml), and the newest that the validator knows."""

NEEDED: dict[str, Any] = {
    "hosts": {
        "public": "straat.example.nl",
        "desk": "bureau.example.nl",
        "temporalUi": "temporal.example.nl",
    },
    "mail": {"from": "noreply@example.nl"},
    "apiContact": "api@example.nl",
    "web": {"trustedProxies": ["10.0.0.0/8"]},
}
DIGEST = "sha256:" + "a" * 64
FULL: dict[str, Any] = {
    "image": {"digest": DIGEST, "pullSecrets": ["pull"]},
    "secrets": {"signIn": "straat-sign-in"},
    "temporal": {"configSecret": "temporal-cloud", "address": "straat.a1b2c.tmprl.cloud:7233"},
    "worker": {
        "autoscaling": {"enabled": True, "authentication": "temporal-cloud"},
        "build": "2",
        "former": [{"build": "0.1.0-1", "tag": "0.1.0-1"}, {"build": "1", "digest": DIGEST, "replicas": 2}],
    },
    "keeper": {"storageClass": "fast"},
    "fetch": {"enabled": True},
    "ingress": {"className": "nginx", "desk": {"annotations": {"only/from": "10.0.0.0/8"}}},
    "networkPolicy": {"database": {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}]}},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "straat", "operator": "Exists"}],
    "podAnnotations": {"a": "b"},
    "monitoring": {"enabled": True, "labels": {"release": "prometheus"}},
    "traces": {"endpoint": "https://collector.example.nl:4318"},
}
BARE: dict[str, Any] = {
    "backup": {"enabled": False},
    "keeper": {"enabled": False},
    "ingress": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "temporal": {"prepareNamespace": False},
}


def merged(*layers: dict[str, Any]) -> dict[str, Any]:
    """Values on values, as Helm lays them."""
    whole: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            deeper = isinstance(value, dict) and isinstance(whole.get(key), dict)
            whole[key] = merged(whole[key], value) if deeper else value
    return whole


OTHERS = {"ScaledObject", "PodMonitor", "PrometheusRule"}
"""KEDA's and the Prometheus Operator's own kinds; tests of their own look at them."""

BACKUP = "straat-20261126T030000Z"
RESTORE: dict[str, Any] = {"restore": {"backup": BACKUP, "replace": "straat", "noErasures": True}}

WAYS = {
    "plain": NEEDED,
    "full": merged(NEEDED, FULL),
    "bare": merged(NEEDED, BARE),
    "restoring": merged(NEEDED, FULL, RESTORE),
}


def documents(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that Helm would give to Kubernetes."""
    with helm.Chart.load(CHART) as chart:
        rendered = chart.render(values, name="straat", namespace="straat")
    texts = [text for path, text in rendered.items() if not path.endswith(".txt")]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def pods(found: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each pod of Deployments, Jobs and what makes Jobs, by its component."""
    for each in found:
        if each["kind"] in ("Deployment", "Job", "CronJob"):
            template = each["spec"].get("jobTemplate", each)["spec"]["template"]
            yield template["metadata"]["labels"]["app.kubernetes.io/component"], template["spec"]


def environment(pod: dict[str, Any]) -> dict[str, str]:
    """What its only container is told."""
    [container] = pod["containers"]
    return {each["name"]: each["value"] for each in container["env"]}


@pytest.mark.parametrize("way", WAYS)
def test_helm_lints_it_strictly(way: str) -> None:
    report = helm.lint(CHART, WAYS[way], strict=True)
    assert report["errors"] == []
    assert [each for each in report["messages"] if each["error"] != "icon is recommended"] == []


@pytest.mark.parametrize("way", WAYS)
def test_kubernetes_knows_every_word_of_it(way: str) -> None:
    found = documents(WAYS[way])
    assert len(found) > 6
    for each in found:
        if each["kind"] in OTHERS:
            continue
        for version in KUBERNETES:
            kubernetes_validate.validate(each, version, strict=True)


def test_the_validator_does_say_no() -> None:
    [web] = [
        each
        for each in documents(NEEDED)
        if each["metadata"]["name"] == "straat-web" and "template" in each["spec"]
    ]
    web["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError), warnings.catch_warnings():
        kubernetes_validate.validate(web, KUBERNETES[0], strict=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hosts": {"public": "https://straat.example.nl"}},
        {"hosts": {"desk": ""}},
        {"hosts": {"extra": "x.nl"}},
        {"mail": {"from": "nobody"}},
        {"mail": {"perSecond": 0}},
        {"apiContact": ""},
        {"web": {"trustedProxies": []}},
        {"web": {"trustedProxies": ["0.0.0.0/0"]}},
        {"web": {"forwardedHeader": "x-real-ip"}},
        {"web": {"replicas": 0}},
        {"worker": {"replicas": "two"}},
        {"worker": {"autoscaling": {"backlog": 0}}},
        {"worker": {"build": "Two"}},
        {"worker": {"former": [{"build": "1"}]}},
        {"worker": {"former": [{"build": "", "tag": "1"}]}},
        {"image": {"tag": "latest"}},
        {"image": {"digest": "sha256:abc"}},
        {"secrets": {"app": ""}},
        {"temporal": {"address": "temporal"}},
        {"temporal": {"retention": "a month"}},
        {"keeper": {"size": "1"}},
        {"backup": {"schedule": "at night"}},
        {"backup": {"keepDays": 0}},
        {"backup": {"keys": {"size": "1"}}},
        {"restore": {"backup": "yesterday"}},
        {"restore": {"replace": "straat; drop"}},
        {"fetch": {"enabled": "yes"}},
        {"networkPolicy": {"ingressFrom": []}},
        {"networkPolicy": {"watchFrom": []}},
        {"monitoring": {"enabled": "yes"}},
        {"traces": {"endpoint": "collector"}},
        {"databaseUrl": "postgresql://x"},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(chart.merge_values(NEEDED))
        with pytest.raises(helm.HelmValuesError):
            chart.validate_schema(chart.merge_values(merged(NEEDED, wrong)))


def test_without_values_it_says_what_is_missing() -> None:
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError) as refused:
        chart.validate_schema(chart.merge_values({}))
    for name in ("public", "desk", "temporalUi", "apiContact", "trustedProxies"):
        assert name in str(refused.value)


@pytest.mark.parametrize("way", WAYS)
def test_every_pod_is_restricted(way: str) -> None:
    for component, pod in pods(documents(WAYS[way])):
        assert pod["automountServiceAccountToken"] is False, component
        assert pod["securityContext"]["runAsNonRoot"] is True, component
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, component
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}, component
        [container] = pod["containers"]
        allowed = container["securityContext"]
        assert allowed["allowPrivilegeEscalation"] is False, component
        assert allowed["readOnlyRootFilesystem"] is True, component
        assert allowed["capabilities"] == {"drop": ["ALL"]}, component
        assert container["resources"]["limits"]["memory"], component
        assert ":latest" not in container["image"], component


def test_secrets_are_named_and_never_given() -> None:
    for way in WAYS.values():
        found = documents(way)
        assert "Secret" not in {each["kind"] for each in found}
        for component, pod in pods(found):
            for name, value in environment(pod).items():
                assert name not in {"DATABASE_URL", "ADMIN_DATABASE_URL", "SMTP_URL", "TEMPORAL_API_KEY"}, (
                    component
                )
                assert "://" not in value or value.startswith("https://"), component
    mounted = {
        c: {v["secret"]["secretName"] for v in p["volumes"] if "secret" in v}
        for c, p in pods(documents(NEEDED))
    }
    assert mounted["migrate"] == {"straat-admin"}
    assert mounted["backup"] == {"straat-admin", "straat"}
    assert mounted["web"] == mounted["worker"] == mounted["keeper"] == {"straat"}


def test_pages_are_asked_how_they_are_and_stay_when_the_database_goes() -> None:
    web = dict(pods(documents(NEEDED)))["web"]["containers"][0]
    paths = {
        probe: web[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    }
    assert paths == {
        "startupProbe": "/klaar",
        "readinessProbe": "/klaar",
        "livenessProbe": "/levend",
    }


def test_every_process_of_ours_is_asked_on_its_own_port() -> None:
    for component, pod in pods(documents(NEEDED)):
        [container] = pod["containers"]
        told = environment(pod)
        if component in ("migrate", "namespace", "backup"):
            assert "STRAAT_WATCH_PORT" not in told
            continue
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        assert str(ports["watch"]) == told["STRAAT_WATCH_PORT"], component
        assert {container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("liveness", "readiness")} == {
            "watch"
        }
    services = [each["spec"]["ports"] for each in documents(NEEDED) if each["kind"] == "Service"]
    assert [port["name"] for each in services for port in each] == ["public", "desk"]


def test_who_watches_gets_the_port_the_rules_and_the_boards() -> None:
    assert not {each["kind"] for each in documents(NEEDED)} & {"PodMonitor", "PrometheusRule"}
    found = documents(WAYS["full"])
    [monitor] = [each for each in found if each["kind"] == "PodMonitor"]
    assert monitor["spec"]["podMetricsEndpoints"][0]["port"] == "watch"
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/component"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    rules = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "PrometheusRule"}
    files = {
        path.stem: yaml.safe_load(path.read_text()) for path in (DEPLOY / "prometheus/rules").glob("*.yml")
    }
    assert rules == {f"straat-{name}": told for name, told in files.items()}
    boards = {
        each["metadata"]["name"]: json.loads(next(iter(each["data"].values())))["uid"]
        for each in found
        if each["kind"] == "ConfigMap" and "grafana_dashboard" in each["metadata"]["labels"]
    }
    assert boards == {"straat-dienst": "straat-dienst", "straat-programma": "straat-programma"}
    policies = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "NetworkPolicy"}
    assert policies["straat-watch"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": "watch"}]
    assert policies["straat-traces"]["egress"][0]["ports"] == [{"protocol": "TCP", "port": 4318}]
    told = dict(pods(found))
    assert environment(told["web"])["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://collector.example.nl:4318"


def test_the_hosts_stand_apart() -> None:
    doors = {
        each["metadata"]["name"]: each["spec"] for each in documents(NEEDED) if each["kind"] == "Ingress"
    }
    told = {
        name: (
            spec["rules"][0]["host"],
            spec["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["name"],
        )
        for name, spec in doors.items()
    }
    assert told == {
        "straat-public": ("straat.example.nl", "public"),
        "straat-desk": ("bureau.example.nl", "desk"),
    }
    assert all(spec["tls"][0]["hosts"] == [spec["rules"][0]["host"]] for spec in doors.values())


def test_the_database_is_migrated_before_anything_runs() -> None:
    jobs = {each["metadata"]["name"]: each for each in documents(NEEDED) if each["kind"] == "Job"}
    weights = {}
    for name, job in jobs.items():
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        weights[name] = int(job["metadata"]["annotations"]["helm.sh/hook-weight"])
        # The account comes with the release, after its hooks.
        assert "serviceAccountName" not in job["spec"]["template"]["spec"]
    assert weights["straat-migrate"] < weights["straat-namespace"]


def test_nothing_goes_in_or_out_but_what_is_named() -> None:
    rules = {d["metadata"]["name"]: d["spec"] for d in documents(NEEDED) if d["kind"] == "NetworkPolicy"}
    nothing = rules.pop("straat-nothing")
    assert nothing["policyTypes"] == ["Ingress", "Egress"]
    assert not nothing.keys() & {"ingress", "egress"}
    assert set(nothing["podSelector"]) == {"matchLabels"}
    who = {
        name: set(spec["podSelector"]["matchExpressions"][0]["values"])
        for name, spec in rules.items()
        if "matchExpressions" in spec["podSelector"]
    }
    assert who == {
        "straat-database": {"web", "worker", "keeper", "migrate", "backup", "restore"},
        "straat-temporal": {"web", "worker", "keeper", "namespace"},
        "straat-mail": {"worker", "keeper"},
        "straat-outside": {"web", "worker", "keeper"},
    }
    assert {component for component, _ in pods(documents(NEEDED))} | {"restore"} == set().union(*who.values())
    [outside] = rules["straat-outside"]["egress"]
    assert "10.0.0.0/8" in outside["to"][0]["ipBlock"]["except"]


def test_workers_grow_with_what_waits_for_them() -> None:
    found = documents(WAYS["full"])
    [scaled] = [each for each in found if each["kind"] == "ScaledObject"]
    [trigger] = scaled["spec"]["triggers"]
    assert trigger["type"] == "temporal"
    assert trigger["metadata"] == {
        "endpoint": "straat.a1b2c.tmprl.cloud:7233",
        "namespace": "default",
        "taskQueue": QUEUE,
        "queueTypes": "workflow,activity",
        "targetQueueSize": "20",
    }
    assert trigger["authenticationRef"] == {"name": "temporal-cloud"}
    workers = {each["metadata"]["name"]: each["spec"] for each in found if each["kind"] == "Deployment"}
    assert scaled["spec"]["scaleTargetRef"]["name"] in workers
    assert "replicas" not in workers["straat-worker"]
    assert workers["straat-keeper"]["replicas"] == 1


def test_builds_of_before_work_beside_the_newest() -> None:
    found = documents(WAYS["full"])
    workers = {
        each["metadata"]["name"]: each["spec"]
        for each in found
        if each["kind"] == "Deployment"
        and each["spec"]["template"]["spec"]["containers"][0]["args"] == ["worker"]
    }
    told = {
        name: (environment(spec["template"]["spec"])["STRAAT_BUILD_ID"], spec.get("replicas"))
        for name, spec in workers.items()
    }
    assert told == {
        "straat-worker": ("2", None),
        "straat-keeper": ("2", 1),
        "straat-former-0.1.0-1": ("0.1.0-1", 1),
        "straat-former-1": ("1", 2),
    }
    images = {
        n: spec["template"]["spec"]["containers"][0]["image"].removeprefix("lief-en-leedstraten")
        for n, spec in workers.items()
    }
    assert images["straat-former-0.1.0-1"] == ":0.1.0-1"
    assert images["straat-former-1"] == f"@{DIGEST}"
    chosen = [tuple(sorted(spec["selector"]["matchLabels"].items())) for spec in workers.values()]
    assert len(dict.fromkeys(chosen)) == len(chosen), "no pod belongs to two of them"
    policies = {d["metadata"]["name"]: d["spec"] for d in found if d["kind"] == "NetworkPolicy"}
    for name in ("database", "temporal", "mail", "outside"):
        who = policies[f"straat-{name}"]["podSelector"]["matchExpressions"][0]["values"]
        assert {"worker", "former"} <= set(who), name


def test_an_image_is_what_its_digest_says() -> None:
    images = {c: pod["containers"][0]["image"] for c, pod in pods(documents(WAYS["full"]))}
    assert images["web"] == f"lief-en-leedstraten@{DIGEST}"
    assert dict(pods(documents(NEEDED)))["web"]["containers"][0]["image"] == "lief-en-leedstraten:0.1.0"
